import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { reshape } from "../ops/view.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** All axes but the first in one: [N, ...] -> [N, features]. */
export class Flatten extends Module {
  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<[number, number], D> {
    if (x.shape.length === 0)
      throw new ShapeError("a scalar has no samples", { op: "Flatten", hint: "Give [N, ...]." });
    return reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
