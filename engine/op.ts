import { interceptor } from "./intercept.js";
import type { Tensor } from "./tensor.js";

/** Arguments of one call in a test: tensors are made from these. */
export interface SampleTensor {
  shape: readonly number[];
  /** From where to draw (default -2 to 2). */
  range?: readonly [low: number, high: number];
  dtype?: "float" | "int32" | "bool";
}

export interface Sample {
  args: readonly (SampleTensor | number | string | null | readonly unknown[] | Record<string, unknown> | undefined)[];
}

/** A call that must be refused, with a part of the message. */
export interface Reject extends Sample {
  message: string;
}

/** What an operation says about itself, beside its code. The generic test walks over these. */
export interface OpEntry {
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** Calls that the generic test checks: against the oracle, and by numerical gradients where there are gradients. */
  readonly samples: readonly Sample[];
  readonly rejects: readonly Reject[];
  /** Samples are made positive definite (x xᵀ + identity) in their first argument before the call. */
  readonly definite?: true;
  /** `false`, with the reason, when gradients do not flow through. */
  readonly gradient: true | { none: string };
}

/** An operation: a function that is also a method, and its entry. `method` exists for its type only. */
export interface Op {
  readonly entry: OpEntry;
  readonly method: (this: Tensor, ...args: never[]) => unknown;
}

/** Every operation by name. */
export const registry = new Map<string, OpEntry>();

/**
 * Makes an operation of its entry and its code, and registers it.
 * @throws Error when the name is taken
 */
export function registerOp<O extends Op>(entry: OpEntry, run: (...args: never[]) => unknown): O {
  if (registry.has(entry.name)) throw new Error(`the operation ${entry.name} is defined twice`);
  registry.set(entry.name, entry);
  Object.defineProperty(run, "name", { value: entry.name });
  return Object.assign(run, { entry }) as unknown as O;
}

/** The same, for an operation that does not ask the interceptor itself: it is asked before the code is called. */
export function defineOp<O extends Op>(entry: OpEntry, run: (...args: never[]) => unknown): O {
  const guarded = (...args: never[]) =>
    interceptor === undefined ? run(...args) : interceptor.call(entry.name, run, args, "operation");
  return registerOp<O>(entry, guarded);
}
