import { capture } from "../capturing.js";
import { EngineError } from "../errors.js";
import { type CallKind, type Interceptor, interceptor, setInterceptor, withInterceptor } from "../intercept.js";
import { layerPath } from "../layer-path.js";
import { mul } from "../ops/arithmetic.js";
import { isNaN as isNaNAt } from "../ops/compare.js";
import { sum } from "../ops/reduce.js";
import { isFloat } from "../promotion.js";
import { formatShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import { type GradNode, type NodeListener, nodeListener, noGrad, setNodeListener } from "./graph.js";

/** A value or a gradient that is not finite, caught where it came up. */
export class AnomalyError extends EngineError {
  /** The layer in which the operation was called, such as `Net.blocks.1`. */
  readonly layer: string | undefined;
  /** Where the operation was called: lines of a stack, the innermost first; those of the engine are left out. */
  readonly calledAt: readonly string[];

  constructor(problem: string, op: string, call: Call) {
    const where = [
      ...(call.layer === undefined ? [] : [`in the layer ${call.layer}`]),
      ...(call.stack.length === 0 ? [] : [`called at ${call.stack[0]}`]),
    ];
    super(`${problem}${where.length > 0 ? `; ${where.join(", ")}` : ""}`, { op });
    this.layer = call.layer;
    this.calledAt = call.stack;
  }
}

/**
 * Runs a function and stops at the first operation whose result, or whose gradient in a backward pass, is not finite: the error
 * names the operation, the shapes, the layer and the line that called it. `torch.autograd.detect_anomaly`; here results are
 * checked too, where NaN mostly comes from. Everything is computed and read at once, which is slow: for finding an error.
 *
 * An infinity that was given, as in a mask, may pass; NaN never does. Functions made with `compile` are checked in their first
 * call only. What runs after an `await` inside is not checked: use `setDetectAnomaly` there.
 * @throws AnomalyError
 * @example
 * try {
 *   detectAnomaly(() => tensor([1, -1]).log().sum());
 * } catch (error) {
 *   String(error); // AnomalyError: log: the result [2] holds NaN (1 of 2 elements), from [2] float32; called at ...
 * }
 */
export function detectAnomaly<T>(work: () => T): T {
  const before = nodeListener;
  const detector = new Detector(interceptor);
  setNodeListener(detector);
  try {
    return withInterceptor(detector, work);
  } finally {
    setNodeListener(before);
  }
}

/**
 * Checks all operations from now on as `detectAnomaly` does, in every cell, until it is switched off.
 * `torch.autograd.set_detect_anomaly`.
 * @example
 * setDetectAnomaly(true);
 * setDetectAnomaly(false);
 */
export function setDetectAnomaly(on: boolean): void {
  const detector = on ? new Detector(undefined) : undefined;
  setInterceptor(detector);
  setNodeListener(detector);
}

/** Where an operation was called. */
interface Call {
  layer: string | undefined;
  stack: readonly string[];
}

class Detector implements Interceptor, NodeListener {
  readonly #outer: Interceptor | undefined;
  /** The operations that are running, one inside the other. */
  readonly #running: string[] = [];
  readonly #calls = new WeakMap<GradNode, Call>();
  #walking = false;

  constructor(outer: Interceptor | undefined) {
    this.#outer = outer;
  }

  call(op: string, run: (...args: never[]) => unknown, args: readonly unknown[], kind: CallKind): unknown {
    const next = () => (this.#outer ? this.#outer.call(op, run, args, kind) : run(...(args as never[])));
    // A backward function is checked as a whole, and what is captured has no values yet.
    if (kind === "layout" || this.#walking || capture !== undefined) return next();
    this.#running.push(op);
    try {
      const result = next();
      for (const x of tensorsOf(result)) this.#check(op, x, args);
      return result;
    } finally {
      this.#running.pop();
    }
  }

  made(node: GradNode): void {
    this.#calls.set(node, whereAmI());
  }

  walk<T>(node: GradNode, gradient: Tensor, run: () => T): T {
    if (this.#walking || capture !== undefined) return run();
    this.#walking = true;
    try {
      const parts = run() as readonly (Tensor | undefined)[];
      parts.forEach((part, i) => {
        const found = part && unusual(part);
        if (!found) return;
        const before = unusual(gradient);
        if (before && !found.startsWith("NaN")) return;
        const origin = before ? `, as does the gradient that came in: ${before}` : "";
        const shape = formatShape(part.shape);
        throw new AnomalyError(
          `the gradient of argument ${i} ${shape} holds ${found}${origin}`,
          node.op,
          this.#calls.get(node) ?? { layer: undefined, stack: [] },
        );
      });
      return parts as T;
    } finally {
      this.#walking = false;
    }
  }

  #check(op: string, x: Tensor, args: readonly unknown[]): void {
    const found = unusual(x);
    if (found === undefined) return;
    const given = tensorsOf([...args]);
    const before = given.map(unusual);
    const wasGiven = before.some(b => b !== undefined) || args.some(a => typeof a === "number" && !Number.isFinite(a));
    if (wasGiven && !found.startsWith("NaN")) return;
    const operands = given.map((t, i) => `${formatShape(t.shape)} ${t.dtype}${before[i] ? ` with ${before[i]}` : ""}`);
    const outer = this.#running.slice(0, -1).filter(name => name !== op);
    const inside = outer.length > 0 ? ` inside ${outer.join(" > ")}` : "";
    const from = operands.length > 0 ? `, from ${operands.join(", ")}` : "";
    throw new AnomalyError(`the result ${formatShape(x.shape)} holds ${found}${inside}${from}`, op, whereAmI());
  }
}

/** What is not finite in a tensor, in words. */
function unusual(x: Tensor): string | undefined {
  if (!isFloat(x.dtype) || x.size === 0) return undefined;
  return withInterceptor(undefined, () =>
    noGrad(() => {
      const value = x.detach();
      // 0 times a number is 0; 0 times NaN or an infinity is NaN.
      if (!Number.isNaN(sum(mul(value, 0)).item() as number)) return undefined;
      const nans = Number(sum(isNaNAt(value)).item());
      const all = Number(sum(isNaNAt(mul(value, 0) as Tensor)).item());
      const [name, count] = nans > 0 ? ["NaN", nans] : ["an infinity", all];
      return `${name} (${count} of ${x.size} elements)`;
    }),
  );
}

/** The tensors among arguments or results. */
function tensorsOf(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapLeaves(value, leaf => {
    if (leaf instanceof Tensor && leaf.isConcrete) found.push(leaf);
  });
  return found;
}

/** The folder of the engine's files, or of the bundle that holds them: stack lines from there are not the user's. */
const engineFolder = decodeURI(new URL("..", import.meta.url).pathname);

function whereAmI(): Call {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const lines = (new Error("here").stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  const stack = lines
    .filter(line => !line.includes(engineFolder) && !/\(?(node:|<anonymous>)/.test(line))
    .map(line => line.trim().replace(/^at /, ""));
  return { layer: layerPath(), stack };
}
