import { describe, expect, test } from "vitest";
import { customGrad, grad, jacobian, nn, ones, type Tensor, tensor, zeros } from "../../../engine/index.js";
import { firstOrder, secondOrder } from "../gradcheck.js";
import { distance, numbers } from "../samples.js";

/** softplus with the gradient written by hand. */
const softplus = customGrad({
  name: "mySoftplus",
  forward: (x: Tensor) => x.exp().add(1).log() as Tensor,
  backward: (g, { inputs: [x] }) => g.mul(x.sigmoid() as never) as Tensor,
});

const product = customGrad({
  forward: (a: Tensor, scale: number, b: Tensor) => a.mul(b as never).mul(scale) as Tensor,
  backward: (g, { inputs: [a, scale, b], needs }) => [
    needs(0) ? (g.mul(b as never).mul(scale) as Tensor) : undefined,
    needs(1) ? (g.sum() as Tensor) : undefined,
    g.mul(a as never).mul(scale) as Tensor,
  ],
});

describe("customGrad", () => {
  const x = tensor([0.5, -1, 2], { dtype: "float64" }) as Tensor;

  test("first and second derivatives", () => {
    expect(firstOrder(softplus, [x], 0)).toBeLessThan(1e-8);
    expect(secondOrder(softplus, [x], 0)).toBeLessThan(1e-6);
    for (const i of [0, 2]) {
      expect(firstOrder(product, [x, 3, x.exp()], i)).toBeLessThan(1e-8);
      expect(secondOrder(product, [x, 3, x.exp()], i)).toBeLessThan(1e-6);
    }
  });

  test("a derivative through the output", () => {
    const myExp = customGrad({
      forward: (x: Tensor) => x.exp() as Tensor,
      backward: (g, { output }) => g.mul(output as never) as Tensor,
    });
    expect(secondOrder(myExp, [x], 0)).toBeLessThan(1e-6);
    expect(distance(numbers(jacobian(myExp)(x) as Tensor), numbers(x.exp().diag() as Tensor))).toBeLessThan(1e-15);
  });

  test("the gradient that is written is the one that is used", () => {
    const reversed = customGrad({ forward: (x: Tensor) => x, backward: g => g.mul(-2) as Tensor });
    const w = tensor([1, 2], { requiresGrad: true }) as Tensor;
    const y = reversed(w);
    expect(y === w).toBe(false);
    expect(y.toArray()).toEqual([1, 2]);
    (y.mul(3).sum() as Tensor).backward();
    expect(w.grad!.toArray()).toEqual([-6, -6]);
  });

  test("saved values, and what backward keeps", () => {
    const kept: Tensor[] = [];
    const f = customGrad({
      forward: (x: Tensor) => ({ value: x.sum() as Tensor, saved: { half: x.mul(0.5) as Tensor } }),
      backward: (g, { saved }) => {
        const gradient = g.mul(saved.half as never) as Tensor;
        kept.push(g, gradient.square() as Tensor);
        return gradient;
      },
    });
    const w = tensor([2, 4], { requiresGrad: true }) as Tensor;
    f(w).mul(3).backward();
    expect(w.grad!.toArray()).toEqual([3, 6]);
    expect(kept.map(x => x.toArray())).toEqual([3, [9, 36]]);
  });

  test("nothing inside forward is noted; integers have no gradients", () => {
    const layer = new nn.Linear(2, 2);
    const f = customGrad({ forward: (x: Tensor) => layer(x) as Tensor, backward: g => g });
    expect(f(ones([1, 2])).requiresGrad).toBe(false);
    const pick = customGrad({
      forward: (x: Tensor, i: Tensor) => x.take(i) as Tensor,
      backward: g => [zeros([3]).add(g.sum() as never) as Tensor, undefined],
    });
    expect(
      grad((x: Tensor) => pick(x, tensor([0, 1], { dtype: "int32" })).sum() as Tensor)(ones([3])).toArray(),
    ).toEqual([2, 2, 2]);
    const whole = customGrad({ forward: (x: Tensor) => x.cast("int32") as Tensor, backward: g => g });
    expect(whole(tensor([1.5], { requiresGrad: true })).requiresGrad).toBe(false);
  });

  test("refuses", () => {
    expect(() => customGrad({ forward: (x: Tensor) => x } as never)).toThrow(
      "customGrad: forward and backward must be functions",
    );
    expect(() => customGrad(undefined as never)).toThrow("must be functions");
    expect(() => customGrad({ name: "mine", forward: () => 5 as never, backward: g => g })()).toThrow(
      "mine: the function returned number",
    );
    const run = (backward: (g: Tensor) => unknown, ...more: unknown[]) => {
      const f = customGrad({ name: "mine", forward: (x: Tensor, ..._: unknown[]) => x, backward: backward as never });
      return () => grad((x: Tensor) => f(x, ...more).sum() as Tensor)(ones([2]));
    };
    expect(run(() => ones([3]))).toThrow("mine: the gradient of argument 0 is [3], the tensor [2]");
    expect(run(g => g, 5)).toThrow("mine: backward returned 1 gradients for 2 arguments");
    expect(run(() => 3)).toThrow("the gradient of argument 0 is number");
    expect(run(() => null)).toThrow("the gradient of argument 0 is null");
    expect(run(g => g.cast("int32"))).toThrow("the gradient of argument 0 is int32");
    expect(run(() => undefined)().toArray()).toEqual([0, 0]);
  });
});
