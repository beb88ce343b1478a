import type { DType } from "../dtype.js";
import { gelu, relu, sigmoid } from "../ops/activation.js";
import { tanh } from "../ops/math.js";
import { logSoftmax, softmax } from "../ops/softmax.js";
import type { Floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** max(x, 0) as a layer. */
export class ReLU extends Module {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return relu(x);
  }
}

/** 1 / (1 + exp(-x)) as a layer. */
export class Sigmoid extends Module {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return sigmoid(x);
  }
}

/** The hyperbolic tangent as a layer. */
export class Tanh extends Module {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return tanh(x);
  }
}

/** GELU as a layer. */
export class GELU extends Module {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return gelu(x);
  }
}

/** Softmax over an axis (default the last) as a layer. Losses that take logits do not want it. */
export class Softmax extends Module {
  constructor(readonly axis = -1) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return softmax(x, this.axis);
  }
}

/** The logarithm of softmax over an axis (default the last) as a layer. */
export class LogSoftmax extends Module {
  constructor(readonly axis = -1) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return logSoftmax(x, this.axis);
  }
}
