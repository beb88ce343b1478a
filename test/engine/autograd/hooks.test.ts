import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { add, grad, mul, nn, noGrad, ones, type Tensor, tensor, zeros } from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";

/** By PyTorch in float64; see make_hooks.py. */
const wanted = JSON.parse(readFileSync(new URL("../../fixtures/hooks.json", import.meta.url), "utf8"));

const wide = (values: unknown) => tensor(values as number[], { dtype: "float64" }) as Tensor;

function expectClose(got: Tensor | undefined, values: unknown): void {
  expect(distance(numbers(got!), [values].flat(Number.POSITIVE_INFINITY) as number[])).toBeLessThan(1e-12);
}

describe("of tensors", () => {
  test("see the complete gradient, in order, and may change it", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.square();
    const seen: unknown[] = [];
    y.registerHook(g => void seen.push(g.toArray()));
    y.registerHook(g => g.mul(10) as Tensor);
    const last = y.registerHook(g => void seen.push(g.toArray()));
    // y is used twice: the hook sees 1 + 3 once.
    const loss = y.sum().add(y.mul(3).sum());
    loss.backward();
    expect(seen).toEqual([
      [4, 4],
      [40, 40],
    ]);
    expect(x.grad!.toArray()).toEqual([80, 160]);
    last.remove();
    last.remove();
    x.grad = undefined;
    loss.backward();
    expect(seen).toHaveLength(3);
    expect(x.grad!.toArray()).toEqual([80, 160]);
  });

  test("of leaves change what is added to .grad; `using` takes them away", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    {
      using _ = x.registerHook(g => g.mul(-1) as Tensor);
      x.sum().backward();
    }
    expect(x.grad!.toArray()).toEqual([-1, -1]);
    x.sum().backward();
    expect(x.grad!.toArray()).toEqual([0, 0]);
  });

  test("may keep the gradient: it is not freed with the walk", () => {
    const x = ones([64, 64], { requiresGrad: true });
    const y = x.mul(2);
    let kept: Tensor | undefined;
    y.registerHook(g => {
      kept = g;
    });
    y.exp().sum().backward();
    expect(kept!.at(0, 0).item()).toBeCloseTo(Math.exp(2));
  });

  test("work inside grad, and are derived with createGraph", () => {
    const f = (x: Tensor) => {
      const y = x.pow(3) as Tensor;
      y.registerHook(g => g.mul(2) as Tensor);
      return y;
    };
    expect(grad(f)(2).item()).toBeCloseTo(24);
    expect(grad((x: Tensor) => grad(f)(x))(2).item()).toBeCloseTo(24);
  });

  test("retainGrad", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.square();
    y.retainGrad();
    y.retainGrad();
    x.retainGrad();
    y.mul(3).sum().backward();
    expect(y.grad!.toArray()).toEqual([3, 3]);
    y.sum().backward();
    expect(y.grad!.toArray()).toEqual([4, 4]);
    expect(x.grad!.toArray()).toEqual([8, 16]);
  });

  test("refuse", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(() => x.detach().registerHook(() => undefined)).toThrow("registerHook: the tensor requires no gradients");
    expect(() => noGrad(() => x.mul(2)).retainGrad()).toThrow("retainGrad: the tensor requires no gradients");
    expect(() => x.registerHook(undefined as never)).toThrow("the hook is undefined");
    x.registerHook(() => ones([3]));
    expect(() => x.sum().backward()).toThrow("registerHook: the hook's result is [3], the tensor [2]");
    const y = tensor([1], { requiresGrad: true });
    y.registerHook(() => 5 as never);
    expect(() => y.sum().backward()).toThrow("the hook's result is number");
  });
});

