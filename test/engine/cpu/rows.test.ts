import { describe, expect, test } from "vitest";
import { opcodes } from "../../../engine/backend/commands.js";
import { ValueError } from "../../../engine/errors.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const shapes = [
  [1, 1],
  [3, 10],
  [5, 17],
  [64, 1000],
  [2, 4099],
  [0, 5],
] as const;
type Float = "float32" | "float64";
const tolerance = { float32: 2e-6, float64: 1e-14 };

const rowsOf = (values: number[], columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, r) => values.slice(r * columns, (r + 1) * columns));

function softmaxOf(row: number[]): number[] {
  const top = Math.max(...row);
  const e = row.map(x => Math.exp(x - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map(x => x / sum);
}
const logSoftmaxOf = (row: number[]): number[] => {
  const top = Math.max(...row);
  const log = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
  return row.map(x => x - log);
};

describe.each(["float32", "float64"] as Float[])("%s", dtype => {
  test.each(shapes)("softmax and its gradient, %i rows of %i", (rows, columns) => {
    const x = numbers(rows * columns, 61, -20, 20);
    const dy = numbers(rows * columns, 62);
    const input = device.block(x, dtype);
    const upstream = device.block(dy, dtype);
    for (const kind of [0, 1]) {
      const y = device.empty(x.length, dtype);
      const dx = device.empty(x.length, dtype);
      device.record(opcodes.softmax, [kind, rows, columns, ...operand(input), ...operand(y)]);
      device.record(opcodes.softmaxGrad, [kind, rows, columns, ...operand(y), ...operand(upstream), ...operand(dx)]);
      const forward = rowsOf(x, columns).map(kind === 0 ? softmaxOf : logSoftmaxOf);
      const backward = forward.map((row, r) => {
        const d = dy.slice(r * columns, (r + 1) * columns);
        const dot = row.reduce((sum, v, i) => sum + (kind === 0 ? v : 1) * (d[i] as number), 0);
        return row.map((v, i) => (kind === 0 ? v * ((d[i] as number) - dot) : (d[i] as number) - Math.exp(v) * dot));
      });
      expect(worstError(device.read(y), forward.flat())).toBeLessThan(tolerance[dtype]);
      expect(worstError(device.read(dx), backward.flat())).toBeLessThan(10 * tolerance[dtype]);
    }
  });

  test.each(shapes)("cross-entropy and its gradient, %i rows of %i", (rows, classes) => {
    const x = numbers(rows * classes, 63, -30, 30);
    const labels = Array.from({ length: rows }, (_, r) => (r * 7) % classes);
    const up = numbers(rows, 64);
    const logits = device.block(x, dtype);
    const index = device.block(labels, "int32");
    const loss = device.empty(rows, dtype);
    const upstream = device.block(up, dtype);
    const dx = device.empty(x.length, dtype);
    device.record(opcodes.crossEntropy, [rows, classes, ...operand(logits), ...operand(index), ...operand(loss)]);
    device.record(opcodes.crossEntropyGrad, [
      rows,
      classes,
      ...operand(logits),
      ...operand(index),
      ...operand(upstream),
      ...operand(dx),
    ]);
    const split = rowsOf(x, classes);
    const losses = split.map((row, r) => -(logSoftmaxOf(row)[labels[r] as number] as number));
    const gradient = split.map((row, r) =>
      softmaxOf(row).map((p, c) => (p - (c === labels[r] ? 1 : 0)) * (up[r] as number)),
    );
    expect(worstError(device.read(loss), losses)).toBeLessThan(tolerance[dtype]);
    expect(worstError(device.read(dx), gradient.flat())).toBeLessThan(tolerance[dtype]);
  });
});

test("softmax of huge logits stays finite, of -Infinity gives 0, of NaN gives NaN in that row only", () => {
  const inf = Number.NEGATIVE_INFINITY;
  const x = [1e38, -1e38, 1e38, 0, inf, 1, Number.NaN, 1, 2];
  const y = device.empty(9);
  device.record(opcodes.softmax, [0, 3, 3, ...operand(device.block(x)), ...operand(y)]);
  const got = device.read(y);
  expect(worstError(got.slice(0, 6), [0.5, 0, 0.5, ...softmaxOf([0, inf, 1])])).toBeLessThan(1e-6);
  expect(got.slice(6).every(Number.isNaN)).toBe(true);
});

test.each([-1, 3, 2147483647])("label %i of 3 classes is a ValueError that says where", label => {
  const logits = device.block(numbers(12, 65));
  const loss = device.empty(4);
  const labels = device.block([0, 2, label, 1], "int32");
  device.record(opcodes.crossEntropy, [4, 3, ...operand(logits), ...operand(labels), ...operand(loss)]);
  let error: unknown;
  try {
    device.backend.flush();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ValueError);
  expect((error as ValueError).op).toBe("crossEntropy");
  expect((error as ValueError).message).toContain(String(label));
});
