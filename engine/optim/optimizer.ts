import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { isFloat } from "../promotion.js";
import { prepared } from "../record.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** A parameter with the gradient of this step, dense and in the parameter's dtype. */
export interface Update {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
}

/** Updates parameters in place from their gradients. One step is one command: a Stop never splits it. */
export abstract class Optimizer {
  /** The learning rate; may be changed between steps. */
  lr: number;
  readonly parameters: readonly Tensor[];
  readonly #name: string;

  /** @throws ValueError without parameters or with a bad rate; DTypeError for what is no parameter */
  constructor(name: string, parameters: Iterable<Tensor>, lr: number) {
    this.#name = name;
    this.parameters = [...new Set(parameters)];
    this.lr = lr;
    if (this.parameters.length === 0) {
      throw new ValueError("no parameters", { op: name, hint: "Give model.parameters(), or an array of tensors." });
    }
    for (const x of this.parameters) {
      if (x instanceof Tensor && x.requiresGrad && x.node === undefined && isFloat(x.dtype)) continue;
      throw new DTypeError("not every parameter is a leaf that requires gradients", {
        op: name,
        hint: "Make parameters with { requiresGrad: true }; a result of operations cannot be updated.",
      });
    }
    requireAtLeast(name, "lr", lr, 0);
  }

  /**
   * Updates every parameter that has a gradient.
   * @param gradients one per parameter, in order; by default what `backward()` has left in `.grad`
   * @throws ShapeError when a gradient does not fit its parameter
   */
  step(gradients?: readonly (Tensor | undefined)[]): void {
    this.requireLr();
    const updates: Update[] = [];
    this.parameters.forEach((parameter, i) => {
      const gradient = gradients ? gradients[i] : parameter.grad;
      if (gradient === undefined) return;
      if (!sameShape(gradient.shape, parameter.shape)) {
        throw new ShapeError(
          `gradient ${formatShape(gradient.shape)} for parameter ${i} of shape ${formatShape(parameter.shape)}`,
          { op: this.#name, expected: formatShape(parameter.shape), got: formatShape(gradient.shape) },
        );
      }
      updates.push({ parameter, gradient: prepared(gradient, parameter.dtype) });
    });
    if (updates.length > 0) this.update(updates);
  }

  /** Forgets the gradients collected so far. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = undefined;
  }

  /** The learning rate of the step that begins. @throws ValueError when it is negative or no number */
  protected requireLr(): number {
    requireAtLeast(this.#name, "lr", this.lr, 0);
    return this.lr;
  }

  /** Records the step. */
  protected abstract update(updates: readonly Update[]): void;
}

/** @throws ValueError for a number outside [least, below) */
export function requireAtLeast(
  op: string,
  name: string,
  value: number,
  least: number,
  below = Number.POSITIVE_INFINITY,
): void {
  if (typeof value === "number" && value >= least && value < below) return;
  const range =
    below === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} up to, not including, ${below}`;
  throw new ValueError(`${name} is ${value}`, { op, hint: `Give a number ${range}.` });
}

/** Splits updates by a key, and into pieces that fit a command record. */
export function grouped<K>(updates: readonly Update[], keyOf: (update: Update) => K): [K, Update[]][] {
  const most = 512;
  const groups: [K, Update[]][] = [];
  for (const update of updates) {
    const key = keyOf(update);
    let group = groups.findLast(([k]) => k === key);
    if (!group || group[1].length >= most) {
      group = [key, []];
      groups.push(group);
    }
    group[1].push(update);
  }
  return groups;
}
