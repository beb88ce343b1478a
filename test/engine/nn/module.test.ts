import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import { nn, optim, tensor } from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";

const small = () => new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 2));
const values = (model: nn.Module) =>
  Object.values(model.stateDict()).map(x => [...(x.data() as Float32Array)].map(Number));

describe("loading a state", () => {
  test("lists everything that does not fit, and loads nothing", () => {
    const model = small();
    const before = values(model);
    const state: Record<string, unknown> = { ...small().stateDict(), "3.weight": gb.ones([1]), extra: gb.ones([1]) };
    delete state["0.bias"];
    delete state["1.running_mean"];
    state["2.weight"] = gb.ones([4, 2]);
    state["2.bias"] = 7;
    const load = () => model.loadStateDict(state as never);
    expect(load).toThrow(gb.ValueError);
    for (const part of [
      "missing 0.bias, 1.running_mean",
      "unknown 3.weight, extra",
      "2.weight is [2, 4], the new value [4, 2]",
      "no tensors: 2.bias",
    ]) {
      expect(load).toThrow(part);
    }
    expect(values(model)).toEqual(before);
    expect(() => model.loadStateDict(undefined as never)).toThrow("no object of tensors");
  });

  test("two shapes that differ are both named; a name of Object is none of the state", () => {
    const state = { ...small().stateDict(), "0.weight": gb.ones([1]), "2.bias": gb.ones([3]) };
    expect(() => small().loadStateDict(state)).toThrow(gb.ShapeError);
    expect(() => small().loadStateDict(state)).toThrow("0.weight is [4, 3], the new value [1]; 2.bias is [2]");
    expect(() => small().loadStateDict({ ...small().stateDict(), constructor: gb.ones([1]) })).toThrow(
      "unknown constructor",
    );
  });

  test("not strict: takes what fits and says what did not", () => {
    const model = small();
    const found = model.loadStateDict({ "0.bias": gb.ones([4]), other: gb.ones([1]) }, { strict: false });
    expect(found.unexpected).toEqual(["other"]);
    expect(found.missing).toHaveLength(8);
    expect([...model.stateDict()["0.bias"]!.data()]).toEqual([1, 1, 1, 1]);
    expect(() => model.loadStateDict({ "0.bias": gb.ones([3]) }, { strict: false })).toThrow("0.bias is [4]");
  });
});

describe("modules inside", () => {
  test("by path, a shared one once, and apply from the inside out", () => {
    const shared = new nn.ReLU();
    const model = new nn.Sequential(shared, new nn.Sequential(new nn.Linear(1, 1), shared));
    expect(model.namedModules().map(([name]) => name)).toEqual(["", "0", "1", "1.0"]);
    expect(model.children().map(child => child.constructor.name)).toEqual(["ReLU", "Sequential"]);
    const seen: string[] = [];
    expect(model.apply(module => seen.push(module.constructor.name))).toBe(model);
    expect(seen).toEqual(["Linear", "Sequential", "ReLU", "Sequential"]);
  });
});

describe("freeze", () => {
  const x = tensor([
    [1, 2, 3],
    [-1, 0, 2],
  ]) as Tensor;
  const labels = tensor([0, 1], { dtype: "int32" }) as Tensor;

  test("frozen parameters stay parameters, get no gradient, and do not move", () => {
    const model = small();
    const [first, , last] = model.layers as [nn.Module, nn.Module, nn.Module];
    gb.crossEntropy(model(x), labels).backward();
    expect(first.freeze()).toBe(first);
    expect(model.namedParameters()).toHaveLength(6);
    expect(model.namedParameters().filter(([, p]) => p.requiresGrad)).toHaveLength(4);
    expect(Object.keys(model.stateDict())).toHaveLength(9);
    expect(gb.train.summary(model as unknown as nn.Module).parameters).toMatchObject({ total: 34, trainable: 18 });
    expect(gb.train.summary(model as unknown as nn.Module).layers.map(({ trainable }) => trainable)).toEqual([
      false,
      true,
      true,
    ]);
    expect(first.parameters().map(p => p.grad)).toEqual([undefined, undefined]);
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.1, weightDecay: 0.5 });
    const [before, lastBefore] = [values(first), values(last)];
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad();
      gb.crossEntropy(model(x), labels).backward();
      optimizer.step();
    }
    expect(values(first)).toEqual(before);
    expect(values(last)).not.toEqual(lastBefore);
    first.unfreeze();
    gb.crossEntropy(model(x), labels).backward();
    optimizer.step();
    expect(values(first)).not.toEqual(before);
  });

  test("a compiled step sees it, and finds its plans again", () => {
    const run = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) => {
      gb.manualSeed(4);
      const model = small();
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
      let calls = 0;
      const step = wrap(given => {
        calls++;
        optimizer.zeroGrad();
        const loss = gb.crossEntropy(model(given), labels);
        loss.backward();
        optimizer.step();
        return loss as Tensor;
      });
      const found: unknown[] = [];
      for (let i = 0; i < 24; i++) {
        if (i % 4 === 2) model.layers[0]!.freeze();
        if (i % 4 === 0) model.layers[0]!.unfreeze();
        found.push(step(x).item());
      }
      return { found: [found, values(model)], calls };
    };
    const eager = run(f => f);
    const compiled = run(f => gb.compile(f));
    expect(compiled.found).toEqual(eager.found);
    // One without a plan; before the first freeze, frozen, with fresh gradients, and with those of the step before.
    expect([eager.calls, compiled.calls]).toEqual([24, 5]);
  });

  test("not inside a compiled function", () => {
    const layer = new nn.Linear(1, 1);
    const f = gb.compile(() => {
      layer.freeze();
      return gb.ones([1]) as unknown as Tensor;
    });
    expect(() => f()).toThrow("freeze: parameters change inside a compiled function");
  });
});

describe("to", () => {
  test("converts parameters and float buffers where they are", () => {
    const model = small();
    const parameters = model.parameters();
    const before = values(model);
    expect(model.to("float64")).toBe(model);
    expect(
      model
        .parameters()
        .every((p: Tensor, i: number) => p === parameters[i] && p.dtype === "float64" && p.requiresGrad),
    ).toBe(true);
    expect(values(model)).toEqual(before);
    expect(model.stateDict()["1.num_batches_tracked"]!.dtype).toBe("int64");
    const y = model(gb.ones([2, 3], { dtype: "float64" }) as never) as Tensor;
    expect(y.dtype).toBe("float64");
    y.square().sum().backward();
    expect(parameters[0]!.grad!.dtype).toBe("float64");
    new optim.Adam(model.parameters()).step();
    expect(model.to("cpu")).toBe(model);
    expect(() => model.to("int32")).toThrow("a model cannot be int32");
    expect(() => model.to("tpu" as "cpu")).toThrow("a model cannot be tpu");
  });

  test("a compiled function sees it", () => {
    const layer = new nn.Linear(2, 1);
    const x = tensor([[1, 2]]) as Tensor;
    const f = gb.compile((given: Tensor) => layer(given as never) as Tensor);
    const wanted = [f(x), f(x), f(x)].map(y => y.item());
    layer.to("float64");
    const wide = tensor([[1, 2]], { dtype: "float64" }) as Tensor;
    for (let i = 0; i < 3; i++) {
      const y = f(wide);
      expect(y.dtype).toBe("float64");
      expect(y.item()).toBeCloseTo(wanted[0] as number, 6);
    }
  });
});
