import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { add, mul } from "../ops/arithmetic.js";
import { ge } from "../ops/compare.js";
import { ones } from "../ops/create.js";
import { dropout } from "../ops/dropout.js";
import { isFloat } from "../promotion.js";
import { type Generator, rand, randn } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Same } from "./activations.js";
import { Layer } from "./module.js";

/** Where a layer draws from. */
export interface NoiseOptions {
  generator?: Generator;
}

/** What layers share that do something at random while training, and nothing after `eval()`. */
abstract class Noise extends Layer {
  readonly #generator: Generator | undefined;

  constructor({ generator }: NoiseOptions) {
    super();
    this.#generator = generator;
  }

  protected get source(): NoiseOptions {
    return this.#generator ? { generator: this.#generator } : {};
  }
}

/** A share that is lost, from 0 to 1. */
abstract class Losing extends Noise {
  readonly rate: number;

  constructor(op: string, rate: number, options: NoiseOptions, below = Number.POSITIVE_INFINITY) {
    super(options);
    if (!(rate >= 0 && rate <= 1 && rate < below)) {
      throw new ValueError(`rate is ${rate}`, {
        op,
        hint: `Give a probability from 0 to 1${below === 1 ? ", not 1 itself" : ""}.`,
      });
    }
    this.rate = rate;
  }

  /** 1 / (1 - rate), or 0 with probability `rate`, of this shape. */
  protected mask(x: Tensor, shape: Shape): Tensor {
    return dropout(ones([...shape], { dtype: x.dtype, device: x.device }) as Tensor, this.rate, this.source);
  }

  /** Whole channels set to 0, of an input with `axes` axes after them. */
  protected channels<S extends Shape, D extends DType>(op: string, x: Tensor<S, D>, axes: number): Tensor<S, D> {
    if (x.shape.length !== axes + 2) {
      throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
        op,
        expected: `[N, C, and ${axes} more]`,
        got: formatShape(x.shape),
      });
    }
    if (!this.training || this.rate === 0) return x;
    return mul(x, this.mask(x as Tensor, [...x.shape.slice(0, 2), ...new Array(axes).fill(1)]) as never) as never;
  }

  override config(): readonly unknown[] {
    return [this.rate];
  }
}

/**
 * Sets whole channels of sequences to 0 at random while training, as `torch.nn.Dropout1d` (default rate 0.5). Input [N, C, L] ->
 * output of the same shape.
 * @throws ValueError when the rate is no probability; ShapeError when the input has other axes
 * @example new nn.Dropout1d(0.2)(zeros([2, 3, 4])).shape; // [2, 3, 4]
 */
export class Dropout1d extends Losing {
  constructor(rate = 0.5, options: NoiseOptions = {}) {
    super("Dropout1d", rate, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return this.channels("Dropout1d", x, 1);
  }
}
export interface Dropout1d extends Same {}

/**
 * Sets whole channels of images to 0 at random while training (Tompson et al. 2015), as `torch.nn.Dropout2d` (default rate 0.5).
 * Input [N, C, H, W] -> output of the same shape.
 * @throws ValueError when the rate is no probability; ShapeError when the input has other axes
 * @example new nn.Dropout2d(0.2)(zeros([2, 3, 4, 4])).shape; // [2, 3, 4, 4]
 */
export class Dropout2d extends Losing {
  constructor(rate = 0.5, options: NoiseOptions = {}) {
    super("Dropout2d", rate, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return this.channels("Dropout2d", x, 2);
  }
}
export interface Dropout2d extends Same {}

/**
 * Sets whole channels of volumes to 0 at random while training, as `torch.nn.Dropout3d` (default rate 0.5). Input
 * [N, C, D, H, W] -> output of the same shape.
 * @throws ValueError when the rate is no probability; ShapeError when the input has other axes
 * @example new nn.Dropout3d(0.2)(zeros([2, 3, 4, 4, 4])).shape; // [2, 3, 4, 4, 4]
 */
export class Dropout3d extends Losing {
  constructor(rate = 0.5, options: NoiseOptions = {}) {
    super("Dropout3d", rate, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return this.channels("Dropout3d", x, 3);
  }
}
export interface Dropout3d extends Same {}

/** What SELU tends to far below 0: -1.0507 * 1.6733. */
const saturated = -1.7580993408473766;

/**
 * Sets elements to the low end of SELU at random while training, then scales and shifts so that mean and variance stay
 * (Klambauer et al. 2017), as `torch.nn.AlphaDropout` (default rate 0.5). Input [...] -> output [...].
 * @throws ValueError when the rate is no probability below 1
 * @example new nn.AlphaDropout(0.1)(zeros([2, 3])).shape; // [2, 3]
 */
export class AlphaDropout extends Losing {
  constructor(rate = 0.5, options: NoiseOptions = {}) {
    super("AlphaDropout", rate, options, 1);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const { rate } = this;
    if (!this.training || rate === 0) return x;
    const keep = castTo(ge(rand(x.shape, { device: x.device, ...this.source }) as Tensor, rate) as Tensor, x.dtype);
    const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * saturated * saturated));
    // Kept: scale * x + shift. Dropped: scale * saturated + shift. The shift makes the mean 0 again.
    const shift = -scale * rate * saturated;
    const kept = mul(mul(x, keep as never) as Tensor, scale) as Tensor;
    const dropped = add(mul(keep, -scale * saturated) as Tensor, scale * saturated + shift) as Tensor;
    return add(kept, dropped) as never;
  }
}
export interface AlphaDropout extends Same {}

/**
 * Adds normal numbers with mean 0 while training, as Keras' `GaussianNoise`. Input [...] -> output [...].
 * @throws ValueError for a deviation below 0; DTypeError when the input holds no floats
 * @example new nn.GaussianNoise(0.1)(zeros([2, 3])).shape; // [2, 3]
 */
export class GaussianNoise extends Noise {
  readonly std: number;

