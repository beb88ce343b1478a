import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { clip, relu, silu } from "../ops/activation.js";
import { glu } from "../ops/activation-family.js";
import { add, mul } from "../ops/arithmetic.js";
import { full } from "../ops/create.js";
import { neg } from "../ops/math.js";
import { softmax } from "../ops/softmax.js";
import { reshape } from "../ops/view.js";
import type { Floating } from "../promotion.js";
import type { Generator } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { SameFloat } from "./activations.js";
import { requireCounts } from "./channels.js";
import { Linear } from "./linear.js";
import { Layer } from "./module.js";

/**
 * x, and a slope that is learnt below 0 (He et al. 2015), as `torch.nn.PReLU`. Input [N, channels, ...] -> output of the same
 * shape. Parameter weight: [channels], or [1] for one slope for all; it starts at 0.25.
 * @throws ValueError for channels that are no whole number; ShapeError when the input has others
 * @example new nn.PReLU()(tensor([-4, 2])).toArray(); // [-1, 2]
 */
export class PReLU extends Layer {
  readonly weight: Tensor<[number], "float32">;

  constructor({ channels = 1, start = 0.25 }: { channels?: number; start?: number } = {}) {
    super();
    requireCounts("PReLU", { channels });
    this.weight = full([channels], start, { requiresGrad: true }) as never;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    const channels = this.weight.shape[0];
    if (channels !== 1 && x.shape[1] !== channels) {
      throw new ShapeError(`the input ${formatShape(x.shape)} does not have ${channels} channels`, {
        op: "PReLU",
        expected: `[N, ${channels}, ...]`,
        got: formatShape(x.shape),
      });
    }
    const slopes = channels === 1 ? this.weight : reshape(this.weight, [channels, ...x.shape.slice(2).map(() => 1)]);
    return add(relu(x), mul(slopes as Tensor, clip(x, { max: 0 }) as never) as never) as never;
  }

  override describe(): string {
    return this.weight.shape[0] === 1 ? "one slope" : `${this.weight.shape[0]} channels`;
  }

  override config(): readonly unknown[] {
    return [{ channels: this.weight.shape[0] }];
  }
}
export interface PReLU extends SameFloat {}

/**
 * Softmax of -x over an axis (default the last) as a layer, as `torch.nn.Softmin`. Input [...] -> output [...].
 * @example new nn.Softmin()(zeros([2])).toArray(); // [0.5, 0.5]
 */
export class Softmin extends Layer {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    return softmax(neg(x), this.axis);
  }

  override config(): readonly unknown[] {
    return [this.axis];
  }
}
export interface Softmin extends SameFloat {}

/**
 * Softmax over the channels of images as a layer, as `torch.nn.Softmax2d`. Input [N, C, H, W] -> output of the same shape.
 * @throws ShapeError when the input is no batch of images
 * @example new nn.Softmax2d()(zeros([1, 4, 2, 2])).sum(1).toArray(); // [[[1, 1], [1, 1]]]
 */
export class Softmax2d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>> {
    if (x.shape.length === 4) return softmax(x, 1);
    const got = formatShape(x.shape);
    throw new ShapeError(`the input ${got} is no batch of images`, { op: "Softmax2d", expected: "[N, C, H, W]", got });
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface Softmax2d extends SameFloat {}

/**
 * The first half of an axis (default the last) times the sigmoid of the second as a layer (Dauphin et al. 2016), as
 * `torch.nn.GLU`. Input [..., 2 N] -> output [..., N].
 * @throws ShapeError when the axis has an odd length
 * @example new nn.GLU()(ones([2, 6])).shape; // [2, 3]
 */
export class GLU extends Layer {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], Floating<D>> {
    return glu(x, this.axis);
  }

  override config(): readonly unknown[] {
    return [this.axis];
  }
}
export interface GLU {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], Floating<D>>;
}

/**
 * The feed-forward block of LLaMA: silu(x W1) * (x W3), then W2 (Shazeer 2020). Input [..., size] -> output [..., size]. Its
 * layers have LLaMA's names: `w1` and `w3` [hidden, size], `w2` [size, hidden].
 * @throws ValueError for sizes that are no whole numbers
 * @example new nn.SwiGLU(64, 172)(zeros([2, 16, 64])).shape; // [2, 16, 64]
 */
export class SwiGLU extends Layer {
  readonly w1: Linear;
  readonly w2: Linear;
  readonly w3: Linear;

  constructor(
    size: number,
    hidden: number,
    { bias = false, generator }: { bias?: boolean; generator?: Generator } = {},
  ) {
    super();
    requireCounts("SwiGLU", { size, hidden });
    const options = { bias, ...(generator ? { generator } : {}) };
    this.w1 = new Linear(size, hidden, options);
    this.w2 = new Linear(hidden, size, options);
    this.w3 = new Linear(size, hidden, options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<S, "float32"> {
    return this.w2(mul(silu(this.w1(x) as Tensor), this.w3(x) as never) as Tensor) as never;
  }

  override describe(): string {
    const [hidden, size] = this.w1.weight.shape;
    return `${size} -> ${hidden} -> ${size}`;
  }

  override config(): readonly unknown[] {
    const [hidden, size] = this.w1.weight.shape;
    return [size, hidden, { bias: this.w1.bias !== undefined }];
  }
}
export interface SwiGLU {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<S, "float32">;
}
