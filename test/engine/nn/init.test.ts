import { describe, expect, test } from "vitest";
import { Generator, nn, type Tensor, tensor } from "../../../engine/index.js";
import { numbers } from "../samples.js";

const { init, regularizers, constraints } = nn;

function statistics(x: Tensor) {
  const all = numbers(x);
  const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
  const std = Math.sqrt(all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length);
  return { mean, std, largest: Math.max(...all.map(Math.abs)) };
}

const generator = () => ({ generator: new Generator(11) });
const shape = [60, 40, 3, 3] as const;
const [input, output] = [40 * 9, 60 * 9];

describe("distributions have the deviation and the limit of PyTorch's and Keras'", () => {
  // Deviation and limit from the formulas in torch.nn.init and keras.initializers.
  const uniformOf = (limit: number) => ({ std: limit / Math.sqrt(3), limit });
  test.each<[string, Tensor, { std: number; limit?: number }]>([
    ["xavierUniform", init.xavierUniform(shape, generator()), uniformOf(Math.sqrt(6 / (input + output)))],
    [
      "with a gain",
      init.xavierUniform(shape, { ...generator(), gain: 5 / 3 }),
      uniformOf((5 / 3) * Math.sqrt(6 / (input + output))),
    ],
    ["xavierNormal", init.xavierNormal(shape, generator()), { std: Math.sqrt(2 / (input + output)) }],
    ["kaimingUniform", init.kaimingUniform(shape, generator()), uniformOf(Math.sqrt(6 / input))],
    ["outwards", init.kaimingUniform(shape, { ...generator(), mode: "out" }), uniformOf(Math.sqrt(6 / output))],
    ["kaimingNormal", init.kaimingNormal(shape, generator()), { std: Math.sqrt(2 / input) }],
    [
      "leaky",
      init.kaimingNormal(shape, { ...generator(), nonlinearity: "leakyRelu", slope: 0.5 }),
      { std: Math.sqrt(2 / 1.25 / input) },
    ],
    [
      "lecunNormal",
      init.lecunNormal(shape, generator()),
      { std: Math.sqrt(1 / input), limit: (2 * Math.sqrt(1 / input)) / 0.8796 },
    ],
    ["lecunUniform", init.lecunUniform(shape, generator()), uniformOf(Math.sqrt(3 / input))],
    [
      "varianceScaling",
      init.varianceScaling(shape, { ...generator(), scale: 2, mode: "average", distribution: "normal" }),
      { std: Math.sqrt(4 / (input + output)) },
    ],
  ])("%s", (_, x, wanted) => {
    const { mean, std, largest } = statistics(x);
    expect(x.shape).toEqual(shape);
    expect(Math.abs(mean)).toBeLessThan(0.02 * wanted.std);
    expect(std / wanted.std).toBeGreaterThan(0.985);
    expect(std / wanted.std).toBeLessThan(1.015);
    if (wanted.limit === undefined) return;
    expect(largest).toBeLessThanOrEqual(wanted.limit * 1.001);
    expect(largest).toBeGreaterThan(0.97 * wanted.limit);
  });

  test("the gains of torch.nn.init.calculate_gain", () => {
    expect([init.gain("linear"), init.gain("tanh"), init.gain("relu"), init.gain("selu")]).toEqual([
      1,
      5 / 3,
      Math.SQRT2,
      0.75,
    ]);
    expect(init.gain("leakyRelu")).toBeCloseTo(1.4141428569978354, 14);
    expect(init.gain("leakyRelu", 1)).toBe(1);
  });
});

describe("orthogonal", () => {
  test.each([[[8, 8]], [[5, 12]], [[12, 5]], [[6, 2, 3, 3]]])("%j", given => {
    const x = init.orthogonal(given, { ...generator(), gain: 2 }) as Tensor;
    expect(x.shape).toEqual(given);
    const matrix = x.reshape([given[0]!, -1]) as Tensor;
    const flat = matrix.shape[0]! <= matrix.shape[1]! ? matrix : (matrix.transpose() as Tensor);
    const gram = (flat.matmul(flat.transpose() as never) as Tensor).toArray() as number[][];
    gram.forEach((row, i) => {
      for (const [j, v] of row.entries()) expect(v).toBeCloseTo(i === j ? 4 : 0, 4);
    });
  });

  test("has no preferred sign: the diagonal is as often negative", () => {
    const many = new Generator(5);
    const negative = Array.from(
      { length: 200 },
      () => numbers(init.orthogonal([2, 2], { generator: many }) as Tensor)[0]!,
    );
    const share = negative.filter(v => v < 0).length / 200;
    expect(share).toBeGreaterThan(0.38);
    expect(share).toBeLessThan(0.62);
  });
});

