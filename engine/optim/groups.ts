import { DTypeError, ValueError } from "../errors.js";
import { isFrozen } from "../parameters.js";
import { Tensor } from "../tensor.js";

/** What every optimizer has. */
export interface CommonOptions {
  /** Learning rate. */
  lr: number;
  /** Goes up the gradient instead of down (default false). */
  maximize: boolean;
}

/** Parameters that are trained with the same options. The options may be changed between steps. */
export type ParameterGroup<O> = O & { readonly parameters: readonly Tensor[] };

/** A group as it is given: its own options, the others are those of the optimizer. */
export type GivenGroup<O> = Partial<O> & { readonly parameters: Iterable<Tensor> };

/** What an optimizer trains: parameters, or groups of them with options of their own. */
export type Trainable<O> = Iterable<Tensor> | Iterable<GivenGroup<O>>;

/** The given options over the defaults; one that is undefined counts as not given. */
export function withDefaults<O extends object>(defaults: O, given: Partial<O>): O {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/** Groups as they are given, also for bare parameters. @throws ValueError when there is nothing; DTypeError for a mixture */
export function givenGroups<O>(op: string, trainable: Trainable<O>): GivenGroup<O>[] {
  if (typeof (trainable as Iterable<Tensor> | undefined)?.[Symbol.iterator] !== "function") {
    throw new DTypeError("what is to be trained is no list", {
      op,
      hint: "Give model.parameters(), an array of tensors, or an array of groups { parameters, lr }.",
    });
  }
  const all: readonly unknown[] = [...trainable];
  if (all.length === 0) {
    throw new ValueError("no parameters", { op, hint: "Give model.parameters(), or an array of tensors." });
  }
  const isGroup = (x: unknown): x is GivenGroup<O> =>
    typeof x === "object" && x !== null && !(x instanceof Tensor) && "parameters" in x;
  if (all.every(isGroup)) return [...all];
  if (!all.some(isGroup)) return [{ parameters: all } as unknown as GivenGroup<O>];
  throw new DTypeError("parameters and groups are mixed", {
    op,
    hint: "Give either tensors, or groups { parameters, lr } only.",
  });
}

/**
 * The parameters of a new group.
 * @param taken those that are trained already; the new ones are added
 * @throws ValueError for a parameter given twice or an empty group; DTypeError for what is no parameter
 */
export function requireParameters(op: string, given: Iterable<Tensor>, taken: Set<Tensor>): Tensor[] {
  const parameters = [...given];
  if (parameters.length === 0) {
    throw new ValueError("a group without parameters", {
      op,
      hint: "Give model.parameters(), or leave the group out.",
    });
  }
  parameters.forEach((x, i) => {
    if (!(x instanceof Tensor) || x.node !== undefined || !(x.requiresGrad || isFrozen(x))) {
      throw new DTypeError(`parameter ${i} is not a leaf that requires gradients`, {
        op,
        hint: "Make parameters with { requiresGrad: true }; a result of operations cannot be updated.",
      });
    }
    if (x.dtype !== "float32" && x.dtype !== "float64") {
      throw new DTypeError(`parameter ${i} is ${x.dtype}`, {
        op,
        expected: "float32 or float64",
        got: x.dtype,
        hint: "Train in float32, and cast for inference.",
      });
    }
    if (taken.has(x)) {
      throw new ValueError(`parameter ${i} is given twice`, {
        op,
        hint: "Every parameter belongs to one group, once. A shared layer's parameters come once in model.parameters().",
      });
    }
    taken.add(x);
  });
  return parameters;
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

/** @throws ValueError unless both decays lie in [0, 1) */
export function requireBetas(op: string, betas: readonly [number, number]): void {
  requireAtLeast(op, "betas[0]", betas[0], 0, 1);
  requireAtLeast(op, "betas[1]", betas[1], 0, 1);
}
