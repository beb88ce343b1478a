/// <reference types="@webgpu/types" />
import type { DeviceFacts, Fault } from "./link.js";

/** A device, and what has to live as long as it: Dawn ends the process when its instance is collected before. */
export interface OpenGpu {
  instance: GPU;
  adapter: GPUAdapter;
  device: GPUDevice;
  facts: DeviceFacts;
}

/** Limits that are asked for in full; without asking, a device gives the least that WebGPU promises. */
const limits = ["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"] as const;

/** Why no device could be opened, for the user. */
export class NoGpu extends Error {
  readonly fault: Fault;

  constructor(problem: string, hint: string) {
    super(problem);
    this.fault = { op: "webgpu", problem, hint };
  }
}

/**
 * The platform's WebGPU where there is one, else npm `webgpu`, which is Dawn.
 * @throws NoGpu when the package is missing or does not load
 */
async function instanceOf(options: readonly string[]): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return navigator.gpu;
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    return create([...options]);
  } catch (error) {
    throw new NoGpu(
      `the package webgpu does not load: ${error instanceof Error ? error.message : String(error)}`,
      "Install it: npm install webgpu",
    );
  }
}

/** @throws NoGpu when there is no adapter, or it gives no device */
export async function openGpu(options: readonly string[]): Promise<OpenGpu> {
  const instance = await instanceOf(options);
  const adapter = await instance.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new NoGpu(
      "no GPU was found",
      'On Linux a Vulkan driver is needed (the packages libvulkan1 and mesa-vulkan-drivers, or the GPU vendor\'s). Or go on with setDevice("cpu")',
    );
  }
  const requiredLimits = Object.fromEntries(limits.map(name => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  const { vendor, architecture, device: model, description } = adapter.info;
  const name = [vendor, architecture].filter(Boolean).join(" ");
  return {
    instance,
    adapter,
    device,
    facts: {
      description: `webgpu ${name} (${description || model || "unnamed"})`,
      largestStorage: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
    },
  };
}
