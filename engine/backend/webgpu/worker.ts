/// <reference types="@webgpu/types" />
/** The thread that drives the GPU: takes messages in order, and answers in shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import { opcodes } from "../commands.js";
import { Buffers } from "./buffers.js";
import { Encoder } from "./encoder.js";
import { NoGpu, type OpenGpu, openGpu } from "./gpu.js";
import { dataFault } from "./kernels/data-faults.js";
import { kernels } from "./kernels/index.js";
import type { Kernel } from "./kernels/kernel.js";
import { type Fault, type FaultKind, faults, type Link, type Message, readHeader, slots, writeText } from "./link.js";
import { Pipelines } from "./pipelines.js";
import { eachRecord } from "./record-reader.js";

const link = workerData as Link;
const port = parentPort!;
const { state, regions, pooled } = link;

/** What went wrong first counts: the rest follows from it. A lost device is the last word. */
function fail(kind: FaultKind, fault: Fault): void {
  if (Atomics.load(state, slots.fault) !== faults.none && kind !== "lost") return;
  writeText(link, fault);
  Atomics.store(state, slots.fault, faults[kind]);
}

function ready(value: 1 | 2, facts: object): void {
  writeText(link, facts);
  Atomics.store(state, slots.ready, value);
  Atomics.notify(state, slots.ready);
}

const byOpcode: ReadonlyMap<number, Kernel> = new Map(
  Object.entries(kernels).map(([name, kernel]) => [opcodes[name as keyof typeof kernels], kernel]),
);

/** The state of one open device. */
class GpuThread {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #encoder: Encoder;
  /** Held so that nothing of Dawn is collected while the device lives. */
  readonly gpu: OpenGpu;

  constructor(gpu: OpenGpu) {
    this.gpu = gpu;
    this.#device = gpu.device;
    this.#buffers = new Buffers(gpu.device);
    this.#encoder = new Encoder(gpu.device, this.#buffers, new Pipelines(gpu.device));
    gpu.device.addEventListener("uncapturederror", ({ error }) => {
      const kind = error.constructor.name === "GPUOutOfMemoryError" ? "memory" : "internal";
      const problem = kind === "memory" ? "the GPU has no memory left" : `the GPU refused a command: ${error.message}`;
      fail(kind, { op: "webgpu", problem });
    });
    void gpu.device.lost.then(({ reason, message }) => {
      fail("lost", { op: "webgpu", problem: `the GPU was lost (${reason}): ${message}` });
    });
  }

  take(message: Message): void {
    if (message.kind === "flush") this.#flush(message);
    else if (message.kind === "write") this.#write(message);
    else if (message.kind === "read") void this.#read(message);
    else this.#end();
  }

  #make(made: readonly number[]): void {
    for (let i = 0; i < made.length; i += 2) this.#buffers.make(made[i]!, made[i + 1]!);
  }

  #flush({ region, used, made, gone }: Extract<Message, { kind: "flush" }>): void {
    try {
      this.#make(made);
      eachRecord(regions[region], used, (opcode, record, name) => {
        const kernel = byOpcode.get(opcode);
        if (kernel === undefined) throw new Error(`no shader for ${name}`);
        kernel(record, this.#encoder);
      });
      this.#encoder.submit();
    } catch (error) {
      this.#encoder.abandon();
      fail("internal", { op: "webgpu", problem: error instanceof Error ? error.message : String(error) });
    } finally {
      Atomics.store(state, slots.regions + region, 0);
      Atomics.notify(state, slots.regions + region);
    }
    for (const id of gone) this.#buffers.release(id);
    pooled[0] = this.#buffers.pooled;
  }

  #write({ id, byteOffset, data, made }: Extract<Message, { kind: "write" }>): void {
    try {
      this.#make(made);
      // Whole words: what lies behind the last byte of a storage belongs to nobody.
      const words = new Uint8Array(Math.ceil(data.length / 4) * 4);
      words.set(data);
      this.#device.queue.writeBuffer(this.#buffers.of(id), byteOffset, words);
    } catch (error) {
      fail("internal", { op: "webgpu", problem: error instanceof Error ? error.message : String(error) });
    }
  }

  async #read({ id, byteOffset, bytes, into, serial }: Extract<Message, { kind: "read" }>): Promise<void> {
    const header = new Int32Array(into, 0, 1);
    let staging: GPUBuffer | undefined;
    try {
      const from = Math.floor(byteOffset / 4) * 4;
      const size = Math.ceil((byteOffset + bytes - from) / 4) * 4;
      const { MAP_READ, COPY_DST } = GPUBufferUsage;
      staging = this.#device.createBuffer({ size: 16 + size, usage: MAP_READ | COPY_DST });
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.#encoder.faults, 0, staging, 0, 16);
      encoder.clearBuffer(this.#encoder.faults);
      encoder.copyBufferToBuffer(this.#buffers.of(id), from, staging, 16, size);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const read = staging.getMappedRange();
      const fault = dataFault(new Int32Array(read, 0, 4));
      if (fault !== undefined) fail("value", fault);
      new Uint8Array(into, readHeader).set(new Uint8Array(read, 16 + byteOffset - from, bytes));
      Atomics.store(header, 0, 1);
    } catch (error) {
      const lost = error instanceof Error && error.name === "AbortError";
      fail(lost ? "lost" : "internal", { op: "read", problem: error instanceof Error ? error.message : String(error) });
      Atomics.store(header, 0, 2);
    } finally {
      staging?.destroy();
    }
    Atomics.notify(header, 0);
    port.postMessage({ serial });
  }

  #end(): void {
    this.#device.destroy();
    port.close();
  }
}

let thread: GpuThread | undefined;
try {
  const gpu = await openGpu(link.options);
  thread = new GpuThread(gpu);
  const opened = thread;
  port.on("message", (message: Message) => opened.take(message));
  ready(1, gpu.facts);
} catch (error) {
  const fault: Fault =
    error instanceof NoGpu
      ? error.fault
      : { op: "webgpu", problem: error instanceof Error ? error.message : String(error) };
  ready(2, fault);
}