  constructor(std: number, options: NoiseOptions = {}) {
    super(options);
    if (!(std >= 0))
      throw new ValueError(`std is ${std}`, { op: "GaussianNoise", hint: "Give a deviation from 0 on." });
    this.std = std;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    requireFloats("GaussianNoise", x);
    if (!this.training || this.std === 0) return x;
    const noise = randn(x.shape, { dtype: x.dtype, device: x.device, ...this.source }) as Tensor;
    return add(x, mul(noise, this.std) as never) as never;
  }

  override config(): readonly unknown[] {
    return [this.std];
  }
}
export interface GaussianNoise extends Same {}

/**
 * Multiplies by normal numbers with mean 1 and deviation sqrt(rate / (1 - rate)) while training (Srivastava et al. 2014), as
 * Keras' `GaussianDropout`. Input [...] -> output [...].
 * @throws ValueError when the rate is no probability below 1; DTypeError when the input holds no floats
 * @example new nn.GaussianDropout(0.2)(ones([2, 3])).shape; // [2, 3]
 */
export class GaussianDropout extends Losing {
  constructor(rate = 0.5, options: NoiseOptions = {}) {
    super("GaussianDropout", rate, options, 1);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    requireFloats("GaussianDropout", x);
    if (!this.training || this.rate === 0) return x;
    const noise = randn(x.shape, { dtype: x.dtype, device: x.device, ...this.source }) as Tensor;
    return mul(x, add(mul(noise, Math.sqrt(this.rate / (1 - this.rate))) as Tensor, 1) as never) as never;
  }
}
export interface GaussianDropout extends Same {}

/**
 * Leaves out the branch of a residual block at random while training, each sample for itself (Huang et al. 2016), as
 * torchvision's `StochasticDepth`; also called DropPath. What stays is scaled up by 1 / (1 - rate). Mode
 * `"row"` (default) draws for each sample, `"batch"` once for all. Input [N, ...] -> output of the same shape.
 * @throws ValueError when the rate is no probability; DTypeError when the input holds no floats
 * @example new nn.StochasticDepth(0.1)(zeros([8, 16, 4, 4])).shape; // [8, 16, 4, 4]
 */
export class StochasticDepth extends Losing {
  readonly mode: "row" | "batch";

  constructor(rate: number, { mode = "row", ...options }: NoiseOptions & { mode?: "row" | "batch" } = {}) {
    super("StochasticDepth", rate, options);
    if (mode !== "row" && mode !== "batch") {
      throw new ValueError(`no mode ${String(mode)}`, { op: "StochasticDepth", hint: 'There are "row" and "batch".' });
    }
    this.mode = mode;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    requireFloats("StochasticDepth", x);
    if (!this.training || this.rate === 0) return x;
    const samples = this.mode === "row" ? x.shape[0] : 1;
    const shape = x.shape.map((_, axis) => (axis === 0 ? samples! : 1));
    return mul(x, this.mask(x as Tensor, shape) as never) as never;
  }

  override config(): readonly unknown[] {
    return [this.rate, { mode: this.mode }];
  }
}
export interface StochasticDepth extends Same {}

function requireFloats(op: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new DTypeError(`the input holds ${x.dtype}`, { op, expected: "a float dtype", got: x.dtype });
}
