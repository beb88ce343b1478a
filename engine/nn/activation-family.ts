import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { clip, elu, leakyRelu, logSigmoid, silu, softplus } from "../ops/activation.js";
import { celu, hardSigmoid, hardSwish, mish, relu6, selu, softsign } from "../ops/activation-family.js";
import { div, mul, sub } from "../ops/arithmetic.js";
import { tanh } from "../ops/math.js";
import { hardShrink, softShrink, threshold } from "../ops/shrink.js";
import type { Floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Same, SameFloat } from "./activations.js";
import { requirePositive } from "./channels.js";
import { Layer } from "./module.js";

/**
 * x held between 0 and 6 as a layer, as `torch.nn.ReLU6`. Input [...] -> output [...].
 * @example new nn.ReLU6()(tensor([-1, 3, 8])).toArray(); // [0, 3, 6]
 */
export class ReLU6 extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return relu6(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface ReLU6 extends Same {}

/**
 * x, and slope * x below 0, as a layer (Maas et al. 2013; default slope 0.01). Input [...] -> output [...].
 * @example new nn.LeakyReLU({ slope: 0.5 })(tensor([-2, 2])).toArray(); // [-1, 2]
 */
export class LeakyReLU extends Layer {
  readonly slope: number;

  constructor({ slope = 0.01 }: { slope?: number } = {}) {
    super();
    this.slope = slope;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return leakyRelu(x, { slope: this.slope });
  }

  override config(): readonly unknown[] {
    return [{ slope: this.slope }];
  }
}
export interface LeakyReLU extends SameFloat {}

/**
 * x, and alpha * (exp(x) - 1) below 0, as a layer (Clevert et al. 2015; default alpha 1). Input [...] -> output [...].
 * @example new nn.ELU()(tensor([0, 2])).toArray(); // [0, 2]
 */
export class ELU extends Layer {
  readonly alpha: number;

  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return elu(x, { alpha: this.alpha });
  }

  override config(): readonly unknown[] {
    return [{ alpha: this.alpha }];
  }
}
export interface ELU extends SameFloat {}

/**
 * The self-normalising exponential unit as a layer (Klambauer et al. 2017). Input [...] -> output [...].
 * @example new nn.SELU()(zeros([2])).toArray(); // [0, 0]
 */
export class SELU extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return selu(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface SELU extends SameFloat {}

/**
 * x, and alpha * (exp(x / alpha) - 1) below 0, as a layer (Barron 2017; default alpha 1). Input [...] -> output [...].
 * @throws ValueError for alpha 0
 * @example new nn.CELU({ alpha: 2 })(tensor([0, 2])).toArray(); // [0, 2]
 */
export class CELU extends Layer {
  readonly alpha: number;

  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    if (alpha === 0) throw new ValueError("alpha is 0", { op: "CELU", hint: "Give another number." });
    this.alpha = alpha;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return celu(x, { alpha: this.alpha });
  }

  override config(): readonly unknown[] {
    return [{ alpha: this.alpha }];
  }
}
export interface CELU extends SameFloat {}

/**
 * x * sigmoid(x), also called swish, as a layer (Elfwing et al. 2017). Input [...] -> output [...].
 * @example new nn.SiLU()(zeros([2])).toArray(); // [0, 0]
 */
