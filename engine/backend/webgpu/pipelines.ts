/// <reference types="@webgpu/types" />

/** How a shader uses a storage buffer. */
export type Access = "read" | "write";

/** Bytes that a shader's parameters may take. */
export const parameterBytes = 4096;

/** Lanes of a workgroup: small, because software adapters pay for every one. */
export const lanes = 64;

interface Layout {
  group: GPUBindGroupLayout;
  pipeline: GPUPipelineLayout;
}

/** Compiled shaders, their layouts and bind groups, made once. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, Layout>();
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** By the first buffer, so that the groups of a destroyed buffer go with it. */
  readonly #groups = new WeakMap<GPUBuffer, Map<string, GPUBindGroup>>();
  readonly #numbers = new WeakMap<GPUBuffer, number>();
  #buffers = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The shader of this key; `code` is asked for when it is met first. */
  of(key: string, access: readonly Access[], code: () => string): GPUComputePipeline {
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline({
        label: key,
        layout: this.#layout(access).pipeline,
        compute: { module: this.#device.createShaderModule({ label: key, code: code() }), entryPoint: "main" },
      });
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  group(parameters: GPUBuffer, buffers: readonly GPUBuffer[], access: readonly Access[]): GPUBindGroup {
    const first = buffers[0]!;
    let groups = this.#groups.get(first);
    if (groups === undefined) {
      groups = new Map();
      this.#groups.set(first, groups);
    }
    const key = [parameters, ...buffers].map(buffer => this.#numberOf(buffer)).join() + access.join();
    let group = groups.get(key);
    if (group === undefined) {
      // Groups hold their buffers: not more of them than a training step has.
      if (groups.size >= 64) groups.clear();
      group = this.#device.createBindGroup({
        layout: this.#layout(access).group,
        entries: [
          { binding: 0, resource: { buffer: parameters, size: parameterBytes } },
          ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
        ],
      });
      groups.set(key, group);
    }
    return group;
  }

  #numberOf(buffer: GPUBuffer): number {
    let number = this.#numbers.get(buffer);
    if (number === undefined) {
      number = this.#buffers++;
      this.#numbers.set(buffer, number);
    }
    return number;
  }

  #layout(access: readonly Access[]): Layout {
    const key = access.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const visibility = GPUShaderStage.COMPUTE;
      const group = this.#device.createBindGroupLayout({
        entries: [
          {
            binding: 0,
            visibility,
            buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: parameterBytes },
          },
          ...access.map((use, i) => {
            const type: GPUBufferBindingType = use === "read" ? "read-only-storage" : "storage";
            return { binding: i + 1, visibility, buffer: { type } };
          }),
        ],
      });
      layout = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}
