/// <reference types="@webgpu/types" />
import type { DType } from "../../dtype.js";
import type { Access } from "./pipelines.js";

/** The buffers of one dispatch. A shader names them `b0`, `b1`, ...; each buffer is there once, however many operands lie in it. */
export class Bindings {
  readonly buffers: GPUBuffer[] = [];
  readonly access: Access[] = [];
  /** Bytes are written into these by lanes that share a word. */
  readonly #atomic = new Set<number>();

  read(buffer: GPUBuffer): number {
    const known = this.buffers.indexOf(buffer);
    if (known >= 0) return known;
    this.access.push("read");
    return this.buffers.push(buffer) - 1;
  }

  /** Elements of `dtype` will be written. */
  write(buffer: GPUBuffer, dtype: DType): number {
    const index = this.read(buffer);
    this.access[index] = "write";
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "uint32") this.#atomic.add(index);
    return index;
  }

  isAtomic(index: number): boolean {
    return this.#atomic.has(index);
  }

  /** How the buffers are used: part of a shader's key. */
  get pattern(): string {
    return this.access.map((use, i) => (this.#atomic.has(i) ? "a" : use[0])).join("");
  }

  declarations(): string {
    return this.access
      .map((use, i) => {
        const element = this.#atomic.has(i) ? "atomic<u32>" : "u32";
        const mode = use === "read" ? "read" : "read_write";
        return `@group(0) @binding(${i + 1}) var<storage, ${mode}> b${i}: array<${element}>;`;
      })
      .join("\n");
  }
}
