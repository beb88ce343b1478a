import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn } = gb;

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map(v => (v - middle) ** 2)));
};

describe("layers that are random in training", () => {
  const seeded = () => ({ generator: new gb.Generator(7) });
  const makers: readonly [string, () => gb.nn.Module, Tensor][] = [
    ["Dropout1d", () => new nn.Dropout1d(0.3, seeded()), gb.ones([40, 30, 5]) as Tensor],
    ["Dropout2d", () => new nn.Dropout2d(0.3, seeded()), gb.ones([40, 30, 2, 3]) as Tensor],
    ["Dropout3d", () => new nn.Dropout3d(0.3, seeded()), gb.ones([40, 30, 2, 1, 2]) as Tensor],
    ["AlphaDropout", () => new nn.AlphaDropout(0.3, seeded()), gb.randn([60, 80]) as Tensor],
    ["GaussianNoise", () => new nn.GaussianNoise(0.3, seeded()), gb.ones([60, 80]) as Tensor],
    ["GaussianDropout", () => new nn.GaussianDropout(0.3, seeded()), gb.ones([60, 80]) as Tensor],
    ["StochasticDepth", () => new nn.StochasticDepth(0.3, seeded()), gb.ones([2000, 3]) as Tensor],
  ];

  test.each(makers)("%s: the same seed gives the same; nothing happens in evaluation", (_, make, x) => {
    const layer = make();
    const y = numbers(layer(x as never) as Tensor);
    expect(numbers(make()(x as never) as Tensor)).toEqual(y);
    expect(y).not.toEqual(numbers(x));
    expect(numbers(layer(x as never) as Tensor)).not.toEqual(y);
    expect(layer.eval()(x as never)).toBe(x);
  });

  test.each(makers.slice(0, 3))("%s drops whole channels, at its rate", (_, make, x) => {
    const y = make()(x as never) as Tensor;
    const axes = x.shape.slice(2).map((_, i) => i + 2);
    const [least, most] = [numbers(y.min(axes) as Tensor), numbers(y.max(axes) as Tensor)];
    expect(least).toEqual(most);
    expect(new Set(least)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    expect(mean(least.map(v => (v === 0 ? 1 : 0)))).toBeCloseTo(0.3, 1);
  });

  test("alpha dropout keeps mean 0 and variance 1, and its gradient passes where elements stay", () => {
    gb.manualSeed(1);
    const x = gb.randn([300, 300], { requiresGrad: true });
    const y = new nn.AlphaDropout(0.4)(x);
    expect(Math.abs(mean(numbers(y)))).toBeLessThan(0.01);
    expect(deviation(numbers(y))).toBeCloseTo(1, 1);
    y.sum().backward();
    const slopes = new Set(numbers(x.grad as Tensor));
    expect(slopes.size).toBe(2);
    // scale = 1 / sqrt((1 - rate) (1 + rate * 1.7581^2))
    expect(Math.max(...slopes)).toBeCloseTo(1 / Math.sqrt(0.6 * (1 + 0.4 * 1.7580993408473766 ** 2)), 5);
  });

  test("noise has the deviation that it says", () => {
    const added = numbers(new nn.GaussianNoise(0.2, seeded())(gb.zeros([200, 200])));
    expect(deviation(added)).toBeCloseTo(0.2, 2);
    const times = numbers(new nn.GaussianDropout(0.2, seeded())(gb.ones([200, 200])));
    expect(mean(times)).toBeCloseTo(1, 2);
    expect(deviation(times)).toBeCloseTo(0.5, 2);
  });

  test("stochastic depth drops samples, or the whole batch", () => {
    const y = new nn.StochasticDepth(0.25, seeded())(gb.ones([400, 3]));
    expect(numbers(y.min(1) as Tensor)).toEqual(numbers(y.max(1) as Tensor));
    expect(mean(numbers(y))).toBeCloseTo(1, 1);
    const whole = new nn.StochasticDepth(0.5, { mode: "batch", ...seeded() });
    const draws = Array.from({ length: 40 }, () => new Set(numbers(whole(gb.ones([5, 2])))));
    expect(draws.every(values => values.size === 1)).toBe(true);
    expect(new Set(draws.flatMap(values => [...values]))).toEqual(new Set([0, 2]));
  });

  test("attention weights are dropped while training only", () => {
    const layer = new nn.MultiheadAttention(8, 2, { dropout: 0.5 });
    const x = gb.randn([2, 6, 8]) as Tensor;
    const { weights } = layer(x, x, x, { needWeights: true, averageWeights: false });
    expect(numbers(weights).filter(w => w === 0).length).toBeGreaterThan(20);
    layer.eval();
    const evaluated = layer(x, x, x, { needWeights: true }).weights;
    expect(evaluated.shape).toEqual([2, 6, 6]);
    for (const sum of numbers(evaluated.sum(-1) as Tensor)) expect(sum).toBeCloseTo(1, 5);
  });
});
