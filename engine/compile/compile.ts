/**
 * `compile(fn)` in one screen.
 *
 * The first call with arguments of certain shapes runs eagerly (state that is made on first use gets made). The second is
 * captured: it runs as always, while a `Recorder` keeps a copy of every command record, the storages that each names, and what
 * JavaScript must do again at every replay (counters of random generators and Adam, the learning rate). From then on a call
 * writes the ids of its arguments, of fresh outputs and of the plan's own blocks into the copied words and appends them to
 * the command buffer: no operation of the function runs in JavaScript.
 *
 * Storages are of five kinds: *inputs* (the arguments; bound, and copied only when they are views with gaps), *state* (what existed before: parameters, buffers,
 * optimizer state; their ids stay), *outputs* (returned, or left in `.grad`; fresh in every call), *constants* (written from
 * JavaScript inside the function; kept) and all others, which live in `slots`: blocks that are shared by what is not needed at
 * the same time.
 */

import { gradEnabled } from "../autograd/graph.js";
import { capture, withCapture } from "../capturing.js";
import { defaultBackend } from "../device.js";
import { ValueError } from "../errors.js";
import { compute, denseCopy } from "../record.js";
import { isCompact } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { outward, Plan } from "./plan.js";
import { Recorder } from "./recorder.js";
import { keyOf, mapTensors, requireTensors } from "./tree.js";

/** So many different calls are remembered; the oldest goes first. */
const mostEntries = 64;
const mostPlans = 4;

interface Entry {
  leaves: Set<Tensor>;
  plans: Plan[];
}

/** A function that replays what it did. */
export interface Compiled<A extends unknown[], R> {
  (...args: A): R;
  /** Forgets all plans and frees their memory; the next call captures again. */
  dispose(): void;
  /** Plans, and bytes that they keep between calls. */
  readonly use: { plans: number; bytes: number };
}

/**
 * Makes a function of tensors fast to call again and again: its commands are captured once per shapes and dtypes of the
 * arguments and replayed from then on, with static memory, without running its JavaScript. The numbers are the same as eager.
 * Meant for a whole training step: forward, backward, update. Parameters, buffers and optimizers are used where they are, so
 * `load`, a changed `lr` and `train()`/`eval()` are seen. Numbers and texts among the arguments belong to the plan.
 *
 * Other JavaScript inside (counters, `console.log`) runs in the first two calls only. Results carry no graph: take gradients
 * inside. A call whose argument requires gradients runs eagerly, as do calls inside another compiled function.
 * @throws ValueError where a value is read inside (`item`, `data`, `toArray`), or something else than tensors is returned
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const step = compile((x: Tensor, labels: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = crossEntropy(model(x), labels);
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * for (let i = 0; i < 10; i++) step(x, labels);
 */
export function compile<A extends unknown[], R>(fn: (...args: A) => R): Compiled<A, R> {
  if (typeof fn !== "function") throw new ValueError(`got a ${typeof fn}`, { op: "compile", expected: "a function" });
  const entries = new Map<string, Entry>();
  const call = (args: unknown) => fn(...(args as A));

  const compiled = (...given: A): R => {
    if (capture !== undefined) return fn(...given);
    const tensors: Tensor[] = [];
    let key = keyOf(given, tensors);
    if (gradEnabled() && tensors.some(x => x.requiresGrad)) return fn(...given);
    let args: unknown = given;
    if (!tensors.every(isReady)) {
      args = mapTensors(given, x => (isReady(x) ? x : denseCopy(x)));
      tensors.length = 0;
      key = keyOf(args, tensors);
    }
    key += gradEnabled() ? "+" : "-";
    const entry = entries.get(key);
    if (entry === undefined) {
      const recorder = new Recorder();
      const result = withCapture(recorder, () => call(args));
      requireTensors(result);
      if (entries.size >= mostEntries) forget(entries.keys().next().value!);
      entries.set(key, { leaves: new Set(recorder.leaves.keys()), plans: [] });
      return mapTensors(result, outward) as R;
    }
    const plan = entry.plans.find(({ fits }) => fits);
    if (plan) return plan.replay(tensors) as R;
    const made = new Plan(args, call, tensors[0]?.storage.backend ?? defaultBackend(), entry.leaves);
    entry.plans.push(made);
    if (entry.plans.length > mostPlans) entry.plans.shift()!.dispose();
    return made.first as R;
  };
  const forget = (key: string) => {
    for (const plan of entries.get(key)!.plans) plan.dispose();
    entries.delete(key);
  };
  return Object.defineProperty(Object.assign(compiled, { dispose: () => [...entries.keys()].forEach(forget) }), "use", {
    get: () => {
      const plans = [...entries.values()].flatMap(entry => entry.plans);
      return { plans: plans.length, bytes: plans.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
  }) as unknown as Compiled<A, R>;
}

/** Whether a plan can bind an argument: computed, and without gaps between its elements. */
function isReady(x: Tensor): boolean {
  x.storage.requireLive("the compiled function");
  compute(x);
  return isCompact(x.shape, x.strides);
}
