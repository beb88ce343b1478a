import { div, mul } from "../ops/arithmetic.js";
import { ones } from "../ops/create.js";
import { abs } from "../ops/math.js";
import { norm } from "../ops/vector-norm.js";
import { resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Module, parameter } from "./module.js";
import { Reparametrized, type ReparametrizedOptions } from "./reparametrized.js";

/** The form of a `WeightNorm`. */
export interface WeightNormOptions extends ReparametrizedOptions {
  /** The axis along which every slice has a length of its own (default 0: that of the outputs). */
  axis?: number;
}

/**
 * A layer whose weight is a direction and a length, learned apart (Salimans and Kingma 2016), as
 * `torch.nn.utils.parametrizations.weight_norm`: the layer's own weight is the direction, `scale` holds the lengths
 * [out, 1, ...], at first those of the weight. In -> out as the layer.
 * @throws ValueError when the layer has no such parameter; DTypeError for what is no module; ShapeError for an axis there is not
 * @example new nn.WeightNorm(new nn.Linear(3, 4))(zeros([2, 3])).shape; // [2, 4]
 */
export class WeightNorm extends Reparametrized {
  declare readonly scale: Tensor;
  readonly axis: number;

  constructor(layer: Module, { axis = 0, ...options }: WeightNormOptions = {}) {
    super("WeightNorm", layer, options);
    this.axis = axis;
    this.begin();
  }

  protected make(shape: Shape, weight: Tensor | undefined): void {
    const along = resolveAxis("WeightNorm", this.axis, shape.length);
    const lengths = shape.map((length, i) => (i === along ? length : 1));
    const first = weight ? this.#lengths(weight.detach() as Tensor) : (ones(lengths) as Tensor);
    Object.assign(this, { scale: parameter(first) });
  }

  protected computed(direction: Tensor): Tensor {
    return mul(direction, div(this.scale, this.#lengths(direction) as never) as never) as Tensor;
  }

  #lengths(weight: Tensor): Tensor {
    const along = resolveAxis("WeightNorm", this.axis, weight.shape.length);
    const others = weight.shape.map((_, i) => i).filter(i => i !== along);
    // Every number of a vector is a slice by itself; no axes at all would mean all of them.
    return (others.length === 0 ? abs(weight) : norm(weight, others, { keepDims: true })) as Tensor;
  }

  override describe(): string {
    return `${this.target} along axis ${this.axis}`;
  }
}
