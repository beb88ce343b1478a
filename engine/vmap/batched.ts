import { EngineError } from "../errors.js";
import { Tensor } from "../tensor.js";

/** One call of `vmap` that is running. */
export interface Level {
  /** Counts up: a call inside another has the larger number. */
  readonly id: number;
  /** How many samples it maps over. */
  readonly size: number;
}

/** What cannot be done with many samples at once. */
export class VmapError extends EngineError {}

/** The calls of `vmap` that are running, the innermost last. */
export const levels: Level[] = [];

/** The operations with batched arguments that are running, for messages. */
export const running: string[] = [];

/**
 * One sample that stands for all, inside a function that `vmap` maps: it has the shape of a sample, and `value` holds all of
 * them along its first axis. Operations find `value` by their rules; the graph of gradients is that of `value`.
 */
export class Batched extends Tensor {
  readonly level: Level;
  readonly value: Tensor;

  constructor(level: Level, value: Tensor) {
    super(undefined as never, value.shape.slice(1), value.dtype, [], 0, value.requiresGrad);
    this.level = level;
    this.value = value;
    // What has no rule reaches for the memory or the graph of a single tensor, and is told.
    Object.defineProperties(this, noMemory);
  }

  override get isConcrete(): boolean {
    return false;
  }

  override get device(): "cpu" | "webgpu" {
    return this.value.device;
  }

  override detach(): Batched {
    return new Batched(this.level, this.value.detach());
  }

  override dispose(): void {
    this.value.dispose();
  }

  override toString(): string {
    return `Tensor[${this.shape.join(", ")}] ${this.dtype}, one of ${this.level.size} samples in vmap`;
  }
}

const refuse = {
  get(): never {
    const op = running.at(-1);
    if (op === undefined) {
      throw new VmapError("a sample has no values of its own", {
        op: "vmap",
        hint: "Inside the function values cannot be read (item, toArray), branched on, or kept for later: return them.",
      });
    }
    throw new VmapError("there is no rule to run it over many samples at once", {
      op: `${op} inside vmap`,
      hint: "Map the samples with a loop, or use other operations.",
    });
  },
};

const noMemory: PropertyDescriptorMap = {
  storage: refuse,
  strides: refuse,
  node: {
    get: () => undefined,
    set: refuse.get,
  },
};

/** The tensor with all samples of all levels. */
export function concrete(x: Tensor): Tensor {
  return x instanceof Batched ? concrete(x.value) : x;
}

/** A concrete tensor as samples of the same levels as `like`. */
export function batchedAs(like: Tensor, value: Tensor): Tensor {
  return like instanceof Batched ? new Batched(like.level, batchedAs(like.value, value)) : value;
}
