import { describe, expect, test } from "vitest";
import {
  arange,
  bernoulli,
  compile,
  crossEntropy,
  type Device,
  dropout,
  eye,
  Generator,
  linspace,
  manualSeed,
  memoryReport,
  nn,
  optim,
  rand,
  randint,
  randn,
  type Tensor,
} from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";
import { noGpu, on } from "./gpu.js";

interface Way {
  losses: number[];
  parameters: number[];
}

type Make = (parameters: Tensor[]) => optim.Optimizer;

/** Twenty steps of a 20-32-32-5 network on 64 samples, from the same seed. */
function trainMlp(device: Device, make: Make, compiled = false, steps = 20): Way {
  return on(device, () => {
    manualSeed(3);
    const model = new nn.Sequential(
      new nn.Linear(20, 32),
      new nn.ReLU(),
      new nn.Linear(32, 32),
      new nn.Tanh(),
      new nn.Linear(32, 5),
    );
    const x = randn([64, 20]);
    const labels = randint(0, 5, [64]);
    const optimizer = make([...model.parameters()]);
    const plain = (input: Tensor, target: Tensor) => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model(input as never) as Tensor, target);
      loss.backward();
      optimizer.step();
      return loss;
    };
    const step = compiled ? compile(plain) : plain;
    const losses = Array.from({ length: steps }, () => Number(step(x as never, labels).item()));
    return { losses, parameters: [...model.parameters()].flatMap(numbers) };
  });
}

const optimizers: [string, Make][] = [
  ["SGD", p => new optim.SGD(p, { lr: 0.1 })],
  ["SGD with momentum", p => new optim.SGD(p, { lr: 0.05, momentum: 0.9, weightDecay: 0.01, dampening: 0.1 })],
  ["SGD with Nesterov's momentum", p => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true })],
  ["Adam", p => new optim.Adam(p, { lr: 0.01, weightDecay: 0.01 })],
  ["AdamW", p => new optim.AdamW(p, { lr: 0.01 })],
];

describe.skipIf(noGpu)("training on WebGPU", () => {
  test.each(optimizers)("twenty steps of an MLP with %s go the way of the CPU", (_, make) => {
    const [here, there] = [trainMlp("cpu", make), trainMlp("webgpu", make)];
    expect(here.losses[0]! - here.losses[19]!, "it learns").toBeGreaterThan(0.05);
    // Rounding differs from the first step on, and the steps add it up.
    expect(distance(there.losses, here.losses)).toBeLessThan(2e-5);
    expect(distance(there.parameters, here.parameters)).toBeLessThan(2e-4);
  });

  test("ten steps of a convolutional network go the way of the CPU", () => {
    const [here, there] = (["cpu", "webgpu"] as const).map(device =>
      on(device, () => {
        manualSeed(4);
        const model = new nn.Sequential(
          new nn.Conv2d(1, 6, 3, { padding: 1 }),
          new nn.BatchNorm2d(6),
          new nn.ReLU(),
          new nn.MaxPool2d(2),
          new nn.Flatten(),
          new nn.Linear(6 * 5 * 5, 10),
          new nn.LayerNorm(10),
        );
        const x = randn([16, 1, 10, 10]);
        const labels = randint(0, 10, [16]);
        const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
        return Array.from({ length: 10 }, () => {
          optimizer.zeroGrad();
          const loss = crossEntropy(model(x as never) as Tensor, labels);
          loss.backward();
          optimizer.step();
          return Number(loss.item());
        });
      }),
    ) as [number[], number[]];
    expect(here[0]! - here[9]!, "it learns").toBeGreaterThan(0.2);
    expect(distance(there, here)).toBeLessThan(2e-4);
  });

  test("compiled, the numbers are the same as eager", () => {
    for (const [, make] of [optimizers[1]!, optimizers[3]!]) {
      expect(trainMlp("webgpu", make, true)).toEqual(trainMlp("webgpu", make));
    }
  });

  test("a compiled function that mixes devices is refused", () => {
    const there = randn([3], { device: "webgpu" });
    const mix = compile((x: Tensor) => {
      there.add(1).mul(there as never);
      return x.add(1) as Tensor;
    });
    const x = randn([3]) as Tensor;
    mix(x);
    const sums = compile((y: Tensor) => {
      const other = there.sum();
      return [y.sum(), other] as Tensor[];
    });
    sums(x);
    expect(() => sums(x)).toThrow("compile: tensors on cpu and on webgpu");
    expect(distance(numbers(mix(x)), numbers(x.add(1) as Tensor))).toBe(0);
  });

  test("a loop without an await holds no more memory after 300 steps than after 50", () => {
    on("webgpu", () => {
      const model = new nn.Sequential(new nn.Linear(64, 128), new nn.ReLU(), new nn.Linear(128, 10));
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
      const held: number[] = [];
      for (let i = 0; i < 300; i++) {
        optimizer.zeroGrad();
        const loss = crossEntropy(model(randn([256, 64]) as never) as Tensor, randint(0, 10, [256]));
        loss.backward();
        optimizer.step();
        if (i % 10 === 9) held.push(memoryReport().live);
      }
      const most = (of: number[]) => Math.max(...of);
      // 300 steps make 300 MiB; collections come every 64.
      expect(most(held)).toBeLessThan(160 * 2 ** 20);
      expect(most(held.slice(15))).toBeLessThanOrEqual(1.2 * most(held.slice(5, 15)) + 2 ** 20);
    });
  });
});

describe.skipIf(noGpu)("creation on WebGPU", () => {
  const makers: [string, () => Tensor, number][] = [
    ["rand", () => rand([3, 77], { generator: new Generator(5) }) as Tensor, 1e-7],
    ["randn", () => randn([1001], { generator: new Generator(6) }) as Tensor, 2e-6],
    ["randint", () => randint(-5, 100, [200], { generator: new Generator(7) }) as Tensor, 0],
    ["a seed of 50 bits", () => rand([9], { generator: new Generator(2 ** 50 + 12345) }) as Tensor, 1e-7],
    [
      "bernoulli",
      () => bernoulli(rand([50], { generator: new Generator(8) }), { generator: new Generator(9) }) as Tensor,
      0,
    ],
    ["arange", () => arange(-3, 1000, 7) as Tensor, 0],
    ["arange of floats", () => arange(0, 1, 0.1) as Tensor, 1e-6],
    ["linspace", () => linspace(-1, 1, 101) as Tensor, 1e-6],
    ["eye", () => eye(7) as Tensor, 0],
    ["eye of bool", () => eye(5, { dtype: "bool" }) as Tensor, 0],
  ];
  test.each(makers)("%s is the same as on the CPU", (_, make, tolerance) => {
    const there = on("webgpu", () => {
      const x = make();
      expect(x.device).toBe("webgpu");
      return numbers(x);
    });
    expect(distance(there, numbers(make()))).toBeLessThanOrEqual(tolerance);
  });

  test("dropout drops the same elements, also of a tensor that is not on the default device", () => {
    const x = randn([40, 9], { generator: new Generator(1) }) as Tensor;
    const drop = (y: Tensor) => numbers(dropout(y, 0.3, { generator: new Generator(4) }) as Tensor);
    expect(distance(drop(x.to("webgpu")), drop(x))).toBeLessThan(1e-6);
  });
});
