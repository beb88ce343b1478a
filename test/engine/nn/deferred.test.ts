import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn, optim, train } = gb;

type Name = gb.nn.InitializerName;

const mlp = () => nn.sequential([nn.dense(8, { activation: "relu" }), nn.dense(3)]);

describe("layers that learn the size of their input", () => {
  test("make their parameters on the first call", () => {
    const model = mlp();
    expect(model(gb.ones([2, 5]) as Tensor).shape).toEqual([2, 3]);
    expect(model.namedParameters().map(([name, p]) => [name, p.shape])).toEqual([
      ["0.weight", [8, 5]],
      ["0.bias", [8]],
      ["1.weight", [3, 8]],
      ["1.bias", [3]],
    ]);
  });

  test("compute activation(x W + b)", () => {
    const layer = nn.dense(2, { activation: "relu", inputShape: [2] });
    nn.init.assign(
      layer.weight as Tensor,
      gb.tensor([
        [1, -1],
        [-2, 1],
      ]) as Tensor,
    );
    nn.init.assign(layer.bias as unknown as Tensor, gb.tensor([0.5, 0]) as Tensor);
    expect(numbers(layer(gb.tensor([[3, 1]])) as Tensor)).toEqual([2.5, 0]);
  });

  test("make them at once for an input shape, on the first layer or of the model, or by build", () => {
    const counts = [
      nn.sequential([nn.dense(8, { inputShape: [5] }), nn.dense(3)]),
      nn.sequential([nn.dense(8), nn.dense(3)], { inputShape: [5] }),
      nn.sequential([nn.dense(8), nn.dense(3)]).build([null, 5]),
    ].map(model => model.parameters().reduce((n, p) => n + p.size, 0));
    expect(counts).toEqual([75, 75, 75]);
  });

  test("make them in the sizes of a state dict", () => {
    const model = mlp().build([null, 5]);
    const other = mlp();
    other.loadStateDict(model.stateDict());
    const x = gb.randn([4, 5]) as Tensor;
    expect(numbers(other(x))).toEqual(numbers(model(x)));
  });

  test("make them inside a compiled function, once", () => {
    const model = mlp();
    const run = gb.compile((x: Tensor) => model(x));
    const x = gb.randn([4, 5]) as Tensor;
    const first = numbers(run(x));
    expect(numbers(run(x))).toEqual(first);
    expect(numbers(model(x))).toEqual(first);
  });

  test("leave training modes as they were", () => {
    const model = nn.sequential([nn.dense(2), new nn.Dropout(0.5).eval()]);
    model.build([null, 3]);
    expect(model.namedModules().map(([, m]) => m.training)).toEqual([true, true, false]);
  });

  const unbuilt =
    "layer 0 (Dense) has no parameters yet: it makes them when it sees its first input. Call the model once";
  test.each<[string, () => unknown, string]>([
    ["parameters", () => mlp().parameters(), `parameters: ${unbuilt}`],
    ["stateDict", () => mlp().stateDict(), `stateDict: ${unbuilt}`],
    ["to", () => mlp().to("float64"), `to: ${unbuilt}`],
    ["a state of other shapes", () => mlp().loadStateDict({ "0.weight": gb.ones([9, 5]) as Tensor }), unbuilt],
    ["a shape without features", () => nn.dense(3, { inputShape: [4, null] }), "does not say how many features"],
    [
      "another size later",
      () => {
        const l = nn.dense(3);
        l(gb.ones([1, 4]));
        l(gb.ones([1, 5]));
      },
      "expects 4 features on axis -1, got [1, 5]",
    ],
    ["no tensor", () => nn.dense(3)([1] as never), "expected a tensor, got object"],
    ["too few axes", () => nn.dense(3)(gb.ones([4]) as never), "the input [4] has 1 axes"],
    ["units", () => nn.dense(0), "units is 0"],
    [
      "an activation",
      () => nn.dense(3, { activation: "rely" as never }),
      'no activation "rely". There are linear, relu',
    ],
    ["an initializer", () => nn.dense(3, { kernelInitializer: "x" as never }), 'no initializer "x"'],
    ["a regularizer", () => nn.dense(3, { kernelRegularizer: "x" as never }), 'no regularizer "x"'],
    ["a constraint", () => nn.dense(3, { kernelConstraint: "x" as never }), 'no constraint "x"'],
    [
      "an initializer's shape",
      () => nn.dense(3, { kernelInitializer: () => gb.ones([2]) as Tensor, inputShape: [4] }),
      "the initializer gave [2]",
    ],
  ])("clear error: %s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("choices by name", () => {
  test("initializers have the spread of Keras'", () => {
    const deviation = (name: Name) => {
      const { weight } = nn.dense(300, { kernelInitializer: name, inputShape: [100] });
      return Number((weight as Tensor).std().item());
    };
    gb.manualSeed(1);
    const wanted = {
      zeros: 0,
      glorotUniform: Math.sqrt(2 / 400),
      glorotNormal: Math.sqrt(2 / 400),
      heNormal: Math.sqrt(2 / 100),
      heUniform: Math.sqrt(2 / 100),
      lecunNormal: Math.sqrt(1 / 100),
      lecunUniform: Math.sqrt(1 / 100),
      randomNormal: 0.05,
      randomUniform: 0.05 / Math.sqrt(3),
    };
    for (const [name, value] of Object.entries(wanted)) {
      expect(Math.abs(deviation(name as Name) - value), name).toBeLessThan(0.02 * value + 1e-9);
    }
  });

  test("a regularizer's penalty is part of the loss of fit and evaluate", async () => {
    const model = nn.sequential([
      nn.dense(1, { kernelRegularizer: nn.regularizers.l2(0.5), kernelInitializer: "ones" }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [x, y] = [gb.zeros([4, 3]) as Tensor, gb.zeros([4, 1]) as Tensor];
    expect((await model.evaluate(x, y)).loss).toBeCloseTo(1.5, 6);
    const { history } = await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(history.loss![0]).toBeCloseTo(1.5, 6);
    // w - 0.01 * d(0.5 w^2)/dw
    expect(numbers(model.parameters()[0]!)).toEqual([0.99, 0.99, 0.99].map(Math.fround));
    expect(nn.regularizers.penaltyOf(new nn.Linear(2, 2))).toBeUndefined();
  });

  test("a constraint holds after every step, compiled or not, but not for frozen parameters", async () => {
    const layer = nn.dense(2, { kernelConstraint: "nonNeg", inputShape: [2] });
    nn.init.assign(
      layer.weight as Tensor,
      gb.tensor([
        [0.1, -0.2],
        [0.3, 0.4],
      ]) as Tensor,
    );
    const optimizer = new optim.SGD(layer.parameters(), { lr: 1 });
    (layer(gb.ones([1, 2])) as Tensor).sum().backward();
    optimizer.step();
    expect(numbers(layer.weight as Tensor)).toEqual([0, 0, 0, 0]);
    nn.init.assign(layer.weight as Tensor, gb.full([2, 2], -1) as Tensor);
    layer.freeze();
    optimizer.step();
    expect(numbers(layer.weight as Tensor)).toEqual([-1, -1, -1, -1]);

    const model = nn.sequential([nn.dense(4, { kernelConstraint: "unitNorm", inputShape: [3] })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.fit(gb.randn([64, 3]) as Tensor, gb.randn([64, 4]) as Tensor, { epochs: 2, verbose: 0 });
    const lengths = numbers(model.parameters()[0]!.square().sum(1).sqrt() as Tensor);
    for (const length of lengths) expect(length).toBeCloseTo(1, 5);
  });
});

describe("compile and fit of a model without parameters yet", () => {
  const x = gb.randn([40, 5]) as Tensor;
  const compiled = (loss = "mse") => mlp().compile({ optimizer: "adam", loss: loss as never });

  test("fit makes them from the first batch", async () => {
    const model = compiled();
    const { history, eager } = await model.fit(x, gb.randn([40, 3]) as Tensor, { epochs: 2, verbose: 0 });
    expect(history.loss).toHaveLength(2);
    expect(eager).toBeUndefined();
    expect(model.parameters()).toHaveLength(4);
  });

  test.each([
    ["a dataset", () => gb.data.dataset({ x, y: gb.randn([40, 3]) as Tensor }).batch(8)],
    [
      "a generator, of which no batch is lost",
      () =>
        (function* () {
          for (let i = 0; i < 5; i++) yield [gb.randn([8, 5]), gb.randn([8, 3])];
        })(),
    ],
    [
      "an async generator",
      () =>
        (async function* () {
          for (let i = 0; i < 5; i++) yield [gb.randn([8, 5]), gb.randn([8, 3])];
        })(),
    ],
  ])("from %s", async (_, dataset) => {
    const model = compiled();
    const result = await model.fit(dataset() as never, { epochs: 1, verbose: 0 });
    expect(result.steps).toBe(5);
  });

  test("predict, evaluate and trainOnBatch make them, too", async () => {
    expect((mlp().predict(x) as Tensor).shape).toEqual([40, 3]);
    expect((await compiled().evaluate(x, gb.zeros([40, 3]) as Tensor)).loss).toBeGreaterThan(0);
    expect(compiled().trainOnBatch(x, gb.zeros([40, 3]) as Tensor).loss).toBeGreaterThan(0);
  });

  test("names are checked at once", () => {
    expect(() => mlp().compile({ optimizer: "adum" as never, loss: "mse" })).toThrow('no optimizer "adum"');
    expect(() => mlp().compile({ optimizer: "adam", loss: "msa" as never })).toThrow("msa");
  });

  test("the summary says what is unknown", () => {
    const model = mlp();
    const before = String(train.summary(model));
    expect(before).toContain("unknown until first call");
    expect(before).toContain("? -> 8, relu");
    const after = train.summary(model, [2, 5]);
    expect(after.parameters.total).toBe(75);
    expect(String(after)).toContain("5 -> 8, relu");
    expect(String(after)).not.toContain("unknown");
    expect(after.flops).toBe(2 * 2 * (5 * 8 + 8 * 3));
  });
});
