import { ShapeError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";
import { requireLayer } from "./module-list.js";

/**
 * What layers make of the input, plus the input itself (He et al. 2016), or plus what a shortcut makes of it where the shape
 * changes.
 * @throws DTypeError for something that is no module; ShapeError when the two do not have one shape
 * @example
 * const block = new nn.Residual(new nn.Sequential(new nn.Linear(8, 8), new nn.ReLU(), new nn.Linear(8, 8)));
 * block(zeros([2, 8])).shape; // [2, 8]
 */
export class Residual extends Module {
  readonly inner: Module;
  readonly shortcut: Module | undefined;

  constructor(inner: Module, { shortcut }: { shortcut?: Module } = {}) {
    super();
    requireLayer("Residual", "the inner layer", inner, this);
    if (shortcut !== undefined) requireLayer("Residual", "the shortcut", shortcut, this);
    this.inner = inner;
    this.shortcut = shortcut;
  }

  forward(x: Tensor): Tensor {
    const call = (layer: Module) => (layer as unknown as (x: Tensor) => Tensor)(x);
    const [y, past] = [call(this.inner), this.shortcut ? call(this.shortcut) : x];
    if (sameShape(y.shape, past.shape)) return add(y, past as never) as Tensor;
    throw new ShapeError(`the inner layer gives ${formatShape(y.shape)}, past it comes ${formatShape(past.shape)}`, {
      op: "Residual",
      expected: formatShape(past.shape),
      got: formatShape(y.shape),
      hint: "Give a shortcut that makes the same shape: { shortcut: new nn.Conv2d(16, 32, 1) }.",
    });
  }

  override describe(): string {
    return this.shortcut ? "with shortcut" : "";
  }
}
