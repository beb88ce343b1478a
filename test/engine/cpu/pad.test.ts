import { describe, expect, test } from "vitest";
import { NONE, opcodes, padModes } from "../../../engine/backend/commands.js";
import { ValueError } from "../../../engine/errors.js";
import { Device, numbers, operand } from "./device.js";

const device = new Device();
const none = [NONE, 0, 0];

describe("pad: every mode, sizes of elements, and several axes", () => {
  const shown = (mode: number, i: number, length: number): number | undefined => {
    if (i >= 0 && i < length) return i;
    if (mode === padModes.constant) return undefined;
    if (mode === padModes.reflect) return i < 0 ? -i : 2 * (length - 1) - i;
    if (mode === padModes.replicate) return i < 0 ? 0 : length - 1;
    return (i + length) % length;
  };
  test.each(
    Object.entries(padModes).flatMap(([name, mode]) =>
      (["float32", "float64", "uint8", "float16"] as const).map(dtype => [name, dtype, mode] as const),
    ),
  )("%s of %s", (_name, dtype, mode) => {
    const axes = [
      [2, 3, 1],
      [0, 40, 0],
      [3, 300, 4],
    ] as const;
    const x = numbers(3 * 40 * 300, 301, 0, 200).map(Math.trunc);
    const [out, value] = [device.empty(6 * 40 * 307, dtype), device.block([7], dtype)];
    device.record(opcodes.pad, [
      mode,
      3,
      ...axes.flat(),
      ...operand(device.block(x, dtype)),
      ...(mode === padModes.constant ? operand(value) : none),
      ...operand(out),
    ]);
    const wanted: number[] = [];
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 40; j++) {
        for (let k = 0; k < 307; k++) {
          const [a, c] = [shown(mode, i - 2, 3), shown(mode, k - 3, 300)];
          wanted.push(a === undefined || c === undefined ? 7 : x[(a * 40 + j) * 300 + c]!);
        }
      }
    }
    expect(device.read(out)).toEqual(wanted);
  });
});

describe("refused without touching memory", () => {
  const x = device.block(numbers(6, 302));
  const refused = (opcode: typeof opcodes.pad | typeof opcodes.at, words: number[]) => {
    device.record(opcode, words);
    expect(() => device.backend.flush()).toThrow(ValueError);
  };

  test.each([
    ["a mode that there is not", [4, 1, 1, 6, 1]],
    ["a mirror as wide as its axis", [padModes.reflect, 1, 6, 6, 0]],
    ["a turn wider than its axis", [padModes.circular, 1, 0, 6, 7]],
    ["the edge of nothing", [padModes.replicate, 1, 1, 0, 0]],
    ["more than the source has", [padModes.reflect, 1, 1, 7, 0]],
    ["more than the output has", [padModes.reflect, 1, 5, 6, 5]],
    ["a border below 0", [padModes.reflect, 1, -1, 6, 0]],
    ["no axes", [padModes.reflect, 0]],
  ])("pad: %s", (_name, head) => {
    refused(opcodes.pad, [...head, ...operand(x), ...none, ...operand(device.empty(10))]);
  });

  test("pad: no value, one of another dtype, an output that is the source", () => {
    const constant = [padModes.constant, 1, 1, 6, 0, ...operand(x)];
    refused(opcodes.pad, [...constant, ...none, ...operand(device.empty(10))]);
    refused(opcodes.pad, [...constant, ...operand(device.block([1], "float64")), ...operand(device.empty(10))]);
    refused(opcodes.pad, [padModes.reflect, 1, 0, 5, 1, ...operand(x), ...none, ...operand(x)]);
  });

  test.each([
    ["an index out of range", [1, 1, 3, 0, 3, 1, 3], [0, 3, 0], 1],
    ["one before the first", [1, 1, 3, 0, 3, 1, 3], [0, -4, 0], 1],
    ["an axis of nothing", [1, 1, 3, 0, 0, 1, 3], [0, 0, 0], 1],
    ["strides that leave the index", [1, 1, 3, 0, 3, 1, 3], [0, 0, 0], 2],
    ["a count that the index has not", [1, 1, 3, 0, 3, 1, 4], [0, 0, 0], 1],
    ["more than the output has", [1, 1, 9, 0, 3, 1, 3], [0, 0, 0], 0],
  ])("at: %s", (_name, head, index, stride) => {
    refused(opcodes.at, [
      ...head,
      ...operand(device.block(index, "int32")),
      stride,
      ...operand(device.empty(5, "int32")),
    ]);
  });

  test("at: floats, no index, an output that is the index", () => {
    const index = device.block([0, 1, 0], "int32");
    const out = operand(device.empty(3, "int32"));
    refused(opcodes.at, [1, 1, 3, 0, 3, 1, 3, ...operand(device.block([0, 1, 0])), 1, ...out]);
    refused(opcodes.at, [1, 0, 3, ...out]);
    refused(opcodes.at, [1, 1, 3, 0, 3, 1, 3, ...operand(index), 1, ...operand(index)]);
  });
});

test("at: indices broadcast, and negative ones count from the end", () => {
  const out = device.empty(6, "int32");
  const [rows, columns] = [device.block([1, -1], "int32"), device.block([0, -2, 3], "int32")];
  device.record(opcodes.at, [
    ...[2, 2, 2, 3],
    ...[0, 5, 4, 2, ...operand(rows), 1, 0],
    ...[1, 4, 1, 3, ...operand(columns), 0, 1],
    ...operand(out),
  ]);
  expect(device.read(out)).toEqual([4, 6, 7, 16, 18, 19]);
});
