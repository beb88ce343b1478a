import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, concat, optim, slice, type Tensor, tensor } from "../../../engine/index.js";

interface Record20 {
  loss: "rosenbrock" | "bowl";
  options: optim.LBFGSOptions;
  losses: number[];
  after: number[][][];
  evaluations: number;
}

/** By PyTorch in float64; see make_optim.py. */
const { lbfgs } = JSON.parse(readFileSync(new URL("../../fixtures/optim.json", import.meta.url), "utf8")) as {
  lbfgs: Record20[];
};

function start(shape: number[]): Tensor {
  const values = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.cos(0.7 * i));
  return tensor(values, { shape, dtype: "float64", requiresGrad: true }) as Tensor;
}

const losses = {
  rosenbrock(parameters: Tensor[]): Tensor {
    const x = concat(parameters.map(p => p.reshape([-1]) as Tensor)) as Tensor;
    const [left, right] = [x.at(slice(0, -1)) as Tensor, x.at(slice(1)) as Tensor];
    const valley = right.sub(left.square()).square().mul(100) as Tensor;
    return valley.add(left.neg().add(1).square()).sum() as Tensor;
  },
  bowl([w, b]: Tensor[]): Tensor {
    const i = arange(1, 16).cast("float64").reshape([5, 3]) as Tensor;
    const pull = i.mul(w!.sub(i.cos()).square()).sum() as Tensor;
    return pull.add(b!.exp().sum()).sub(b!.sum()) as Tensor;
  },
};

function closureOf(optimizer: optim.LBFGS, loss: (parameters: Tensor[]) => Tensor, parameters: Tensor[]): () => Tensor {
  return () => {
    optimizer.zeroGrad();
    const value = loss(parameters);
    value.backward();
    return value;
  };
}

const difference = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b));

describe("20 steps as torch.optim.LBFGS", () => {
  test.each(lbfgs.map(each => [`${each.loss} ${JSON.stringify(each.options)}`, each] as const))("%s", (_, each) => {
    const parameters = [start([5, 3]), start([3])];
    const optimizer = new optim.LBFGS(parameters, each.options);
    const closure = closureOf(optimizer, losses[each.loss], parameters);
    for (let step = 0; step < 20; step++) {
      const loss = optimizer.step(closure).item() as number;
      expect(difference(loss, each.losses[step]!), `loss of step ${step}`).toBeLessThan(1e-7);
      parameters.forEach((p, i) => {
        const wanted = each.after[step]![i]!;
        const apart = Math.max(...Array.from(p.data() as Float64Array, (v, k) => difference(v, wanted[k]!)));
        expect(apart, `parameter ${i} after step ${step}`).toBeLessThan(1e-6);
      });
    }
    expect(optimizer.evaluations).toBe(each.evaluations);
  });
});

test("continues bit for bit from a snapshot", () => {
  const run = (resumeAt: number) => {
    let parameters = [start([5, 3]), start([3])];
    const options = { maxIterations: 3, historySize: 4, lineSearch: "strongWolfe" } as const;
    let optimizer = new optim.LBFGS(parameters, options);
    for (let i = 0; i < 6; i++) {
      if (i === resumeAt) {
        const snapshot = optimizer.stateDict();
        parameters = parameters.map(
          p => tensor(p.data().slice() as Float64Array, { shape: [...p.shape], requiresGrad: true }) as Tensor,
        );
        optimizer = new optim.LBFGS(parameters, options);
        optimizer.loadStateDict(snapshot);
      }
      optimizer.step(closureOf(optimizer, losses.rosenbrock, parameters));
    }
    return parameters.map(p => [...(p.data() as Float64Array)]);
  };
  expect(run(3)).toEqual(run(-1));
});

describe("refused", () => {
  const one = () => tensor([1, 2], { requiresGrad: true }) as Tensor;
  const fresh = () => new optim.LBFGS([one()]);
  test.each([
    ["no closure", () => fresh().step(undefined as never), "LBFGS: step was not given a function"],
    ["a loss that is no scalar", () => fresh().step(() => tensor([1, 2]) as Tensor), "the closure returned no scalar"],
    ["another search", () => new optim.LBFGS([one()], { lineSearch: "wolfe" as never }), 'lineSearch is "wolfe"'],
    ["no history", () => new optim.LBFGS([one()], { historySize: 0 }), "historySize is 0"],
    ["no parameters", () => new optim.LBFGS([]), "LBFGS: a group without parameters"],
    [
      "two dtypes",
      () => new optim.LBFGS([one(), tensor([1], { dtype: "float64", requiresGrad: true }) as Tensor]),
      "several dtypes",
    ],
    [
      "the state of other parameters",
      () => fresh().loadStateDict({ ...fresh().stateDict(), tensors: { direction: tensor([1]) as Tensor } }),
      'the state "direction" is [1], the parameters have 2 elements',
    ],
    ["the state of another", () => fresh().loadStateDict({ optimizer: "Adam" } as never), "is that of Adam"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("a loss of NaN ends the step and leaves the process alive", () => {
    const p = one();
    const optimizer = new optim.LBFGS([p], { lineSearch: "strongWolfe" });
    const loss = () => p.sum().mul(Number.NaN) as Tensor;
    expect(optimizer.step(closureOf(optimizer, loss, [p])).item()).toBeNaN();
  });
});
