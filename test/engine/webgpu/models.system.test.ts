import { describe, expect, test } from "vitest";
import {
  compile,
  type Device,
  Generator,
  manualSeed,
  nn,
  optim,
  pad,
  randn,
  scaledDotProductAttention,
  type Tensor,
  tensor,
} from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";
import { noGpu, on } from "./gpu.js";

/** A model made on the CPU and moved, so that both devices begin alike: losses of training steps, and the parameters then. */
function train(
  device: Device,
  make: () => nn.Module,
  input: () => unknown[],
  // Not one that divides by the gradient: that of the keys' bias is 0 but for rounding.
  optimizer = (p: Tensor[]): optim.Optimizer => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
) {
  manualSeed(5);
  const model = make();
  const args = input().map(x => (x as Tensor).to(device));
  model.to(device);
  const taught = optimizer(model.parameters());
  const losses = Array.from({ length: 4 }, () => {
    taught.zeroGrad();
    let out = (model as unknown as (...args: unknown[]) => unknown)(...args);
    while (!(typeof out === "object" && out !== null && "storage" in out)) out = Object.values(out as object)[0];
    const loss = (out as Tensor).square().mean() as Tensor;
    loss.backward();
    taught.step();
    return Number(loss.item());
  });
  return { losses, parameters: model.parameters().flatMap(numbers), device: model.parameters()[0]!.device };
}

const sequences = () => [randn([3, 5, 6])];

const models: [string, () => nn.Module, () => unknown[]][] = [
  ["LSTM", () => new nn.LSTM(6, 4), sequences],
  ["GRU", () => new nn.GRU(6, 4), sequences],
  ["RNN", () => new nn.RNN(6, 4), sequences],
  ["MultiheadAttention", () => new nn.MultiheadAttention(6, 2), () => [...sequences(), ...sequences(), ...sequences()]],
];

const formulas: [string, (p: Tensor[]) => optim.Optimizer][] = [
  ["RMSprop", p => new optim.RMSprop(p, { lr: 0.01, momentum: 0.5, centered: true })],
  ["Adagrad", p => new optim.Adagrad(p, { lr: 0.05 })],
  ["Adadelta", p => new optim.Adadelta(p)],
  ["Adamax", p => new optim.Adamax(p, { lr: 0.01 })],
  ["NAdam", p => new optim.NAdam(p, { lr: 0.01 })],
  ["RAdam", p => new optim.RAdam(p, { lr: 0.01 })],
  ["Lion", p => new optim.Lion(p, { lr: 0.01 })],
  ["Rprop", p => new optim.Rprop(p, { lr: 0.01 })],
  ["Muon", p => new optim.Muon(p.filter(x => x.rank === 2), { lr: 0.01 })], // biome-ignore format: one line each
];

describe.skipIf(noGpu)("models on WebGPU", () => {
  test.each(models)("%s trains as on the CPU, step by step where the CPU has one kernel", (_, make, input) => {
    const [here, there] = [train("cpu", make, input), train("webgpu", make, input)];
    expect(there.device).toBe("webgpu");
    expect(Math.abs(here.losses[0]! - here.losses[3]!), "it learns").toBeGreaterThan(1e-4);
    expect(distance(there.losses, here.losses)).toBeLessThan(2e-5);
    expect(distance(there.parameters, here.parameters)).toBeLessThan(2e-4);
  });

  test.each(formulas)("%s steps by its formula as on the CPU", (_, optimizer) => {
    const make = () => new nn.Sequential(new nn.Linear(6, 8), new nn.Tanh(), new nn.Linear(8, 3));
    const [here, there] = (["cpu", "webgpu"] as const).map(device => train(device, make, sequences, optimizer));
    expect(here!.losses[0]! - here!.losses[3]!, "it learns").not.toBe(0);
    expect(distance(there!.losses, here!.losses)).toBeLessThan(2e-5);
    expect(distance(there!.parameters, here!.parameters)).toBeLessThan(2e-4);
  });

  test("attention with masks, also where a query may see nothing", () => {
    const [q, k, v] = [1, 2, 3].map(seed => randn([2, 3, 4], { generator: new Generator(seed) }) as Tensor);
    const mask = tensor([[true, false, true], [false, false, false], [true, true, true]]); // biome-ignore format: a matrix
    const weights = randn([3, 3], { generator: new Generator(4) }) as Tensor;
    for (const given of [mask, weights]) {
      const here = scaledDotProductAttention(q!, k!, v!, { mask: given });
      const there = on("webgpu", () => {
        const [a, b, c, m] = [q!, k!, v!, given].map(x => x.to("webgpu"));
        return numbers(scaledDotProductAttention(a!, b!, c!, { mask: m! }));
      });
      expect(distance(there, numbers(here))).toBeLessThan(1e-5);
    }
  });

  test("a border of bytes, and a bad pick, which the next read names with its axis", () => {
    const bytes = tensor([[1, 0, 1], [1, 1, 0]], { dtype: "uint8" }); // biome-ignore format: a matrix
    const wanted = pad(bytes, [[1, 0], [2, 1]], { value: 7 }).toArray(); // biome-ignore format: pairs
    expect(pad(bytes.to("webgpu"), [[1, 0], [2, 1]], { value: 7 }).toArray()).toEqual(wanted); // biome-ignore format: pairs
    expect(() => bytes.to("webgpu").at([0, 1], [2, 3]).toArray()).toThrow(
      "index 3 is out of range on axis 1 of length 3",
    );
    expect(bytes.to("webgpu").at([0, -1], [2, -3]).toArray()).toEqual([1, 1]);
  });
});

