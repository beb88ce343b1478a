import { Elementwise } from "../../elementwise.js";
import { ShapeError, ValueError } from "../../errors.js";
import { defineOp, type Op, type OpEntry } from "../../op.js";
import { formatShape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { Operand } from "../../types.js";
import { requireTensor } from "../require.js";
import { type LossOptions, reduced } from "./reduction.js";

/** A loss of a prediction and a target of one shape, element by element. */
export interface PairLoss<Options = LossOptions> extends Op {
  (prediction: Tensor, target: Operand, options?: Options): Tensor<[], "float32" | "float64">;
  readonly method: (this: Tensor, target: Operand, options?: Options) => Tensor<[], "float32" | "float64">;
}

type Given = LossOptions & Readonly<Record<string, unknown>>;

export interface PairEntry {
  doc: string;
  /** The losses, element by element. */
  compute: (prediction: Tensor, target: Tensor | number, options: Given) => Tensor;
  /** Another reduction than those that all losses have; undefined where it is one of those. */
  reduce?: (losses: Tensor, prediction: Tensor, options: Given) => Tensor | undefined;
  /** Options of more samples for the tests. */
  options?: readonly Record<string, unknown>[];
  /** Where samples of the prediction and of the target are drawn from (default -2 to 2). */
  range?: readonly [number, number];
  targetRange?: readonly [number, number];
  rejects?: OpEntry["rejects"];
}

/** @throws ShapeError unless both have one shape: broadcasting by accident is the classical mistake */
export function requireSameShape(op: string, prediction: Tensor, target: Tensor, name = "target"): void {
  if (sameShape(prediction.shape, target.shape)) return;
  throw new ShapeError(`prediction ${formatShape(prediction.shape)} and ${name} ${formatShape(target.shape)} differ`, {
    op,
    expected: formatShape(prediction.shape),
    got: formatShape(target.shape),
    hint: "They must have one shape: reshape or expand one of them on purpose.",
  });
}

/** Defines a loss that compares two tensors of the same shape. */
export function pairLoss<Options = LossOptions>(name: string, entry: PairEntry): PairLoss<Options> {
  const x = { shape: [4, 3], ...(entry.range ? { range: entry.range } : {}) };
  const y = { shape: [4, 3], ...(entry.targetRange ? { range: entry.targetRange } : {}) };
  const samples = [{}, { reduction: "sum" }, ...(entry.options ?? [])].map(options => ({ args: [x, y, options] }));
  return defineOp<PairLoss<Options>>(
    {
      name,
      doc: entry.doc,
      samples,
      rejects: [
        { args: [{ shape: [4, 1] }, { shape: [4] }], message: "prediction [4, 1] and target [4]" },
        ...(entry.reduce ? [] : [{ args: [x, y, { reduction: "average" }], message: "no reduction average" }]),
        ...(entry.rejects ?? []),
      ],
      gradient: true,
    },
    (prediction: Tensor, target: Tensor | number, options: Given = {}) => {
      requireTensor(name, prediction);
      if (typeof target !== "number") {
        requireTensor(name, target);
        requireSameShape(name, prediction, target);
      }
      const losses = entry.compute(prediction, target, options);
      return entry.reduce?.(losses, prediction, options) ?? reduced(name, losses, options.reduction);
    },
  );
}

/** The same of a formula over `x`, `target` and numbers with defaults; `least` is what each number must be above. */
export function formulaLoss<Options = LossOptions>(
  name: string,
  entry: Omit<PairEntry, "compute"> & {
    formula: string;
    numbers?: Readonly<Record<string, number>>;
    least?: number;
    gradient?: Readonly<Record<string, string>>;
  },
): PairLoss<Options> {
  const { formula, numbers = {}, least, gradient = {} } = entry;
  const names = Object.keys(numbers);
  const operation = new Elementwise(name, ["x", "target", ...names], formula, "floating", gradient);
  return pairLoss<Options>(name, {
    ...entry,
    compute: (x, target, options) => {
      const given = names.map(option => (options[option] as number | undefined) ?? numbers[option]!);
      names.forEach((option, i) => {
        if (least === undefined || given[i]! > least) return;
        throw new ValueError(`${option} is ${given[i]}`, { op: name, hint: `Give a number above ${least}.` });
      });
      return operation.apply([x, target, ...given]);
    },
  });
}
