import type { Backend, BackendDescription } from "./backend/backend.js";
import { cpuBackend } from "./backend/cpu/cpu.js";

/** The device on which new tensors are made. It starts at the first tensor, not at import. */
export function defaultBackend(): Backend {
  return cpuBackend();
}

/** What computes: the kernels in use, threads, and what would make it faster. */
export function engineDescription(): BackendDescription {
  return defaultBackend().describe();
}

/** How many threads the CPU kernels may use (default: the physical cores). @throws RangeError for no whole number above 0 */
export function setThreads(count: number): void {
  defaultBackend().setThreads(count);
}
