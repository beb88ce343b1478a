import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { DeviceError } from "../../errors.js";
import { type DeviceFacts, type Fault, type Link, makeLink, readText, slots } from "./link.js";

/** As on the CPU: room for about 2,000 records. */
const commandWords = 1 << 16;

/** A driver that has not answered by then never will. */
const longestStart = 30_000;

/** The bundled worker: the code that starts it runs from its sources or from anywhere below `dist/`. */
function workerFile(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, "dist", "engine", "backend", "webgpu", "worker.js");
    if (existsSync(file)) return file;
  }
  throw new DeviceError("the worker that drives the GPU is not built", {
    op: "webgpu",
    hint: "Run `npm run build`, or install the package again: npm install gradbook",
  });
}

/** A GPU that is open in its worker. */
export interface Started {
  worker: Worker;
  link: Link;
  facts: DeviceFacts;
}

/**
 * Starts the worker and waits until its device is open. `GRADBOOK_WEBGPU` holds options for Dawn, separated by commas
 * (`backend=vulkan`, `adapter=SwiftShader`).
 * @throws DeviceError with what is missing and how to mend it
 */
export function startWorker(): Started {
  const options = (process.env.GRADBOOK_WEBGPU ?? "").split(",").filter(Boolean);
  const link = makeLink(commandWords, options);
  // Flags of this process (`--input-type`, `--inspect-brk`) are none of the worker's.
  const worker = new Worker(workerFile(), { workerData: link, name: "gradbook webgpu", execArgv: [] });
  Atomics.wait(link.state, slots.ready, 0, longestStart);
  const state = Atomics.load(link.state, slots.ready);
  if (state === 1) return { worker, link, facts: readText<DeviceFacts>(link) };
  const { problem, hint }: Fault =
    state === 2 ? readText<Fault>(link) : { op: "webgpu", problem: "the GPU's driver does not answer" };
  void worker.terminate();
  throw new DeviceError(problem, { op: "webgpu", hint: hint ?? 'Go on with setDevice("cpu")' });
}
