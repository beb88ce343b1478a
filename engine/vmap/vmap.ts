import type { SameTree } from "../autograd/jacobian.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { type CallKind, type Interceptor, interceptor, withInterceptor } from "../intercept.js";
import { expandTo } from "../layout.js";
import { moveAxis } from "../ops/reorder.js";
import { formatShape, resolveAxis } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject, mapLeaves } from "../tree.js";
import { Batched, type Level, levels, running } from "./batched.js";
import { rules } from "./rules/index.js";
import { broadcasting, levelOf, Samples } from "./samples.js";

/** The axis of the samples, `null` for what is the same for all; one for a whole tree, or a tree of them. */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [key: string]: BatchAxes };

/** Which axes count samples. */
export interface VmapOptions {
  /**
   * Where the samples lie in each argument: one for all (default 0), or an array with an entry per argument. `null`: the
   * argument is the same for all samples. For a tree an entry may be a tree.
   */
  inAxes?: BatchAxes;
  /** Where they lie in the results (default 0); for a tree of results it may be a tree. */
  outAxes?: BatchAxes;
}

let count = 0;

/** A level of samples inside all that there were before. */
export function newLevel(size: number): Level {
  return { id: ++count, size };
}

/**
 * Makes of a function of one sample a function of many, without a loop: inside, every tensor has the shape of one sample.
 * With `grad` it gives the gradient of each sample. `jax.vmap`, `torch.vmap`.
 *
 * Numbers and other values that are no tensors are handed on. Inside, values cannot be read or branched on; random operations
 * such as dropout draw anew for each sample, but `randn(shape)` gives all samples the same.
 * @param f from tensors, or arrays and plain objects of them, to a tensor or a tree of tensors
 * @returns a function whose arguments and results have an axis more, where the options say
 * @throws ShapeError when arguments have different numbers of samples; VmapError naming an operation that has no rule;
 * ValueError when no argument has samples
 * @example
 * // The gradient of every sample of a batch: x [N, 3], y [N] -> [N, 3].
 * const loss = (w: Tensor, x: Tensor, y: Tensor) => x.dot(w).sub(y).square();
 * vmap(grad(loss), { inAxes: [null, 0, 0] })(randn([3]), randn([8, 3]), randn([8])).shape; // [8, 3]
 */
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  { inAxes = 0, outAxes = 0 }: VmapOptions = {},
): (...args: { [K in keyof A]: SameTree<A[K]> }) => SameTree<R> {
  if (typeof f !== "function") throw new ValueError(`f is ${typeof f}`, { op: "vmap", hint: "Give a function." });
  return (...args) => {
    const axes = args.map((_, i) => (Array.isArray(inAxes) ? ((inAxes as BatchAxes[])[i] ?? null) : inAxes));
    const level = newLevel(sizeOf(args, axes as BatchAxes[]));
    return mapping(() => {
      const samples = args.map((arg, i) => enter(level, arg, axes[i] as BatchAxes));
      levels.push(level);
      let result: unknown;
      try {
        result = f(...(samples as unknown as A));
      } finally {
        levels.splice(levels.indexOf(level), 1);
      }
      return leave(level, result, outAxes) as SameTree<R>;
    });
  };
}

/** Runs work in which tensors may be samples. */
export function mapping<T>(work: () => T): T {
  return withInterceptor(new Mapper(interceptor), work);
}

/** Runs operations on samples by their rules, and those without a rule by their code, which is made of others. */
class Mapper implements Interceptor {
  readonly #outer: Interceptor | undefined;

  constructor(outer: Interceptor | undefined) {
    this.#outer = outer;
  }

  call(op: string, run: (...args: never[]) => unknown, args: readonly unknown[], kind: CallKind): unknown {
    const level = levelOf(args);
    if (level === undefined) return this.#outer ? this.#outer.call(op, run, args, kind) : run(...(args as never[]));
    running.push(op);
    try {
      const rule = kind === "elementwise" ? broadcasting(op, run) : rules.get(op);
      if (rule === undefined) return run(...(args as never[]));
      const samples = new Samples(level);
      return samples.wrap(rule(samples, ...args));
    } finally {
      running.pop();
    }
  }
}

