import { InterruptedError, ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { Tensor } from "../../tensor.js";
import { type Inputs, samplesOf } from "./batch.js";
import { evaluationSource } from "./fit-data.js";
import { Means } from "./means.js";
import { type Dataset, isDataset, requireCount, type Source, Steps } from "./source.js";
import { Stop, stopped } from "./stop.js";
import { evaluating, requireCompiled, type Trainer } from "./trainer.js";
import { trainerFor } from "./trainer-for.js";
import { Turns } from "./turn.js";

/** How a model is evaluated. */
export interface EvaluateOptions {
  /** Samples of a batch (default 32); a dataset has its own. */
  batchSize?: number;
  /** How much each sample counts, [N]. */
  sampleWeight?: Tensor;
  /** At most so many batches (default: all). */
  steps?: number;
}

/** The loss and the metrics of a compiled model. */
export async function evaluate(
  model: Module,
  x: Inputs | Dataset,
  y: Inputs | undefined,
  { batchSize = 32, sampleWeight, steps }: EvaluateOptions,
): Promise<Record<string, number>> {
  requireCompiled("evaluate", model);
  requireCount("evaluate", "batchSize", batchSize, 1);
  if (steps !== undefined) requireCount("evaluate", "steps", steps, 1);
  const data = isDataset(x) ? x : ([x, y as Inputs, sampleWeight] as const);
  const given = evaluationSource("evaluate", data as never, batchSize);
  const stop = new Stop();
  const ready = await stop.wait(trainerFor("evaluate", model, x, given));
  if (ready !== stopped) {
    const results = await evaluateSource(ready.trainer, ready.source, steps, new Turns(), stop);
    if (results) return results;
  }
  throw new InterruptedError("stopped", { op: "evaluate" });
}

/** Means over a source; undefined when Stop ended it. */
export async function evaluateSource(
  { model, objective, testing }: Trainer,
  source: Source,
  count: number | undefined,
  turns: Turns,
  stop: Stop,
): Promise<Record<string, number> | undefined> {
  const means = new Means();
  const batches = new Steps(source, count);
  const restore = evaluating(model);
  objective.reset();
  try {
    for (let step = 0; ; step++) {
      const next = stop.requested ? stopped : batches.next(step);
      const batch = next instanceof Promise ? await stop.wait(next) : next;
      if (batch === stopped) return undefined;
      if (batch === undefined) {
        if (step > 0) return { ...means.results(), ...objective.results() };
        throw new ValueError("the dataset gave no batch", { op: "evaluate", hint: "Give at least one." });
      }
      means.add(testing.take(batch).values, samplesOf(batch));
      const turn = turns.due();
      if (turn) await turn;
    }
  } finally {
    restore();
  }
}
