import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { crossEntropy, nllLoss, nn, type Tensor, tensor, zeros } from "../../../engine/index.js";
import * as operations from "../../../engine/ops/all.js";
import type { OracleCase, OracleTensor } from "../../fixtures/ops.js";

type FloatType = "float64" | "float32";
type Call = (...args: unknown[]) => Tensor;
const calls = operations as unknown as Record<string, Call>;

/** By PyTorch and Keras; see make_losses.py. */
const cases = JSON.parse(readFileSync(new URL("../../fixtures/losses.json", import.meta.url), "utf8")) as OracleCase[];

function make({ shape, dtype, data }: OracleTensor, float: FloatType, requiresGrad: boolean): Tensor {
  if (dtype !== "float64") return tensor(Int32Array.from(data), { shape }) as Tensor;
  return tensor(Float64Array.from(data), { shape, dtype: float, requiresGrad }) as Tensor;
}

function argument(value: unknown, args: readonly Tensor[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("arg" in value) return args[value.arg as number];
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, argument(part, args)]));
}

function expectClose(x: Tensor, wanted: OracleTensor, tolerance: number, what: string): void {
  expect(x.shape, what).toEqual(wanted.shape);
  const got = x.data() as Float64Array;
  wanted.data.forEach((value, i) => {
    expect(Math.abs(got[i]! - value) / Math.max(1, Math.abs(value)), `${what}, element ${i}`).toBeLessThan(tolerance);
  });
}

describe.each<[FloatType, number]>([
  ["float64", 1e-12],
  ["float32", 3e-6],
])("as PyTorch and Keras, %s", (float, tolerance) => {
  test.each(cases.map((each, i) => [`${i} ${each.op} ${JSON.stringify(each.options.call)}`, each] as const))(
    "%s",
    (_, { op, args, options, output, cotangent, gradients }) => {
      const given = args.map(arg => make(arg, float, gradients !== undefined));
      // That case begins with logits; see the script.
      const seen = op === "ctcLoss" ? [given[0]!.logSoftmax() as Tensor, ...given.slice(1)] : given;
      const loss = calls[op]!(...(options.call as unknown[]).map(value => argument(value, seen)));
      expectClose(loss, output, tolerance, "loss");
      if (gradients === undefined) return;
      loss.backward(make(cotangent!, float, false));
      gradients.forEach((wanted, i) => {
        if (wanted !== null) expectClose(given[i]!.grad!, wanted, 10 * tolerance, `gradient of argument ${i}`);
      });
    },
  );
});

test("losses from logits stay finite far out, with their gradients", () => {
  const x = tensor([-800, 800, 0, -800], { requiresGrad: true }) as Tensor;
  const target = tensor([0, 1, 1, 1]).cast("float32") as Tensor;
  for (const [loss, options] of [
    [operations.focalLoss, {}],
    [operations.binaryCrossEntropyWithLogits, {}],
    [operations.binaryCrossEntropyWithLogits, { posWeight: 2 }],
  ] as const) {
    x.grad = undefined;
    const each = loss(x, target, { ...options, reduction: "none" }) as Tensor;
    expect((each.toArray() as number[]).slice(0, 2)).toEqual([0, 0]);
    each.sum().backward();
    const gradient = x.grad as unknown as Tensor;
    expect((gradient.toArray() as number[]).every(Number.isFinite)).toBe(true);
    expect((gradient.toArray() as number[])[3]).toBeLessThan(0);
  }
});

test("every loss has a module that gives the same", () => {
  const x = tensor([
    [0.25, 0.5],
    [0.75, 0.125],
  ]) as Tensor;
  const y = tensor([
    [1, 0],
    [0, 1],
  ]).cast("float32") as Tensor;
  const labels = tensor([1, 0], { dtype: "int32" }) as Tensor;
  const rows = tensor([1, -1]).cast("float32") as Tensor;
  const third: Record<string, Tensor[]> = {
    GaussianNLLLoss: [x, y, x],
    MarginRankingLoss: [x, y, y],
    CosineEmbeddingLoss: [x, y, rows],
    TripletMarginLoss: [x, y, x],
    CrossEntropyLoss: [x, labels],
    NLLLoss: [x, labels],
    MultiMarginLoss: [x, labels],
    CTCLoss: [
      x.unsqueeze(1) as Tensor,
      tensor([[1]], { dtype: "int32" }),
      tensor([2], { dtype: "int32" }),
      tensor([1], { dtype: "int32" }),
    ],
  };
  const modules = Object.entries(nn).filter(([name]) => name.endsWith("Loss"));
  expect(modules).toHaveLength(25);
  const functions = new Map(Object.entries(calls).map(([name, f]) => [name.toLowerCase(), f]));
  const aliases: Record<string, string> = {
    bceloss: "binarycrossentropy",
    bcewithlogitsloss: "binarycrossentropywithlogits",
    crossentropyloss: "crossentropy",
  };
  for (const [name, Loss] of modules) {
    const args = third[name] ?? [x, y];
    const f = functions.get(aliases[name.toLowerCase()] ?? name.toLowerCase())!;
    const module = new (Loss as unknown as new () => Call)();
    expect(module(...args).item(), name).toBe(f(...args).item());
  }
});

describe("refused", () => {
  const logits = zeros([3, 4]) as Tensor;
  const labels = (values: number[]) => tensor(values, { dtype: "int32" }) as Tensor;
  test.each([
    ["a label beyond the classes", () => crossEntropy(logits, labels([0, 4, 1])), "label 4"],
    ["a negative label", () => crossEntropy(logits, labels([0, -1, 1])), "label -1"],
    ["the same with weights", () => crossEntropy(logits, labels([0, -1, 1]), { ignoreIndex: 2 }), "-1"],
    ["a negative label for nllLoss", () => nllLoss(logits, labels([0, -1, 1])), "-1"],
    [
      "one-hot integers",
      () => crossEntropy(logits, zeros([3, 4], { dtype: "int32" })),
      "looks one-hot: give classes, target.argMax(-1)",
    ],
    ["one-hot for nllLoss", () => nllLoss(logits, zeros([3, 4])), "looks one-hot"],
    ["classes that are floats", () => crossEntropy(logits, zeros([3])), "classes must be integers"],
    [
      "weights for other classes",
      () => crossEntropy(logits, labels([0, 1, 2]), { weight: zeros([3]) }),
      "weight [3] for 4 classes",
    ],
    [
      "smoothing beyond 1",
      () => crossEntropy(logits, labels([0, 1, 2]), { labelSmoothing: 1.5 }),
      "labelSmoothing is 1.5",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
