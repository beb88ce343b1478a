import { callSite } from "./stack.js";

let enabled = false;

/**
 * Turns on what costs time and helps to find mistakes: every tensor remembers where it was made, and `memoryReport()` counts by
 * place. A stack costs some microseconds for each tensor, so it is off until asked for.
 * @example
 * debug(true);
 * const kept = ones([1000]);
 * memoryReport().sites?.[0]; // the line that made it, with its bytes
 * debug(false);
 */
export function debug(on: boolean): void {
  enabled = on;
}

/** Under `debug(true)` the place in the caller's own code, as `file:line:column`; else undefined. */
export function creationSite(): string | undefined {
  return enabled ? callSite() : undefined;
}
