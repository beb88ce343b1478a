/** Where the engine's own code lies: its sources, or the bundles. */
const own = new URL(".", import.meta.url).href.replace(/\/dist\/.*$/, "/dist/");

let enabled = false;

/**
 * Turns on what costs time and helps to find mistakes: every tensor remembers where it was made, and `memoryReport()` counts by
 * place. A stack costs some microseconds for each tensor, so it is off until asked for.
 * @example
 * debug(true);
 * const kept = ones([1000]);
 * memoryReport().sites?.[0]; // the line that made it, with its bytes
 */
export function debug(on: boolean): void {
  enabled = on;
}

/** Under `debug(true)` the innermost place of the caller's own code, as `file:line:column`; else undefined. */
export function creationSite(): string | undefined {
  if (!enabled) return undefined;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 64;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frames = stack.split("\n").slice(1);
  const frame = frames.find(line => !line.includes(own) && !line.includes(ownPath) && !line.includes("node:"));
  return frame === undefined ? undefined : (/\(([^()]*)\)$/.exec(frame)?.[1] ?? frame.trim().replace(/^at /, ""));
}

/** The same as a path: frames name files in either form. */
const ownPath = decodeURIComponent(new URL(own).pathname);
