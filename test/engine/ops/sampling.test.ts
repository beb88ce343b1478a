import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../engine/index.js";
import * as gb from "../../../engine/index.js";

const n = 40_000;
const generator = () => new gb.Generator(11);
const moments = (x: Tensor) => [Number(x.mean().item()), Number(x.variance().item())];

/** Mean and variance within five standard errors (those of the variance are rough). */
function expectMoments(x: Tensor, mean: number, variance: number): void {
  const [m, v] = moments(x);
  expect(Math.abs(m! - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(v! / variance - 1)).toBeLessThan(0.12);
}

describe("mean and variance", () => {
  test("exponential", () => expectMoments(gb.exponential([n], { rate: 2, generator: generator() }), 0.5, 0.25));
  test("gumbel", () => expectMoments(gb.gumbel([n], { generator: generator() }), 0.5772157, Math.PI ** 2 / 6));
  test.each([0.3, 1, 7.5])("gamma of concentration %f", a => {
    expectMoments(gb.gamma([n], a, { rate: 2, generator: generator() }), a / 2, a / 4);
  });
  test.each([
    [2, 5],
    [0.3, 0.6],
    [0.01, 0.02],
  ])("beta of %f and %f", (a, b) => {
    const x = gb.beta([n], a, b, { generator: generator() });
    expectMoments(x, a / (a + b), (a * b) / ((a + b) ** 2 * (a + b + 1)));
    expect(x.isFinite().all().item()).toBe(true);
  });
  test("dirichlet", () => {
    const x = gb.dirichlet([n], [0.5, 1, 2.5], { generator: generator() });
    expect(Math.max(...x.sum(-1).sub(1).abs().data())).toBeLessThan(1e-6);
    [0.5, 1, 2.5].forEach((a, i) => {
      expectMoments(x.at("...", i), a / 4, (a * (4 - a)) / (16 * 5));
    });
    expect(gb.dirichlet([2, 3], gb.ones([4])).shape).toEqual([2, 3, 4]);
  });
  test.each([0.2, 4, 9.9, 10, 40, 1e4])("poisson of rate %f", rate => {
    const x = gb.poisson(gb.full([n], rate), { generator: generator() });
    expectMoments(x, rate, rate);
    expect(x.eq(x.round()).all().item()).toBe(true);
    // The share of each count that is not rare against its probability.
    const mode = Math.floor(rate);
    let probability = 1;
    for (let k = 1, log = -rate; k <= mode + 1; log += Math.log(rate) - Math.log(k), k++) probability = Math.exp(log);
    const share = Number(x.eq(mode).sum().item()) / n;
    expect(Math.abs(share - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / n));
  });
  test("poisson keeps shape and dtype, and a rate of 0 gives none", () => {
    const x = gb.poisson(gb.tensor([[0, 0, 3]], { dtype: "float64" }));
    expect([x.shape, x.dtype]).toEqual([[1, 3], "float64"]);
    expect((x.toArray() as number[][])[0]!.slice(0, 2)).toEqual([0, 0]);
    expect(gb.poisson(gb.zeros([0])).shape).toEqual([0]);
  });
  test("truncatedNormal", () => {
    // The variance of the standard normal cut at 2 is 0.7737.
    const x = gb.truncatedNormal([n], { mean: 1, std: 0.5, generator: generator() });
    expectMoments(x, 1, 0.7737413 * 0.25);
    expect(Number(x.min().item())).toBeGreaterThanOrEqual(0);
    expect(Number(x.max().item())).toBeLessThanOrEqual(2);
  });
  test("bernoulli", () => {
    const p = gb.tensor([0, 0.25, 1]).expand([n, 3]) as Tensor;
    const shares = gb.bernoulli(p, { generator: generator() }).mean(0).toArray() as number[];
    expect([shares[0], shares[2]]).toEqual([0, 1]);
    expect(shares[1]).toBeCloseTo(0.25, 1.8);
  });
});

test("the same seed gives the same numbers, and shape, dtype and nothing work", () => {
  const draw = () => [
    gb.gamma([50], 0.5, { generator: generator() }),
    gb.truncatedNormal([50], { generator: generator() }),
    gb.multinomial(gb.ones([5]), 3, { generator: generator() }),
  ];
  expect(draw().map(x => x.toArray())).toEqual(draw().map(x => x.toArray()));
  expect(gb.exponential([2, 0], { dtype: "float64" }).dtype).toBe("float64");
  expect(gb.gamma([0], 2).shape).toEqual([0]);
  expect(gb.bernoulli(gb.zeros([0])).shape).toEqual([0]);
});

describe("multinomial", () => {
  const weights = gb.tensor([1, 0, 3, 6]);

  test("draws in proportion to the weights", () => {
    const drawn = gb.multinomial(weights, n, { replacement: true, generator: generator() });
    const shares = drawn
      .bincount(undefined, { minLength: 4 })
      .toArray()
      .map(c => c / n);
    [0.1, 0, 0.3, 0.6].forEach((share, i) => {
      expect(Math.abs(shares[i]! - share)).toBeLessThan(0.012);
    });
    const first = gb.multinomial(weights.expand([n, 4]), 1, { generator: generator() }).flatten();
    const firstShares = first
      .bincount(undefined, { minLength: 4 })
      .toArray()
      .map(c => c / n);
    [0.1, 0, 0.3, 0.6].forEach((share, i) => {
      expect(Math.abs(firstShares[i]! - share)).toBeLessThan(0.012);
    });
  });

  test("without replacement every place comes once, and never one without weight", () => {
    for (const row of gb.multinomial(weights.expand([50, 4]), 3, { generator: generator() }).toArray() as number[][]) {
      expect([...row].sort()).toEqual([0, 2, 3]);
    }
  });

  test("refuses what it cannot draw from", () => {
    expect(() => gb.multinomial(weights, 4)).toThrow("4 draws from a row with 3 weights above 0");
    expect(() => gb.multinomial(gb.zeros([3]), 1, { replacement: true })).toThrow("0 weights above 0");
    expect(() => gb.multinomial(gb.tensor([1, -1]), 1)).toThrow("below 0");
    expect(() => gb.multinomial(gb.tensor([1, Number.NaN]), 1)).toThrow("not finite");
    expect(() => gb.multinomial(gb.tensor(1), 1)).toThrow("0 axes");
    expect(() => gb.multinomial(weights, 1.5)).toThrow("1.5 draws");
    expect(gb.multinomial(weights, 0).shape).toEqual([0]);
  });
});

test.each([
  [() => gb.exponential([2], { rate: 0 }), "the rate 0"],
  [() => gb.gamma([2], -1), "the concentration -1"],
  [() => gb.beta([2], 0, 1), "the concentration alpha 0"],
  [() => gb.beta([-2], 1, 1), "is no shape"],
  [() => gb.dirichlet([2], [1, -1]), "the concentration -1"],
  [() => gb.dirichlet([2], gb.ones([2, 2])), "concentrations with the shape [2, 2]"],
  [() => gb.poisson(gb.tensor([1, -1])), "a rate of -1"],
  [() => gb.poisson(gb.tensor([Number.NaN])), "a rate of NaN"],
  [() => gb.truncatedNormal([2], { std: 0 }), "the deviation 0"],
  [() => gb.truncatedNormal([2], { low: 50, high: 60 }), "a range from 50 to 60"],
  [() => gb.bernoulli(gb.tensor([1.5])), "not from 0 to 1"],
  [() => gb.bernoulli(gb.tensor([Number.NaN])), "not from 0 to 1"],
  [() => gb.gumbel([-1]), "is no shape"],
])("refuses parameters: %#", (draw, message) => {
  expect(draw).toThrow(message);
});
