import { expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const cases = (["float32", "float64"] as const).flatMap(dtype =>
  [
    [1, 1],
    [3, 5],
    [7, 16],
    [200, 33],
    [2, 4099],
  ].flatMap(([rows, columns]) => [0, 1].map(kind => [dtype, rows!, columns!, kind] as const)),
);

test.each(cases)("%s, %i rows of %i, kind %i: forward and gradients", (dtype, rows, columns, kind) => {
  const [x, dy] = [numbers(rows * columns, 1, 2, 4), numbers(rows * columns, 2)];
  const [weight, bias] = [numbers(columns, 3), numbers(columns, 4)];
  const epsilon = 0.01;
  const [xs, dys, ws, bs] = [x, dy, weight, bias].map(values => device.block(values, dtype));
  const [y, dx] = [device.empty(x.length, dtype), device.empty(x.length, dtype)];
  const [moments, dweight, dbias] = [
    device.empty(2 * rows, dtype),
    device.empty(columns, dtype),
    device.empty(columns, dtype),
  ];
  const sizes = [kind, rows, columns];
  device.record(opcodes.normalize, [
    ...[...sizes, epsilon, ...operand(xs!), ...operand(ws!), ...operand(bs!), ...operand(y), ...operand(moments)],
  ]);
  device.record(opcodes.normalizeGrad, [
    ...[...sizes, ...operand(xs!), ...operand(ws!), ...operand(moments), ...operand(dys!), ...operand(dx)],
    ...[...operand(dweight), ...operand(dbias)],
  ]);
  const want = {
    y: [] as number[],
    dx: [] as number[],
    dw: new Array(columns).fill(0),
    db: new Array(columns).fill(0),
  };
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / columns;
  for (let r = 0; r < rows; r++) {
    const row = x.slice(r * columns, (r + 1) * columns);
    const centre = kind === 1 ? 0 : mean(row);
    const scale = 1 / Math.sqrt(mean(row.map(v => (v - centre) ** 2)) + epsilon);
    const unit = row.map(v => (v - centre) * scale);
    const g = unit.map((_, c) => dy[r * columns + c]! * weight[c]!);
    const along = mean(g.map((v, c) => v * unit[c]!));
    const across = kind === 1 ? 0 : mean(g);
    unit.forEach((u, c) => {
      want.y.push(u * weight[c]! + bias[c]!);
      want.dx.push((g[c]! - across - u * along) * scale);
      want.dw[c] += dy[r * columns + c]! * u;
      want.db[c] += dy[r * columns + c]!;
    });
  }
  const tolerance = dtype === "float64" ? 1e-12 : 5e-5;
  expect(worstError(device.read(y), want.y), "y").toBeLessThan(tolerance);
  expect(worstError(device.read(dx), want.dx), "dx").toBeLessThan(tolerance);
  expect(worstError(device.read(dweight), want.dw), "dweight").toBeLessThan(tolerance);
  expect(worstError(device.read(dbias), want.db), "dbias").toBeLessThan(tolerance);
});

test("without weight and bias; refused where a result lies over an operand", () => {
  const x = device.block([1, 3]);
  const [y, moments] = [device.empty(2), device.empty(2)];
  const none = [NONE, 0, 0];
  device.record(opcodes.normalize, [0, 1, 2, 0, ...operand(x), ...none, ...none, ...operand(y), ...operand(moments)]);
  expect(device.read(y)).toEqual([-1, 1]);
  expect(device.read(moments)).toEqual([2, 1]);
  device.record(opcodes.normalize, [0, 1, 2, 0, ...operand(x), ...none, ...none, ...operand(x), ...operand(moments)]);
  expect(() => device.backend.flush()).toThrow(/in the storage of an operand/);
  device.record(opcodes.normalize, [0, 1, 2, 0, ...operand(x), ...none, ...none, ...operand(y), ...operand(y)]);
  expect(() => device.backend.flush()).toThrow(/two results/);
  device.record(opcodes.normalize, [0, 1, 3, 0, ...operand(x), ...none, ...none, ...operand(y), ...operand(moments)]);
  expect(() => device.backend.flush()).toThrow(/storage of/);
});
