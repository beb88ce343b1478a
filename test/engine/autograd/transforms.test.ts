import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  eye,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacobian,
  jvp,
  nn,
  ones,
  slice,
  softmax,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";

/** By torch.func in float64; see make_autograd.py, where the functions below are written in Python. */
const wanted = JSON.parse(readFileSync(new URL("../../fixtures/autograd.json", import.meta.url), "utf8"));

const wide = (values: unknown): Tensor => tensor(values as number[], { dtype: "float64" }) as Tensor;
const weight = wide(wanted.weight);
const bias = wide(wanted.bias);

const maps: Record<string, (x: Tensor) => Tensor> = {
  layer: x => x.matmul(weight).add(bias).tanh() as Tensor,
  softmax: x => softmax(x.matmul(weight) as Tensor),
  windows: x => (x.reshape([1, 1, 2, 4]).conv2d(weight.reshape([3, 1, 2, 2])) as Tensor).exp() as Tensor,
};
const losses: Record<string, (x: Tensor) => Tensor> = {
  energy: x => maps.layer!(x).square().sum(-1).mul(x.logSumExp(-1)).prod() as Tensor,
  entropy: x => crossEntropy(x.matmul(weight) as Tensor, tensor([0, 2], { dtype: "int32" })),
};
type Params = { w: Tensor; v: { b: Tensor } };
const ofTree = (p: Params) => p.w.matmul(p.v.b).sin().sum().mul(p.v.b.prod()) as Tensor;
const treeOf = (values: { w: number[][]; v: { b: number[] } }): Params => ({
  w: wide(values.w),
  v: { b: wide(values.v.b) },
});

function expectClose(got: Tensor, values: unknown): void {
  const flat = [values].flat(Number.POSITIVE_INFINITY) as number[];
  expect(got.dtype).toBe("float64");
  expect(distance(numbers(got), flat)).toBeLessThan(1e-12);
}

describe("as torch.func", () => {
  const [x, v] = [wide(wanted.x), wide(wanted.v)];
  const all = Object.entries({ ...maps, ...losses });

  test.each(all)("jvp of %s", (name, f) => {
    const [value, tangent] = jvp(f, x, v);
    expect(distance(numbers(value), numbers(f(x)))).toBe(0);
    expect(tangent.shape).toEqual(value.shape);
    expectClose(tangent, wanted.jvp[name]);
  });

  test.each(all)("jacobian of %s, both ways", (name, f) => {
    for (const by of [jacobian, jacfwd]) {
      const result = by(f)(x) as Tensor;
      expect(result.shape).toEqual([...f(x).shape, 2, 4]);
      expectClose(result, wanted.jacobian[name]);
    }
  });

  test.each(Object.entries(losses))("hessian and hvp of %s", (name, f) => {
    expectClose(hessian(f)(x) as Tensor, wanted.hessian[name]);
    expectClose(hvp(f, x, v)[1], wanted.hvp[name]);
  });

  test("trees", () => {
    const [p, dp] = [treeOf(wanted.tree.p), treeOf(wanted.tree.dp)];
    expectClose(jvp(ofTree, p, dp)[1], wanted.tree.jvp);
    const [, product] = hvp(ofTree, p, dp);
    expectClose(product.w, wanted.tree.hvp.w);
    expectClose(product.v.b, wanted.tree.hvp.v.b);
    const second = hessian(ofTree)(p);
    expectClose(second.w.w, wanted.tree.hessian.w.w);
    expectClose(second.w.v.b, wanted.tree.hessian.w.v.b);
    expectClose(second.v.b.w, wanted.tree.hessian.v.b.w);
    expectClose(second.v.b.v.b, wanted.tree.hessian.v.b.v.b);
  });
});

