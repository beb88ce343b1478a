import { describe, expect, test } from "vitest";
import { opcodes } from "../../../engine/backend/commands.js";
import { ValueError } from "../../../engine/errors.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();

const shapes = [
  [1, 5, 1, 3],
  [3, 7, 4, 9],
  [2, 11, 700, 5],
  [1, 100, 16, 1000],
  [4, 3, 0, 2],
  [2, 3, 5, 0],
] as const;

const indexOf = (count: number, axis: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % 3 === 0 ? -1 - (i % axis) : (i * 5) % axis));

describe.each(["float32", "float64", "int8", "int64"] as const)("%s", dtype => {
  const content = (n: number, seed: number) =>
    numbers(n, seed, -9, 9).map(v => (dtype.startsWith("float") ? v : Math.trunc(v)));

  test.each(shapes)("take and its gradient: outer %i, axis %i, inner %i, count %i", (outer, axis, inner, count) => {
    const source = content(outer * axis * inner, 71);
    const index = indexOf(count, axis);
    const out = device.empty(outer * count * inner, dtype);
    const indices = device.block(index, "int32");
    device.record(opcodes.take, [
      ...[outer, axis, inner, count],
      ...operand(device.block(source, dtype)),
      ...operand(indices),
      ...operand(out),
    ]);
    const place = (o: number, i: number, j: number) => {
      const at = index[i] as number;
      return (o * axis + (at < 0 ? at + axis : at)) * inner + j;
    };
    const taken: number[] = [];
    const target = content(outer * axis * inner, 72).map(v => Math.trunc(v / 4));
    const added = [...target];
    const parts = content(outer * count * inner, 73).map(v => Math.trunc(v / 4));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < inner; j++) {
          taken.push(source[place(o, i, j)] as number);
          added[place(o, i, j)] = (added[place(o, i, j)] as number) + (parts[(o * count + i) * inner + j] as number);
        }
      }
    }
    expect(device.read(out)).toEqual(taken.map(v => v + 0));
    const sum = device.block(target, dtype);
    device.record(opcodes.takeAdd, [
      ...[outer, axis, inner, count],
      ...operand(sum),
      ...operand(indices),
      ...operand(device.block(parts, dtype)),
    ]);
    if (dtype !== "int8") expect(worstError(device.read(sum), added)).toBe(0);
    else expect(device.read(sum)).toEqual(Array.from(Int8Array.from(added)));
  });
});

test.each(["float32", "bool", "int64", "bfloat16"] as const)("oneHot in %s", dtype => {
  const out = device.empty(4 * 5, dtype);
  device.record(opcodes.oneHot, [4, 5, ...operand(device.block([4, 0, 2, 2], "int32")), ...operand(out)]);
  const one = dtype === "bfloat16" ? 0x3f80 : 1;
  expect(device.read(out)).toEqual([4, 0, 2, 2].flatMap(c => [0, 1, 2, 3, 4].map(i => (i === c ? one : 0))));
});

describe("a bad index is a ValueError, and the device goes on", () => {
  const source = device.block(numbers(30, 74));
  const out = device.empty(20);
  const take = (index: number) =>
    device.record(opcodes.take, [
      2,
      5,
      3,
      1,
      ...operand(source),
      ...operand(device.block([index], "int32")),
      ...operand(out),
    ]);

  test.each([5, -6, 2147483647, -2147483648])("take %i of an axis of 5", index => {
    take(index);
    expect(() => device.backend.flush()).toThrow(ValueError);
    take(-5);
    expect(() => device.backend.flush()).not.toThrow();
  });

  test("oneHot", () => {
    device.record(opcodes.oneHot, [1, 5, ...operand(device.block([-1], "int32")), ...operand(out)]);
    expect(() => device.backend.flush()).toThrow(/-1/);
  });
});

test("fill and iota in every dtype, at any offset", () => {
  for (const dtype of ["float32", "float64", "int8", "int32", "int64", "uint8", "uint32"] as const) {
    for (const n of [0, 1, 7, 300]) {
      const out = device.block(new Array<number>(n + 3).fill(9), dtype);
      device.record(opcodes.iota, [...operand(out, 2), n, 3, dtype === "int8" ? 0 : 2]);
      const step = dtype === "int8" ? 0 : 2;
      const wrap = (v: number) => (dtype === "uint8" ? v % 256 : v);
      expect(device.read(out)).toEqual([9, 9, ...Array.from({ length: n }, (_, i) => wrap(3 + step * i)), 9]);
      device.record(opcodes.fill, [...operand(out, 1), n, 5]);
      expect(device.read(out).slice(1, n + 1)).toEqual(new Array<number>(n).fill(5));
    }
  }
});
