import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { relu, sigmoid } from "../ops/activation.js";
import { type GeluOptions, gelu } from "../ops/gelu.js";
import { tanh } from "../ops/math.js";
import { logSoftmax, softmax } from "../ops/softmax.js";
import type { Floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";

/** Calling a layer that keeps shape and dtype. */
export type Same = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>;

/** Calling a layer that keeps the shape and gives a float. */
export type SameFloat = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, Floating<D>>;

/** max(x, 0) as a layer. */
export class ReLU extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return relu(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface ReLU extends Same {}

/** 1 / (1 + exp(-x)) as a layer. */
export class Sigmoid extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return sigmoid(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Sigmoid extends SameFloat {}

/** The hyperbolic tangent as a layer. */
export class Tanh extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return tanh(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Tanh extends SameFloat {}

/**
 * GELU as a layer, in its exact form or by tanh.
 * @throws ValueError for another form
 * @example new nn.GELU({ approximate: "tanh" })(zeros([3])).toArray(); // [0, 0, 0]
 */
export class GELU extends Layer {
  readonly approximate: "none" | "tanh";

  constructor({ approximate = "none" }: GeluOptions = {}) {
    super();
    if (approximate !== "none" && approximate !== "tanh") {
      throw new ValueError(`no form ${String(approximate)}`, { op: "GELU", hint: 'There are "none" and "tanh".' });
    }
    this.approximate = approximate;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return gelu(x, { approximate: this.approximate });
  }

  override describe(): string {
    return this.approximate === "tanh" ? "by tanh" : "";
  }

  override config(): readonly unknown[] {
    return [{ approximate: this.approximate }];
  }
}
export interface GELU extends SameFloat {}

/** Softmax over an axis (default the last) as a layer. Losses that take logits do not want it. */
export class Softmax extends Layer {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return softmax(x, this.axis);
  }

  override config(): readonly unknown[] {
    return [this.axis];
  }
}
export interface Softmax extends SameFloat {}

/** The logarithm of softmax over an axis (default the last) as a layer. */
export class LogSoftmax extends Layer {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return logSoftmax(x, this.axis);
  }

  override config(): readonly unknown[] {
    return [this.axis];
  }
}
export interface LogSoftmax extends SameFloat {}
