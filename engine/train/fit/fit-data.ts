import { ValueError } from "../../errors.js";
import { isFloat } from "../../promotion.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { type Batch, type Inputs, namedTensors, requireBatch } from "./batch.js";
import { type ClassWeight, withClassWeight } from "./class-weight.js";
import { type Dataset, datasetSource, isDataset, requireCount, rowsOf, type Source, tensorSource } from "./source.js";

/** What a model is validated with: `[x, y]`, `[x, y, sampleWeight]`, or a dataset. */
export type ValidationData = readonly [x: Inputs, y: Inputs, sampleWeight?: Tensor] | Dataset;

/** How data becomes batches. */
export interface FitData {
  /** Samples of a batch (default 32); a dataset has its own. */
  batchSize?: number;
  /** True: another order in every epoch (default true); a dataset has its own. */
  shuffle?: boolean;
  /** An integer that decides the orders (default: drawn from the global generator). */
  seed?: number;
  validationData?: ValidationData;
  /** The share of the samples at the end that is kept for validation, before they are shuffled. */
  validationSplit?: number;
  /** Samples of a batch of the validation (default `batchSize`). */
  validationBatchSize?: number;
  /** How much the samples of each class count, as `{ 0: 1, 1: 2.5 }`. */
  classWeight?: ClassWeight;
  /** How much each sample counts, [N]. */
  sampleWeight?: Tensor;
}

/** The batches of a call of `fit`. */
export interface FitSources {
  training: Source;
  validation: Source | undefined;
  labels: { sample: Batch; all: Inputs } | undefined;
}

/** @throws ValueError, ShapeError for data that cannot be trained with */
export function fitSources(
  x: Inputs | Dataset,
  y: Inputs | undefined,
  options: FitData,
  order: { seed: number },
): FitSources {
  const { batchSize = 32, shuffle = true, validationBatchSize = batchSize, classWeight, sampleWeight } = options;
  requireCount("fit", "batchSize", batchSize, 1);
  requireCount("fit", "validationBatchSize", validationBatchSize, 1);
  if (!Number.isSafeInteger(order.seed))
    throw new ValueError(`seed is ${order.seed}`, { op: "fit", hint: "Give an integer." });
  const grouping = { batchSize: validationBatchSize, shuffle: false, order };
  const given = options.validationData && evaluationSource("fit", options.validationData, grouping.batchSize);
  if (isDataset(x)) {
    const extra = Object.entries({ y, sampleWeight, validationSplit: options.validationSplit }).filter(
      ([, v]) => v !== undefined,
    );
    if (extra.length > 0) {
      throw new ValueError(`${extra.map(([name]) => name).join(", ")} with a dataset`, {
        op: "fit",
        hint: "A dataset gives all of it in its batches: [x, y, sampleWeight].",
      });
    }
    const source = datasetSource("fit", x);
    return { training: classWeight ? weighted(source, classWeight) : source, validation: given, labels: undefined };
  }
  const all: Batch = { x, y, sampleWeight };
  requireBatch("fit", all);
  requireNoNaN("fit", all);
  const [training, held] = heldOut(all, options.validationSplit);
  if (held && given) {
    throw new ValueError("validationSplit and validationData", { op: "fit", hint: "Give one of them." });
  }
  const weightedAll = withClassWeight("fit", training, classWeight);
  return {
    training: tensorSource("fit", weightedAll, { batchSize, shuffle, order }),
    validation: held ? tensorSource("fit", held, grouping) : given,
    labels: y === undefined ? undefined : { sample: rowsOf(all, 0, 1), all: y },
  };
}

/** Batches to evaluate with. */
export function evaluationSource(op: string, given: ValidationData, batchSize: number): Source {
  if (!Array.isArray(given)) {
    if (isDataset(given)) return datasetSource(op, given);
    throw new ValueError("the data to evaluate with are no pair", { op, hint: "Give [x, y], or a dataset." });
  }
  const [x, y, sampleWeight] = given as unknown as readonly [Inputs, Inputs, Tensor?];
  const all = { x, y, sampleWeight };
  requireBatch(op, all);
  requireNoNaN(op, all);
  return tensorSource(op, all, { batchSize, shuffle: false, order: { seed: 0 } });
}

function heldOut(all: Batch, share: number | undefined): [Batch, Batch | undefined] {
  if (share === undefined || share === 0) return [all, undefined];
  if (!(share > 0 && share < 1)) {
    throw new ValueError(`validationSplit is ${share}`, { op: "fit", hint: "Give a share between 0 and 1, as 0.2." });
  }
  const count = requireBatch("fit", all);
  const kept = Math.floor(count * (1 - share));
  if (kept === 0 || kept === count) {
    const what = kept === 0 ? "train" : "validate";
    throw new ValueError(`validationSplit ${share} of ${count} samples leaves none to ${what} with`, {
      op: "fit",
      hint: "Give more samples, another share, or validationData.",
    });
  }
  return [rowsOf(all, 0, kept), rowsOf(all, kept, count)];
}

function weighted(source: Source, classWeight: ClassWeight): Source {
  const change = (batch: Batch) => withClassWeight("fit", batch, classWeight);
  return {
    length: source.length,
    pass(index) {
      const pass = source.pass(index);
      if (Symbol.asyncIterator in pass) {
        return (async function* () {
          for await (const batch of pass) yield change(batch);
        })();
      }
      return (function* () {
        for (const batch of pass) yield change(batch);
      })();
    },
  };
}

/** Data without NaN: who trains epoch by epoch gives the same tensors again and again. */
const complete = new WeakSet<Tensor>();

/** @throws ValueError that names the samples with NaN */
function requireNoNaN(op: string, { x, y }: Batch): void {
  const sides: [string, Inputs][] =
    y === undefined
      ? [["x", x]]
      : [
          ["x", x],
          ["y", y],
        ];
  const named = sides.flatMap(([side, inputs]) => {
    return namedTensors(inputs, "").map(([name, tensor]) => [(name && `${side}.${name}`) || side, tensor] as const);
  });
  for (const [name, tensor] of named) {
    if (!isFloat(tensor.dtype) || complete.has(tensor)) continue;
    if (!Number.isNaN(Number(tensor.detach().sum().item()))) {
      complete.add(tensor);
      continue;
    }
    // Infinities of both signs make NaN of the sum, too.
    const bad = (tensor.reshape([tensor.shape[0]!, -1]).isNaN().cast("int32") as Tensor)
      .sum(1)
      .data() as ArrayLike<number>;
    const rows = Array.from(bad, (n, row) => (n > 0 ? row : -1)).filter(row => row >= 0);
    if (rows.length === 0) continue;
    const shown = rows.slice(0, 5).join(", ");
    throw new ValueError(
      `${name} ${formatShape(tensor.shape)} holds NaN in ${rows.length} samples: ${shown}${rows.length > 5 ? ", ..." : ""}`,
      {
        op,
        hint: "Leave these samples out, or fill in what is missing.",
      },
    );
  }
}
