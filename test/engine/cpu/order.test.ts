import { describe, expect, test } from "vitest";
import { bitwiseKinds, NONE, opcodes, scans } from "../../../engine/backend/commands.js";
import { ValueError } from "../../../engine/errors.js";
import { type Block, Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const nothing = [NONE, 0, 0];
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const content = (n: number, seed: number, dtype: string) =>
  numbers(n, seed, dtype.startsWith("u") ? 0 : -5, 5).map(v => (dtype.startsWith("float") ? v : Math.trunc(v)));

const steps = {
  sum: (run: number, x: number) => run + x,
  product: (run: number, x: number) => run * x,
  max: (run: number, x: number) => (Number.isNaN(x) || x >= run ? x : run),
  min: (run: number, x: number) => (Number.isNaN(x) || x <= run ? x : run),
  logSumExp: (run: number, x: number) => {
    const high = Math.max(run, x);
    return high + Math.log1p(Math.exp(Math.min(run, x) - high));
  },
} as const;
const starts = { sum: 0, product: 1, max: -inf, min: inf, logSumExp: -inf } as const;

describe.each(Object.keys(scans) as (keyof typeof scans)[])("scan %s", kind => {
  test.each([
    ["float32", 1, 7, 1],
    ["float64", 3, 600, 1],
    ["float32", 2, 9, 5],
    ["float64", 2, 3, 300],
    ["int32", 4, 11, 1],
    ["float32", 70, 1, 3],
    ["float32", 2, 0, 3],
  ] as const)("%s [%i, %i, %i], both ways", (dtype, outer, axis, inner) => {
    const n = outer * axis * inner;
    // Products of many factors must stay in range.
    const data =
      kind === "product" ? numbers(n, 201, 0.9, 1.1).map(v => (dtype === "int32" ? 1 : v)) : content(n, 202, dtype);
    for (const reverse of [false, true]) {
      const wanted = new Array<number>(n);
      const from = new Array<number>(n);
      for (let o = 0; o < outer; o++) {
        for (let j = 0; j < inner; j++) {
          let run: number = starts[kind];
          let chosen = 0;
          for (let i = 0; i < axis; i++) {
            const k = reverse ? axis - 1 - i : i;
            const at = (o * axis + k) * inner + j;
            const before = run;
            run = steps[kind](run, data[at]!);
            if (run !== before || data[at] === run) chosen = k;
            wanted[at] = run;
            from[at] = chosen;
          }
        }
      }
      const out = device.empty(n, dtype);
      const index = device.empty(n, "int32");
      const extreme = kind === "max" || kind === "min";
      device.record(opcodes.scan, [
        ...[scans[kind], reverse ? 1 : 0, outer, axis, inner],
        ...operand(device.block(data, dtype)),
        ...operand(out),
        ...(extreme ? operand(index) : nothing),
      ]);
      const expected = dtype === "int32" ? wanted.map(v => Math.trunc(v)) : wanted;
      expect(worstError(device.read(out), expected)).toBeLessThan(dtype === "float64" ? 1e-12 : 1e-6);
      if (extreme) expect(device.read(index)).toEqual(from);
    }
  });
});

test("a running extreme keeps NaN, and takes the last of equal ones", () => {
  const out = device.empty(6);
  const index = device.empty(6, "int32");
  device.record(opcodes.scan, [
    ...[scans.max, 0, 1, 6, 1],
    ...operand(device.block([1, 2, 2, nan, 9, nan])),
    ...operand(out),
    ...operand(index),
  ]);
  expect(device.read(out)).toEqual([1, 2, 2, nan, nan, nan]);
  expect(device.read(index)).toEqual([0, 1, 2, 3, 3, 5]);
});

/** The order by plain comparison: NaN largest, equal ones in their order. */
function order(row: readonly number[], descending: boolean): number[] {
  const compare = (a: number, b: number) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : a > b ? 1 : 0;
  };
  return row
    .map((_, i) => i)
    .sort((i, j) => (descending ? compare(row[j]!, row[i]!) : compare(row[i]!, row[j]!)) || i - j);
}