export class SiLU extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return silu(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface SiLU extends SameFloat {}

/**
 * x * tanh(softplus(x)) as a layer (Misra 2019). Input [...] -> output [...].
 * @example new nn.Mish()(zeros([2])).toArray(); // [0, 0]
 */
export class Mish extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return mish(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Mish extends SameFloat {}

/**
 * log(1 + exp(beta * x)) / beta as a layer, computed so that it does not overflow (default beta 1). Input [...] -> output
 * [...].
 * @throws ValueError for a beta that is not above 0
 * @example new nn.Softplus({ beta: 2 })(tensor([1000])).toArray(); // [1000]
 */
export class Softplus extends Layer {
  readonly beta: number;

  constructor({ beta = 1 }: { beta?: number } = {}) {
    super();
    requirePositive("Softplus", { beta });
    this.beta = beta;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return (this.beta === 1 ? softplus(x) : div(softplus(mul(x, this.beta as never)), this.beta as never)) as never;
  }

  override config(): readonly unknown[] {
    return [{ beta: this.beta }];
  }
}
export interface Softplus extends SameFloat {}

/**
 * x / (1 + |x|) as a layer. Input [...] -> output [...].
 * @example new nn.Softsign()(tensor([-1, 3])).toArray(); // [-0.5, 0.75]
 */
export class Softsign extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return softsign(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Softsign extends SameFloat {}

/**
 * log(sigmoid(x)) as a layer, computed so that it does not overflow. Input [...] -> output [...].
 * @example new nn.LogSigmoid()(tensor([-1000])).toArray(); // [-1000]
 */
export class LogSigmoid extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return logSigmoid(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface LogSigmoid extends SameFloat {}

/**
 * x / 6 + 1 / 2 held between 0 and 1 as a layer, as `torch.nn.Hardsigmoid`. Input [...] -> output [...].
 * @example new nn.Hardsigmoid()(tensor([-4, 0, 4])).toArray(); // [0, 0.5, 1]
 */
export class Hardsigmoid extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return hardSigmoid(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Hardsigmoid extends SameFloat {}

/**
 * x times a sigmoid of three straight lines as a layer (Howard et al. 2019). Input [...] -> output [...].
 * @example new nn.Hardswish()(tensor([0, 4])).toArray(); // [0, 4]
 */
export class Hardswish extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return hardSwish(x);
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Hardswish extends SameFloat {}

/**
 * x held between min and max (default -1 and 1) as a layer, as `torch.nn.Hardtanh`. Input [...] -> output [...].
 * @throws ValueError when min is not below max
 * @example new nn.Hardtanh()(tensor([-4, 0.5, 4])).toArray(); // [-1, 0.5, 1]
 */
export class Hardtanh extends Layer {
  readonly min: number;
  readonly max: number;

  constructor({ min = -1, max = 1 }: { min?: number; max?: number } = {}) {
    super();
    if (!(min < max))
      throw new ValueError(`min ${min} is not below max ${max}`, { op: "Hardtanh", hint: "Swap them." });
    this.min = min;
    this.max = max;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return clip(x, { min: this.min, max: this.max });
  }

  override config(): readonly unknown[] {
    return [{ min: this.min, max: this.max }];
  }
}
export interface Hardtanh extends Same {}

/**
 * x brought nearer to 0 by lambda (default 0.5) as a layer, as `torch.nn.Softshrink`. Input [...] -> output [...].
 * @example new nn.Softshrink()(tensor([-2, 0.2, 1])).toArray(); // [-1.5, 0, 0.5]
 */
export class Softshrink extends Layer {
  readonly lambda: number;

  constructor({ lambda = 0.5 }: { lambda?: number } = {}) {
    super();
    this.lambda = lambda;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return softShrink(x, { lambda: this.lambda });
  }

  override config(): readonly unknown[] {
    return [{ lambda: this.lambda }];
  }
}
export interface Softshrink extends SameFloat {}

/**
 * x, and 0 where its size is at most lambda (default 0.5), as a layer, as `torch.nn.Hardshrink`. Input [...] -> output [...].
 * @example new nn.Hardshrink()(tensor([-2, 0.2, 1])).toArray(); // [-2, 0, 1]
 */
export class Hardshrink extends Layer {
  readonly lambda: number;

  constructor({ lambda = 0.5 }: { lambda?: number } = {}) {
    super();
    this.lambda = lambda;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return hardShrink(x, { lambda: this.lambda });
  }

  override config(): readonly unknown[] {
    return [{ lambda: this.lambda }];
  }
}
export interface Hardshrink extends SameFloat {}

/**
 * x - tanh(x) as a layer, as `torch.nn.Tanhshrink`. Input [...] -> output [...].
 * @example new nn.Tanhshrink()(zeros([2])).toArray(); // [0, 0]
 */
export class Tanhshrink extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return sub(x, tanh(x) as never) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Tanhshrink extends SameFloat {}

/**
 * x where it is above the threshold, and a value elsewhere, as a layer, as `torch.nn.Threshold` (default 0 and 0). Input
 * [...] -> output [...].
 * @example new nn.Threshold({ threshold: 1, value: 7 })(tensor([0.5, 2])).toArray(); // [7, 2]
 */
export class Threshold extends Layer {
  readonly threshold: number;
  readonly value: number;

  constructor({ threshold = 0, value = 0 }: { threshold?: number; value?: number } = {}) {
    super();
    this.threshold = threshold;
    this.value = value;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return threshold(x, { threshold: this.threshold, value: this.value });
  }

  override config(): readonly unknown[] {
    return [{ threshold: this.threshold, value: this.value }];
  }
}
export interface Threshold extends SameFloat {}
