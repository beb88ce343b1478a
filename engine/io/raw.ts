import { defaultBackend } from "../device.js";
import { bytesPerElement, type DType } from "../dtype.js";
import { allocate, denseCopy, writeData } from "../record.js";
import { isDense, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

// Elements as files hold them: one after the other in row-major order, least significant byte first, as every machine that
// runs Node has them in memory.

/** A tensor of the elements in `bytes`, which are exactly as many as the shape needs. */
export function tensorOfBytes<D extends DType>(bytes: Uint8Array, dtype: D, shape: Shape): Tensor<Shape, D> {
  const out = allocate([...shape], dtype, defaultBackend());
  // Kernels count on truth values being 0 or 1.
  writeData(out, dtype === "bool" ? bytes.map(byte => (byte === 0 ? 0 : 1)) : bytes);
  return out as Tensor<Shape, D>;
}

/** The elements of a tensor. Halves stay halves. */
export function bytesOfTensor(x: Tensor): Uint8Array {
  const dense = isDense(x.shape, x.strides) ? x : denseCopy(x);
  const width = bytesPerElement[x.dtype];
  const bytes = new Uint8Array(dense.size * width);
  if (bytes.length > 0) dense.storage.backend.read(dense.storage.id, dense.offset * width, bytes);
  return bytes;
}

/** Turns the bytes of elements of a width around, in place: for files of the other byte order. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** The parts of a file as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
