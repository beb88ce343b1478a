import type { Backend, BackendDescription, Device } from "./backend/backend.js";
import { cpuBackend } from "./backend/cpu/cpu.js";
import { webgpuBackend } from "./backend/webgpu/webgpu.js";
import { DeviceError } from "./errors.js";

/** Every device, with what starts it on first use. */
const backends: Readonly<Record<Device, () => Backend>> = { cpu: cpuBackend, webgpu: webgpuBackend };

/** Names of the devices. */
export const devices = Object.keys(backends) as readonly Device[];

let chosen: Backend | undefined;

/** The device on which new tensors are made. It starts at the first tensor, not at import. */
export function defaultBackend(): Backend {
  chosen ??= cpuBackend();
  return chosen;
}

/** A device by name, started if it was not; without a name the default one. @throws DeviceError */
export function backendOf(device: Device | undefined, op = "device"): Backend {
  if (device === undefined) return defaultBackend();
  if (typeof device === "string" && Object.hasOwn(backends, device)) return backends[device]();
  throw new DeviceError(`no device ${String(device)}`, {
    op,
    expected: devices.join(", "),
    got: String(device),
    hint: `There are ${devices.map(name => `"${name}"`).join(" and ")}.`,
  });
}

/**
 * From now on new tensors are made on this device; what exists stays where it is (`x.to(device)` copies).
 * `"webgpu"` needs a GPU driver and the npm package `webgpu`, and has float32, int32, uint32, int8, uint8 and bool; where it
 * lacks an operation or a dtype, the error says so and names the way back. Bad data, such as a label that is no class, is found
 * while the GPU computes: the next read throws.
 * @param device - `"cpu"` or `"webgpu"`
 * @throws DeviceError when there is no such device, or it cannot be started here
 * @example setDevice("cpu");
 */
export function setDevice(device: Device): void {
  if (device === undefined) throw new DeviceError("no device given", { op: "setDevice", expected: devices.join(", ") });
  chosen = backendOf(device, "setDevice");
}

/** What computes new tensors: the kernels in use, threads, and what would make it faster. */
export function engineDescription(): BackendDescription {
  return defaultBackend().describe();
}

/** How many threads the CPU kernels may use (default: the physical cores). @throws RangeError for no whole number above 0 */
export function setThreads(count: number): void {
  cpuBackend().setThreads(count);
}
