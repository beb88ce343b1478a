import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../engine/index.js";
import * as gb from "../../../engine/index.js";
import { firstOrder, secondOrder } from "../gradcheck.js";
import { distance, numbers } from "../samples.js";

const { einsum } = gb;
const random = (shape: readonly number[], seed: number) =>
  gb.randn(shape, { generator: new gb.Generator(seed), dtype: "float64" }) as Tensor;

/** The definition: loops over every letter. */
function loops(equation: string, operands: Tensor[]): number[] {
  const [left, right] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const lengths = new Map(terms.flatMap((term, i) => [...term].map((c, k) => [c, operands[i]!.shape[k]!] as const)));
  const letters = [...right, ...[...lengths.keys()].filter(c => !right.includes(c))];
  const values = operands.map(x => numbers(x));
  const out = new Array<number>([...right].reduce((n, c) => n * lengths.get(c)!, 1)).fill(0);
  const total = letters.reduce((n, c) => n * lengths.get(c)!, 1);
  for (let i = 0; i < total; i++) {
    const at = new Map<string, number>();
    let rest = i;
    for (const c of letters.toReversed()) {
      at.set(c, rest % lengths.get(c)!);
      rest = Math.floor(rest / lengths.get(c)!);
    }
    const place = (term: string) => [...term].reduce((n, c) => n * lengths.get(c)! + at.get(c)!, 0);
    out[place(right)]! += terms.reduce((product, term, k) => product * values[k]![place(term)]!, 1);
  }
  return out;
}

describe("agrees with loops", () => {
  test.each([
    [
      "ab,bc->ac",
      [
        [3, 4],
        [4, 2],
      ],
    ],
    [
      "abc,cd,be->ade",
      [
        [2, 3, 4],
        [4, 2],
        [3, 2],
      ],
    ],
    [
      "abc,abd->cd",
      [
        [2, 3, 4],
        [2, 3, 2],
      ],
    ],
    ["abcd->db", [[2, 3, 2, 4]]],
    ["a,b,c->cab", [[2], [3], [2]]],
    ["aab,b->a", [[3, 3, 2], [2]]],
    ["aaa->a", [[3, 3, 3]]],
    [
      "ab,cd->",
      [
        [2, 3],
        [2, 2],
      ],
    ],
    [
      "abc,abc,abc->b",
      [
        [2, 3, 2],
        [2, 3, 2],
        [2, 3, 2],
      ],
    ],
    ["ab,b->ab", [[0, 3], [3]]],
    [
      "ab,bc->ac",
      [
        [2, 0],
        [0, 3],
      ],
    ],
  ] as const)("%s", (equation, shapes) => {
    const operands = shapes.map((shape, i) => random(shape, i));
    const result = einsum(equation, ...operands);
    expect(distance(numbers(result), loops(equation, operands))).toBeLessThan(1e-12);
  });
});

test.each([
  [
    "ab,bc->ac",
    [
      [3, 2],
      [2, 2],
    ],
  ],
  ["aab,b", [[2, 2, 3], [3]]],
  [
    "...a,...a->...",
    [
      [2, 1, 3],
      [2, 3],
    ],
  ],
] as const)("derivatives of %s", (equation, shapes) => {
  const call = (...operands: Tensor[]) => einsum(equation, ...operands) as Tensor;
  const operands = shapes.map((shape, i) => random(shape, i + 10));
  operands.forEach((_, i) => {
    expect(firstOrder(call as never, operands, i)).toBeLessThan(1e-7);
    expect(secondOrder(call as never, operands, i)).toBeLessThan(1e-5);
  });
});

test("letters of length 1 broadcast, spaces do not matter, and upper case is another letter", () => {
  expect(einsum("ij, jk -> ik", gb.ones([2, 1]), gb.ones([3, 4])).toArray()).toEqual([
    [3, 3, 3, 3],
    [3, 3, 3, 3],
  ]);
  expect(einsum("aA->Aa", gb.ones([2, 3])).shape).toEqual([3, 2]);
});

test("float32 stays float32, and whole numbers keep their dtype in sums", () => {
  expect(einsum("ij,jk->ik", gb.ones([2, 2]), gb.ones([2, 2])).dtype).toBe("float32");
  expect(einsum("i->", gb.arange(5)).item()).toBe(10);
});

test.each([
  ["ij,jk->ik", [[2, 3]], "names 2 operands, got 1"],
  ["ij->ik", [[2, 3]], "names the axis k, which no operand has"],
  ["ij->ii", [[2, 3]], "names an axis of the result twice"],
  ["i->j->k", [[2]], 'holds "->" twice'],
  ["i1->i", [[2, 2]], "cannot be read at"],
  ["......->", [[2]], "cannot be read at"],
  ["ijk->i", [[2, 3]], '"ijk" names 3 axes of [2, 3]'],
  ["i->i", [[2, 3]], "names 1 axes of [2, 3]"],
  [
    "ij,jk->ik",
    [
      [2, 3],
      [4, 2],
    ],
    "axis j has the lengths 3 and 4",
  ],
  ["ii->i", [[2, 3]], "axis i has the lengths 2 and 3"],
  [
    "...i,...i->i",
    [
      [2, 3],
      [4, 3],
    ],
    'an axis of "..." has the lengths 2 and 4',
  ],
] as const)("refuses %s", (equation, shapes, message) => {
  expect(() => einsum(equation, ...shapes.map(shape => gb.zeros(shape) as Tensor))).toThrow(message);
  expect(() => einsum(3 as never)).toThrow(gb.ValueError);
  expect(() => einsum("i->i", 3 as never)).toThrow(gb.DTypeError);
});
