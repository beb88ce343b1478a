import { type Device, DeviceError, setDevice, type Tensor } from "../../../engine/index.js";
import { registry } from "../../../engine/op.js";
import * as operations from "../../../engine/ops/all.js";

type Call = (...args: never[]) => unknown;

/** Starts the GPU; outside CI it may be missing, and the tests say so instead. `npm test` finds or installs a driver. */
function start(): string | undefined {
  try {
    setDevice("webgpu");
    return undefined;
  } catch (error) {
    if (!(error instanceof DeviceError) || process.env.GRADBOOK_TEST_GPU === "required") throw error;
    return error.message;
  } finally {
    setDevice("cpu");
  }
}

const missing = start();
if (missing !== undefined) console.log(`SKIPPING the tests on WebGPU: ${missing}`);

/** True where there is no GPU, nor a software driver for one. */
export const noGpu = missing !== undefined;

/** Runs `work` while new tensors are made on a device. */
export function on<T>(device: Device, work: () => T): T {
  setDevice(device);
  try {
    return work();
  } finally {
    setDevice("cpu");
  }
}

/** Every operation by name, with its entry. */
export const entries = [...registry.values()];
export const calls = operations as unknown as Record<string, Call>;

/** Brings the tensors of an argument list to a device. */
export function moved(args: readonly unknown[], device: Device): unknown[] {
  return args.map(arg => (isTensor(arg) ? arg.to(device) : Array.isArray(arg) ? moved(arg, device) : arg));
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "storage" in value;
}

/** The tensors of a result, in order. */
export function tensorsOf(result: unknown): Tensor[] {
  if (isTensor(result)) return [result];
  if (Array.isArray(result)) return result.flatMap(tensorsOf);
  if (typeof result === "object" && result !== null) return Object.values(result).flatMap(tensorsOf);
  return [];
}
