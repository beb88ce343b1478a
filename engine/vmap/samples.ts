import { interceptor } from "../intercept.js";
import { expandTo, reshapeTo } from "../layout.js";
import { Tensor } from "../tensor.js";
import { isPlainObject, mapLeaves } from "../tree.js";
import { Batched, type Level, running, VmapError } from "./batched.js";

/** How an operation runs over all samples: from its arguments, some of them `Batched`, to results with the samples in front. */
// biome-ignore lint/suspicious/noExplicitAny: every operation has arguments of its own
export type Rule = (samples: Samples, ...args: any[]) => unknown;

/** What a rule needs to reach the samples of one level among its arguments. */
export class Samples {
  readonly level: Level;

  constructor(level: Level) {
    this.level = level;
  }

  get size(): number {
    return this.level.size;
  }

  /** Whether x is one of the samples, and not the same for all. */
  has(x: unknown): x is Batched {
    return x instanceof Batched && x.level === this.level;
  }

  /** Whether anything in arrays or objects is one of the samples. */
  hasAny(tree: unknown): boolean {
    let found = false;
    mapLeaves(tree, leaf => {
      found ||= this.has(leaf);
    });
    return found;
  }

  /** All samples along the first axis; what is the same for all is repeated, without a copy. */
  front(x: Tensor): Tensor {
    return this.has(x) ? x.value : expandTo(x, [this.size, ...x.shape]);
  }

  /** As `front`, with axes of length 1 behind the samples until each has `rank` axes. */
  aligned(x: Tensor, rank: number): Tensor {
    const ones = new Array<number>(Math.max(0, rank - x.shape.length)).fill(1);
    return reshapeTo(this.front(x), [this.size, ...ones, ...x.shape]);
  }

  /** As `aligned`; what is the same for all stays as it is, since it broadcasts. */
  broadcast<T>(x: T, rank: number): T | Tensor {
    return this.has(x) ? this.aligned(x, rank) : x;
  }

  /** Samples and batch as one axis: [samples, N, ...] -> [samples * N, ...]. */
  merged(x: Tensor): Tensor {
    const [n, ...rest] = x.shape as readonly [number, ...number[]];
    return reshapeTo(this.front(x), [this.size * n, ...rest]);
  }

  /** Undoes `merged`. */
  parted(x: Tensor): Tensor {
    return reshapeTo(x, [this.size, x.shape[0]! / this.size, ...x.shape.slice(1)]);
  }

  /** One sample of arguments. */
  pick(tree: unknown, i: number): unknown {
    return mapLeaves(tree, leaf => (this.has(leaf) ? leaf.value.at(i) : leaf));
  }

  /** Results with the samples in front, as samples. */
  wrap(tree: unknown): unknown {
    return mapLeaves(tree, leaf => (leaf instanceof Tensor && !this.has(leaf) ? new Batched(this.level, leaf) : leaf));
  }

  /** @throws VmapError naming the operation and the arguments that it cannot have */
  refuse(problem: string, hint: string): never {
    throw new VmapError(problem, { op: `${running.at(-1)} inside vmap`, hint });
  }
}

/** The innermost level of the samples among arguments. */
export function levelOf(args: readonly unknown[]): Level | undefined {
  let level: Level | undefined;
  const look = (value: unknown): void => {
    if (value instanceof Batched) {
      if (level === undefined || value.level.id > level.id) level = value.level;
    } else if (Array.isArray(value)) value.forEach(look);
    else if (isPlainObject(value)) Object.values(value).forEach(look);
  };
  args.forEach(look);
  return level;
}

/** An operation whose tensors broadcast against each other. */
export function broadcasting(op: string, run: (...args: never[]) => unknown): Rule {
  return (samples, ...args) => {
    const rank = Math.max(...args.map(x => (x instanceof Tensor ? x.shape.length : 0)));
    // Once more through the interceptor: there may be samples of an outer level.
    return interceptor!.call(
      op,
      run,
      args.map(x => samples.broadcast(x, rank)),
      "elementwise",
    );
  };
}
