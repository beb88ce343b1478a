import { ShapeError, ValueError } from "../errors.js";
import { denseCopy, recordCopy } from "../record.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { updateForm } from "./formula.js";
import { requireAtLeast } from "./groups.js";
import { recordUpdates } from "./record-update.js";

/** What averages continue from. */
export interface AverageState {
  readonly updates: number;
  readonly averages: readonly Tensor[];
}

/** Most parameters of one command record. */
const most = 256;

/**
 * Averages of parameters beside those that are trained. After each step, or each epoch, call `update`; to predict with the
 * averages, `swap` them in, and back with a second `swap`.
 */
abstract class WeightAverage {
  readonly #parameters: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  readonly #name: string;
  #updates = 0;

  constructor(name: string, parameters: Iterable<Tensor>) {
    this.#name = name;
    this.#parameters = [...parameters];
    if (this.#parameters.length === 0) {
      throw new ValueError("no parameters", { op: name, hint: "Give model.parameters(), or an array of tensors." });
    }
    this.#averages = this.#parameters.map(parameter => denseCopy(parameter.detach()));
  }

  /** How often `update` was called. */
  get updates(): number {
    return this.#updates;
  }

  /** Takes the parameters as they are now into the averages; in compiled steps, too. */
  update(): void {
    const numbers = () => ({ keep: this.keep(this.#updates), fresh: 1 - this.keep(this.#updates++) });
    const form = updateForm("p = keep * p + fresh * now", ["p", "now"], ["keep", "fresh"]);
    const pairs = this.#averages.map((average, i) => [average, this.#parameters[i]!] as const);
    const now = numbers();
    let later: Readonly<Record<string, number>> = now;
    const records = ["float32", "float64"].flatMap(dtype => {
      const all = pairs.filter(([average]) => average.dtype === dtype);
      return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
    });
    recordUpdates(
      records.map((operands, i) => ({
        form,
        operands,
        numbers: now,
        next: () => {
          if (i === 0) later = numbers();
          return later;
        },
      })),
    );
  }

  /** Exchanges parameters and averages. Between two calls train nothing. */
  swap(): void {
    this.#parameters.forEach((parameter, i) => {
      const average = this.#averages[i]!;
      const kept = denseCopy(parameter.detach());
      recordCopy(average, parameter);
      recordCopy(kept, average);
    });
  }

  /** A copy of the averages, to continue from. */
  stateDict(): AverageState {
    return { updates: this.#updates, averages: this.#averages.map(average => denseCopy(average)) };
  }

  /** Continues. @throws ShapeError unless the averages have the shapes of the parameters */
  loadStateDict({ updates, averages }: AverageState): void {
    const fits =
      averages.length === this.#averages.length &&
      averages.every((average, i) => sameShape(average.shape, this.#averages[i]!.shape));
    if (!fits) {
      const shapes = (list: readonly Tensor[]) => list.map(({ shape }) => formatShape(shape)).join(", ");
      throw new ShapeError("the averages are those of another model", {
        op: `${this.#name}.loadStateDict`,
        expected: shapes(this.#averages),
        got: shapes(averages),
      });
    }
    averages.forEach((average, i) => {
      recordCopy(average, this.#averages[i]!);
    });
    this.#updates = updates;
  }

  /** The share of the average that stays; the rest is that of the parameter. */
  protected abstract keep(updates: number): number;
}

/**
 * An exponential moving average of parameters, as in `torch.optim.swa_utils.get_ema_avg_fn`: the first update takes the
 * parameters as they are.
 * @throws ValueError without parameters or for a decay outside [0, 1)
 * @example
 * const average = new optim.EMA(model.parameters(), { decay: 0.999 });
 * // in the loop, after optimizer.step():
 * average.update();
 * // to validate:
 * average.swap();
 * const accuracy = model(x).argMax(-1).eq(labels).mean();
 * average.swap();
 */
export class EMA extends WeightAverage {
  readonly #decay: number;

  constructor(parameters: Iterable<Tensor>, { decay = 0.999 }: { decay?: number } = {}) {
    super("EMA", parameters);
    requireAtLeast("EMA", "decay", decay, 0, 1);
    this.#decay = decay;
  }

  protected keep(updates: number): number {
    return updates === 0 ? 0 : this.#decay;
  }
}

/**
 * The plain mean of the parameters at every update: stochastic weight averaging (Izmailov et al. 2018), as
 * `torch.optim.swa_utils.AveragedModel`. Batch norms want new statistics after `swap`: run the training data through once.
 * @throws ValueError without parameters
 * @example const average = new optim.SWA(model.parameters());
 */
export class SWA extends WeightAverage {
  constructor(parameters: Iterable<Tensor>) {
    super("SWA", parameters);
  }

  protected keep(updates: number): number {
    return updates / (updates + 1);
  }
}
