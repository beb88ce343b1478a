import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import type { OracleCase, OracleTensor } from "../../fixtures/ops.js";
import { distance, numbers } from "../samples.js";

/** `make_volumes.py` describes the file. */
const file = new URL("../../fixtures/volumes.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: OracleCase[] };

const precisions = [
  ["float32", 5e-6],
  ["float64", 1e-12],
] as const;

function make({ shape, data }: OracleTensor, dtype: "float32" | "float64", requiresGrad = false): Tensor {
  return gb.tensor(Float64Array.from(data), { shape, dtype, requiresGrad }) as Tensor;
}

/** Tensors in place of `{ arg }`. */
function filled(value: unknown, args: readonly Tensor[]): unknown {
  if (Array.isArray(value)) return value.map(v => filled(v, args));
  if (typeof value !== "object" || value === null) return value;
  if ("arg" in value) return args[value.arg as number];
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, filled(v, args)]));
}

const ops = gb as unknown as Record<string, (...args: unknown[]) => Tensor>;

describe.each(precisions)("in %s", (dtype, tolerance) => {
  test.each(cases.map(each => [`${each.op} ${JSON.stringify(each.options.call)}`, each] as const))(
    "as PyTorch: %s",
    (_, { op, args, options, output, cotangent, gradients }) => {
      const inputs = args.map(x => make(x, dtype, true));
      const y = ops[op]!(...(filled(options.call, inputs) as unknown[]));
      expect(y.shape).toEqual(output.shape);
      expect(distance(numbers(y), output.data)).toBeLessThan(tolerance);
      (gb.sum(gb.mul(y, make(cotangent!, dtype) as never)) as Tensor).backward();
      for (const [i, wanted] of gradients!.entries()) {
        expect(distance(numbers(inputs[i]!.grad as Tensor), wanted!.data)).toBeLessThan(tolerance);
      }
    },
  );
});

test("of equal maxima in a volume the first gets the gradient, and a NaN wins", () => {
  const x = gb.zeros([1, 1, 2, 2, 2], { requiresGrad: true });
  gb.maxPool3d(x, 2).sum().backward();
  expect(numbers(x.grad as Tensor)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  const holes = gb.tensor([[[[[1, Number.NaN]]], [[[2, 3]]]]]);
  expect(numbers(gb.maxPool3d(holes, [1, 1, 2]))).toEqual([Number.NaN, 3]);
});
