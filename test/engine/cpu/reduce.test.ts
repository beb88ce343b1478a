import { describe, expect, test } from "vitest";
import { opcodes, reductions } from "../../../engine/backend/commands.js";
import type { DType } from "../../../engine/dtype.js";
import { at, Device, dense, indices, numbers, operand, strided, type View, worstError } from "./device.js";

const device = new Device();
const folds = {
  sum: (a: number, b: number) => a + b,
  product: (a: number, b: number) => a * b,
  max: (a: number, b: number) => Math.max(a, b),
  min: (a: number, b: number) => Math.min(a, b),
};
const identities = { sum: 0, product: 1, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY };
type Kind = keyof typeof folds;

function reduce(
  kind: Kind,
  kept: number[],
  reduced: number[],
  input: View,
  scale = 1,
  dtype: DType = "float32",
): number[] {
  const out = device.empty(
    kept.reduce((a, b) => a * b, 1),
    dtype,
  );
  device.record(opcodes.reduce, [
    reductions[kind],
    dtype === "float32" ? 0 : 1,
    kept.length,
    reduced.length,
    ...kept,
    ...reduced,
    ...strided(input),
    ...operand(out),
    scale,
  ]);
  return device.read(out);
}

function expected(kind: Kind, kept: number[], reduced: number[], input: View, values: number[], scale = 1): number[] {
  return [...indices(kept)].map(k => {
    let result: number = identities[kind];
    for (const r of indices(reduced)) result = folds[kind](result, at(values, input, [...k, ...r]));
    return result * scale;
  });
}

describe.each(Object.keys(folds) as Kind[])("%s", kind => {
  const cases: [number[], number[], number[]?][] = [
    [[], [1]],
    [[], [1001]],
    [[], [70000]],
    [[7], [33]],
    [[5], [3000]],
    [[3], [40000]],
    [[300], [2]],
    [
      [2, 3],
      [5, 7],
    ],
    [[4], [2, 3, 5]],
    [[11], [13], [1, 11]],
    [[513], [70], [1, 513]],
    [[1030], [1200], [1, 1030]],
    [
      [3, 5],
      [7, 11],
      [385, 1, 55, 5],
    ],
    [[], []],
    [[4], []],
    [[3], [0]],
    [[0], [3]],
  ];

  test.each(cases)("kept %j, reduced %j, strides %j", (kept, reduced, strides) => {
    const dims = [...kept, ...reduced];
    // Near 1, so that products stay in range.
    const values = numbers(
      dims.reduce((a, b) => a * b, 1),
      21,
      kind === "product" ? 0.999 : -1,
      kind === "product" ? 1.001 : 1,
    );
    const of = device.block(values);
    const input = strides ? { of, strides } : dense(of, dims);
    const want = expected(kind, kept, reduced, input, values);
    expect(worstError(reduce(kind, kept, reduced, input), want)).toBeLessThan(
      { sum: 3e-5, product: 1e-4, max: 1e-7, min: 1e-7 }[kind],
    );
  });

  test("repeated, reversed and offset elements", () => {
    const values = numbers(200, 22);
    const of = device.block(values);
    for (const input of [
      { of, strides: [0, 3] },
      { of, strides: [-5, -1], offset: 190 },
      { of, strides: [7, 0], offset: 2 },
    ]) {
      const want = expected(kind, [6], [20], input, values);
      expect(worstError(reduce(kind, [6], [20], input), want)).toBeLessThan(1e-5);
    }
  });

  test("NaN reaches its own result and no other", () => {
    const values = numbers(3 * 700, 23);
    values[700 + 650] = Number.NaN;
    const [first, second, third] = reduce(kind, [3], [700], dense(device.block(values), [3, 700]));
    expect([first, second, third].map(Number.isNaN)).toEqual([false, true, false]);
    const columns = reduce(kind, [700], [3], { of: device.block(values), strides: [1, 700] });
    expect(columns.map(Number.isNaN).lastIndexOf(true)).toBe(650);
    expect(columns.filter(Number.isNaN)).toHaveLength(1);
  });
});

