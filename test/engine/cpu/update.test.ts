import { afterAll, describe, expect, test } from "vitest";
import { opcodes, primitives } from "../../../engine/backend/commands.js";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import { InterruptedError } from "../../../engine/errors.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const sizes = [0, 1, 17, 512, 513, 20_000];
const [mul, sub] = [primitives.mul[0], primitives.sub[0]];

/** p = p - rate * g; m = p * g (of the old p): registers p 0, g 1, m 2, rate 3, rate g 4, difference 5, product 6. */
const program = (rate: number) => [
  ...[3, 2, 1, 3],
  ...[0, 5, 2, 6],
  rate,
  ...[mul, 3, 1, 0],
  ...[sub, 0, 4, 0],
  ...[mul, 0, 1, 0],
];

describe.each(["float32", "float64"] as const)("%s", dtype => {
  test("writes several operands of many parameters, each from the values of before", () => {
    const list = sizes.map((n, i) => {
      const [p, g] = [numbers(n, 31 + i), numbers(n, 41 + i)];
      return { n, p, g, value: device.block(p, dtype), gradient: device.block(g, dtype), m: device.empty(n, dtype) };
    });
    device.record(opcodes.update, [
      ...[0, sizes.length],
      ...program(0.5),
      ...list.flatMap(x => [x.n, ...operand(x.value), ...operand(x.gradient), ...operand(x.m)]),
    ]);
    for (const { p, g, value, m } of list) {
      const wanted = p.map((v, i) => v - 0.5 * g[i]!);
      expect(worstError(device.read(value), wanted)).toBeLessThan(dtype === "float32" ? 1e-6 : 1e-14);
      const products = p.map((v, i) => v * g[i]!);
      expect(worstError(device.read(m), products)).toBeLessThan(dtype === "float32" ? 1e-6 : 1e-14);
    }
  });

  test("an operand under two names is read before it is written", () => {
    const p = device.block([1, 2, 3], dtype);
    const m = device.block([0, 0, 0], dtype);
    device.record(opcodes.update, [0, 1, ...program(0.5), 3, ...operand(p), ...operand(p), ...operand(m)]);
    expect([device.read(p), device.read(m)].map(x => [...x])).toEqual([
      [0.5, 1, 1.5],
      [1, 4, 9],
    ]);
  });
});

describe("refused", () => {
  const block = device.block([1, 2, 3], "float32");
  const wide = device.block([1, 2, 3], "float64");
  // The records have only their numbers.
  afterAll(() => expect([block, wide].map(x => device.read(x))).toEqual(new Array(2).fill([1, 2, 3])));
  const all = [3, ...operand(block), ...operand(block), ...operand(block)];
  test.each([
    ["an operand beyond its storage", [0, 1, ...program(1), 4, ...all.slice(1)], "reaches from element 0"],
    [
      "operands of two dtypes",
      [0, 1, ...program(1), 3, ...operand(block), ...operand(wide), ...operand(block)],
      "this kernel takes",
    ],
    ["a target that is none", [0, 1, 3, 1, 0, 0, 3, 0, ...all], "a target is 3"],
    ["a register that is none", [0, 1, 3, 1, 0, 0, 0, 3, ...all], "a register is 3"],
    ["a target twice", [0, 1, 3, 2, 0, 0, 0, 1, 0, 2, ...all], "operand 0 is written twice"],
    ["an instruction that reads ahead", [0, 1, 3, 1, 0, 1, 0, 3, mul, 3, 0, 0, ...all], "reads register 3 of 3"],
    ["no operands", [0, 1, 0, 1, 0, 0, 0, 0], "the number of operands is 0"],
    ["a record that ends early", [0, 2, ...program(1), ...all], "too short"],
    ["a record that goes on", [0, 1, ...program(1), ...all, 7], "too long"],
  ])("%s", (_, words, message) => {
    expect(() => {
      device.record(opcodes.update, words);
      device.backend.flush();
    }).toThrow(message);
    // Nothing was written, and both blocks live as long as the records that name them.
    expect([...device.read(block)]).toEqual([1, 2, 3]);
    expect([...device.read(wide)]).toEqual([1, 2, 3]);
  });
});

test("a Stop comes before or after a step of several records, never between", () => {
  const step = (continues: number, x: ReturnType<Device["block"]>) => {
    const g = device.block([1], "float32");
    device.record(opcodes.update, [continues, 1, ...program(1), 1, ...operand(x), ...operand(g), ...operand(g)]);
  };
  const [a, b, c] = [5, 5, 5].map(v => device.block([v], "float32"));
  beginRun(7);
  try {
    step(0, a!);
    device.backend.flush();
    requestCancel(cancelWords, 7);
    // Goes on with the step that was begun before the Stop; the next step is not begun.
    step(1, b!);
    step(0, c!);
    expect(() => device.backend.flush()).toThrow(InterruptedError);
  } finally {
    acknowledgeCancel();
    beginRun(0);
  }
  expect([a, b, c].map(x => device.read(x!)[0])).toEqual([4, 4, 5]);
});