describe("forms", () => {
  test("numbers stand for scalars", () => {
    expect(jvp((x: Tensor) => x.pow(3) as Tensor, 2, 10)[1].item()).toBe(120);
    expect(hessian((x: Tensor) => x.pow(3) as Tensor)(2).item()).toBe(12);
    expect(jacobian((x: Tensor) => x.mul(tensor([1, 2])) as Tensor)(3).toArray()).toEqual([1, 2]);
  });

  test("several results", () => {
    const all = jacobian((x: Tensor) => ({ double: x.mul(2) as Tensor, parts: [x.sum() as Tensor] }))(tensor([1, 2]));
    expect(all.double.toArray()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(all.parts[0]!.toArray()).toEqual([1, 1]);
  });

  test("other arguments are handed on", () => {
    const f = (x: Tensor, by: number) => x.mul(by) as Tensor;
    expect(jacobian(f)(3, 4).item()).toBe(4);
    expect(hessian((x: Tensor, by: number) => x.square().mul(by).sum() as Tensor)(tensor([1]), 4).toArray()).toEqual([
      [8],
    ]);
  });

  test("what does not depend on the argument has a zero derivative", () => {
    const constant = (_: Tensor) => ones([2]) as Tensor;
    expect(jvp(constant, ones([3]), ones([3]))[1].toArray()).toEqual([0, 0]);
    expect((jacobian(constant)(ones([3])) as Tensor).shape).toEqual([2, 3]);
    expect(jacfwd(constant)(ones([1])).toArray()).toEqual([[0], [0]]);
    expect(hessian((x: Tensor) => x.sum() as Tensor)(ones([2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(hvp((x: Tensor) => x.sum() as Tensor, ones([2]), ones([2]))[1].toArray()).toEqual([0, 0]);
  });

  test("empty results and arguments", () => {
    const f = (x: Tensor) => x.mul(2) as Tensor;
    expect((jacobian(f)(zeros([0, 2])) as Tensor).shape).toEqual([0, 2, 0, 2]);
    expect((jacfwd(f)(zeros([0])) as Tensor).shape).toEqual([0, 0]);
  });
});

describe("all elements in one walk, or one after the other", () => {
  const x = tensor([0.5, -1, 2, 0.3], { dtype: "float64" }) as Tensor;
  const w = tensor(
    [
      [1, 2, 0],
      [0.5, -1, 1],
      [2, 0, 1],
      [1, 1, 1],
    ],
    { dtype: "float64" },
  );
  const functions: Record<string, (x: Tensor) => Tensor> = {
    products: x => x.matmul(w).tanh().softmax().logSoftmax() as Tensor,
    parts: x =>
      x
        .at(0)
        .mul(x.at(slice(1, 3)) as never)
        .add(x.at(-1) as never) as Tensor,
    normal: x =>
      x
        .reshape([2, 2])
        .layerNorm()
        .mul(x.sum() as never) as Tensor,
    sorted: x => x.sort().mul(x.cumSum(0) as never) as Tensor,
    kernels: x =>
      (x.reshape([1, 1, 2, 2]).conv2d(w.at(slice(0, 1), slice(0, 1)).reshape([1, 1, 1, 1])) as Tensor).exp() as Tensor,
  };

  test.each(Object.entries(functions))("%s agree with rows of vjp, and are derived again", (_, f) => {
    const y = f(x);
    const rows = Array.from({ length: y.size }, (_, i) => {
      const unit = (eye(y.size, { dtype: "float64" }).at(i) as Tensor).reshape(y.shape) as Tensor;
      return numbers(vjp(f, x)[1](unit));
    });
    expect(distance(numbers(jacobian(f)(x) as Tensor), rows.flat())).toBeLessThan(1e-13);
    expect(distance(numbers(jacfwd(f)(x) as Tensor), rows.flat())).toBeLessThan(1e-13);
    const slope = (by: typeof jacobian) => grad((x: Tensor) => (by(f)(x) as Tensor).sin().sum() as Tensor)(x);
    const loss = (x: Tensor) => {
      const unit = (i: number) => (eye(y.size, { dtype: "float64" }).at(i) as Tensor).reshape(y.shape) as Tensor;
      const parts = rows.map((_, i) => vjp(f, x)[1](unit(i)).sin().sum() as Tensor);
      return parts.reduce((a, b) => a.add(b as never) as Tensor);
    };
    const wanted = numbers(grad(loss)(x));
    expect(distance(numbers(slope(jacobian)), wanted)).toBeLessThan(1e-11);
    expect(distance(numbers(slope(jacfwd as never)), wanted)).toBeLessThan(1e-11);
  });

  test("what users see one gradient at a time", () => {
    const seen: number[][] = [];
    const f = (x: Tensor) => {
      const y = x.square() as Tensor;
      y.registerHook(g => void seen.push([...g.shape]));
      return y.mul(2) as Tensor;
    };
    expect((jacobian(f)(x) as Tensor).trace().item()).toBeCloseTo(4 * 1.8);
    expect(seen).toEqual([[4], [4], [4], [4]]);
  });

  test("in a compiled function", () => {
    const f = compile((x: Tensor) => jacobian(functions.products!)(x) as Tensor);
    for (let i = 0; i < 4; i++) {
      expect(distance(numbers(f(x)), numbers(jacobian(functions.products!)(x) as Tensor))).toBeLessThan(1e-13);
    }
  });
});

describe("inside each other", () => {
  const cube = (x: Tensor) => x.pow(3) as Tensor;

  test("the derivative of a jvp, a jacobian, a hessian, an hvp", () => {
    expect(grad((x: Tensor) => jvp(cube, x, tensor(1) as Tensor)[1])(2).item()).toBeCloseTo(12);
    expect(grad((v: Tensor) => jvp(cube, tensor(2) as Tensor, v)[1])(5).item()).toBeCloseTo(12);
    expect(grad((x: Tensor) => (jacobian(cube)(x) as Tensor).sum() as Tensor)(tensor([1, 2])).toArray()).toEqual([
      6, 12,
    ]);
    expect(grad((x: Tensor) => (jacfwd(cube)(x) as Tensor).sum() as Tensor)(tensor([1, 2])).toArray()).toEqual([6, 12]);
    expect(grad((x: Tensor) => hessian(cube)(x) as Tensor)(7).item()).toBeCloseTo(6);
    expect(grad((x: Tensor) => hvp(cube, x, tensor(1) as Tensor)[1])(7).item()).toBeCloseTo(6);
    expect(jvp((x: Tensor) => grad(cube)(x), 2, 1)[1].item()).toBeCloseTo(12);
  });

  test("a closed-over tensor that requires gradients is not lost", () => {
    // d/dw of d/dx (w x)^2 = 2 w^2 x.
    const slope = (w: Tensor) => grad((x: Tensor) => x.mul(w).square() as Tensor)(3);
    expect(grad(slope)(5).item()).toBe(60);
    const w = tensor(5, { requiresGrad: true }) as Tensor;
    slope(w).backward();
    expect(w.grad!.item()).toBe(60);
    const [, pullback] = vjp((x: Tensor) => x.mul(w) as Tensor, 1);
    expect(pullback(tensor(2) as Tensor).requiresGrad).toBe(true);
  });

  test("the penalty of a critic's gradient reaches the critic's parameters", () => {
    const critic = new nn.Linear(2, 1);
    const slope = grad((x: Tensor) => critic(x).sum() as Tensor)(ones([1, 2]));
    (slope.square().sum() as Tensor).backward();
    const expected = numbers(critic.weight).map(v => 2 * v);
    expect(distance(numbers(critic.weight.grad!), expected)).toBeLessThan(1e-6);
  });
});

describe("refuses", () => {
  const f = (p: { a: Tensor; b: Tensor[] }) => p.a.add(p.b[0]!) as Tensor;
  const p = { a: ones([2]) as Tensor, b: [ones([2]) as Tensor] };

  test("tangents of another form or shape", () => {
    expect(() => jvp(f, p, { a: ones([2]), b: [] } as never)).toThrow("jvp: tangents.b differs from the arguments");
    expect(() => jvp(f, p, { a: ones([3]), b: [ones([2])] } as never)).toThrow(
      "jvp: tangents.a is [3], the argument [2]",
    );
    expect(() => jvp(f, p, { a: "x", b: [ones([2])] } as never)).toThrow("tangents.a is string");
    expect(() => hvp(f, p, p)).toThrow("hvp: the result has the shape [2], not a single value");
    expect(() => hvp(p => f(p).sum() as Tensor, p, ones([2]) as never)).toThrow("vector differs from the arguments");
  });

  test("functions that return no tensor, arguments without floats", () => {
    expect(() => jvp((() => 1) as never, ones([2]) as never, ones([2]) as never)).toThrow(
      "the function returned number",
    );
    expect(() => jacobian((() => null) as never)(ones([2]) as never)).toThrow("jacobian: the function returned null");
    expect(() => vjp((() => undefined) as never, ones([2]) as never)).toThrow("the function returned undefined");
    expect(() => jacfwd((x: Tensor) => x)(tensor([1], { dtype: "int32" }))).toThrow("with respect to int32");
    expect(() => hessian((x: Tensor) => x)(ones([2]))).toThrow("the result has the shape [2], not a single value");
  });
});
