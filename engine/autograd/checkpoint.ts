import { capture, outside } from "../capturing.js";
import { ShapeError } from "../errors.js";
import { trackStorages } from "../memory.js";
import { type Generator, watchDraws } from "../random.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { levels } from "../vmap/batched.js";
import { attach, gradEnabled, latestOrder, withGrad } from "./graph.js";
import { requireResult } from "./inputs.js";
import { propagate } from "./propagate.js";

/**
 * Calls a function without keeping what it computes on the way; the backward pass calls it again to get that back. A deep model
 * whose blocks are called so needs the memory of one block at a time, for about a third more work. Gradients are the same to the
 * last bit (but for parameters that several of these functions share, whose parts are added in another order): random numbers
 * such as those of dropout are repeated. `torch.utils.checkpoint`, Chen et al. 2016.
 *
 * Inside `vmap` it only calls the function.
 *
 * The function is called twice, so what else it changes is changed twice: running means of batch normalisation, for example.
 * @param f from tensors and other values to one tensor [...]; may use parameters from outside, such as a module's
 * @param inputs what f is called with
 * @throws DTypeError when f returns no tensor; in the backward pass ShapeError when the second result has another shape
 * @example
 * const block = new nn.Sequential(new nn.Linear(64, 256), new nn.ReLU(), new nn.Linear(256, 64));
 * checkpoint(block, randn([8, 64])).sum().backward();
 */
export function checkpoint<A extends unknown[], T extends Tensor>(f: (...inputs: A) => T, ...inputs: A): T {
  if (!gradEnabled() || levels.length > 0) return f(...inputs);
  const draws = new Draws();
  const { value, origins } = callOnce(() => draws.note(() => f(...inputs)));
  return attach(
    value,
    "checkpoint",
    origins,
    (g, needs) => {
      // What the function makes may be kept by the user's code.
      const again = trackStorages(undefined, () => draws.repeat(() => withGrad(true, () => f(...inputs))));
      if (!sameShape(again.shape, value.shape)) {
        throw new ShapeError(
          `the function gave ${formatShape(value.shape)} and then ${formatShape(again.shape)} in the backward pass`,
          { op: "checkpoint", hint: "It must do the same both times: not depend on what changes in between." },
        );
      }
      const sinks = new Set(origins.filter((_, i) => needs(i)));
      const found = again.requiresGrad ? propagate(again, g, sinks, gradEnabled()) : new Map<Tensor, Tensor>();
      return origins.map(x => found.get(x));
    },
    true,
  ) as T;
}

/** The value of a call without the graph behind it, and the tensors from before the call that gradients flow to. */
function callOnce<T extends Tensor>(call: () => T): { value: T; origins: Tensor[] } {
  const before = latestOrder();
  const result = call();
  requireResult("checkpoint", result);
  const origins = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const todo: Tensor[] = [result];
  for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
    if (!x.requiresGrad || seen.has(x)) continue;
    seen.add(x);
    if (x.node === undefined || x.node.order <= before) origins.add(x);
    else todo.push(...x.node.inputs);
  }
  return { value: result.detach() as T, origins: [...origins] };
}

/** Where generators stood before a function drew from them. Replays of a compiled function note and repeat it, too. */
class Draws {
  readonly #starts = new Map<Generator, Generator["state"]>();

  note<T>(work: () => T): T {
    return watchDraws(generator => {
      if (!this.#starts.has(generator)) always(() => this.#starts.set(generator, generator.state));
    }, work);
  }

  /** Runs `work` with the same random numbers; afterwards the generators stand where they stood. */
  repeat<T>(work: () => T): T {
    const ends = new Map<Generator, Generator["state"]>();
    always(() => {
      for (const [generator, start] of this.#starts) {
        ends.set(generator, generator.state);
        generator.state = start;
      }
    });
    try {
      return work();
    } finally {
      always(() => {
        for (const [generator, end] of ends) generator.state = end;
      });
    }
  }
}

/** Runs now, and in every replay of a function that is being captured. */
function always(run: () => void): void {
  outside(run);
  if (capture !== undefined) capture.effect(run);
}
