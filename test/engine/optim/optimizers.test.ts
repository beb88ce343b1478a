import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, nn, optim, type Tensor, tensor } from "../../../engine/index.js";

interface Record50 {
  optimizer: string;
  options: Record<string, unknown>;
  after: Record<string, number[][]>;
  state: Record<string, number[]>;
}

/** By PyTorch and Keras in float64; see make_optim.py. */
const { optimizers } = JSON.parse(readFileSync(new URL("../../fixtures/optim.json", import.meta.url), "utf8")) as {
  optimizers: Record50[];
};

type FloatType = "float64" | "float32";
type Make = new (parameters: Tensor[], options: Record<string, unknown>) => optim.Optimizer;
const title = ({ optimizer, options }: Record50) => `${optimizer} ${JSON.stringify(options)}`;
const make = ({ optimizer, options }: Record50, parameters: Tensor[]) =>
  new (optim as unknown as Record<string, Make>)[optimizer]!(parameters, options);

/** As in make_optim.py. */
function start(shape: number[], dtype: FloatType): Tensor {
  const values = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.cos(0.7 * i));
  return tensor(values, { shape, dtype, requiresGrad: true }) as Tensor;
}

function gradient(p: Tensor, step: number): Tensor {
  const values = Float64Array.from(p.data() as Float64Array, (x, i) => {
    return 0.5 * Math.sin(0.7 * step + 1.3 * i) + 0.3 * (x - Math.cos(i));
  });
  return tensor(values, { shape: [...p.shape], dtype: p.dtype as FloatType }) as Tensor;
}

const parametersOf = ({ optimizer }: Record50, dtype: FloatType) =>
  (optimizer === "Muon" ? [[5, 3]] : [[5, 3], [3]]).map(shape => start(shape, dtype));

function distance(x: Tensor, wanted: readonly number[]): number {
  return Math.max(...Array.from(x.data() as Float64Array, (v, i) => Math.abs(v - wanted[i]!)));
}

describe.each<[FloatType, number]>([
  ["float64", 1e-12],
  ["float32", 2e-5],
])("50 steps as PyTorch and Keras, %s", (dtype, tolerance) => {
  test.each(optimizers.map(each => [title(each), each] as const))("%s", (_, each) => {
    const parameters = parametersOf(each, dtype);
    const optimizer = make(each, parameters);
    for (let step = 1; step <= 50; step++) {
      optimizer.step(parameters.map(p => gradient(p, step)));
      const wanted = each.after[step];
      wanted?.forEach((values, i) => {
        const scale = Math.max(1, ...values.map(Math.abs));
        expect(distance(parameters[i]!, values) / scale, `parameter ${i} after step ${step}`).toBeLessThan(tolerance);
      });
    }
    const { tensors, steps } = optimizer.stateDict();
    expect(steps).toEqual(parameters.map(() => 50));
    for (const [name, values] of Object.entries(each.state)) {
      const scale = Math.max(1, ...values.map(Math.abs));
      expect(distance(tensors[`0.${name}`]!, values) / scale, name).toBeLessThan(tolerance);
    }
  });
});

