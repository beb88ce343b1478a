import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../engine/index.js";
import * as gb from "../../../engine/index.js";
import { firstOrder, secondOrder } from "../gradcheck.js";

const { tensor } = gb;
const random = (shape: number[], seed: number) =>
  gb.randn(shape, { generator: new gb.Generator(seed), dtype: "float64" });

describe("topK", () => {
  test("is the start of sort, with the places", () => {
    const x = random([3, 200], 1);
    for (const largest of [true, false]) {
      const { values, indices } = x.topK(7, 1, { largest });
      const sorted = x.sort(1, { descending: largest });
      expect(values.toArray()).toEqual(sorted.at(gb.slice(), gb.slice(0, 7)).toArray());
      expect(x.gather(indices, 1).toArray()).toEqual(values.toArray());
    }
    expect(x.topK(0).values.shape).toEqual([3, 0]);
  });

  test("has the gradient of sort", () => {
    const call = (x: Tensor) => x.topK(2, 0).values as Tensor;
    expect(firstOrder(call as never, [random([4, 3], 2)], 0)).toBeLessThan(1e-6);
    expect(secondOrder(call as never, [random([4, 3], 2)], 0)).toBeLessThan(1e-5);
  });
});

test("argSort is stable in both directions", () => {
  const x = tensor([1, 0, 1, 0, 1], { dtype: "int32" });
  expect(x.argSort().toArray()).toEqual([1, 3, 0, 2, 4]);
  expect(x.argSort(-1, { descending: true }).toArray()).toEqual([0, 2, 4, 1, 3]);
});

test("sort keeps int64 exact", () => {
  const big = 2n ** 60n;
  expect(
    tensor([big + 1n, big, -big])
      .sort()
      .toArray(),
  ).toEqual([-big, big, big + 1n]);
});

describe("uniqueAll", () => {
  test("puts the tensor together again", () => {
    const x = gb.randint(0, 5, [6, 7], { generator: new gb.Generator(3) });
    const { values, indices, inverse, counts } = x.uniqueAll();
    expect(values.take(inverse).toArray()).toEqual(x.toArray());
    expect(x.flatten().take(indices).toArray()).toEqual(values.toArray());
    expect(counts.sum().item()).toBe(42);
    const flat = x.flatten().toArray();
    expect(indices.toArray()).toEqual(values.toArray().map(v => flat.indexOf(v)));
    expect(x.unique().toArray()).toEqual(values.toArray());
  });

  test("every NaN is one of its own, zeros are one, and nothing gives nothing", () => {
    expect(tensor([Number.NaN, 1, Number.NaN, 0, -0]).unique().toArray()).toEqual([0, 1, Number.NaN, Number.NaN]);
    expect(gb.zeros([0]).unique().shape).toEqual([0]);
    expect(gb.zeros([0]).uniqueAll().counts.shape).toEqual([0]);
    expect(tensor([true, false, true]).uniqueAll().counts.toArray()).toEqual([1, 2]);
  });
});

describe("bincount and histogram", () => {
  test("bincount has the length asked for, and counts nothing as nothing", () => {
    const x = tensor([0, 2, 2], { dtype: "int32" });
    expect(x.bincount(undefined, { minLength: 5 }).toArray()).toEqual([1, 0, 2, 0, 0]);
    expect(x.bincount(tensor([0.5, 1, 2])).toArray()).toEqual([0.5, 0, 3]);
    expect(gb.zeros([0], { dtype: "int32" }).bincount().shape).toEqual([0]);
  });

  test("histogram counts what lies inside, both ends of the last bin, and no NaN", () => {
    const x = tensor([-1, 0, 0.5, 1, 1.5, 2, 2.5, Number.NaN]);
    const { counts, edges } = x.histogram({ bins: 2, range: [0, 2] });
    expect(counts.toArray()).toEqual([2, 3]);
    expect(edges.toArray()).toEqual([0, 1, 2]);
    expect(x.histogram({ bins: [0, 0.5, 2] }).counts.toArray()).toEqual([1, 4]);
  });

  test("histogram of all the same, of nothing, and of many", () => {
    expect(tensor([3, 3]).histogram({ bins: 4 }).counts.toArray()).toEqual([0, 0, 2, 0]);
    expect(gb.zeros([0]).histogram({ bins: 3 }).counts.toArray()).toEqual([0, 0, 0]);
    const { counts } = gb.rand([10_000], { generator: new gb.Generator(4) }).histogram({ bins: 10, range: [0, 1] });
    expect(counts.sum().item()).toBe(10_000);
    for (const count of counts.toArray()) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(() => tensor([1, Number.NaN]).histogram()).toThrow("a range from NaN");
  });
});

