import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, eye, randn, type Tensor, tensor } from "../../../engine/index.js";
import * as operations from "../../../engine/ops/all.js";

interface Case {
  op: string;
  inputs: number[][][];
  result: unknown;
  gradients: unknown[];
}

/** By PyTorch in float64; see make_linalg.py. */
const { cases } = JSON.parse(readFileSync(new URL("../../fixtures/linalg.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const flat = (values: unknown): number[] => [values].flat(Number.POSITIVE_INFINITY) as number[];

/** The largest difference, relative to the largest value. */
function expectClose(x: Tensor, wanted: unknown, tolerance: number): void {
  const values = flat(wanted);
  const scale = Math.max(...values.map(Math.abs));
  const got = [...(x.data() as Float64Array)];
  expect(got.length).toBe(values.length);
  expect(Math.max(...got.map((v, i) => Math.abs(v - values[i]!))) / scale).toBeLessThan(tolerance);
}

describe.each(cases.map((entry, i) => [`${entry.op} ${i}`, entry] as const))(
  "%s",
  (_name, { op, inputs, ...wanted }) => {
    test.each([
      ["float64", 1e-9],
      ["float32", 2e-3],
    ] as const)("values and gradients as PyTorch's, %s", (dtype, tolerance) => {
      const given = inputs.map(x => tensor(x, { dtype, requiresGrad: true }) as Tensor);
      const y = (operations as unknown as Record<string, (...xs: Tensor[]) => Tensor>)[op]!(...given);
      expectClose(y, wanted.result, tolerance);
      const weights = arange(1, y.size + 1, 1, { dtype })
        .cos()
        .reshape(y.shape) as Tensor;
      (y.mul(weights as never).sum() as Tensor).backward();
      given.forEach((x, i) => {
        expectClose(x.grad!, wanted.gradients[i], tolerance);
      });
    });
  },
);

describe("larger matrices", () => {
  const x = randn([100, 100], { dtype: "float64" }) as Tensor;
  const largest = (y: Tensor) => Number((y.abs().max() as Tensor).item());

  test("times their inverse are the identity; solve agrees with it", () => {
    const inverse = x.inv() as Tensor;
    expect(largest(x.matmul(inverse as never).sub(eye(100, { dtype: "float64" }) as never) as Tensor)).toBeLessThan(
      1e-9,
    );
    const b = randn([100, 3], { dtype: "float64" }) as Tensor;
    expect(largest(x.solve(b as never).sub(inverse.matmul(b as never) as never) as Tensor)).toBeLessThan(1e-9);
  });

  test("have a factor that makes them again", () => {
    const definite = x.matmul(x.transpose() as never).add(eye(100, { dtype: "float64" }) as never) as Tensor;
    const l = definite.cholesky() as Tensor;
    expect(largest(l.matmul(l.transpose() as never).sub(definite as never) as Tensor)).toBeLessThan(1e-9);
  });
});

test("only the lower triangle is read by cholesky; integers become float32", () => {
  const lower = tensor([
    [4, 99],
    [2, 5],
  ]);
  expect((lower.cholesky() as Tensor).toArray()).toEqual([
    [2, 0],
    [1, 2],
  ]);
  const whole = tensor([[2]], { dtype: "int32" }).inv() as Tensor;
  expect([whole.dtype, whole.toArray()]).toEqual(["float32", [[0.5]]]);
});

test("a singular matrix has the determinant 0; what needs its inverse says which it is", () => {
  const x = tensor([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 2],
      [2, 4],
    ],
  ]);
  expect(((x.det() as Tensor).toArray() as number[]).map(Math.abs)).toEqual([1, 0]);
  expect(() => x.inv()).toThrow("the matrix (batch element 1) is singular: pivot 2 is 0");
  expect(() => x.solve(tensor([[1], [1]]) as never)).toThrow("solve: the matrix (batch element 1) is singular");
});