function sorted(rows: number, columns: number, kept: number, input: Block, descending: boolean, wantValues = true) {
  const values = device.empty(rows * kept, input.dtype);
  const index = device.empty(rows * kept, "int32");
  device.record(opcodes.sort, [
    ...[descending ? 1 : 0, rows, columns, kept],
    ...operand(input),
    ...(wantValues ? operand(values) : nothing),
    ...operand(index),
  ]);
  return { values, index };
}

describe.each(["float32", "float64", "int8", "int32", "int64", "uint8", "uint32", "bool"] as const)(
  "sort %s",
  dtype => {
    test.each([
      [1, 1],
      [3, 48],
      [2, 49],
      [5, 300],
      [1, 20_000],
    ])("%i rows of %i", (rows, columns) => {
      const all = content(rows * columns, 203, dtype).map(v => (dtype === "bool" ? Number(v > 0) : v + 0));
      // Both zeros, ties and what is not finite.
      if (dtype.startsWith("float") && columns >= 48) all.splice(3, 9, -0, 0, nan, inf, 1, -inf, 0, nan, -0);
      const input = device.block(all, dtype);
      for (const descending of [false, true]) {
        for (const kept of [columns, Math.min(columns, 5)]) {
          const { values, index } = sorted(rows, columns, kept, input, descending);
          const wanted = Array.from({ length: rows }, (_, r) =>
            order(all.slice(r * columns, (r + 1) * columns), descending).slice(0, kept),
          );
          expect(device.read(index)).toEqual(wanted.flat());
          expect(device.read(values)).toEqual(wanted.flatMap((row, r) => row.map(i => all[r * columns + i]!)));
          expect(device.read(sorted(rows, columns, kept, input, descending, false).index)).toEqual(wanted.flat());
        }
      }
    });
  },
);

test("sort of 16-bit floats", () => {
  // -2, 1, NaN, 0.5 as float16 and as bfloat16.
  for (const [dtype, bits] of [
    ["float16", [0xc000, 0x3c00, 0x7e00, 0x3800]],
    ["bfloat16", [0xc000, 0x3f80, 0x7fc0, 0x3f00]],
  ] as const) {
    const { index } = sorted(1, 4, 4, device.block(bits, dtype), false);
    expect(device.read(index)).toEqual([0, 3, 1, 2]);
  }
});

test("integers beyond 2^53 keep their order", () => {
  const input = device.empty(3, "int64");
  device.backend.write(input.id, 0, BigInt64Array.of(2n ** 62n + 1n, -(2n ** 63n), 2n ** 62n));
  expect(device.read(sorted(1, 3, 3, input, false).index)).toEqual([1, 2, 0]);
  const places = device.empty(1, "int32");
  const value = device.empty(1, "int64");
  device.backend.write(value.id, 0, BigInt64Array.of(2n ** 62n));
  const row = device.empty(2, "int64");
  device.backend.write(row.id, 0, BigInt64Array.of(2n ** 62n - 1n, 2n ** 62n));
  device.record(opcodes.search, [1, 1, 2, 1, ...operand(row), ...operand(value), ...operand(places)]);
  expect(device.read(places)).toEqual([2]);
});

