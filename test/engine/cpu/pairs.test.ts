import { describe, expect, test } from "vitest";
import type { Primitive } from "../../../engine/backend/commands.js";
import { type Block, Device, dense, type Instruction, numbers } from "./device.js";

const device = new Device();

const arities = { add: 2, sub: 2, mul: 2, relu: 1, exp: 1 } as const satisfies Partial<Record<Primitive, number>>;
type Name = keyof typeof arities;
const names = Object.keys(arities) as Name[];
const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, 1e-38, 1 + 2 ** -23];
/** Longer than a chunk, with a rest that fills no vector. */
const values = (seed: number) => [...special.slice(seed), ...special, ...numbers(1200, seed, -4, 4)].slice(0, 1101);
const n = [1101];
const dtypes = ["float32", "float64"] as const;

/** One tape over a, b, c (registers 0, 1, 2); gives the content of the given registers. */
function run(
  dtype: (typeof dtypes)[number],
  instructions: Instruction[],
  wanted: number[],
  given?: Block[],
): number[][] {
  const inputs = given ?? [1, 2, 3].map(seed => device.block(values(seed), dtype));
  const outputs = wanted.map(() => device.empty(1101, dtype));
  device.tape(
    n,
    inputs.map(block => dense(block, n)),
    outputs.map((block, i) => [dense(block, n), wanted[i]!]),
    [],
    instructions,
    dtype === "float64" ? 1 : 0,
  );
  return outputs.map(block => device.read(block));
}

/** The operands that a primitive reads: `first`, then the others. */
const step = (name: Name, ...operands: number[]): Instruction => [name, ...operands.slice(0, arities[name])];

describe.each(dtypes)("two primitives in one walk have the bits of two walks, %s", dtype => {
  for (const first of names)
    for (const second of names) {
      test(`${first}, ${second}`, () => {
        const between = run(dtype, [step(first, 0, 1)], [3])[0]!;
        const inputs = [device.block(between, dtype), device.block(values(3), dtype), device.block(values(1), dtype)];
        const apart = (...operands: number[]) => run(dtype, [step(second, ...operands)], [3], inputs)[0];
        expect(run(dtype, [step(first, 0, 1), step(second, 3, 2)], [4])[0]).toEqual(apart(0, 1));
        if (arities[second] === 1) return;
        expect(run(dtype, [step(first, 0, 1), step(second, 2, 3)], [4])[0]).toEqual(apart(1, 0));
        // Read twice, or by somebody else as well: it has to be in memory.
        expect(run(dtype, [step(first, 0, 1), step(second, 3, 3)], [4])[0]).toEqual(apart(0, 0));
        expect(run(dtype, [step(first, 0, 1), step(second, 3, 0)], [3, 4])).toEqual([between, apart(0, 2)]);
        const later = run(dtype, [step(first, 0, 1), step(second, 3, 2), ["sub", 4, 3]], [4, 5]);
        expect(later[0]).toEqual(apart(0, 1));
        expect(later[1]).toEqual(
          later[0]!.map((y, i) => (dtype === "float32" ? Math.fround : Number)(y - between[i]!)),
        );
      });
    }

  test("a chain of many, over its own input", () => {
    const inputs = [1, 2, 3].map(seed => device.block(values(seed), dtype));
    const chain: Instruction[] = [
      ["mul", 0, 1],
      ["add", 3, 0],
      ["relu", 4],
      ["mul", 5, 2],
      ["sub", 1, 6],
    ];
    let [a, b] = [values(1), values(2)];
    const c = values(3);
    const round = dtype === "float32" ? Math.fround : Number;
    [a, b, c].forEach(list => {
      list.forEach((x, i) => {
        list[i] = round(x);
      });
    });
    const wanted = a.map((x, i) => {
      const sum = round(round(x * b[i]!) + x);
      return round(b[i]! - round((!(sum < 0) ? sum : 0) * c[i]!));
    });
    device.tape(
      n,
      inputs.map(block => dense(block, n)),
      [[dense(inputs[0]!, n), 7]],
      [],
      chain,
      dtype === "float64" ? 1 : 0,
    );
    [a, b] = [device.read(inputs[0]!), wanted];
    // Denormal results may count as 0.
    expect(a.map(x => (Math.abs(x) < 1e-37 ? 0 : x))).toEqual(b.map(x => (Math.abs(x) < 1e-37 ? 0 : x)));
  });
});
