import { expect, test } from "vitest";
import { factors, NONE, opcodes } from "../../../engine/backend/commands.js";
import { type Block, Device, numbers, operand } from "./device.js";

const device = new Device();
const none = [NONE, 0, 0];

function factor(kind: keyof typeof factors, [m, n]: readonly [number, number], a: Block, sizes: readonly number[]) {
  const outputs = sizes.map((size, i) => device.empty(size, kind === "lu" && i === 1 ? "int32" : "float64"));
  const info = device.empty(2, "int32");
  const words = [0, 1, 2].flatMap(i => (outputs[i] ? operand(outputs[i]) : none));
  device.record(opcodes.factor, [factors[kind], 1, m, n, ...operand(a), ...words, ...operand(info)]);
  return { outputs: outputs.map(out => device.read(out)), info: device.read(info) };
}

/** a [m, k] times b [k, n]. */
function product(a: readonly number[], b: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + (at % n)]!;
    return sum;
  });
}
const turned = (a: readonly number[], m: number, n: number) =>
  Array.from({ length: m * n }, (_, at) => a[(at % m) * n + Math.floor(at / m)]!);
const identity = (n: number) => Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));

function expectClose(a: readonly number[], b: readonly number[]): void {
  expect(a.length).toBe(b.length);
  expect(Math.max(0, ...a.map((x, i) => (Number.isNaN(x) ? Infinity : Math.abs(x - b[i]!))))).toBeLessThan(1e-11);
}

test.each([
  [1, 1],
  [5, 3],
  [3, 5],
  [100, 100],
] as const)("qr of %i x %i", (m, n) => {
  const values = numbers(m * n, 3, -2, 2);
  const k = Math.min(m, n);
  for (const [kind, size] of [
    ["qr", k],
    ["qrComplete", m],
  ] as const) {
    const { outputs } = factor(kind, [m, n], device.block(values, "float64"), [m * size, size * n]);
    const [q, r] = outputs as [number[], number[]];
    expectClose(product(q, r, m, size, n), [...values]);
    expectClose(product(turned(q, m, size), q, size, m, size), identity(size));
    const below = r.filter((_, at) => at % n < Math.floor(at / n));
    expect(below.every(x => x === 0)).toBe(true);
  }
});

test.each([
  [1, 1, 1],
  [5, 3, 3],
  [6, 4, 2],
  [100, 100, 100],
] as const)("svd of %i x %i, rank %i", (m, n, rank) => {
  const values = product([...numbers(m * rank, 4, -1, 1)], [...numbers(rank * n, 5, -1, 1)], m, rank, n);
  const { outputs, info } = factor("svd", [m, n], device.block(values, "float64"), [m * n, n, n * n]);
  const [u, s, v] = outputs as [number[], number[], number[]];
  expect(info[0]).toBe(0);
  expectClose(
    product(
      u.map((x, at) => x * s[at % n]!),
      turned(v, n, n),
      m,
      n,
      n,
    ),
    values,
  );
  for (const [q, rows] of [
    [u, m],
    [v, n],
  ] as const)
    expectClose(product(turned(q, rows, n), q, n, rows, n), identity(n));
  expect([...s].sort((a, b) => b - a)).toEqual(s);
  expect(s.filter(x => x > 1e-12 * s[0]!).length).toBe(rank);
});

test.each([1, 2, 7, 100])("eigh of %i", n => {
  const half = [...numbers(n * n, 6, -1, 1)];
  const other = turned(half, n, n);
  const values = half.map((x, i) => x + other[i]!);
  const { outputs, info } = factor("eigh", [n, n], device.block(values, "float64"), [n, n * n]);
  const [w, v] = outputs as [number[], number[]];
  expect(info[0]).toBe(0);
  expectClose(
    product(values, v, n, n, n),
    v.map((x, at) => x * w[at % n]!),
  );
  expectClose(product(turned(v, n, n), v, n, n, n), identity(n));
  expect([...w].sort((a, b) => a - b)).toEqual(w);
});

test("svd and eigh report values that are not finite", () => {
  const a = device.block([1, Number.NaN, Number.NaN, 1], "float64");
  expect(factor("svd", [2, 2], a, [4, 2, 4]).info[0]).toBe(1);
  expect(factor("eigh", [2, 2], a, [2, 4]).info[0]).toBe(1);
});
