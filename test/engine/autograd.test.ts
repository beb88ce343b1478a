import { describe, expect, test } from "vitest";
import {
  grad,
  gradEnabled,
  memoryReport,
  mseLoss,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from "../../engine/index.js";

describe("backward", () => {
  test("adds up in leaves, over uses and over calls", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const loss = () => w.mul(w).add(w.mul(3)).sum();
    loss().backward();
    expect(w.grad!.toArray()).toEqual([5, 7]);
    loss().backward();
    expect(w.grad!.toArray()).toEqual([10, 14]);
    expect(w.mul(2).grad).toBeUndefined();
  });

  test("a value that is used many times is walked once", () => {
    let x = tensor(1, { requiresGrad: true }) as Tensor;
    const leaf = x;
    for (let i = 0; i < 60; i++) x = x.add(x) as Tensor;
    x.backward();
    expect(leaf.grad!.item()).toBe(2 ** 60);
  });

  test("deep graphs do not exhaust the stack", () => {
    const leaf = tensor(1, { requiresGrad: true });
    let x: Tensor = leaf;
    for (let i = 0; i < 20_000; i++) x = x.mul(1.0001) as Tensor;
    x.backward();
    expect(leaf.grad!.item()).toBeCloseTo(1.0001 ** 20_000, 1);
  });

  test("detach and noGrad end the graph", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.mul(w.detach()).sum().backward();
    expect(w.grad!.toArray()).toEqual([1, 2]);
    expect(noGrad(() => w.mul(2)).requiresGrad).toBe(false);
    expect(() =>
      noGrad(() => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(gradEnabled()).toBe(true);
  });

  test("the gradient to start from", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.square().backward(tensor([10, 100]));
    expect(w.grad!.toArray()).toEqual([20, 400]);
    expect(() => w.square().backward()).toThrow(
      "backward: the result has the shape [2], not a single value. Reduce it first",
    );
    expect(() => w.square().backward(ones([3]))).toThrow("gradient [3] for a result [2]");
    expect(() => zeros([1]).backward()).toThrow("nothing that it depends on requires gradients");
  });

  test("frees what it makes for itself", () => {
    const w = randn([1000, 100], { requiresGrad: true });
    const x = randn([64, 1000]);
    const step = () => {
      x.matmul(w).relu().square().mean().backward();
      w.grad!.dispose();
      w.grad = undefined;
    };
    step();
    const before = memoryReport().peak;
    for (let i = 0; i < 20; i++) step();
    // Forward values are the collector's; the three large gradients of a step are not left to it.
    expect(memoryReport().peak - before).toBeLessThan(20 * 4 * (64 * 100 * 3) + 1e6);
  });
});

describe("functions", () => {
  test("grad of grad of grad", () => {
    const f = (x: Tensor) => x.pow(4);
    expect(grad(f)(2).item()).toBeCloseTo(32);
    expect(grad((x: Tensor) => grad(f)(x))(2).item()).toBeCloseTo(48);
    expect(grad((x: Tensor) => grad((y: Tensor) => grad(f)(y))(x))(2).item()).toBeCloseTo(48);
  });

  test("trees of parameters, and other arguments", () => {
    const params = { layers: [{ w: tensor([1, 2]) }, { w: tensor([3, 4]) }], bias: tensor(5) };
    const step = valueAndGrad((p: typeof params, scale: number) =>
      p.layers[0]!.w.mul(p.layers[1]!.w).sum().add(p.bias.square()).mul(scale),
    );
    const { value, grad: g } = step(params, 2);
    expect(value.item()).toBe(72);
    expect(g.layers[0]!.w.toArray()).toEqual([6, 8]);
    expect(g.bias.item()).toBe(20);
    expect(value.requiresGrad).toBe(false);
  });

  test("what the function does not use has a zero gradient", () => {
    expect(grad((p: { a: Tensor; b: Tensor }) => p.a.sum())({ a: ones([2]), b: ones([3]) }).b.toArray()).toEqual([
      0, 0, 0,
    ]);
    expect(grad((_: Tensor) => tensor(1))(3).item()).toBe(0);
  });

  test("leaves outside keep out of it", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    expect(grad((x: Tensor) => x.mul(w).sum())(tensor([3, 4])).toArray()).toEqual([1, 2]);
    expect(w.grad).toBeUndefined();
  });

  test("a gradient inside a loss", () => {
    // The penalty of a gradient: d/dx (2x)^2 = 8x.
    const x = tensor([1, 3], { requiresGrad: true });
    const inner = grad((y: Tensor) => y.square().sum())(x);
    inner.square().sum().backward();
    expect(x.grad!.toArray()).toEqual([8, 24]);
  });

  test("vjp", () => {
    const [y, pullback] = vjp((x: Tensor) => x.square(), tensor([1, 2]));
    expect(y.toArray()).toEqual([1, 4]);
    expect(pullback(tensor([1, 10])).toArray()).toEqual([2, 40]);
  });

  test("refuses", () => {
    expect(() => grad((x: Tensor) => x)(ones([2]))).toThrow("grad: the result has the shape [2], not a single value");
    expect(() => grad((() => 5) as never)(ones([2]) as never)).toThrow("the function returned number");
    expect(() => grad((x: Tensor) => x.sum())("a" as never)).toThrow("cannot differentiate with respect to string");
    expect(() => grad((x: Tensor) => x.sum())(tensor([1], { dtype: "int32" }))).toThrow("with respect to int32");
  });
});

