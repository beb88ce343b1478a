import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { arange, type Tensor, tensor } from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";

interface Case {
  op: "unfold" | "fold";
  input: never;
  size?: number[];
  kernel: number | number[];
  options: Record<string, number | number[]>;
  result: unknown;
  gradient: unknown;
}

/** By PyTorch; see make_fold.py. */
const { cases } = JSON.parse(readFileSync(new URL("../../fixtures/fold.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const flat = (values: unknown) => [values].flat(Number.POSITIVE_INFINITY) as number[];

test.each(cases.map(entry => [entry.op, JSON.stringify(entry.options), entry] as const))(
  "%s with %s as PyTorch's",
  (_op, _options, { op, input, size, kernel, options, result, gradient }) => {
    const x = tensor(input, { dtype: "float64", requiresGrad: true }) as Tensor;
    const y = (op === "unfold" ? x.unfold(kernel, options) : x.fold(size!, kernel, options)) as Tensor;
    expect(distance(numbers(y), flat(result))).toBeLessThan(1e-14);
    const weights = arange(1, y.size + 1, 1, { dtype: "float64" })
      .cos()
      .reshape(y.shape);
    (y.mul(weights as never).sum() as Tensor).backward();
    expect(distance(numbers(x.grad!), flat(gradient))).toBeLessThan(1e-14);
  },
);

test("a NaN reaches only the windows that cover it", () => {
  const x = tensor([[[[Number.NaN, 1, 2]]]]);
  expect((x.unfold([1, 2]) as Tensor).isNaN().toArray()).toEqual([
    [
      [true, false],
      [false, false],
    ],
  ]);
});
