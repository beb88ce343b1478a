import { ValueError } from "../../errors.js";
import { mul } from "../../ops/arithmetic.js";
import { tensor } from "../../ops/create.js";
import { take } from "../../ops/indexing.js";
import { Tensor } from "../../tensor.js";
import type { Batch } from "./batch.js";

/** How much the samples of each class count, by class number; 1 for those that are not named. */
export type ClassWeight = Readonly<Record<number, number>>;

/**
 * The batch with the weights of the samples' classes in its sample weights.
 * @throws ValueError for several outputs, or weights that make no sense
 */
export function withClassWeight(op: string, batch: Batch, classWeight: ClassWeight | undefined): Batch {
  if (classWeight === undefined) return batch;
  const { y, sampleWeight } = batch;
  if (!(y instanceof Tensor)) {
    throw new ValueError("classes are weighted, but the model has several outputs", { op, hint: "Give sampleWeight." });
  }
  const named = Object.entries(classWeight).map(([key, weight]) => [Number(key), weight] as const);
  for (const [label, weight] of named) {
    if (Number.isSafeInteger(label) && label >= 0 && weight >= 0) continue;
    throw new ValueError(`classWeight gives class ${label} the weight ${weight}`, {
      op,
      hint: "Give { 0: 1, 1: 2.5 }.",
    });
  }
  const rows = y.shape[0]!;
  const classes = (y.size > rows ? y.reshape([rows, -1]).argMax(-1) : y.reshape([rows])).cast("int32") as Tensor;
  const most = Math.max(...named.map(([label]) => label), Number(classes.max().item()));
  const table = new Float32Array(most + 1).fill(1);
  for (const [label, weight] of named) table[label] = weight;
  const weights = take(tensor(table, { shape: [table.length] }), classes as never, 0) as Tensor;
  return {
    ...batch,
    sampleWeight: sampleWeight === undefined ? weights : (mul(sampleWeight, weights as never) as Tensor),
  };
}