describe("modules and optimizers", () => {
  class Net extends nn.Module {
    override name = "net";
    hidden = new nn.Linear(2, 8);
    blocks = [new nn.Linear(8, 8), new nn.Linear(8, 8)];
    scale = nn.parameter(ones([1]));
    table = zeros([3]);

    override forward(x: Tensor): Tensor {
      return this.blocks.reduce<Tensor>((h, block) => block(h).relu(), this.hidden(x)).mul(this.scale) as Tensor;
    }
  }

  test("parameters by path", () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual([
      "hidden.weight",
      "hidden.bias",
      "blocks.0.weight",
      "blocks.0.bias",
      "blocks.1.weight",
      "blocks.1.bias",
      "scale",
    ]);
    expect(net instanceof nn.Module && net.hidden instanceof nn.Module).toBe(true);
    expect(net.name).toBe("net");
    expect(net(zeros([5, 2])).shape).toEqual([5, 8]);
    expect(net.eval().blocks[1]!.training).toBe(false);
    expect(net.train().blocks[1]!.training).toBe(true);
  });

  test("state goes in whole or not at all", () => {
    const [a, b] = [new Net(), new Net()];
    b.loadStateDict(a.stateDict());
    const x = randn([3, 2]);
    expect(b(x).toArray()).toEqual(a(x).toArray());
    const before = b(x).toArray();
    const { scale, ...rest } = new Net().stateDict();
    expect(() => b.loadStateDict({ ...rest, size: scale! })).toThrow("missing scale; unknown size");
    expect(() => b.loadStateDict({ ...rest, scale: zeros([2]) })).toThrow("scale is [1], the new value [2]");
    expect(b(x).toArray()).toEqual(before);
  });

  test.each([
    ["SGD", (p: Tensor[]) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 })],
    ["Adam", (p: Tensor[]) => new optim.Adam(p, { lr: 0.05 })],
    ["AdamW", (p: Tensor[]) => new optim.AdamW(p, { lr: 0.05 })],
  ])("%s learns a plane", (_, make) => {
    const layer = new nn.Linear(3, 1);
    const optimizer = make(layer.parameters());
    const x = randn([64, 3]);
    const y = x.matmul(tensor([[1], [-2], [3]])).add(0.5);
    for (let i = 0; i < 300; i++) {
      optimizer.zeroGrad();
      mseLoss(layer(x), y).backward();
      optimizer.step();
    }
    expect(mseLoss(layer(x), y).item()).toBeLessThan(0.01);
  });

  test("parameters that had no gradient yet join later", () => {
    const [a, b] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
    const optimizer = new optim.SGD([a, b], { lr: 1, momentum: 0.5, dampening: 0.5 });
    optimizer.step([tensor([1]), undefined]);
    optimizer.step([tensor([1]), tensor([1])]);
    // a: 1 - 1, then velocity 0.5 * 1 + 0.5 * 1; b takes its first step undamped.
    expect([a.item(), b.item()]).toEqual([-1, 0]);
  });

  test("refuses", () => {
    const p = [tensor([1], { requiresGrad: true })];
    expect(() => new optim.SGD([], { lr: 0.1 })).toThrow("SGD: no parameters");
    expect(() => new optim.SGD([zeros([1])], { lr: 0.1 })).toThrow("parameter 0 is not a leaf");
    expect(() => new optim.SGD(p, { lr: -1 })).toThrow("lr is -1. Give a number of at least 0.");
    expect(() => new optim.Adam(p, { betas: [0.9, 1] })).toThrow("betas[1] is 1");
    expect(() => new optim.SGD(p, { lr: 0.1 }).step([zeros([2])])).toThrow("gradient [2] for parameter 0 of shape [1]");
    expect(() => new nn.Linear(0, 1)).toThrow("inputs is 0");
    expect(() => new nn.Sequential("relu" as never)).toThrow("layer 0 is no module");
  });
});

test("a sequential model names its parameters as PyTorch does", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
  expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
  expect(model.layers).toHaveLength(3);
  expect((model(zeros([4, 2])) as Tensor).shape).toEqual([4, 1]);
});
