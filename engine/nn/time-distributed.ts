import { DTypeError, ShapeError } from "../errors.js";
import { reshape } from "../ops/view.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/**
 * A layer on every step of sequences, as Keras' `TimeDistributed`: samples and steps are one batch to it. Input [N, T, ...] ->
 * output [N, T, ...].
 * @throws DTypeError for what is no module; ShapeError when the input has no steps
 * @example new nn.TimeDistributed(new nn.Conv2d(3, 4, 3))(zeros([2, 5, 3, 8, 8])).shape; // [2, 5, 4, 6, 6]
 */
export class TimeDistributed extends Module {
  readonly layer: Module;

  constructor(layer: Module) {
    super();
    if (!(layer instanceof Module)) {
      throw new DTypeError("no module", {
        op: "TimeDistributed",
        hint: "Give a layer, for example new nn.Linear(3, 4).",
      });
    }
    this.layer = layer;
  }

  forward(x: Tensor): Tensor {
    const got = formatShape(x.shape);
    if (x.shape.length < 3)
      throw new ShapeError(`the input ${got} has no steps`, { op: "TimeDistributed", expected: "[N, T, ...]", got });
    const [samples, steps, ...rest] = x.shape as [number, number, ...number[]];
    const flat = reshape(x, [samples * steps, ...rest]) as Tensor;
    const y = (this.layer as unknown as (x: Tensor) => Tensor)(flat);
    return reshape(y, [samples, steps, ...y.shape.slice(1)]) as Tensor;
  }
}