test.each(["float32", "float64", "int32", "uint8"] as const)("search in %s", dtype => {
  const [rows, length, count] = [3, 17, 40];
  const data = Array.from({ length: rows }, (_, r) => content(length, 204 + r, dtype).sort((a, b) => a - b));
  if (dtype === "float32") for (const row of data) row[length - 1] = nan;
  const values = content(rows * count, 210, dtype);
  if (dtype === "float32") values[0] = nan;
  for (const right of [false, true]) {
    const out = device.empty(rows * count, "int32");
    device.record(opcodes.search, [
      ...[right ? 1 : 0, rows, length, count],
      ...operand(device.block(data.flat(), dtype)),
      ...operand(device.block(values, dtype)),
      ...operand(out),
    ]);
    const less = (a: number, b: number) => a < b || (Number.isNaN(b) && !Number.isNaN(a));
    const wanted = values.map(
      (x, i) => data[Math.floor(i / count)]!.filter(y => (right ? !less(x, y) : less(y, x))).length,
    );
    expect(device.read(out)).toEqual(wanted);
  }
});

test.each(["int8", "int32", "uint8", "uint32", "int64"] as const)("the bits of %s", dtype => {
  const [bits, signed] = { int8: [8, 1], int32: [32, 1], uint8: [8, 0], uint32: [32, 0], int64: [64, 1] }[dtype] as [
    number,
    number,
  ];
  const fit = (v: bigint) => Number(signed ? BigInt.asIntN(bits, v) : BigInt.asUintN(bits, v));
  const a = content(90, 211, dtype).map(v => v * 20);
  const b = content(90, 212, "uint8").map((v, i) => (i % 11 === 0 ? bits + 3 : v));
  const far = (v: number) => v < 0 || v >= bits;
  const wanted: Record<keyof typeof bitwiseKinds, (x: number, y: number) => number> = {
    and: (x, y) => fit(BigInt(x) & BigInt(y)),
    or: (x, y) => fit(BigInt(x) | BigInt(y)),
    xor: (x, y) => fit(BigInt(x) ^ BigInt(y)),
    not: x => fit(~BigInt(x)),
    leftShift: (x, y) => (far(y) ? 0 : fit(BigInt(x) << BigInt(y))),
    rightShift: (x, y) => (far(y) ? (x < 0 ? -1 : 0) : fit(BigInt(x) >> BigInt(y))),
  };
  for (const [kind, code] of Object.entries(bitwiseKinds)) {
    const out = device.empty(90, dtype);
    device.record(opcodes.bitwise, [
      ...[code, 90],
      ...operand(device.block(a, dtype)),
      ...operand(device.block(b, dtype)),
      ...operand(out),
    ]);
    expect(device.read(out), kind).toEqual(a.map((x, i) => wanted[kind as keyof typeof bitwiseKinds](x, b[i]!)));
  }
});

describe("refused without touching memory", () => {
  const x = device.block(numbers(12, 213));
  const index = device.empty(12, "int32");
  const out = device.empty(12);
  test.each([
    ["a scan beyond the storage", opcodes.scan, [0, 0, 2, 7, 1, ...operand(x), ...operand(out), ...nothing]],
    ["a scan in place", opcodes.scan, [0, 0, 1, 12, 1, ...operand(x), ...operand(x), ...nothing]],
    ["a scan of a kind that there is not", opcodes.scan, [5, 0, 1, 12, 1, ...operand(x), ...operand(out), ...nothing]],
    ["more kept than there are", opcodes.sort, [0, 1, 5, 6, ...operand(x), ...nothing, ...operand(index)]],
    ["places in floats", opcodes.sort, [0, 1, 5, 5, ...operand(x), ...nothing, ...operand(out)]],
    ["values of another dtype", opcodes.search, [0, 1, 5, 3, ...operand(x), ...operand(index), ...operand(index)]],
    ["the bits of floats", opcodes.bitwise, [0, 12, ...operand(x), ...operand(x), ...operand(out)]],
    ["rows without end", opcodes.sort, [0, 2 ** 40, 2 ** 30, 1, ...operand(x), ...nothing, ...operand(index)]],
  ] as const)("%s", (_, opcode, words) => {
    device.record(opcode, [...words]);
    expect(() => device.backend.flush()).toThrow(ValueError);
    expect(device.read(x)).toEqual(numbers(12, 213));
  });
});