describe("continues bit for bit from a snapshot, eagerly and compiled", () => {
  test.each(optimizers.map(each => [title(each), each] as const))("%s", (_, each) => {
    const run = (wrap: (f: (...gs: Tensor[]) => void) => (...gs: Tensor[]) => void, resumeAt: number) => {
      const parameters = parametersOf(each, "float32");
      let optimizer = make(each, parameters);
      let step = wrap((...gs) => optimizer.step(gs));
      let kept: Float32Array[] = [];
      for (let i = 1; i <= 12; i++) {
        if (i === resumeAt) {
          const snapshot = optimizer.stateDict();
          // What comes after the snapshot must not change it.
          step(...parameters.map(p => gradient(p, 1).detach()));
          const again = optimizer.stateDict();
          expect(again.steps[0]).toBe(snapshot.steps[0]! + 1);
          const back = kept.map((values, k) => {
            return tensor(values, { shape: [...parameters[k]!.shape], requiresGrad: true }) as Tensor;
          });
          parameters.splice(0, parameters.length, ...back);
          optimizer = make({ ...each, options: { ...each.options, lr: 9 } }, parameters);
          optimizer.loadStateDict(
            JSON.parse(JSON.stringify(snapshot), (key, value) => {
              return key === "tensors" ? snapshot.tensors : value;
            }),
          );
          step = wrap((...gs) => optimizer.step(gs));
        }
        optimizer.lr = (each.options.lr as number) / i;
        step(...parameters.map(p => gradient(p, i)));
        kept = parameters.map(p => (p.data() as Float32Array).slice());
      }
      return parameters.map(p => [...(p.data() as Float32Array)]);
    };
    const wanted = run(f => f, -1);
    expect(run(f => f, 6)).toEqual(wanted);
    const compiled = (f: (...gs: Tensor[]) => void) => compile((...gs: Tensor[]) => f(...gs));
    expect(run(compiled, -1)).toEqual(wanted);
    expect(run(compiled, 6)).toEqual(wanted);
  });
});

describe("groups", () => {
  const one = (value = 1) => tensor([value], { requiresGrad: true }) as Tensor;

  test("have options of their own, those given to the optimizer otherwise, and can be added", () => {
    const [a, b, c] = [one(), one(), one()];
    const optimizer = new optim.SGD([{ parameters: [a], lr: 0.5 }, { parameters: [b] }], { lr: 0.25 });
    optimizer.addGroup({ parameters: [c], lr: 0.125, maximize: true });
    const ones = [a, b, c].map(() => tensor([1]) as Tensor);
    optimizer.step(ones);
    expect([a, b, c].map(x => x.item())).toEqual([0.5, 0.75, 1.125]);
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.5, 0.25, 0.125]);
    optimizer.lr = 1;
    optimizer.groups[1]!.weightDecay = 2;
    optimizer.step(ones);
    expect([a, b, c].map(x => x.item())).toEqual([-0.5, -1.75, 2.125]);
    expect(optimizer.parameters.map(p => [a, b, c].indexOf(p))).toEqual([0, 1, 2]);
  });

  test("options that change the formula are seen by a compiled step, the rate without another plan", () => {
    const a = one();
    const optimizer = new optim.SGD([a], { lr: 1 });
    const step = compile((g: Tensor) => optimizer.step([g]));
    const g = tensor([1]) as Tensor;
    for (const lr of [1, 2, 3, 4]) {
      optimizer.lr = lr;
      step(g);
    }
    expect(a.item()).toBe(-9);
    expect(step.use.plans).toBe(1);
    optimizer.groups[0]!.maximize = true;
    for (let i = 0; i < 3; i++) step(g);
    expect(a.item()).toBe(3);
    const b = one();
    optimizer.addGroup({ parameters: [b] });
    const both = compile((x: Tensor) => optimizer.step([x, x]));
    for (let i = 0; i < 3; i++) both(g);
    expect([a.item(), b.item()]).toEqual([15, -2]);
  });

  test("parameters without a gradient and frozen ones are left alone", () => {
    const [a, b] = [one(), one()];
    const optimizer = new optim.Adam([a, b], { lr: 0.1 });
    a.grad = tensor([1]) as never;
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([Math.fround(0.9), 1]);
    optimizer.zeroGrad();
    optimizer.step();
    expect(optimizer.stateDict().steps).toEqual([1, 0]);
  });

  test("an optimizer goes on after its parameters were converted, compiled or not", () => {
    const run = (wrap: (f: (g: Tensor) => void) => (g: Tensor) => void) => {
      const layer = new nn.Linear(1, 1, { bias: false });
      nn.init.assign(layer.weight, tensor([[1]]));
      const optimizer = new optim.RMSprop(layer.parameters(), { lr: 0.1, momentum: 0.5 });
      const step = wrap(g => optimizer.step([g]));
      for (let i = 0; i < 6; i++) {
        if (i === 3) layer.to("float64");
        step(tensor([[i - 2]], { dtype: "float64" }) as Tensor);
      }
      const { tensors } = optimizer.stateDict();
      return [layer.weight, ...Object.values(tensors)].map(x => [x.dtype, x.item()]);
    };
    const eager = run(f => f);
    expect(eager.map(([dtype]) => dtype)).toEqual(["float64", "float64", "float64"]);
    expect(run(f => compile(f))).toEqual(eager);
  });

  test("many parameters, of two dtypes, in one step", () => {
    const parameters = Array.from({ length: 600 }, (_, i) => {
      return tensor([i], { dtype: i % 2 ? "float64" : "float32", requiresGrad: true }) as Tensor;
    });
    const optimizer = new optim.RMSprop(parameters, { lr: 1 });
    optimizer.step(parameters.map(() => tensor([3]) as Tensor));
    const step = 3 / (Math.sqrt(0.01 * 9) + 1e-8);
    for (const [i, p] of parameters.entries()) expect(p.item()).toBeCloseTo(i - step, 4);
  });
});