describe("running values", () => {
  test("integers add up in int64, and bool counts", () => {
    expect(tensor([1, 2, 3], { dtype: "int32" }).cumSum(0).dtype).toBe("int64");
    expect(tensor([true, true, false, true]).cumSum(0).toArray()).toEqual([1, 2, 2, 3]);
    expect(tensor([3, 5, 2], { dtype: "int32" }).cumMax(0).dtype).toBe("int32");
  });

  test("a long sum in float32 keeps its digits", () => {
    const x = gb.full([1_000_000], 0.1);
    expect(Math.abs(x.cumSum(0).at(-1).item() / 100_000 - 1)).toBeLessThan(1e-7);
  });

  test("the derivatives of a running product beside zeros", () => {
    const call = (x: Tensor) => x.cumProd(0) as Tensor;
    const x = tensor([2, 0, 3, 0, 1.5], { dtype: "float64" }) as Tensor;
    expect(firstOrder(call as never, [x], 0)).toBeLessThan(1e-8);
    expect(secondOrder(call as never, [x], 0)).toBeLessThan(1e-6);
  });

  test("logCumSumExp neither overflows nor gives NaN, nor do its gradients", () => {
    const x = tensor([Number.NEGATIVE_INFINITY, 1000, -1000, 1001], { requiresGrad: true });
    const y = x.logCumSumExp(0);
    expect(y.toArray()).toEqual([Number.NEGATIVE_INFINITY, 1000, 1000, Math.fround(1001 + Math.log1p(Math.exp(-1)))]);
    y.at(-1).sum().backward();
    const share = 1 / (1 + Math.E);
    x.grad!.toArray().forEach((g, i) => {
      expect(g).toBeCloseTo([0, share, 0, 1 - share][i]!, 4);
    });
  });
});

test("median and quantile of integers, and over several axes", () => {
  const x = tensor(
    [
      [4, 1, 3],
      [2, 6, 5],
    ],
    { dtype: "int32" },
  );
  expect(x.median().item()).toBe(3);
  expect(x.median().dtype).toBe("int32");
  expect(x.quantile(0.5).item()).toBe(3.5);
  expect(x.quantile([0, 1], 1).toArray()).toEqual([
    [1, 2],
    [4, 6],
  ]);
  expect(x.median([0, 1], { keepDims: true }).shape).toEqual([1, 1]);
});

test("the variance of a whole set", () => {
  const x = tensor([1, 2, 3, 4]);
  expect(x.variance(0, { correction: 0 }).item()).toBe(1.25);
  expect(x.std(0, { correction: 0, keepDims: true }).shape).toEqual([1]);
  expect(tensor([1]).variance().item()).toBeNaN();
});

describe("bits", () => {
  test("int64 is exact", () => {
    const x = tensor([2n ** 60n + 1n, -1n]);
    expect(x.bitwiseAnd(tensor([2n ** 60n, 3n])).toArray()).toEqual([2n ** 60n, 3]);
    expect(x.bitwiseXor(1).toArray()).toEqual([2n ** 60n, -2]);
    expect(x.leftShift(1).toArray()).toEqual([2n ** 61n + 2n, -2]);
  });

  test("dtypes promote, and truth values stay truth values", () => {
    const narrow = tensor([5], { dtype: "uint8" });
    expect(narrow.bitwiseOr(tensor([-256], { dtype: "int32" })).toArray()).toEqual([-251]);
    expect(tensor([true, false]).bitwiseXor(tensor([true, true])).dtype).toBe("bool");
    expect(tensor([true, false]).bitwiseNot().toArray()).toEqual([false, true]);
    expect(
      tensor([6], { dtype: "int32" })
        .bitwiseAnd(tensor([true]))
        .toArray(),
    ).toEqual([0]);
  });
});
