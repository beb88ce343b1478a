import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, EngineError, eye, ones, randn, slice, type Tensor, tensor, zeros } from "../../../engine/index.js";
import * as operations from "../../../engine/ops/all.js";
import { firstOrder, secondOrder } from "../gradcheck.js";

interface Case {
  op: string;
  inputs: number[][][];
  options: Record<string, unknown> | null;
  argument: number | string | null;
  results: unknown[];
  gradients: unknown[] | null;
}

/** By PyTorch in float64; see make_linalg.py. */
const { cases } = JSON.parse(readFileSync(new URL("../../fixtures/linalg.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const call = (op: string, ...args: unknown[]): unknown =>
  (operations as unknown as Record<string, (...args: unknown[]) => unknown>)[op]!(...args);

/** Tensors one after the other, in PyTorch's order; vectors whose sign is free begin with a positive element. */
const outputs: Record<string, (result: never) => Tensor[]> = {
  qr: ({ Q, R }: { Q: Tensor; R: Tensor }) => [Q, R],
  lu: ({ L, U }: { L: Tensor; U: Tensor }) => [L, U],
  slogdet: ({ sign, logabsdet }: { sign: Tensor; logabsdet: Tensor }) => [sign, logabsdet],
  lstsq: ({ solution, residuals }: { solution: Tensor; residuals: Tensor }) => [solution, residuals],
  svd: ({ U, S, Vh }: { U: Tensor; S: Tensor; Vh: Tensor }) => {
    const k = S.shape.at(-1)!;
    const left = U.at("...", slice(0, k)) as Tensor;
    const right = Vh.at("...", slice(0, k), slice()) as Tensor;
    const signs = left.detach().at("...", 0, slice()).sign() as Tensor;
    return [left.mul(signs.unsqueeze(-2) as never), S, right.mul(signs.unsqueeze(-1) as never)] as Tensor[];
  },
  eigh: ({ eigenvalues, eigenvectors }: { eigenvalues: Tensor; eigenvectors: Tensor }) => {
    const signs = eigenvectors.detach().at("...", 0, slice()).sign() as Tensor;
    return [eigenvalues, eigenvectors.mul(signs.unsqueeze(-2) as never) as Tensor];
  },
};

/** All results of a call. */
const resultsOf = (op: string, result: unknown): Tensor[] => outputs[op]?.(result as never) ?? [result as Tensor];

/** One number of all results, each element with a weight of its own. */
function weighed(results: readonly Tensor[]): Tensor {
  return results
    .map((y, i) => {
      const weights = arange(1, y.size + 1, 1, { dtype: y.dtype as "float64" })
        .add(i)
        .cos() as Tensor;
      return y.mul(weights.reshape(y.shape) as never).sum() as Tensor;
    })
    .reduce((sum, y) => sum.add(y as never) as Tensor);
}

const flat = (values: unknown): number[] => [values].flat(Number.POSITIVE_INFINITY) as number[];

/** The largest difference, relative to the largest value. */
function expectClose(x: Tensor, wanted: unknown, tolerance: number): void {
  const values = flat(wanted);
  const scale = Math.max(...values.map(Math.abs)) || 1;
  const got = Array.from(x.data() as ArrayLike<number | bigint>, Number);
  expect(got.length).toBe(values.length);
  if (got.length > 0) expect(Math.max(...got.map((v, i) => Math.abs(v - values[i]!))) / scale).toBeLessThan(tolerance);
}

describe.each(cases.map((entry, i) => [`${entry.op} ${i}`, entry] as const))(
  "%s",
  (_name, { op, inputs, options, argument, ...wanted }) => {
    const rest = [
      argument === null ? [] : [/Infinity/.test(String(argument)) ? Number(argument) : argument],
      options ?? [],
    ].flat();
    test.each([
      ["float64", 1e-9],
      ["float32", 5e-3],
    ] as const)("values and gradients as PyTorch's, %s", (dtype, tolerance) => {
      const given = inputs.map(x => tensor(x, { dtype, requiresGrad: wanted.gradients !== null }) as Tensor);
      const results = resultsOf(op, call(op, ...given, ...rest));
      results.forEach((y, i) => {
        expectClose(y, wanted.results[i], tolerance);
      });
      if (wanted.gradients === null) return;
      weighed(results).backward();
      given.forEach((x, i) => {
        expectClose(x.grad!, wanted.gradients![i], tolerance);
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

describe("derivatives by differences of what gives several tensors", () => {
  const several = (op: string, ...rest: unknown[]) =>
    ((x: Tensor) =>
      weighed(resultsOf(op, call(op, x, ...rest)).filter(y => y.requiresGrad || !x.requiresGrad))) as never;
  const symmetric = ((x: Tensor) => weighed(resultsOf("eigh", call("eigh", x.add(x.transpose() as never))))) as never;
  const logOnly = ((x: Tensor) => (x.slogdet() as { logabsdet: Tensor }).logabsdet) as never;
  test.each([
    ["qr", [3, 3], several("qr")],
    ["qr tall", [2, 4, 3], several("qr")],
    ["qr wide", [3, 5], several("qr")],
    ["lu", [3, 3], several("lu")],
    ["lu tall", [2, 4, 3], several("lu")],
    ["lu wide", [3, 5], several("lu")],
    ["svd", [3, 3], several("svd")],
    ["svd tall", [4, 2], several("svd", { fullMatrices: false })],
    ["svd wide", [2, 3], several("svd", { fullMatrices: false })],
    ["eigh", [3, 3], symmetric],
    ["slogdet", [2, 3, 3], logOnly],
    ["lstsq", [4, 2], several("lstsq", ones([4, 2], { dtype: "float64" }))],
  ] as const)("%s %j", (_name, shape, f) => {
    const x = tensor(
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(3 * i + 1) + (i % 4) / 3),
      { shape },
    );
    expect(firstOrder(f, [x], 0)).toBeLessThan(1e-6);
    expect(secondOrder(f, [x], 0)).toBeLessThan(2e-4);
  });
});

describe("factors make the matrix again", () => {
  const largest = (y: Tensor) => (y.size === 0 ? 0 : Number((y.abs().max() as Tensor).item()));
  const times = (...all: Tensor[]) => all.reduce((a, b) => a.matmul(b as never) as Tensor);
  const off = (a: Tensor, b: Tensor) => largest(a.sub(b as never) as Tensor);
  const orthonormal = (q: Tensor) =>
    off(
      times(q.transpose(-1, -2) as Tensor, q),
      eye(q.shape.at(-1)!, { dtype: "float64" }).expand([
        ...q.shape.slice(0, -2),
        q.shape.at(-1)!,
        q.shape.at(-1)!,
      ]) as Tensor,
    );
  test.each([[[40, 40]], [[2, 30, 20]], [[20, 30]], [[5, 0]], [[0, 5]], [[0, 0]], [[0, 3, 2]], [[1, 1]]])(
    "%j",
    shape => {
      const x = randn(shape, { dtype: "float64" }) as Tensor;
      for (const mode of ["reduced", "complete"] as const) {
        const { Q, R } = x.qr({ mode }) as { Q: Tensor; R: Tensor };
        expect(off(times(Q, R), x)).toBeLessThan(1e-12);
        expect(orthonormal(Q)).toBeLessThan(1e-12);
        expect(off(R.triu() as Tensor, R)).toBe(0);
      }
      const { P, L, U } = x.lu() as { P: Tensor; L: Tensor; U: Tensor };
      expect(off(times(P, L, U), x)).toBeLessThan(1e-12);
      for (const fullMatrices of [true, false]) {
        const parts = x.svd({ fullMatrices }) as { U: Tensor; S: Tensor; Vh: Tensor };
        const k = parts.S.shape.at(-1)!;
        const left = parts.U.at("...", slice(0, k)) as Tensor;
        expect(
          off(
            times(
              left.mul(parts.S.unsqueeze(-2) as never) as Tensor,
              parts.Vh.at("...", slice(0, k), slice()) as Tensor,
            ),
            x,
          ),
        ).toBeLessThan(1e-12);
        expect(parts.U.shape.at(-1)).toBe(fullMatrices ? shape.at(-2) : k);
        expect(orthonormal(parts.U)).toBeLessThan(1e-12);
        expect(orthonormal(parts.Vh.transpose(-1, -2) as Tensor)).toBeLessThan(1e-12);
      }
    },
  );
});

test("a matrix without full rank has all factors, and the least solution of least squares", () => {
  const x = tensor([
    [1, 2],
    [2, 4],
    [3, 6],
  ]);
  const { S, U, Vh } = x.svd() as { S: Tensor; U: Tensor; Vh: Tensor };
  expect((S.toArray() as number[])[1]).toBeLessThan(1e-6);
  expect([U.shape, Vh.shape]).toEqual([
    [3, 3],
    [2, 2],
  ]);
  const { rank, residuals, solution, singularValues } = x.lstsq(tensor([[1], [2], [3]])) as never as Record<
    string,
    Tensor
  >;
  expect([rank!.item(), residuals!.shape, singularValues!.shape]).toEqual([1, [0], [2]]);
  expectClose(solution!, [[0.2], [0.4]], 1e-6);
  expect((x.at(slice(0, 2)).lu() as { U: Tensor }).U.toArray()).toEqual([
    [2, 4],
    [0, 0],
  ]);
  expect((zeros([2, 2]).slogdet() as never as { sign: Tensor; logabsdet: Tensor }).logabsdet.item()).toBe(-Infinity);
  expect((zeros([2, 2]).cond() as Tensor).item()).toBeNaN();
});

describe("NaN and infinity", () => {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY].map(
    value =>
      tensor([
        eye(2).toArray(),
        [
          [1, value],
          [value, 1],
        ],
      ]) as Tensor,
  );
  test.each(["svd", "svdvals", "eigh", "eigvalsh", "pinv", "matrixRank"])("%s names the matrix", op => {
    for (const x of bad) {
      expect(() => call(op, x)).toThrow(EngineError);
      expect(() => call(op, x)).toThrow(`${op}: the matrix (batch element 1) holds NaN or infinity`);
    }
  });
  test("lstsq and the norms by singular values do, too", () => {
    expect(() => bad[0]!.lstsq(ones([2, 1]) as never)).toThrow("lstsq: the matrix (batch element 1) holds NaN");
    expect(() => bad[0]!.matrixNorm("nuc")).toThrow("matrixNorm: the matrix (batch element 1) holds NaN");
    expect(() => bad[0]!.cond()).toThrow("cond: the matrix (batch element 1) holds NaN");
    expect(() => bad[0]!.cholesky()).toThrow("cholesky: the matrix (batch element 1) is not positive definite");
  });
  test("what needs no iteration passes NaN on, as PyTorch", () => {
    const x = bad[0]!.at(1) as Tensor;
    expect((x.det() as Tensor).item()).toBeNaN();
    expect(((x.qr() as { R: Tensor }).R.at(0, 1) as Tensor).item()).toBeNaN();
    expect((x.matrixNorm() as Tensor).item()).toBeNaN();
  });
});

test("complete factors of a tall matrix have no gradient, and say so", () => {
  const x = tensor([[1], [2]], { requiresGrad: true });
  const { Q } = x.qr({ mode: "complete" }) as { Q: Tensor };
  expect(() => (Q.sum() as Tensor).backward()).toThrow("no gradient of the complete factors of 2 x 1 matrices");
});

test("float16 is refused, integers become float32", () => {
  expect(() => ones([2, 2], { dtype: "float16" }).qr()).toThrow("float16 is not precise enough");
  expect(
    (
      tensor(
        [
          [3, 0],
          [0, 4],
        ],
        { dtype: "int32" },
      ).svdvals() as Tensor
    ).dtype,
  ).toBe("float32");
});

test("a determinant of 0 has a derivative: the cofactors (PyTorch 2.15 gives zeros)", () => {
  const x = tensor(
    [
      [
        [1, 2, 3],
        [2, 4, 6],
        [1, 1, 0],
      ],
      [
        [2, 0, 0],
        [0, 1, 0],
        [0, 0, 3],
      ],
    ],
    { dtype: "float64", requiresGrad: true },
  );
  (x.det() as Tensor).sum().backward();
  expectClose(x.grad as Tensor, [-6, 6, -2, 3, -3, 1, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 2], 1e-12);
  expect(firstOrder(operations.det as never, [x.detach().at(0)], 0)).toBeLessThan(1e-6);
});