describe("refused", () => {
  const p = tensor([1, 2], { requiresGrad: true }) as Tensor;
  const adam = () => new optim.Adam([p]);
  test.each([
    ["a parameter given twice", () => new optim.Adam([p, p]), "Adam: parameter 1 is given twice"],
    ["in two groups", () => new optim.Adam([{ parameters: [p] }, { parameters: [p] }]), "is given twice"],
    ["a result", () => new optim.Adam([p.mul(2) as Tensor]), "parameter 0 is not a leaf"],
    ["a number", () => new optim.Adam([3 as never]), "parameter 0 is not a leaf"],
    [
      "integers",
      () => new optim.Adam([tensor([1], { dtype: "float16", requiresGrad: true })]),
      "parameter 0 is float16",
    ],
    ["nothing", () => new optim.Adam(undefined as never), "is no list"],
    ["an empty group", () => new optim.Adam([{ parameters: [] }]), "a group without parameters"],
    ["a mixture", () => new optim.Adam([p, { parameters: [p] }] as never), "mixed"],
    ["SGD without a rate", () => new optim.SGD([p], {} as never), "lr is NaN"],
    ["a group's rate", () => new optim.Adam([{ parameters: [p], lr: -1 }]), "lr is -1"],
    ["a vector for Muon", () => new optim.Muon([p]), "Muon: parameter 0 is [2], no matrix"],
    ["a decay above 1", () => new optim.RMSprop([p], { alpha: 1 }), "alpha is 1"],
    ["a factor below 1", () => new optim.Rprop([p], { etas: [0.5, 0.9] }), "etas[1] is 0.9"],
    [
      "the state of another",
      () => adam().loadStateDict(new optim.SGD([p], { lr: 1 }).stateDict() as never),
      "is that of SGD",
    ],
    [
      "the state of other groups",
      () => adam().loadStateDict(new optim.Adam([p, tensor([1], { requiresGrad: true }) as Tensor]).stateDict()),
      "2 parameters in the state, 1 here",
    ],
    [
      "a state of another shape",
      () => {
        const other = new optim.Adam([tensor([1], { requiresGrad: true }) as Tensor]);
        other.step([tensor([1]) as Tensor]);
        adam().loadStateDict(other.stateDict());
      },
      'the state "0.first" is [1], its parameter [2]',
    ],
    [
      "a state of nobody",
      () => adam().loadStateDict({ ...adam().stateDict(), tensors: { "7.first": p } }),
      'the state "7.first" belongs to none of 1 parameters',
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("an option that is set out of range, before anything changes", () => {
    const q = tensor([1], { requiresGrad: true }) as Tensor;
    const optimizer = new optim.Adam([q]);
    optimizer.groups[0]!.betas = [0.9, 1];
    expect(() => optimizer.step([tensor([1]) as Tensor])).toThrow("betas[1] is 1");
    expect(q.item()).toBe(1);
    expect(optimizer.stateDict().steps).toEqual([0]);
  });
});
