/// <reference types="@webgpu/types" />
import type { Bindings } from "./bindings.js";
import type { Buffers } from "./buffers.js";
import { lanes, type Pipelines, parameterBytes } from "./pipelines.js";
import { withLibrary } from "./wgsl/library.js";

/** Offsets of parameters must be multiples of this. */
const alignment = 256;

/** Room for the parameters of one submission. */
const parameterRoom = 1 << 20;

/** Most workgroups along one dimension. */
const mostGroups = 65_535;

/** One run of a shader. */
export interface Dispatch {
  /** Names the code: equal keys (and equal uses of the buffers) have equal code. */
  key: string;
  bindings: Bindings;
  /** Functions in WGSL, of which `run(t: u32)` is called for every t below `threads`. */
  code(): string;
  /** What differs from run to run: `P(1)`, `P(2)`, ... in the code (`P(0)` is `threads`). */
  parameters: readonly number[];
  threads: number;
}

interface Encoded {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  offset: number;
  groups: [number, number];
}

interface Copy {
  from: GPUBuffer;
  to: GPUBuffer;
  at: number;
}

/** Collects the dispatches of a flush and submits them in one pass. */
export class Encoder {
  readonly buffers: Buffers;
  /** Most buffers that a shader may use. */
  readonly mostBindings: number;
  /** Kernels leave what is wrong with data here: a code of `dataFaults` and two numbers. */
  readonly faults: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #parameters: GPUBuffer;
  readonly #words = new Uint32Array(parameterRoom / 4);
  #wordsUsed = 0;
  #encoded: (Encoded | Copy)[] = [];
  #scratch: GPUBuffer[] = [];

  constructor(device: GPUDevice, buffers: Buffers, pipelines: Pipelines) {
    this.#device = device;
    this.buffers = buffers;
    this.#pipelines = pipelines;
    this.mostBindings = device.limits.maxStorageBuffersPerShaderStage;
    const { UNIFORM, STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    this.#parameters = device.createBuffer({ size: parameterRoom + parameterBytes, usage: UNIFORM | COPY_DST });
    this.faults = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC | COPY_DST });
  }

  /** A buffer for the time of this flush. */
  scratch(bytes: number): GPUBuffer {
    const buffer = this.buffers.borrow(bytes);
    this.#scratch.push(buffer);
    return buffer;
  }

  /** A buffer for the time of this flush that holds these words, for what is too much for parameters. */
  upload(words: readonly number[]): GPUBuffer {
    const buffer = this.scratch(4 * words.length);
    // Goes ahead of what is encoded, none of which knows this buffer.
    this.#device.queue.writeBuffer(buffer, 0, Int32Array.from(words));
    return buffer;
  }

  /** Copies a whole buffer into another, between the dispatches before and after. */
  copy(from: GPUBuffer, to: GPUBuffer, at: number): void {
    this.#encoded.push({ from, to, at });
  }

  dispatch({ key, bindings, code, parameters, threads }: Dispatch): void {
    if (threads === 0) return;
    if (bindings.buffers.length > this.mostBindings) {
      throw new Error(`${key}: ${bindings.buffers.length} buffers; the device has room for ${this.mostBindings}`);
    }
    if (4 * (parameters.length + 1) > parameterBytes) throw new Error(`${key}: ${parameters.length} parameters`);
    if (4 * (this.#wordsUsed + parameters.length + 1) > parameterRoom) this.#send();
    const offset = this.#wordsUsed;
    this.#words[offset] = threads;
    this.#words.set(parameters, offset + 1);
    this.#wordsUsed = Math.ceil((offset + parameters.length + 1) / (alignment / 4)) * (alignment / 4);
    const needed = Math.ceil(threads / lanes);
    const columns = Math.min(needed, mostGroups);
    this.#encoded.push({
      pipeline: this.#pipelines.of(`${key} ${bindings.pattern}`, bindings.access, () =>
        withLibrary(`${bindings.declarations()}\n${code()}`),
      ),
      group: this.#pipelines.group(this.#parameters, bindings.buffers, bindings.access),
      offset: 4 * offset,
      groups: [columns, Math.ceil(needed / columns)],
    });
  }

  /** Sends everything to the GPU. */
  submit(): void {
    this.#send();
    this.#endScratch();
  }

  /** Forgets what was not sent: a command of it could not be encoded. */
  abandon(): void {
    this.#encoded = [];
    this.#wordsUsed = 0;
    this.#endScratch();
  }

  #send(): void {
    const encoded = this.#encoded;
    if (encoded.length === 0) return;
    this.#encoded = [];
    this.#device.queue.writeBuffer(this.#parameters, 0, this.#words, 0, this.#wordsUsed);
    this.#wordsUsed = 0;
    const encoder = this.#device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    for (const each of encoded) {
      if ("from" in each) {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(each.from, 0, each.to, each.at, each.from.size);
        continue;
      }
      pass ??= encoder.beginComputePass();
      pass.setPipeline(each.pipeline);
      pass.setBindGroup(0, each.group, [each.offset]);
      pass.dispatchWorkgroups(...each.groups);
    }
    pass?.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  #endScratch(): void {
    for (const buffer of this.#scratch) this.buffers.giveBack(buffer);
    this.#scratch = [];
  }
}