test("a mean is a scaled sum", () => {
  const values = numbers(12, 24);
  const input = dense(device.block(values), [3, 4]);
  expect(worstError(reduce("sum", [3], [4], input, 0.25), expected("sum", [3], [4], input, values, 0.25))).toBeLessThan(
    1e-6,
  );
});

test("float64 and integers are exact where float32 is not", () => {
  const big = Array.from({ length: 1000 }, (_, i) => 16777216 + i);
  const want = big.reduce((a, b) => a + b);
  expect(reduce("sum", [], [1000], dense(device.block(big, "int32"), [1000]), 1, "float64")).toEqual([want]);
  expect(reduce("sum", [], [1000], dense(device.block(big, "float64"), [1000]), 1, "float64")).toEqual([want]);
  expect(reduce("max", [], [1000], dense(device.block(big, "int32"), [1000]), 1, "int32")).toEqual([16778215]);
});

test("a float32 sum of a million does not drift", () => {
  const of = device.empty(1 << 20);
  device.record(opcodes.fill, [...operand(of), of.n, 0.1]);
  const [sum] = reduce("sum", [], [1 << 20], dense(of, [1 << 20]));
  expect(Math.abs((sum as number) / (2 ** 20 * Math.fround(0.1)) - 1)).toBeLessThan(1e-6);
});

describe("argmax and argmin", () => {
  function argReduce(kind: number, kept: number[], reduced: number[], input: View, compute = 0): number[] {
    const out = device.empty(
      kept.reduce((a, b) => a * b, 1),
      "int32",
    );
    const words = [kind, compute, kept.length, reduced.length, ...kept, ...reduced];
    device.record(opcodes.argReduce, [...words, ...strided(input), ...operand(out)]);
    return device.read(out);
  }

  function expectedIndex(kind: number, kept: number[], reduced: number[], input: View, values: number[]): number[] {
    return [...indices(kept)].map(k => {
      const row = [...indices(reduced)].map(r => at(values, input, [...k, ...r]));
      const nan = row.findIndex(Number.isNaN);
      return nan >= 0 ? nan : row.indexOf(kind === 0 ? Math.max(...row) : Math.min(...row));
    });
  }

  test.each([0, 1])("kind %i, with ties, infinities and NaN", kind => {
    for (const [kept, reduced, strides] of [
      [[9], [17], [17, 1]],
      [[9], [17], [1, 9]],
      [[2, 3], [600], [1800, 600, 1]],
      [[4], [5, 7], [35, 7, 1]],
      [[1], [5000], [0, -1]],
      [[30], [1], [1, 1]],
    ] as const) {
      const n = 5000;
      const values = numbers(n, 31).map((v, i) => (i % 3 === 0 ? Math.round(v * 3) : v));
      values[40] = Number.NaN;
      values[41] = Number.POSITIVE_INFINITY;
      values[100] = Number.NEGATIVE_INFINITY;
      const input = { of: device.block(values), strides: [...strides], offset: strides[1] === -1 ? n - 1 : 0 };
      expect(argReduce(kind, [...kept], [...reduced], input)).toEqual(
        expectedIndex(kind, [...kept], [...reduced], input, values),
      );
      const wide = { ...input, of: device.block(values, "float64") };
      expect(argReduce(kind, [...kept], [...reduced], wide, 1)).toEqual(
        expectedIndex(kind, [...kept], [...reduced], wide, values),
      );
    }
  });

  test("all elements at the identity still have a first index", () => {
    const low = dense(device.block(new Array<number>(600).fill(Number.NEGATIVE_INFINITY)), [1, 600]);
    expect(argReduce(0, [1], [600], low)).toEqual([0]);
  });

  test("of no elements there is none", () => {
    expect(() => argReduce(0, [2], [0], dense(device.empty(0), [2, 0]))).toThrow(/no largest or smallest/);
  });
});
