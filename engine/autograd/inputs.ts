import { DTypeError, ShapeError } from "../errors.js";
import { castTo, expandTo } from "../layout.js";
import { tensor, zeros } from "../ops/create.js";
import { isFloat } from "../promotion.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject, mapLeaves } from "../tree.js";
import { Batched, batchedAs, concrete, type Level, levels, VmapError } from "../vmap/batched.js";
import { attach, gradEnabled } from "./graph.js";
import { propagate } from "./propagate.js";

/** A tensor, or arrays and plain objects of tensors, to any depth; the transforms check it when they are called. */
export type Tree = object;

/** A tree as a caller may give it: a number stands for a scalar. */
export type Liftable<P> = P | (P extends Tensor ? number : never);

/**
 * The arguments that a function is differentiated by: stand-ins for what the caller gave, in the same tree.
 *
 * Inside `vmap` a stand-in has samples of all levels, also where the caller's tensor is the same for all, so that each sample
 * gets a gradient of its own. Leaves, values and cotangents are `concrete` in the walk over the graph: they hold all samples.
 */
export class Inputs {
  /** What the function is called with. */
  readonly tree: unknown;
  /** The concrete tensors in `tree`, in its order. */
  readonly leaves: ReadonlySet<Tensor>;
  readonly #op: string;
  readonly #enabled = gradEnabled();
  #tracked = false;

  /** @throws DTypeError for leaves that are no float tensors or numbers */
  constructor(op: string, params: unknown) {
    const leaves = new Set<Tensor>();
    this.#op = op;
    this.tree = mapTree(params, op, x => {
      this.#tracked ||= x.requiresGrad;
      const copy = standIn(x, op);
      leaves.add(concrete(copy));
      return copy;
    });
    this.leaves = leaves;
  }

  /** Whether what is computed of `value` must be noted, because somebody outside may derive it in turn. */
  isNested(value: Tensor): boolean {
    return this.#enabled && (this.#tracked || reachesOutside(concrete(value), this.leaves));
  }

  /** The cotangents of the arguments, in their tree; 0 where the value does not depend on one. */
  pull(value: Tensor, seed: Tensor, createGraph: boolean): unknown {
    if (!value.requiresGrad) return this.fill(new Map());
    const from = asSamplesOf(this.#op, value, seed);
    return this.fill(propagate(concrete(value), from, this.leaves, createGraph));
  }

  /** A tree of what was found for the arguments, and zeros for the others. */
  fill(found: ReadonlyMap<Tensor, Tensor>): unknown {
    return mapTree(this.tree, this.#op, x => {
      const all = concrete(x);
      return batchedAs(x, found.get(all) ?? (zeros(all.shape, { dtype: x.dtype, device: all.device }) as Tensor));
    });
  }

  /**
   * The concrete tensors of a tree that belong to the arguments one by one, in their dtypes.
   * @throws ShapeError where the tree or a shape differs
   */
  match(tree: unknown, what: string): Map<Tensor, Tensor> {
    const pairs = new Map<Tensor, Tensor>();
    const visit = (own: unknown, given: unknown, path: string): void => {
      if (own instanceof Tensor) pairs.set(concrete(own), this.#fitting(own, given, path));
      else {
        const isList = Array.isArray(own);
        const entries = Object.entries(own as object);
        const fits = isList ? Array.isArray(given) : isPlainObject(given);
        if (!fits || Object.keys(given as object).length !== entries.length) {
          throw new ShapeError(`${path} differs from the arguments in its form`, {
            op: this.#op,
            hint: "Give arrays and objects with the same entries as the arguments have.",
          });
        }
        for (const [key, part] of entries) visit(part, (given as Record<string, unknown>)[key], `${path}.${key}`);
      }
    };
    visit(this.tree, tree, what);
    return pairs;
  }

  #fitting(own: Tensor, given: unknown, path: string): Tensor {
    const x = typeof given === "number" ? (tensor(given) as Tensor) : given;
    if (!(x instanceof Tensor)) {
      throw new DTypeError(`${path} is ${given === null ? "null" : typeof given}`, {
        op: this.#op,
        expected: "a tensor",
      });
    }
    if (!sameShape(x.shape, own.shape)) {
      throw new ShapeError(`${path} is ${formatShape(x.shape)}, the argument ${formatShape(own.shape)}`, {
        op: this.#op,
        expected: formatShape(own.shape),
        got: formatShape(x.shape),
      });
    }
    return asSamplesOf(this.#op, own, castTo(x, own.dtype));
  }
}

/** @throws DTypeError when what a function returned is no tensor */
export function requireResult(op: string, value: unknown, hint = "Return a tensor."): asserts value is Tensor {
  if (value instanceof Tensor) return;
  throw new DTypeError(`the function returned ${value === null ? "null" : typeof value}`, {
    op,
    expected: "a tensor",
    hint,
  });
}

/** Calls `change` for every tensor of a tree and returns a tree of the results. */
function mapTree(tree: unknown, op: string, change: (x: Tensor) => Tensor): unknown {
  return mapLeaves(tree, leaf => {
    if (typeof leaf === "number") return change(tensor(leaf));
    if (leaf instanceof Tensor) return change(leaf);
    const got = leaf === null ? "null" : typeof leaf === "object" ? leaf.constructor.name : typeof leaf;
    throw new DTypeError(`cannot differentiate with respect to ${got}`, {
      op,
      expected: "a tensor, a number, or arrays and plain objects of them",
      got,
    });
  });
}

/** A stand-in for x inside a function: gradients are asked of it, and flow on to x if x is part of a graph itself. */
function standIn(x: Tensor, op: string): Tensor {
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`cannot differentiate with respect to ${x.dtype}`, {
      op,
      expected: "a float dtype",
      got: x.dtype,
    });
  }
  return eachLevel(x, levels.length, all => {
    const copy = new Tensor(all.storage, all.shape, all.dtype, all.strides, all.offset, true);
    return attach(copy, op, [all], g => [g]);
  });
}

/** x with samples of the given number of running levels, of which `change` makes the concrete tensor anew. */
function eachLevel(x: Tensor, depth: number, change: (all: Tensor) => Tensor): Tensor {
  if (depth === 0) return change(x);
  const level = levels[depth - 1]!;
  return new Batched(level, eachLevel(frontOf(x, level), depth - 1, change));
}

/** The samples of a level along the first axis; what is the same for all is repeated. */
function frontOf(x: Tensor, level: Level): Tensor {
  return x instanceof Batched && x.level === level ? x.value : expandTo(x, [level.size, ...x.shape]);
}

/** A tensor in the shape of `own`, as a concrete one with the samples that `own` has. @throws VmapError where it has more */
export function asSamplesOf(op: string, own: Tensor, x: Tensor): Tensor {
  if (own instanceof Batched) return asSamplesOf(op, own.value, frontOf(x, own.level));
  if (!(x instanceof Batched)) return x;
  throw new VmapError("a cotangent or tangent has samples, the function's value has none", {
    op,
    hint: `Call ${op} inside the function that vmap maps.`,
  });
}

/** Whether a value depends on a leaf that requires gradients and is not among the arguments. */
function reachesOutside(value: Tensor, leaves: ReadonlySet<Tensor>): boolean {
  const seen = new Set<Tensor>();
  const todo = [value];
  for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
    if (!x.requiresGrad || leaves.has(x) || seen.has(x)) continue;
    if (x.node === undefined) return true;
    seen.add(x);
    todo.push(...x.node.inputs);
  }
  return false;
}
