import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Tensor, tensor, zerosLike } from "../../../engine/index.js";
import * as operations from "../../../engine/ops/all.js";
import { numbers } from "../samples.js";

interface Case {
  op: string;
  inputs: number[][];
  /** Further arguments: options, or an order. */
  more?: unknown[];
  result: number[];
  gradients: number[][];
}

/** By PyTorch; see make_math.py. */
const { cases } = JSON.parse(readFileSync(new URL("../../fixtures/math.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

/** Relative to each element: functions must be exact also where they are small. */
function expectEach(x: Tensor, wanted: readonly number[], tolerance: number, what: string): void {
  const got = numbers(x);
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    const error = Math.abs(value - wanted[i]!) / Math.max(Math.abs(wanted[i]!), 1e-300);
    expect(value === wanted[i] ? 0 : error, `${what} ${i}: ${value}, PyTorch has ${wanted[i]}`).toBeLessThan(tolerance);
  });
}

test.each(cases.map(entry => [entry.op, entry.more ?? [], entry] as const))(
  "%s %j and its derivative as PyTorch's",
  (_op, _more, { op, inputs, more = [], result, gradients }) => {
    const given = inputs.map(x => tensor(x, { dtype: "float64", requiresGrad: true }) as Tensor);
    const y = (operations as unknown as Record<string, (...args: unknown[]) => Tensor>)[op]!(...given, ...more);
    expectEach(y, result, 2e-12, "value");
    // What is constant almost everywhere has no graph: its derivative is 0.
    if (y.requiresGrad) (y.sum() as Tensor).backward();
    given.forEach((x, i) => {
      expectEach(x.grad ?? (zerosLike(x) as Tensor), gradients[i]!, 2e-11, "gradient");
    });
  },
);

test("infinities: logAddExp of two of them, hypot with one", () => {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  expect(operations.logAddExp(tensor([low, high, 1]), tensor([low, high, low])).toArray()).toEqual([low, high, 1]);
  expect(operations.hypot(tensor([0, 3]), tensor([0, 4])).toArray()).toEqual([0, 5]);
});

test("functions of gamma at their poles and ends, erfc and sinc at theirs", () => {
  const { NaN: none, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
  for (const dtype of ["float32", "float64"] as const) {
    const x = tensor([0, -1, -7, high, none], { dtype });
    expect(operations.lgamma(x).toArray()).toEqual([high, high, high, high, none]);
    expect(operations.digamma(x).toArray()).toEqual([low, none, none, high, none]);
    const ends = tensor([high, low, none, 40], { dtype });
    expect(operations.erfc(ends).toArray()).toEqual([0, 2, none, 0]);
    expect(operations.sinc(tensor([0, -0, none], { dtype })).toArray()).toEqual([1, 1, none]);
  }
});

test("in float32 lgamma keeps its digits beside its zeros", () => {
  const near = [0.999, 1.0001, 1.9999, 2.001];
  const wide = operations.lgamma(tensor(Float32Array.from(near)).cast("float64"));
  expectEach(operations.lgamma(tensor(near)), numbers(wide as Tensor), 1e-6, "float32");
});

test("erfc keeps its digits down to the smallest numbers", () => {
  const file = new URL("../../fixtures/erfc.json", import.meta.url);
  const { x, erfc } = JSON.parse(readFileSync(file, "utf8")) as { x: number[]; erfc: number[] };
  expectEach(operations.erfc(tensor(x, { dtype: "float64" })), erfc, 1e-13, "float64");
  // Further out the results are no normal numbers of float32.
  const count = x.findIndex(value => value > 9.1);
  expectEach(operations.erfc(tensor(x.slice(0, count))), erfc.slice(0, count), 5e-7, "float32");
});
