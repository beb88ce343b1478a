import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { slice } from "./slice.js";

/** The part of x from `start` to `stop` along an axis. A view. */
export function along(x: Tensor, axis: number, start?: number, stop?: number): Tensor {
  return at(x, ...Array.from({ length: axis }, () => slice()), slice(start, stop)) as Tensor;
}
