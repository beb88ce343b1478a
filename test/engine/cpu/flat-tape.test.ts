import { describe, expect, test } from "vitest";
import { opcodes, type Primitive, primitives } from "../../../engine/backend/commands.js";
import { type Block, Device, dense, type Instruction, numbers, operand, type View } from "./device.js";

// Short tapes of few float32 values go a way of their own to the kernels. A second output keeps a tape from it.
const device = new Device();

const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, 1 + 2 ** -23];
const values = (n: number, seed: number) => [...special.slice(seed), ...numbers(n, seed, -4, 4)].slice(0, n);
const blocks = (n: number) => [1, 2, 3].map(seed => device.block(values(n, seed)));

/** Bits of the result, the short way and the long one. */
function both(dims: number[], inputs: View[], constants: number[], code: Instruction[]): [number[], number[]] {
  const n = dims.reduce((a, b) => a * b, 1);
  const [short, long, second] = [device.empty(n), device.empty(n), device.empty(n)];
  const last = inputs.length + constants.length + code.length - 1;
  device.tape(dims, inputs, [[dense(short, dims), last]], constants, code);
  const outputs: [View, number][] = [long, second].map(block => [dense(block, dims), last]);
  device.tape(dims, inputs, outputs, constants, code);
  return [bits(short), bits(long)];
}

function bits(block: Block): number[] {
  const into = new Float32Array(block.n);
  device.backend.read(block.id, 0, into);
  return [...new Uint32Array(into.buffer)];
}

describe("the short way gives the bits of the long one", () => {
  const all = Object.entries(primitives).map(([name, [, arity]]) => ({ name: name as Primitive, arity }));
  test.each(all)("$name", ({ name, arity }) => {
    for (const n of [1, 10, 16, 17, 255, 256]) {
      const inputs = blocks(n)
        .slice(0, arity)
        .map(block => dense(block, [n]));
      const [short, long] = both([n], inputs, [], [[name, ...[0, 1, 2].slice(0, arity)]]);
      expect(short).toEqual(long);
    }
  });

  test("scalars, constants, inputs that repeat, intermediate values that are read twice", () => {
    const [a, b, scalar] = [...blocks(24).slice(0, 2), device.block([9, 0.75, 9])] as [Block, Block, Block];
    const code: Instruction[] = [
      ["mul", 0, 1],
      ["add", 4, 2],
      ["mul", 5, 4],
      ["sub", 3, 6],
    ];
    const views: View[] = [dense(a, [23]), { of: scalar, offset: 1, strides: [0] }, { of: b, offset: 1, strides: [1] }];
    const [short, long] = both([23], views, [0.1], code);
    expect(short).toEqual(long);
    const [quotient, alike] = both([], [dense(a, []), dense(b, [])], [], [["div", 0, 1]]);
    expect(quotient).toEqual(alike);
    const [one, same] = both([], [dense(a, []), { of: b, offset: 3, strides: [] }], [2], [["fma", 0, 2, 1]]);
    expect(one).toEqual(same);
  });

  test("a result over its own operand, and one at an offset, are right", () => {
    const block = device.block([1, 2, 3, 4]);
    device.tape([3], [dense(block, [3])], [[{ of: block, offset: 1, strides: [1] }, 1]], [], [["neg", 0]]);
    expect(device.read(block)).toEqual([1, -1, -2, -3]);
    const [from, to] = [device.block([1, 2]), device.block([7, 7, 7, 7])];
    device.tape([2], [dense(from, [2])], [[{ of: to, offset: 1, strides: [1] }, 1]], [], [["square", 0]]);
    expect(device.read(to)).toEqual([7, 1, 4, 7]);
  });
});

describe("what is wrong is refused as in a long tape", () => {
  const [a, b] = [device.block([1, 2, 3]), device.block([4, 5, 6])];
  const out = device.empty(3);
  const wide = device.block([1, 2, 3], "float64");
  const add = [primitives.add[0], 0, 1, 0];
  const record = (head: number[], first: number[], second: number[], to: number[], code: number[]) => () => {
    device.record(opcodes.tape, [...head, ...first, 1, ...second, 1, ...to, 1, 2, ...code]);
    device.backend.flush();
  };
  const head = [0, 1, 2, 1, 0, 1, 3];
  test.each<[string, () => void, string]>([
    ["another storage", record(head, operand(a), [1e9, 0, 0], operand(out), add), "which does not exist"],
    ["no storage", record(head, operand(a), [Number.NaN, 0, 0], operand(out), add), "which does not exist"],
    ["beyond the end", record(head, operand(a, 1), operand(b), operand(out), add), "an input reaches from element 1"],
    ["a result beyond", record(head, operand(a), operand(b), operand(out, 1), add), "an output reaches"],
    ["half an offset", record(head, operand(a, 0.5), operand(b), operand(out), add), "an offset is 0.5"],
    ["below the start", record(head, operand(a), operand(b, -1), operand(out), add), "an offset is -1"],
    ["a primitive that is none", record(head, operand(a), operand(b), operand(out), [63, 0, 1, 0]), "primitive 63"],
    ["a register to come", record(head, operand(a), operand(b), operand(out), [add[0]!, 0, 2, 0]), "register 2 of 2"],
    ["too many words", record(head, operand(a), operand(b), operand(out), [...add, 0]), "too long"],
    ["too few words", record(head, operand(a), operand(b), operand(out), add.slice(0, 3)), "too short"],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });

  test("another dtype is converted", () => {
    record(head, operand(wide), operand(b), operand(out), add)();
    expect(device.read(out)).toEqual([5, 7, 9]);
    expect([a, b, wide].map(block => device.read(block)[0])).toEqual([1, 4, 1]);
  });
});
