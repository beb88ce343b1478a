import { Worker } from "node:worker_threads";

/** What the module calls of us. */
interface Callbacks {
  stopRequested(): number;
  /** Starts a worker that calls `serve(slot, seen)` with this stack; 0 where it cannot be had. Pointers are byte offsets. */
  startThread(block: number, stack: number, slot: number, seen: number): number;
}

/** The C library wants to report its own end; the trap that follows says enough. */
const unsupported = ["fd_close", "fd_seek", "fd_write"];

/** The imports of the module. */
export function moduleImports(memory: object, callbacks: Callbacks) {
  const wasi = Object.fromEntries(unsupported.map(name => [name, () => 52]));
  return { env: { memory }, gradbook: { ...callbacks }, wasi_snapshot_preview1: wasi };
}

/** What a worker runs. It looks for no Stop: the thread that flushes does, and what it saw lies in the shared memory. */
const worker = `
const { module, memory, unsupported, block, stack, slot, seen } = require("node:worker_threads").workerData;
const { exports } = new WebAssembly.Instance(module, {
  env: { memory },
  gradbook: { stopRequested: () => 0, startThread: () => 0 },
  wasi_snapshot_preview1: Object.fromEntries(unsupported.map(name => [name, () => 52])),
});
exports.__wasm_init_tls(block);
exports.__stack_pointer.value = stack;
exports.serve(slot, seen);
`;

/** Makes the import `startThread`. Its workers start also while this thread computes, and keep no process alive. */
export function threadStarter(module: object, memory: object): Callbacks["startThread"] {
  return (block, stack, slot, seen) => {
    try {
      const workerData = { module, memory, unsupported, block, stack, slot, seen };
      const thread = new Worker(worker, { eval: true, workerData, name: "gradbook kernels", execArgv: [], env: {} });
      // One that fails is missed by nobody: the others do its work.
      thread.on("error", () => {});
      thread.unref();
      return 1;
    } catch {
      return 0;
    }
  };
}