test("dirac keeps the input of a convolution, in groups, too", () => {
  const x = tensor(
    Float32Array.from({ length: 2 * 4 * 5 * 5 }, (_, i) => Math.sin(i)),
    { shape: [2, 4, 5, 5] },
  ) as Tensor;
  const kernel = init.dirac([4, 4, 3, 3]) as Tensor;
  expect(numbers(x.conv2d(kernel as never, { padding: 1 } as never) as Tensor)).toEqual(numbers(x));
  // torch.nn.init.dirac_(torch.empty(4, 2, 1), groups=2)
  expect(init.dirac([4, 2, 1], { groups: 2 }).toArray()).toEqual([
    [[1], [0]],
    [[0], [1]],
    [[1], [0]],
    [[0], [1]],
  ]);
});

test("sparse has the share of zeros in every column", () => {
  const x = init.sparse([10, 7], { ...generator(), sparsity: 0.35, std: 1 }).toArray();
  for (let column = 0; column < 7; column++) expect(x.filter(row => row[column] === 0)).toHaveLength(4);
});

test("assign writes into the parameter, also of a whole model", () => {
  const model = new nn.Sequential(new nn.Linear(3, 3), new nn.ReLU(), new nn.Linear(3, 3));
  const [weight] = model.parameters();
  model.apply(module => {
    if (module instanceof nn.Linear) init.assign(module.weight, init.orthogonal([3, 3]));
  });
  expect(model.parameters()[0]).toBe(weight);
  for (const p of model.parameters().filter(p => p.rank === 2)) expect(p.norm().item()).toBeCloseTo(Math.sqrt(3), 5);
});

describe("regularizers, as Keras'", () => {
  const w = tensor(
    [
      [1, -2],
      [3, 0],
    ],
    { requiresGrad: true },
  ) as Tensor;
  test("values and gradients", () => {
    expect(regularizers.l1(0.5)(w).item()).toBe(3);
    expect(regularizers.l2(0.5)(w).item()).toBe(7);
    expect(regularizers.l1l2({ l1: 0.5, l2: 0.25 })(w).item()).toBe(6.5);
    regularizers.penalty([w, w], regularizers.l2(0.5)).backward();
    expect(w.grad!.toArray()).toEqual([
      [2, -4],
      [6, 0],
    ]);
    expect(() => regularizers.l2(-1)).toThrow("l2: factor is -1");
    expect(() => regularizers.penalty([], regularizers.l2(1))).toThrow("no parameters");
  });
});

describe("constraints, as Keras'", () => {
  // keras.constraints with axis 0 on the transposed weights; lengths 5 and 0.5.
  const w = () =>
    tensor(
      [
        [3, -4],
        [0.3, 0.4],
      ],
      { requiresGrad: true },
    ) as Tensor;
  const close = (x: Tensor, wanted: number[]) => {
    for (const [i, v] of numbers(x).entries()) expect(v).toBeCloseTo(wanted[i]!, 5);
  };
  test("maxNorm, unitNorm, minMaxNorm, nonNeg", () => {
    close(constraints.maxNorm(1)(w()), [0.6, -0.8, 0.3, 0.4]);
    close(constraints.unitNorm()(w()), [0.6, -0.8, 0.6, 0.8]);
    close(constraints.minMaxNorm({ min: 1, max: 2 })(w()), [1.2, -1.6, 0.6, 0.8]);
    close(constraints.minMaxNorm({ min: 1, max: 2, rate: 0.5 })(w()), [2.1, -2.8, 0.45, 0.6]);
    close(constraints.nonNeg()(w()), [3, 0, 0.3, 0.4]);
    close(constraints.unitNorm({ axis: 0 })(w()), [
      3 / Math.hypot(3, 0.3),
      -4 / Math.hypot(4, 0.4),
      0.3 / Math.hypot(3, 0.3),
      0.4 / Math.hypot(4, 0.4),
    ]);
  });

  test("in place", () => {
    const parameter = w();
    constraints.constrain([parameter], constraints.maxNorm(1));
    close(parameter, [0.6, -0.8, 0.3, 0.4]);
    expect(parameter.requiresGrad && parameter.node === undefined).toBe(true);
  });

  test("refused", () => {
    expect(() => constraints.maxNorm(-1)).toThrow("from 0 to -1");
    expect(() => constraints.minMaxNorm({ rate: 2 })).toThrow("rate 2");
  });
});

describe("refused", () => {
  test.each([
    ["a vector", () => init.xavierUniform([3]), "xavierUniform: a weight of shape [3]"],
    [
      "an unknown nonlinearity",
      () => init.kaimingNormal([3, 3], { nonlinearity: "sin" as never }),
      "no nonlinearity sin",
    ],
    ["a matrix for dirac", () => init.dirac([3, 3]), "no weights of a convolution"],
    ["groups that do not divide", () => init.dirac([3, 3, 1], { groups: 2 }), "3 outputs in 2 groups"],
    ["a share above 1", () => init.sparse([3, 3], { sparsity: 2 }), "sparsity is 2"],
    [
      "other values",
      () => init.assign(new nn.Linear(2, 2).weight, init.orthogonal([3, 3])),
      "values [3, 3] for a parameter [2, 2]",
    ],
    ["a number", () => init.assign(3 as never, init.orthogonal([3, 3])), "not a parameter"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
