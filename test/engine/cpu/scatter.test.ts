import { describe, expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import { ValueError } from "../../../engine/errors.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();

const shapes = [
  [1, 5, 1, 3],
  [3, 7, 4, 9],
  [2, 11, 700, 5],
  [40, 30, 1, 800],
  [1, 3, 20_000, 2],
] as const;

describe.each(["float32", "float64", "int32", "uint8", "float16"] as const)("%s", dtype => {
  // 16-bit floats are written as bits; these are whole numbers whose sums stay exact.
  const half = [0, 0x3c00, 0x4000, 0x4200, 0x4400];
  const isHalf = dtype === "float16";
  const content = (n: number, seed: number) => numbers(n, seed, 0, 5).map(Math.trunc);
  const block = (values: number[]) => device.block(isHalf ? values.map(v => half[v]!) : values, dtype);
  const bits = (values: number[]) => (isHalf ? values.map(v => halfBits(v)) : values);

  test.each(shapes)("gather, scatter and put: outer %i, axis %i, inner %i, count %i", (outer, axis, inner, count) => {
    const n = outer * count * inner;
    const whole = content(outer * axis * inner, 221);
    const parts = content(n, 222);
    const index = numbers(n, 223, -axis, axis).map(Math.trunc);
    const place = (i: number, at: number) => {
      const o = Math.floor(i / (count * inner));
      return (o * axis + (at < 0 ? at + axis : at)) * inner + (i % inner);
    };
    const head = [outer, axis, inner, count];
    const places = device.block(index, "int32");

    const gathered = device.empty(n, dtype);
    device.record(opcodes.gather, [...head, ...operand(block(whole)), ...operand(places), ...operand(gathered)]);
    expect(device.read(gathered)).toEqual(bits(index.map((at, i) => whole[place(i, at)]!)));

    const [set, sum] = [[...whole], [...whole]];
    index.forEach((at, i) => {
      set[place(i, at)] = parts[i]!;
      sum[place(i, at)]! += parts[i]!;
    });
    for (const add of [0, 1]) {
      const target = device.empty(whole.length, dtype);
      const words = [...operand(block(whole)), ...operand(places), ...operand(block(parts)), ...operand(target)];
      device.record(opcodes.scatter, [add, ...head, ...words]);
      const wanted = add ? sum : set;
      if (!isHalf)
        expect(worstError(device.read(target), dtype === "uint8" ? wanted.map(v => v & 255) : wanted)).toBe(0);
      else if (Math.max(...wanted) <= 2048) expect(device.read(target)).toEqual(bits(wanted));
    }

    const bare = device.empty(whole.length, dtype);
    device.record(opcodes.scatter, [
      0,
      ...head,
      NONE,
      0,
      0,
      ...operand(places),
      ...operand(block(parts)),
      ...operand(bare),
    ]);
    const alone = whole.map(() => 0);
    index.forEach((at, i) => {
      alone[place(i, at)] = parts[i]!;
    });
    expect(device.read(bare)).toEqual(bits(alone));

    const rows = index.slice(0, count);
    const put = [...whole];
    for (let i = 0; i < n; i++) {
      const [o, k, j] = [Math.floor(i / (count * inner)), Math.floor(i / inner) % count, i % inner];
      const at = rows[k]!;
      put[(o * axis + (at < 0 ? at + axis : at)) * inner + j] = parts[i]!;
    }
    const target = block(whole);
    device.record(opcodes.put, [
      ...head,
      ...operand(target),
      ...operand(device.block(rows, "int32")),
      ...operand(block(parts)),
    ]);
    expect(device.read(target)).toEqual(bits(put));
  });
});

/** The bits of a whole number below 2048 as float16. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | (((value - 2 ** exponent) * 1024) / 2 ** exponent);
}

describe("refused without touching memory", () => {
  const whole = device.block(numbers(15, 224));
  const part = device.block(numbers(3, 225));
  const index = (at: number) => device.block([0, at, 0], "int32");
  test.each([5, -6, 2147483647, -2147483648])("index %i of an axis of 5", at => {
    for (const [opcode, head, from, out] of [
      [opcodes.gather, [], 0, []],
      [opcodes.scatter, [0], 0, operand(device.empty(15))],
      [opcodes.scatter, [1], 0, operand(device.empty(15))],
      [opcodes.put, [], 1, []],
    ] as const) {
      // Fresh ones each time: what a refused command would have written counts as never computed.
      const [target, places, source] = [device.block(numbers(15, 224)), index(at), device.block(numbers(3, 225))];
      const words = [...operand(target), ...operand(places, from), ...operand(source)];
      device.record(opcode, [...head, 1, 5, 3, 1, ...words, ...out]);
      expect(() => device.backend.flush()).toThrow(ValueError);
    }
  });

  test("operands that are too small, of another dtype, or the same", () => {
    const places = index(0);
    for (const words of [
      [1, 6, 3, 1, ...operand(whole), ...operand(places), ...operand(part)],
      [1, 5, 3, 2, ...operand(whole), ...operand(places), ...operand(part)],
      [1, 5, 3, 1, ...operand(whole), ...operand(part), ...operand(part)],
      [1, 5, 3, 1, ...operand(whole), ...operand(places), ...operand(whole)],
      [2 ** 40, 2 ** 40, 1, 0, ...operand(whole), ...operand(places), ...operand(part)],
    ]) {
      device.record(opcodes.gather, words);
      expect(() => device.backend.flush()).toThrow(ValueError);
    }
  });
});