/** How many samples the arguments have. @throws ShapeError when they differ; ValueError when there are none */
function sizeOf(args: readonly unknown[], axes: readonly BatchAxes[]): number {
  let size: number | undefined;
  args.forEach((arg, i) => {
    eachTensor(arg, axes[i]!, (x, axis) => {
      const length = x.shape[resolveAxis("vmap", axis, x.shape.length)]!;
      size ??= length;
      if (length === size) return;
      throw new ShapeError(`argument ${i} of shape ${formatShape(x.shape)} has ${length} samples on axis ${axis}`, {
        op: "vmap",
        expected: `${size} samples, as the arguments before`,
        got: `${length}`,
        hint: `The others have ${size}: all arguments need the same number, or null in inAxes.`,
      });
    });
  });
  if (size !== undefined) return size;
  throw new ValueError("no argument has samples", {
    op: "vmap",
    hint: "Give at least one tensor whose entry in inAxes is not null.",
  });
}

/** Calls `visit` for each tensor of a tree that has samples, with their axis. */
function eachTensor(tree: unknown, axes: BatchAxes, visit: (x: Tensor, axis: number) => void): void {
  paired(tree, axes, (leaf, axis) => {
    if (leaf instanceof Tensor && axis !== null) visit(leaf, axis);
    return leaf;
  });
}

/** A tree with its leaves changed, each with its axis: one axis counts for everything below. */
function paired(tree: unknown, axes: BatchAxes, change: (leaf: unknown, axis: number | null) => unknown): unknown {
  if (axes === null || typeof axes === "number") return mapLeaves(tree, leaf => change(leaf, axes));
  const entry = (key: string) => (axes as Record<string, BatchAxes>)[key];
  const below = (part: unknown, key: string) => {
    const axis = entry(key);
    if (axis !== undefined) return paired(part, axis, change);
    throw new ValueError(`the axes have no entry ${key}`, {
      op: "vmap",
      hint: "A tree of axes has the entries of the tree it belongs to; null says that there are no samples.",
    });
  };
  if (Array.isArray(tree)) return tree.map((part, i) => below(part, String(i)));
  if (isPlainObject(tree)) return Object.fromEntries(Object.entries(tree).map(([k, part]) => [k, below(part, k)]));
  throw new ValueError("a tree of axes for a single value", { op: "vmap", hint: "Give one number, or null." });
}

function enter(level: Level, arg: unknown, axes: BatchAxes): unknown {
  return paired(arg, axes, (leaf, axis) => {
    if (!(leaf instanceof Tensor) || axis === null) return leaf;
    return new Batched(level, moveAxis(leaf, resolveAxis("vmap", axis, leaf.shape.length), 0) as Tensor);
  });
}

function leave(level: Level, result: unknown, axes: BatchAxes): unknown {
  return paired(result, axes, (leaf, axis) => {
    if (!(leaf instanceof Tensor)) {
      throw new DTypeError(`the function returned ${leaf === null ? "null" : typeof leaf}`, {
        op: "vmap",
        expected: "a tensor",
        hint: "Return a tensor, or arrays and plain objects of tensors; wait for nothing inside.",
      });
    }
    if (axis === null) {
      if (!(leaf instanceof Batched && leaf.level === level)) return leaf;
      throw new ValueError("outAxes is null for a result that differs from sample to sample", {
        op: "vmap",
        hint: "Give the axis where the samples are to lie.",
      });
    }
    const all =
      leaf instanceof Batched && leaf.level === level ? leaf.value : expandTo(leaf, [level.size, ...leaf.shape]);
    return moveAxis(all, 0, resolveAxis("vmap", axis, all.shape.length));
  });
}
