import type { Module } from "../../nn/module.js";
import type { Inputs } from "./batch.js";
import { firstBatch } from "./first-batch.js";
import { type Dataset, isDataset, rowsOf, type Source } from "./source.js";
import { isWaiting, type Trainer, trainerOf } from "./trainer.js";

/**
 * What `compile` has made of a model. Where layers have yet to make their parameters, they see one sample of the data.
 * @returns the trainer, and the source to go on with
 */
export async function trainerFor(
  op: string,
  model: Module,
  x: Inputs | Dataset,
  source: Source,
  pass = 0,
): Promise<{ trainer: Trainer; source: Source }> {
  if (!isWaiting(model)) return { trainer: trainerOf(op, model), source };
  if (!isDataset(x)) {
    const sample = rowsOf({ x, y: undefined, sampleWeight: undefined }, 0, 1);
    return { trainer: trainerOf(op, model, sample.x), source };
  }
  const looked = await firstBatch(source, pass);
  return { trainer: trainerOf(op, model, looked.first?.x), source: looked.source };
}