describe("of modules, as PyTorch's", () => {
  const build = () => {
    const [first, second] = [new nn.Linear(3, 4), new nn.Linear(4, 2)];
    const model = new nn.Sequential(first, new nn.Tanh(), second);
    // The layers are float32: parameters in float64 take their places.
    for (const [layer, name] of [
      [first, "0"],
      [second, "2"],
    ] as const) {
      Object.assign(layer, {
        weight: nn.parameter(wide(wanted.state[`${name}.weight`])),
        bias: nn.parameter(wide(wanted.state[`${name}.bias`])),
      });
    }
    const x = tensor(wanted.input as number[][], { dtype: "float64", requiresGrad: true });
    return { first, second, model: model as unknown as (x: Tensor) => Tensor, x };
  };

  test("what full backward hooks see", () => {
    const { first, second, model, x } = build();
    const seen: Record<string, (Tensor | undefined)[]> = {};
    const handles = Object.entries({ first, second }).map(([name, layer]) =>
      layer.registerFullBackwardHook((module, gradInput, gradOutput) => {
        expect(module).toBe(layer);
        seen[name] = [...gradInput, ...gradOutput];
      }),
    );
    (model(x).square().sum() as Tensor).backward();
    for (const name of ["first", "second"]) {
      expect(seen[name]).toHaveLength(2);
      expectClose(seen[name]![0], wanted.plain.seen[name][0]);
      expectClose(seen[name]![1], wanted.plain.seen[name][1]);
    }
    expectClose(x.grad, wanted.plain.x);
    expectClose(first.weight.grad, wanted.plain.weight);
    for (const handle of handles) handle.remove();
    delete seen.first;
    (model(x).sum() as Tensor).backward();
    expect(seen.first).toBeUndefined();
  });

  test("what all kinds change", () => {
    const { first, second, model, x } = build();
    second.registerFullBackwardHook((_, [g]) => [g!.mul(3) as Tensor]);
    second.registerFullBackwardPreHook((_, [g]) => [g!.mul(0.5) as Tensor]);
    second.registerForwardPreHook((_, [given]) => [(given as Tensor).add(1)]);
    first.registerForwardHook((_, args, output) => {
      expect(args).toHaveLength(1);
      return (output as Tensor).mul(2);
    });
    const output = model(x);
    output.registerHook(g => g.add(0.25) as Tensor);
    (output.square().sum() as Tensor).backward();
    expectClose(output, wanted.changed.output);
    expectClose(x.grad, wanted.changed.x);
    expectClose(first.weight.grad, wanted.changed.first);
    expectClose(second.weight.grad, wanted.changed.second);
  });

  test("an input that requires no gradients, twice the same input, several results", () => {
    const seen: unknown[] = [];
    const layer = new nn.Linear(2, 1);
    layer.registerFullBackwardHook((_, gradInput, [g]) => void seen.push([gradInput, g!.toArray()]));
    (layer(ones([1, 2])).sum() as Tensor).backward();
    expect(seen).toEqual([[[undefined], [[1]]]]);

    class Both extends nn.Module {
      forward(a: Tensor, b: Tensor, options: { scale: number }) {
        return { product: mul(a, b as never) as Tensor, sums: [add(a, b as never).mul(options.scale) as Tensor, b] };
      }
    }
    const both = new Both();
    both.registerFullBackwardHook((_, gradInput, gradOutput) => {
      expect(gradInput.map(g => g!.item())).toEqual([3 + 10, 3 + 10]);
      expect(gradOutput.map(g => g?.item())).toEqual([1, 5, undefined]);
    });
    const x = tensor(3, { requiresGrad: true }) as Tensor;
    const { product, sums } = both(x, x, { scale: 2 });
    product.add(sums[0]!.mul(5) as never).backward();
    // d/dx of x^2 + 5 * 2 * 2x.
    expect(x.grad!.item()).toBe(26);
  });

  test("a wrong shape is named", () => {
    const layer = new nn.Linear(2, 1);
    layer.registerFullBackwardHook(() => [zeros([3])]);
    const x = ones([1, 2], { requiresGrad: true });
    expect(() => (layer(x).sum() as Tensor).backward()).toThrow(
      "registerFullBackwardHook: gradient 0 is [3], the tensor [1, 2]",
    );
  });

  test("a hook that replaces nothing leaves the values alone, also without gradients", () => {
    const layer = new nn.Linear(2, 2);
    const x = ones([1, 2]);
    const before = numbers(layer(x));
    let calls = 0;
    layer.registerForwardPreHook(() => void calls++);
    layer.registerForwardHook(() => void calls++);
    layer.registerFullBackwardHook(() => void calls++);
    expect(numbers(noGrad(() => layer(x)))).toEqual(before);
    expect(calls).toBe(2);
  });
});
