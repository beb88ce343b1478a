import { noGrad } from "../../autograd/graph.js";
import { cancelRequested } from "../../cancel.js";
import { compile } from "../../compile/compile.js";
import { InterruptedError, ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import { concat } from "../../ops/join.js";
import { Tensor } from "../../tensor.js";
import { type Batch, type Inputs, requireBatch } from "./batch.js";
import { requireCount, rowsOf } from "./source.js";
import { callModel } from "./step.js";
import { buildOn, evaluating } from "./trainer.js";

/** How predictions are computed. */
export interface PredictOptions {
  /** Samples that are computed at once (default 32). */
  batchSize?: number;
}

/** So many batches pay for the capture of one. */
const worthCapturing = 4;

/** What a model gives for all samples, computed batch by batch, as after `eval()` and without gradients. */
export function predict(model: Module, x: Inputs, { batchSize = 32 }: PredictOptions): Inputs {
  requireCount("predict", "batchSize", batchSize, 1);
  const all: Batch = { x, y: undefined, sampleWeight: undefined };
  const count = requireBatch("predict", all);
  if (count > 0) buildOn(model, rowsOf(all, 0, 1).x);
  const run = (inputs: Inputs) => callModel(model, inputs);
  const compiled = count > worthCapturing * batchSize ? compile(run) : undefined;
  let step: (inputs: Inputs) => Inputs = compiled ?? run;
  const parts: Inputs[] = [];
  const restore = evaluating(model);
  try {
    noGrad(() => {
      for (let first = 0; first < count; first += batchSize) {
        if (cancelRequested()) throw new InterruptedError("stopped", { op: "predict" });
        const { x: inputs } = rowsOf(all, first, Math.min(count, first + batchSize));
        try {
          parts.push(step(inputs));
        } catch (error) {
          if (step === run || !(error instanceof ValueError)) throw error;
          // A model that cannot be captured, because it reads values, runs as it is written.
          step = run;
          parts.push(step(inputs));
        }
      }
    });
  } finally {
    restore();
    compiled?.dispose();
  }
  return joined(parts);
}

function joined(parts: readonly Inputs[]): Inputs {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const join = (pick: (part: Inputs) => Tensor) => concat(parts.map(pick) as never, 0) as unknown as Tensor;
  if (first instanceof Tensor) return join(part => part as Tensor);
  if (Array.isArray(first)) return first.map((_, i) => join(part => (part as readonly Tensor[])[i]!));
  return Object.fromEntries(
    Object.keys(first!).map(key => [key, join(part => (part as Record<string, Tensor>)[key]!)]),
  );
}
