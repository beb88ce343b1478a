import { expect, test } from "vitest";
import { compile, Generator, grad, nn, ones, optim, randn, type Tensor, vmap, zeros } from "../../../engine/index.js";
import { numbers } from "../samples.js";

const generator = new Generator(5);
const largest = (layer: nn.SpectralNorm) => {
  let weight: Tensor | undefined;
  layer.layer.registerForwardPreHook(module => {
    weight = (module as unknown as { weight: Tensor }).weight;
  });
  layer(zeros([2, 6]) as Tensor);
  return (weight!.svdvals() as Tensor).at(0).item() as number;
};

test("with SpectralNorm the largest singular value is 1, and stays it while the weight grows", () => {
  const layer = new nn.SpectralNorm(new nn.Linear(6, 5, { generator }), { iterations: 5 });
  expect(largest(layer)).toBeCloseTo(1, 2);
  const opt = new optim.SGD(layer.parameters(), { lr: 0.5 });
  const x = randn([8, 6], { generator }) as Tensor;
  for (let step = 0; step < 20; step++) {
    opt.zeroGrad();
    (layer(x).square().mean() as Tensor).neg().backward();
    opt.step();
  }
  expect(largest(layer)).toBeCloseTo(1, 2);
  expect(layer.layer.parameters()[0]!.requiresGrad).toBe(true);
});

test("two calls in training, then both ways back: each takes the vectors of its own call", () => {
  const layer = new nn.SpectralNorm(new nn.Linear(6, 5, { generator, bias: false }));
  const [a, b] = [randn([3, 6], { generator }), randn([3, 6], { generator })] as [Tensor, Tensor];
  const state = layer.stateDict();
  const before = Object.fromEntries(Object.entries(state).map(([name, x]) => [name, x.mul(1) as Tensor]));
  const [first, second] = [layer(a).square().sum(), layer(b).square().sum()] as [Tensor, Tensor];
  first.backward();
  second.backward();
  const together = numbers(layer.parameters()[0]!.grad!);
  layer.zeroGrad();
  layer.loadStateDict(before);
  for (const x of [a, b]) (layer(x).square().sum() as Tensor).backward();
  expect(numbers(layer.parameters()[0]!.grad!)).toEqual(together);
});

test("in a compiled step they do what they do outside", () => {
  const make = () => {
    const own = new Generator(9);
    const model = new nn.Sequential(
      new nn.WeightNorm(new nn.Linear(4, 8, { generator: own })),
      new nn.Tanh() as never,
      new nn.SpectralNorm(new nn.Linear(8, 2, { generator: own })),
    );
    const start = new Generator(10);
    const state = Object.entries(model.stateDict()).map(([name, x]) => [name, randn(x.shape, { generator: start })]);
    model.loadStateDict(Object.fromEntries(state) as never);
    const opt = new optim.SGD(model.parameters(), { lr: 0.1 });
    return {
      model,
      step: (x: Tensor) => {
        opt.zeroGrad();
        const loss = (model(x as never) as Tensor).square().mean() as Tensor;
        loss.backward();
        opt.step();
        return loss;
      },
    };
  };
  const [plain, compiled] = [make(), make()];
  const step = compile(compiled.step);
  for (let i = 0; i < 5; i++) {
    const x = randn([3, 4], { generator: new Generator(i) }) as Tensor;
    expect(step(x).item()).toBeCloseTo(plain.step(x).item() as number, 6);
  }
  for (const [name, x] of Object.entries(plain.model.stateDict())) {
    const other = numbers(compiled.model.stateDict()[name]!);
    numbers(x).forEach((value, i) => {
      expect(other[i], name).toBeCloseTo(value, 5);
    });
  }
});

test("around a layer that has no parameters yet they wait for the first call", () => {
  const layer = new nn.SpectralNorm(nn.dense(3) as never);
  expect(() => layer.parameters()).toThrow("has no parameters yet");
  expect(layer(ones([2, 4]) as Tensor).shape).toEqual([2, 3]);
  expect(Object.keys(layer.stateDict()).sort()).toEqual(["layer.bias", "layer.weight", "u", "v"]);
  const scaled = new nn.WeightNorm(nn.conv2d(3, 2) as never).build([null, 5, 5, 2]);
  expect(scaled.scale.shape).toEqual([3, 1, 1, 1]);
});

test("the first call of a WeightNorm gives what the layer gave", () => {
  const inner = new nn.Conv1d(4, 3, 2, { generator });
  const x = randn([2, 4, 7], { generator }) as Tensor;
  const wanted = numbers(inner(x as never) as Tensor);
  const got = numbers(new nn.WeightNorm(inner as never)(x));
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i]!, 5);
  });
});

test("broken arguments are refused, and nothing stays changed when a call fails", () => {
  const linear = () => new nn.Linear(3, 2) as never;
  expect(() => new nn.WeightNorm(3 as never)).toThrow("WeightNorm: no module");
  expect(() => new nn.SpectralNorm(linear(), { name: "kernel" })).toThrow(
    "SpectralNorm: the layer has no parameter kernel. There are weight, bias.",
  );
  expect(() => new nn.SpectralNorm(new nn.ReLU() as never)).toThrow("It has none at all.");
  expect(() => new nn.SpectralNorm(linear(), { iterations: 0 })).toThrow("iterations is 0");
  expect(() => new nn.SpectralNorm(linear(), { epsilon: -1 })).toThrow("epsilon is -1");
  expect(() => new nn.WeightNorm(linear(), { axis: 2 })).toThrow("axis 2 does not exist");
  const layer = new nn.WeightNorm(linear());
  const weight = layer.layer.parameters()[0];
  expect(() => layer(zeros([2, 5]) as Tensor)).toThrow();
  expect(layer.layer.parameters()[0]).toBe(weight);
});

test("the padding of an embedding starts as 0, and must be in the table", () => {
  const table = new nn.Embedding(5, 3, { paddingIndex: -2 });
  expect(table.paddingIndex).toBe(3);
  expect(table.weight.at(3).toArray()).toEqual([0, 0, 0]);
  expect(() => new nn.Embedding(5, 3, { paddingIndex: 5 })).toThrow("Embedding: paddingIndex 5 in a table of 5");
  expect(() => new nn.Embedding(5, 3, { paddingIndex: 0.5 })).toThrow("paddingIndex 0.5");
  // The gradient of each sample, as a function of the parameters.
  const index = zeros([4], { dtype: "int32" }).add(3) as Tensor;
  const loss = (p: Record<string, Tensor>, i: Tensor) => (nn.functionalCall(table, p, i as never) as Tensor).sum();
  const each = vmap(grad(loss as never) as never, { inAxes: [null, 0] })(table.stateDict() as never, index as never);
  expect(numbers((each as unknown as { weight: Tensor }).weight.abs().sum() as Tensor)).toEqual([0]);
});
