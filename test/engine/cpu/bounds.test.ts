import { beforeEach, describe, expect, test } from "vitest";
import { NONE, type Opcode, opcodes, recurrences } from "../../../engine/backend/commands.js";
import { dtypeCode } from "../../../engine/dtype.js";
import { EngineError, ValueError } from "../../../engine/errors.js";
import { type Block, Device, dense, numbers, operand } from "./device.js";

const device = new Device();
let block: Block;
let out: Block;

beforeEach(() => {
  block = device.block(numbers(100, 101));
  out = device.empty(100);
});

/** The device refuses the record with a ValueError and works afterwards. */
function refused(opcode: number, words: number[], message?: RegExp): void {
  device.record(opcode as Opcode, words);
  expect(() => device.backend.flush()).toThrow(ValueError);
  if (message) {
    device.record(opcode as Opcode, words);
    expect(() => device.backend.flush()).toThrow(message);
  }
  const next = device.empty(3);
  device.record(opcodes.iota, [...operand(next), 3, 1, 1]);
  expect(device.read(next)).toEqual([1, 2, 3]);
}

describe("refused without touching memory", () => {
  test("storages that do not exist", () => {
    for (const id of [1e6, -2, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -0.5, NONE]) {
      refused(opcodes.fill, [id, 0, 0, 1, 0], /does not exist/);
    }
  });

  test("more elements than the storage has", () => {
    refused(opcodes.fill, [...operand(out), 101, 0], /storage of 400 bytes/);
    refused(opcodes.fill, [...operand(out, 1), 100, 0]);
    refused(opcodes.fill, [out.id, 0, dtypeCode.float64, 51, 0]);
    refused(opcodes.softmax, [0, 10, 11, ...operand(block), ...operand(out)]);
    refused(opcodes.take, [1, 10, 11, 0, ...operand(block), ...operand(device.empty(0, "int32")), ...operand(out)]);
  });

  test("extents and offsets that are huge, negative, fractional or no numbers", () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 41, 2 ** 63, 1e300]) {
      refused(opcodes.fill, [...operand(out), bad, 0]);
      refused(opcodes.fill, [out.id, bad, 0, 1, 0]);
      refused(opcodes.fill, [out.id, 0, bad === -1 ? -1 : bad, 1, 0]);
      refused(opcodes.softmax, [0, bad, 1, ...operand(block), ...operand(out)]);
    }
    // The product of the dims overflows 64 bits.
    const huge = 2 ** 33;
    refused(opcodes.tape, [0, 2, 1, 1, 0, 0, huge, huge, ...operand(block), 0, 0, ...operand(out), 1, 1, 0]);
    refused(opcodes.reduce, [0, 0, 1, 1, huge, huge, ...operand(block), 0, 0, ...operand(out), 1]);
    refused(opcodes.gemm, [
      0,
      huge,
      huge,
      1,
      ...operand(block),
      0,
      0,
      ...operand(block),
      0,
      0,
      ...operand(out),
      huge,
      1,
      NONE,
      0,
      0,
      0,
      0,
    ]);
  });

  test("strides that leave the storage at either end", () => {
    const view = { of: block, strides: [1] };
    for (const strides of [[2], [-1], [2 ** 39], [-(2 ** 39)], [Number.NaN], [0.5]]) {
      device.tape([100], [{ of: block, strides }], [[dense(out, [100]), 0]], [], []);
      expect(() => device.backend.flush()).toThrow(ValueError);
      device.tape([100], [view], [[{ of: out, strides }, 0]], [], []);
      expect(() => device.backend.flush()).toThrow(ValueError);
    }
    device.tape([50], [view], [[{ of: out, strides: [0] }, 0]], [], []);
    expect(() => device.backend.flush()).toThrow(/repeats an element/);
  });

  test("records that are too short, too long, or of no known kind", () => {
    refused(opcodes.fill, [...operand(out), 1], /too short/);
    refused(opcodes.fill, [...operand(out), 1, 0, 0], /too long/);
    for (const opcode of [0, 24, 41, 63, 64, -1, 1.5, 1e9, Number.NaN, Number.POSITIVE_INFINITY])
      refused(opcode, [], /does not exist/);
  });

  test("a length that does not fit the buffer", () => {
    for (const length of [0, 1, -5, 3.5, 1e12, Number.NaN]) {
      const { commands } = device.backend;
      commands.words.set([opcodes.fill, length, out.id, 0, 0, 1, 0]);
      commands.used = 7;
      expect(() => device.backend.flush()).toThrow(/announces/);
    }
  });

  test("tapes with bad registers, primitives or counts", () => {
    const head = (...counts: number[]) => [0, 1, ...counts];
    const io = [100, ...operand(block), 1, ...operand(out), 1];
    refused(opcodes.tape, [...head(1, 1, 0, 1), ...io, 2, 40, 0, 0, 0], /register/);
    refused(opcodes.tape, [...head(1, 1, 0, 1), ...io, 1, 40, 0, 1, 0], /reads register/);
    refused(opcodes.tape, [...head(1, 1, 0, 1), ...io, 1, 40, 0, -1, 0], /reads register/);
    for (const primitive of [0, 31, 39, 63, 64, -1, 1.5]) {
      refused(opcodes.tape, [...head(1, 1, 0, 1), ...io, 1, primitive, 0, 0, 0]);
    }
    for (const counts of [
      [33, 1, 0, 0],
      [1, 17, 0, 0],
      [1, 1, 65, 0],
      [1, 1, 0, 257],
      [-1, 1, 0, 0],
    ]) {
      refused(opcodes.tape, [...head(...counts), ...io, 0]);
    }
    refused(opcodes.tape, [0, 17, 1, 1, 0, 0]);
  });

  test("dtypes that a kernel does not take", () => {
    const ints = device.block([1, 2, 3, 4], "int32");
    refused(opcodes.softmax, [0, 2, 2, ...operand(ints), ...operand(ints)], /float32 or float64/);
    refused(opcodes.take, [1, 4, 1, 2, ...operand(block), ...operand(block), ...operand(out)], /int32/);
    refused(opcodes.take, [1, 4, 1, 4, ...operand(block), ...operand(ints), ...operand(block)], /storage of an input/);
  });

  test("reads and writes outside a storage", () => {
    const { backend } = device;
    expect(() => backend.read(block.id, 4, new Float32Array(100))).toThrow(/storage of 400 bytes/);
    expect(() => backend.write(block.id, 400, new Uint8Array(1))).toThrow(/storage of 400 bytes/);
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(() => backend.read(block.id, offset, new Float32Array(1))).toThrow();
    }
    expect(() => backend.read(12345678, 0, new Float32Array(1))).toThrow(/does not exist/);
    expect(() => backend.read(block.id, 0, undefined as unknown as Float32Array)).toThrow();
    expect(() => backend.release(-1)).toThrow(/does not exist/);
  });
});

