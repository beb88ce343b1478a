import { describe, expect, test } from "vitest";
import { compile, optim, type Tensor, tensor } from "../../../engine/index.js";

const parameter = (gradient: number[] | undefined, dtype: "float32" | "float64" = "float32") => {
  const p = tensor([1, 2], { dtype, requiresGrad: true });
  if (gradient) p.grad = tensor(gradient, { dtype }) as never;
  return p as Tensor;
};

describe("clipGradNorm", () => {
  // torch.nn.utils.clip_grad_norm_ with [3, 4] and [0, 12]: the norm is 13, the factor 6.5 / (13 + 1e-6).
  test("scales all gradients together, also those of two dtypes", () => {
    const [a, b, c] = [parameter([3, 4]), parameter([0, 12], "float64"), parameter(undefined)];
    expect(optim.clipGradNorm([a, b, c], 6.5).item()).toBe(13);
    const factor = 6.5 / (13 + 1e-6);
    expect((a.grad!.toArray() as number[])[1]).toBeCloseTo(4 * factor, 6);
    expect((b.grad!.toArray() as number[])[1]).toBeCloseTo(12 * factor, 6);
    expect([a.grad!.dtype, b.grad!.dtype, c.grad]).toEqual(["float32", "float64", undefined]);
  });

  test("leaves small gradients as they are, and knows other norms", () => {
    const a = parameter([3, -4]);
    expect(optim.clipGradNorm([a], 100).item()).toBe(5);
    expect(a.grad!.toArray()).toEqual([3, -4]);
    expect(optim.clipGradNorm([a], 2, { order: Number.POSITIVE_INFINITY }).item()).toBe(4);
    expect((a.grad!.toArray() as number[])[0]).toBeCloseTo(1.5, 5);
    expect(optim.clipGradNorm([parameter(undefined)], 1).item()).toBe(0);
  });

  test("in a compiled step as in an eager one", () => {
    const run = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) => {
      const w = tensor([1, -2], { requiresGrad: true });
      const optimizer = new optim.SGD([w], { lr: 0.1 });
      const step = wrap(x => {
        optimizer.zeroGrad();
        w.mul(x as never)
          .square()
          .sum()
          .backward();
        const total = optim.clipGradNorm([w], 1);
        optimizer.step();
        return total as Tensor;
      });
      return [1, 2, 3, 4, 5].map(i => [step(tensor([i, 1 / i]) as Tensor).item(), w.toArray()]);
    };
    expect(run(f => compile(f))).toEqual(run(f => f));
  });

  test("refuses a limit below 0, and nothing", () => {
    expect(() => optim.clipGradNorm([], -1)).toThrow("maxNorm is -1");
    expect(() => optim.clipGradNorm(undefined as never, 1)).toThrow("no parameters");
  });
});

test("clipGradValue limits every element", () => {
  const a = parameter([3, -0.25]);
  optim.clipGradValue([a, parameter(undefined)], 0.5);
  expect(a.grad!.toArray()).toEqual([0.5, -0.25]);
  expect(() => optim.clipGradValue([a], Number.NaN)).toThrow("limit is NaN");
});

describe("averages of weights", () => {
  const follow = (make: (ps: Tensor[]) => optim.EMA | optim.SWA, wrap = (f: (g: Tensor) => void) => f) => {
    const [a, b] = [
      tensor([8], { requiresGrad: true }),
      tensor([16], { dtype: "float64", requiresGrad: true }),
    ] as Tensor[];
    const optimizer = new optim.SGD([a!, b!], { lr: 1 });
    const average = make([a!, b!]);
    const step = wrap(g => {
      optimizer.step([g, g]);
      average.update();
    });
    for (const g of [1, 2, 4, 8]) step(tensor([g]) as Tensor);
    average.swap();
    const found = [a!.item(), b!.item()];
    average.swap();
    return { found, kept: [a!.item(), b!.item()], average };
  };

  test("EMA: the first update takes the parameters, later ones mix", () => {
    // The parameter is 7, 5, 1, -7.
    const wanted = ((7 * 0.5 + 5 * 0.5) * 0.5 + 1 * 0.5) * 0.5 - 7 * 0.5;
    const { found, kept, average } = follow(ps => new optim.EMA(ps, { decay: 0.5 }));
    expect(found).toEqual([wanted, wanted + 8]);
    expect(kept).toEqual([-7, 1]);
    expect(average.updates).toBe(4);
  });

  test("SWA: the mean of all", () => {
    expect(follow(ps => new optim.SWA(ps)).found).toEqual([1.5, 9.5]);
  });

  test("compiled as eager, and from a state", () => {
    for (const make of [(ps: Tensor[]) => new optim.EMA(ps, { decay: 0.75 }), (ps: Tensor[]) => new optim.SWA(ps)]) {
      const { found, average } = follow(make);
      expect(follow(make, f => compile(f)).found).toEqual(found);
      const other = make([
        tensor([0], { requiresGrad: true }),
        tensor([0], { dtype: "float64", requiresGrad: true }),
      ] as Tensor[]);
      other.loadStateDict(average.stateDict());
      expect(other.stateDict().averages.map(x => x.item())).toEqual(found);
      expect(other.updates).toBe(4);
    }
  });

  test("refused", () => {
    expect(() => new optim.EMA([])).toThrow("EMA: no parameters");
    expect(() => new optim.EMA([parameter([1, 1])], { decay: 1 })).toThrow("decay is 1");
    const { average } = follow(ps => new optim.SWA(ps));
    expect(() => new optim.SWA([parameter([1, 1])]).loadStateDict(average.stateDict())).toThrow(
      "those of another model",
    );
  });
});
