import { expect, test } from "vitest";
import { Generator, manualSeed, rand, randint, randn, randperm } from "../../engine/index.js";

test("a seed decides everything", () => {
  manualSeed(7);
  const a = [randn([5]).toArray(), rand([3]).toArray()];
  manualSeed(7);
  expect([randn([5]).toArray(), rand([3]).toArray()]).toEqual(a);
  manualSeed(8);
  expect(randn([5]).toArray()).not.toEqual(a[0]);
  expect(randn([5]).toArray()).not.toEqual(randn([5]).toArray());
});

test("a generator of its own does not touch the global one, and can be continued", () => {
  const own = new Generator(3);
  manualSeed(1);
  const expected = randn([4]).toArray();
  manualSeed(1);
  rand([100], { generator: own });
  expect(randn([4]).toArray()).toEqual(expected);
  const { state } = own;
  const next = rand([7], { generator: own }).toArray();
  const other = new Generator(0);
  other.state = state;
  expect(rand([7], { generator: other }).toArray()).toEqual(next);
});

test("moments", () => {
  const generator = new Generator(11);
  const n = randn([200_000], { generator });
  expect(n.mean().item()).toBeCloseTo(0, 2);
  expect(n.std().item()).toBeCloseTo(1, 2);
  const u = rand([200_000], { generator });
  expect(u.min().item()).toBeGreaterThanOrEqual(0);
  expect(u.max().item()).toBeLessThan(1);
  expect(u.mean().item()).toBeCloseTo(0.5, 2);
});

test("integers and permutations", () => {
  const generator = new Generator(5);
  const drawn = randint(-2, 3, [10_000], { generator });
  expect(drawn.dtype).toBe("int32");
  const counts = new Map<number, number>();
  for (const v of drawn.data()) counts.set(v, (counts.get(v) ?? 0) + 1);
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  for (const count of counts.values()) expect(count).toBeGreaterThan(1800);
  const order = [...randperm(100, { generator }).data()];
  expect(order).not.toEqual([...order].sort((a, b) => a - b));
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("refuses", () => {
  expect(() => manualSeed(-1)).toThrow("seed -1. Give a whole number of at least 0.");
  expect(() => randint(3, 3, [1])).toThrow("from 3 to 3");
  expect(() => randn([2], { dtype: "int32" as "float32" })).toThrow("no random int32");
});