test("ten thousand records of garbage: each is refused or runs, none crashes", () => {
  const random = numbers(400_000, 102, 0, 1);
  let at = 0;
  const next = () => random[at++ % random.length] as number;
  const odd = [
    0,
    1,
    -1,
    2,
    3,
    7,
    16,
    63,
    100,
    1e6,
    2 ** 31,
    2 ** 32,
    2 ** 40,
    2 ** 53,
    -(2 ** 40),
    1e300,
    0.5,
    Number.NaN,
  ];
  const plausible = () => [block.id, out.id, 0, 0, 1, 1, 2, 3, 4, 10, 100][Math.floor(next() * 11)] as number;
  let ran = 0;
  for (let i = 0; i < 10_000; i++) {
    const count = Math.floor(next() * 40);
    const words = Array.from({ length: count }, () =>
      next() < 0.2 ? (odd[Math.floor(next() * odd.length)] as number) : plausible(),
    );
    try {
      device.record(Math.floor(next() * 18) as Opcode, words);
      device.backend.flush();
      ran++;
    } catch (error) {
      // A record may also read what a refused one before it should have written.
      expect(error).toBeInstanceOf(EngineError);
    }
  }
  // Valid records with one word changed reach deeper.
  const valid: [Opcode, number[]][] = [
    [opcodes.fill, [...operand(out), 100, 1]],
    [opcodes.tape, [0, 2, 1, 1, 1, 1, 10, 10, ...operand(block), 1, 10, ...operand(out), 10, 1, 2, 5, 42, 0, 1, 0]],
    [opcodes.reduce, [0, 0, 1, 1, 10, 10, ...operand(block), 10, 1, ...operand(out), 1]],
    [opcodes.argReduce, [0, 0, 1, 1, 10, 10, ...operand(block), 10, 1, out.id, 0, dtypeCode.int32]],
    [
      opcodes.gemm,
      [0, 10, 10, 10, ...operand(block), 10, 1, ...operand(block), 1, 10, ...operand(out), 10, 1, NONE, 0, 0, 0, 1],
    ],
    [opcodes.softmaxGrad, [0, 10, 10, ...operand(block), ...operand(block), ...operand(out)]],
    [
      opcodes.recurrence,
      [
        ...[recurrences.gru, 0, 2, 3, 2, ...operand(block), ...operand(block), ...operand(block), ...operand(block)],
        ...[NONE, 0, 0, ...operand(out), NONE, 0, 0, NONE, 0, 0],
      ],
    ],
    [
      opcodes.recurrenceGrad,
      [
        ...[recurrences.tanh, 1, 2, 3, 2, ...operand(block), ...operand(block), NONE, 0, 0, ...operand(block)],
        ...[NONE, 0, 0, NONE, 0, 0, ...operand(block), ...operand(out), NONE, 0, 0],
        ...[...operand(device.empty(6)), NONE, 0, 0],
      ],
    ],
    [
      opcodes.attention,
      [
        ...[1, 0.5, 1, 3, 4, 5, 2, 3, ...operand(block), 5, 1, 15, ...operand(block), 5, 1, 20],
        ...[...operand(block), 2, 1, 8, ...operand(block), 4, 1, 12, ...operand(out), 2, 1, 6, NONE, 0, 0],
      ],
    ],
    [
      opcodes.attentionGrad,
      [
        ...[0, 0.5, 1, 3, 4, 5, 2, 3, ...operand(block), 5, 1, 15, ...operand(block), 5, 1, 20],
        ...[...operand(block), 2, 1, 8, NONE, 0, 0, 0, 0, 0, ...operand(block), 2, 1, 6, ...operand(block)],
        ...[...operand(block), 2, 1, 6, ...operand(device.empty(45)), 5, 1, 15],
        ...[...operand(device.empty(60)), 5, 1, 20, ...operand(device.empty(24)), 2, 1, 8],
      ],
    ],
    [opcodes.random, [1, ...operand(out), 100, 1, 2, 3, 4, 0, 1]],
    [
      opcodes.adam,
      [
        0,
        1,
        0.1,
        0.9,
        0.99,
        1e-8,
        0,
        0,
        1,
        25,
        ...operand(out),
        ...operand(out),
        ...operand(out, 50),
        ...operand(out, 75),
      ],
    ],
  ];
  for (const [opcode, words] of valid) {
    device.record(opcode, words);
    expect(() => device.backend.flush()).not.toThrow();
    for (let i = 0; i < words.length; i++) {
      for (const word of odd) {
        device.record(opcode, [...words.slice(0, i), word, ...words.slice(i + 1)]);
        try {
          device.backend.flush();
          ran++;
        } catch (error) {
          // A record may also read what a refused one before it should have written.
          expect(error).toBeInstanceOf(EngineError);
        }
      }
    }
  }
  expect(ran).toBeGreaterThan(100);
});
