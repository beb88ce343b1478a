import type { Expression } from "./expression/expression.js";

/** Who stands between a call of an operation and its code. */
export interface Interceptor {
  /** True: kernels that stand for many operations (attention, recurrences) are to be computed step by step, to be seen. */
  readonly bySteps?: boolean;
  /**
   * @param run the operation's code; what it calls in turn is intercepted again
   * @param formula what an elementwise operation computes
   */
  call(
    op: string,
    run: (...args: never[]) => unknown,
    args: readonly unknown[],
    kind: CallKind,
    formula?: Formula,
  ): unknown;
}

/** A formula over inputs that stand in the order of the arguments. */
export interface Formula {
  readonly names: readonly string[];
  readonly formula: Expression;
}

/** `elementwise`: tensors and numbers that are broadcast. `layout`: a step below the operations, see layout.ts. */
export type CallKind = "elementwise" | "layout" | "operation";

/** The interceptor that is at work, if any. */
export let interceptor: Interceptor | undefined;

/** Puts an interceptor to work until the next is put there. */
export function setInterceptor(next: Interceptor | undefined): void {
  interceptor = next;
}

/** Runs `work` with an interceptor. */
export function withInterceptor<T>(next: Interceptor | undefined, work: () => T): T {
  const before = interceptor;
  interceptor = next;
  try {
    return work();
  } finally {
    interceptor = before;
  }
}