describe.skipIf(noGpu)("Module.to", () => {
  const network = () => new nn.Sequential(new nn.Linear(6, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 2));

  test("moves parameters and buffers there and back, where they are", () => {
    const model = network();
    const [parameters, before] = [model.parameters(), model.parameters().flatMap(numbers)];
    expect(model.to("webgpu")).toBe(model);
    expect(Object.values(model.stateDict()).every(x => x.device === "webgpu")).toBe(true);
    expect(model.stateDict()["1.num_batches_tracked"]!.dtype).toBe("int32");
    expect(model.parameters().every((p, i) => p === parameters[i] && p.requiresGrad)).toBe(true);
    model(randn([5, 6], { device: "webgpu" }) as never);
    expect(model.stateDict()["1.num_batches_tracked"]!.item()).toBe(1);
    expect(model.to("cpu").parameters().flatMap(numbers)).toEqual(before);
    expect((model(randn([5, 6]) as never) as Tensor).device).toBe("cpu");
  });

  test("what the GPU has no arithmetic for is refused, and all stays where it was", () => {
    const model = network().to("float64");
    expect(() => model.to("webgpu")).toThrow("webgpu has no float64");
    expect(model.parameters().every(p => p.device === "cpu")).toBe(true);
  });

  test("optimizers follow in the middle of training, in compiled steps, too", () => {
    for (const compiled of [false, true]) {
      const [here, there] = (["cpu", "webgpu"] as const).map(device => {
        manualSeed(8);
        const model = new nn.Linear(6, 2);
        const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
        const x = randn([9, 6]) as Tensor;
        const plain = (input: Tensor) => {
          optimizer.zeroGrad();
          const loss = (model(input as never) as Tensor).square().mean() as Tensor;
          loss.backward();
          optimizer.step();
          return loss;
        };
        const step = compiled ? compile(plain) : plain;
        for (let i = 0; i < 4; i++) step(x as never);
        model.to(device);
        const moved = x.to(device);
        for (let i = 0; i < 4; i++) step(moved as never);
        return model.parameters().flatMap(numbers);
      });
      expect(distance(there!, here!)).toBeLessThan(1e-4);
    }
  });

  test("states go from one device to the other", () => {
    const [here, there] = [network(), network().to("webgpu")];
    there.loadStateDict(here.stateDict());
    expect(there.parameters().flatMap(numbers)).toEqual(here.parameters().flatMap(numbers));
    here.loadStateDict(there.stateDict());
    expect(here.parameters()[0]!.device).toBe("cpu");
    const optimizer = new optim.Adam(there.parameters());
    optimizer.loadStateDict(new optim.Adam(here.parameters()).stateDict() as never);
    there(randn([5, 6], { device: "webgpu" }) as never);
    expect(optimizer.parameters[0]!.device).toBe("webgpu");
  });
});
