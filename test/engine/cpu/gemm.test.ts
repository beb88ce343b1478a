import { describe, expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import type { DType } from "../../../engine/dtype.js";
import { type Block, Device, dense, indices, numbers, operand, type View, worstError } from "./device.js";

const device = new Device();

interface Options {
  batch?: number[];
  bias?: Block;
  relu?: boolean;
  accumulate?: boolean;
}

/** Views are `[row, column, ...batch]` strides, as in the record. */
function gemm(m: number, n: number, k: number, a: View, b: View, c: View, options: Options = {}): void {
  const { batch = [], bias, relu = false, accumulate = false } = options;
  const matrix = (v: View) => [...operand(v.of, v.offset), ...v.strides];
  device.record(opcodes.gemm, [
    batch.length,
    m,
    n,
    k,
    ...batch,
    ...matrix(a),
    ...matrix(b),
    ...matrix(c),
    ...(bias ? operand(bias) : [NONE, 0, 0]),
    relu ? 1 : 0,
    accumulate ? 1 : 0,
  ]);
}

/** The whole of C's block as it should be afterwards, in float64. */
function product(
  m: number,
  n: number,
  k: number,
  [a, av]: [View, number[]],
  [b, bv]: [View, number[]],
  [c, cv]: [View, number[]],
  { batch = [], relu = false, accumulate = false }: Options = {},
  bias?: number[],
): number[] {
  const out = [...cv];
  for (const [i = 0, j = 0, ...p] of indices([m, n, ...batch])) {
    const place = [i, j, ...p].reduce((sum, x, d) => sum + x * (c.strides[d] as number), c.offset ?? 0);
    let sum = (accumulate ? (cv[place] as number) : 0) + (bias ? (bias[j] as number) : 0);
    // The inner loop without `at`: some of these products are large.
    const start = (v: View, row: number, column: number) =>
      [row, column, ...p].reduce((sum, x, d) => sum + x * (v.strides[d] as number), v.offset ?? 0);
    let [x, y] = [start(a, i, 0), start(b, 0, j)];
    for (let step = 0; step < k; step++) {
      sum += (av[x] as number) * (bv[y] as number);
      x += a.strides[1] as number;
      y += b.strides[0] as number;
    }
    out[place] = relu && sum < 0 ? 0 : sum;
  }
  return out;
}

const layouts = { N: (_: number, columns: number) => [columns, 1], T: (rows: number, _: number) => [1, rows] };

function check(
  m: number,
  n: number,
  k: number,
  how: { a?: "N" | "T"; b?: "N" | "T"; c?: "N" | "T"; dtype?: DType } & Options & { withBias?: boolean },
) {
  const { a = "N", b = "N", c = "N", dtype = "float32", withBias = false, ...options } = how;
  const av = numbers(m * k, 41);
  const bv = numbers(k * n, 42);
  const cv = numbers(m * n, 43);
  const bias = withBias ? numbers(n, 44) : undefined;
  const A = { of: device.block(av, dtype), strides: layouts[a](m, k) };
  const B = { of: device.block(bv, dtype), strides: layouts[b](k, n) };
  const C = { of: device.block(cv, dtype), strides: layouts[c](m, n) };
  gemm(m, n, k, A, B, C, bias ? { ...options, bias: device.block(bias, dtype) } : options);
  const want = product(m, n, k, [A, av], [B, bv], [C, cv], options, bias);
  const tolerance = dtype === "float64" ? 1e-13 : 2e-6 * Math.sqrt(k + 1);
  expect(worstError(device.read(C.of), want), `${m}x${n}x${k} ${JSON.stringify(how)}`).toBeLessThan(tolerance);
}

describe("one product", () => {
  const sizes = [
    [1, 1, 1],
    [1, 17, 5],
    [17, 1, 5],
    [5, 7, 1],
    [6, 16, 256],
    [7, 17, 257],
    [13, 33, 300],
    [64, 10, 128],
    [100, 90, 70],
    [29, 31, 5000],
    [1, 300, 700],
    [300, 1, 700],
  ] as const;

  test.each(sizes)("%i x %i x %i, every transpose", (m, n, k) => {
    for (const a of ["N", "T"] as const) {
      for (const b of ["N", "T"] as const) {
        check(m, n, k, { a, b });
        check(m, n, k, { a, b, c: "T", withBias: true, relu: true });
        check(m, n, k, { a, b, accumulate: true, dtype: "float64", withBias: true });
      }
    }
  });

  test.each([
    [8200, 5, 3],
    [3, 4100, 20],
    [150, 140, 600],
  ] as const)("more than one block: %i x %i x %i", (m, n, k) => {
    check(m, n, k, { withBias: true, relu: true, accumulate: true });
    check(m, n, k, { a: "T", b: "T", withBias: true, relu: true, accumulate: true });
  });

  test("k of 0 leaves the bias, or what was there", () => {
    check(3, 5, 0, { withBias: true });
    check(3, 5, 0, { accumulate: true });
    check(0, 5, 3, {});
    check(3, 0, 3, {});
  });

  test("any strides, repeated rows, offsets, gaps that stay as they were", () => {
    const values = numbers(4000, 45);
    const of = device.block(values);
    const out = numbers(4000, 46);
    const C = { of: device.block(out), strides: [3, 70], offset: 5 };
    const A = { of, strides: [0, 3], offset: 1 };
    const B = { of, strides: [-40, -2], offset: 3999 };
    gemm(11, 19, 23, A, B, C);
    expect(worstError(device.read(C.of), product(11, 19, 23, [A, values], [B, values], [C, out]))).toBeLessThan(1e-5);
  });

  test("NaN and infinity reach their rows and columns only; relu passes NaN on", () => {
    const av = numbers(9 * 20, 47);
    av[4 * 20 + 3] = Number.NaN;
    av[6 * 20] = Number.POSITIVE_INFINITY;
    const bv = numbers(20 * 18, 48, 0.5, 1);
    const C = dense(device.empty(9 * 18), [9, 18]);
    gemm(9, 18, 20, dense(device.block(av), [9, 20]), dense(device.block(bv), [20, 18]), C, { relu: true });
    const got = device.read(C.of);
    for (let i = 0; i < 9 * 18; i++) {
      const row = Math.floor(i / 18);
      const kind =
        row === 4 ? Number.isNaN : row === 6 ? (x: number) => x === Number.POSITIVE_INFINITY : Number.isFinite;
      expect(kind(got[i] as number), `row ${row}`).toBe(true);
    }
  });
});

describe("batches", () => {
  test.each([[[5]], [[2, 3]], [[0]], [[3, 1, 2]]])("%j, B shared and C permuted", batch => {
    const [m, n, k] = [7, 18, 33];
    const count = batch.reduce((a, b) => a * b, 1);
    const av = numbers(count * m * k, 51);
    const bv = numbers(k * n, 52);
    const cv = numbers(count * m * n + 1, 53);
    const outer = (inner: number) => batch.map((_, d) => inner * batch.slice(d + 1).reduce((a, b) => a * b, 1));
    const A = { of: device.block(av), strides: [k, 1, ...outer(m * k)] };
    const B = { of: device.block(bv), strides: [n, 1, ...batch.map(() => 0)] };
    const C = { of: device.block(cv), strides: [n * count, 1, ...outer(n)] };
    gemm(m, n, k, A, B, C, { batch, accumulate: true });
    expect(
      worstError(device.read(C.of), product(m, n, k, [A, av], [B, bv], [C, cv], { batch, accumulate: true })),
    ).toBeLessThan(2e-5);
  });

  test("large products one after the other", () => {
    const [m, n, k] = [130, 140, 150];
    const av = numbers(2 * m * k, 54);
    const bv = numbers(2 * k * n, 55);
    const A = { of: device.block(av), strides: [k, 1, m * k] };
    const B = { of: device.block(bv), strides: [1, k, k * n] };
    const C = { of: device.empty(2 * m * n), strides: [n, 1, m * n] };
    gemm(m, n, k, A, B, C, { batch: [2] });
    const want = product(m, n, k, [A, av], [B, bv], [C, new Array<number>(2 * m * n).fill(0)], { batch: [2] });
    expect(worstError(device.read(C.of), want)).toBeLessThan(3e-5);
  });
});

test("refused: C over A, a C that repeats, dtypes that differ", () => {
  const block = device.block(numbers(64, 56));
  const view = dense(block, [8, 8]);
  const free = dense(device.empty(64), [8, 8]);
  gemm(8, 8, 8, view, free, view);
  expect(() => device.backend.flush()).toThrow(/C lies in the storage of A or B/);
  gemm(8, 8, 8, view, view, { of: free.of, strides: [0, 1] });
  expect(() => device.backend.flush()).toThrow(/repeats an element/);
  gemm(8, 8, 8, view, dense(device.empty(64, "float64"), [8, 8]), free);
  expect(() => device.backend.flush()).toThrow(/B is float64; this kernel takes float32/);
});
