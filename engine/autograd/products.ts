import { add, mul } from "../ops/arithmetic.js";
import { ones, zeros } from "../ops/create.js";
import { sum } from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { batchedAs, concrete } from "../vmap/batched.js";
import { seedFor } from "./backward.js";
import { gradEnabled, withGrad } from "./graph.js";
import { asSamplesOf, Inputs, type Liftable, requireResult, type Tree } from "./inputs.js";
import { propagate } from "./propagate.js";
import { pullMany } from "./pull-many.js";

/**
 * The value of a function, and its Jacobian-vector product: how the value changes when the argument moves along `tangents`.
 * Computed as the derivative of the pullback, which is exact. `torch.func.jvp`, `jax.jvp`.
 * @param f from a tensor, or arrays and plain objects of tensors, to a tensor [...]
 * @param params where the derivative is taken
 * @param tangents a direction, in the form and the shapes of `params`
 * @returns the value [...] and its tangent, of the same shape
 * @throws ShapeError when `tangents` differ from `params` in form or shape; DTypeError for arguments that hold no floats
 * @example
 * const [y, dy] = jvp((x: Tensor) => x.square(), tensor([1, 2, 3]), tensor([1, 0, 1]));
 * dy.toArray(); // [2, 0, 6]
 */
export function jvp<P extends Tree>(
  f: (params: P) => Tensor,
  params: Liftable<P>,
  tangents: Liftable<P>,
): [value: Tensor, tangent: Tensor] {
  const inputs = new Inputs("jvp", params);
  const value = withGrad(true, () => f(inputs.tree as P));
  requireResult("jvp", value);
  const directions = inputs.match(tangents, "tangents");
  const nested = inputs.isNested(value) || tracked(directions);
  const pushed = new Pushforward(inputs, value);
  return [nested ? value : value.detach(), pushed.along(directions, nested)];
}

/**
 * The value of a function with a single number as its result, and the product of its Hessian with a vector: two backward
 * passes, without the Hessian itself. `torch.autograd.functional.hvp`.
 * @param f from a tensor, or arrays and plain objects of tensors, to a single value
 * @param params where the derivatives are taken
 * @param vector in the form and the shapes of `params`, as is the product
 * @throws ShapeError when the function's result is not a single value, or `vector` differs from `params` in form or shape
 * @example
 * const [y, product] = hvp((x: Tensor) => x.pow(3).sum(), tensor([1, 2]), tensor([1, 10]));
 * product.toArray(); // [6, 120]
 */
export function hvp<P extends Tree>(
  f: (params: P) => Tensor,
  params: Liftable<P>,
  vector: Liftable<P>,
): [value: Tensor, product: P] {
  const inputs = new Inputs("hvp", params);
  const value = withGrad(true, () => f(inputs.tree as P));
  requireResult("hvp", value, "Return the loss.");
  const directions = inputs.match(vector, "vector");
  const nested = inputs.isNested(value) || tracked(directions);
  const seed = asSamplesOf("hvp", value, seedFor("hvp", value));
  const gradients = value.requiresGrad
    ? propagate(concrete(value), seed, inputs.leaves, true)
    : new Map<Tensor, Tensor>();
  const slope = inner(gradients, directions);
  // The sum over all samples: the derivative of each is its own.
  const found = slope?.requiresGrad ? propagate(slope, one(slope), inputs.leaves, nested) : new Map<Tensor, Tensor>();
  const product = inputs.fill(found);
  return [nested ? value : value.detach(), product as P];
}

/**
 * The derivative of a value as a map from tangents of the arguments: the pullback, which is linear, derived once more.
 * Arguments and tangents are concrete, as in `Inputs`.
 */
export class Pushforward {
  readonly #value: Tensor;
  /** The concrete cotangent of the value that the pullback is a function of. */
  readonly #cotangent: Tensor;
  /** By argument: its cotangent, as a function of `#cotangent`. */
  readonly #pulled: ReadonlyMap<Tensor, Tensor>;

  constructor(inputs: Inputs, value: Tensor) {
    this.#value = value;
    const all = concrete(value);
    this.#cotangent = zeros(all.shape, { dtype: all.dtype, device: all.device, requiresGrad: true }) as Tensor;
    this.#pulled = all.requiresGrad ? propagate(all, this.#cotangent, inputs.leaves, true) : new Map();
  }

  /** The value's tangent for tangents of the arguments. */
  along(directions: ReadonlyMap<Tensor, Tensor>, createGraph: boolean): Tensor {
    const total = inner(this.#pulled, directions);
    return total === undefined ? this.#zeros() : this.#derive(total, one(total), createGraph);
  }

  /** The value's tangents for all elements of an argument: [size of argument, ...value]; `undefined` where all are 0. */
  alongAll(argument: Tensor, createGraph: boolean): Tensor | undefined {
    const pulled = this.#pulled.get(concrete(argument));
    if (pulled === undefined) return undefined;
    const sinks = new Map([[this.#cotangent, this.#value]]);
    return pullMany("jacfwd", batchedAs(argument, pulled), sinks, createGraph).get(this.#cotangent);
  }

  #derive(from: Tensor, seed: Tensor, createGraph: boolean): Tensor {
    if (!from.requiresGrad) return this.#zeros();
    const found = propagate(from, seed, new Set([this.#cotangent]), createGraph).get(this.#cotangent);
    return found ? batchedAs(this.#value, found) : this.#zeros();
  }

  #zeros(): Tensor {
    return zeros(this.#value.shape, { dtype: this.#value.dtype, device: this.#value.device }) as Tensor;
  }
}

function one(x: Tensor): Tensor {
  return ones([], { dtype: x.dtype, device: x.device }) as Tensor;
}

/** The sum of the products of all elements. */
function inner(a: ReadonlyMap<Tensor, Tensor>, b: ReadonlyMap<Tensor, Tensor>): Tensor | undefined {
  return withGrad(true, () => {
    let total: Tensor | undefined;
    for (const [x, part] of a) {
      const product = sum(mul(part, b.get(x)! as never) as Tensor) as Tensor;
      total = total === undefined ? product : (add(total, product) as Tensor);
    }
    return total;
  });
}

function tracked(directions: ReadonlyMap<Tensor, Tensor>): boolean {
  return gradEnabled() && [...directions.values()].some(x => x.requiresGrad);
}
