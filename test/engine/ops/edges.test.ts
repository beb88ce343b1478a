import { expect, test } from "vitest";
import {
  arange,
  blockDiag,
  dstack,
  fftshift,
  Generator,
  gumbelSoftmax,
  hstack,
  ifftshift,
  logspace,
  ones,
  type Tensor,
  tensor,
  vmap,
  vstack,
} from "../../../engine/index.js";
import * as ops from "../../../engine/ops/all.js";

const { NaN: none, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
const int = (values: number[]) => tensor(values, { dtype: "int32" });

// What PyTorch 2.15 gives, where it says something else than the formula in the books.

test("isInf and signBit", () => {
  expect(ops.isInf(tensor([low, high, none, 3])).toArray()).toEqual([true, true, false, false]);
  expect(ops.isInf(int([1, 2])).toArray()).toEqual([false, false]);
  expect(ops.signBit(tensor([-0, 0, low, 2])).toArray()).toEqual([true, false, true, false]);
  expect(ops.signBit(int([-1, 0])).toArray()).toEqual([true, false]);
  expect(ops.copySign(tensor([1, 2, -3]), tensor([-0, 0, low])).toArray()).toEqual([-1, 2, -3]);
});

test("isClose: infinities are close to themselves, NaN on demand", () => {
  const a = tensor([high, high, 1, none, 1]);
  const b = tensor([high, low, high, none, 1.000001]);
  expect(ops.isClose(a, b).toArray()).toEqual([true, false, false, false, true]);
  expect(ops.isClose(a, b, { equalNan: true }).toArray()).toEqual([true, false, false, true, true]);
  expect(ops.isClose(tensor([100]), tensor([110]), { rtol: 0.095, atol: 0 }).toArray()).toEqual([true]);
  expect(ops.isClose(tensor([110]), tensor([100]), { rtol: 0.095, atol: 0 }).toArray()).toEqual([false]);
  expect(ops.isClose(int([3, 4]), int([3, 5])).toArray()).toEqual([true, false]);
});

test("allClose is a truth value, of broadcast shapes, also of nothing", () => {
  expect(ops.allClose(tensor([1, 1]), 1)).toBe(true);
  expect(tensor([1, 2]).allClose(tensor([1, 3]))).toBe(false);
  expect(ops.allClose(tensor(new Float32Array(0)), tensor(new Float32Array(0)))).toBe(true);
});

test("floorDivide and fmod with negatives, infinities and integers", () => {
  const [a, b] = [tensor([5, -5, 5, high, 0, 1]), tensor([high, high, low, 2, 3, 0])];
  expect(ops.floorDivide(a, b).toArray()).toEqual([0, -1, -1, none, 0, high]);
  expect(ops.floorDivide(int([7, -7, 7, -7]), int([2, 2, -2, -2])).toArray()).toEqual([3, -4, -4, 3]);
  expect(ops.fmod(int([7, -7, 7, -7]), int([4, 4, -4, -4])).toArray()).toEqual([3, -3, 3, -3]);
  expect(ops.floorDivide(int([7]), int([2])).dtype).toBe("int32");
  expect(ops.floorDivide(tensor([6], { dtype: "float64" }), 0.1).toArray()).toEqual([59]);
  expect(ops.floorDivide(tensor([1], { requiresGrad: true }), 2).requiresGrad).toBe(false);
});

test("xlogy and xlog1py: 0 wins over the logarithm of 0, NaN over both", () => {
  expect(ops.xlogy(tensor([0, 0, 0, 1]), tensor([0, -1, none, 0])).toArray()).toEqual([0, 0, none, low]);
  expect(ops.xlog1py(tensor([0, 0, 1]), tensor([-1, none, -1])).toArray()).toEqual([0, none, low]);
  const x = tensor([0, 2], { requiresGrad: true });
  ops.sum(ops.xlogy(x, tensor([0, 1]))).backward();
  expect(x.grad!.toArray()).toEqual([0, 0]);
});

test("logit outside of 0 to 1, with and without eps", () => {
  expect(ops.logit(tensor([-0.5, 0, 1, 1.5])).toArray()).toEqual([none, low, high, none]);
  const x = tensor([-0.5, 0.5, 1.5], { requiresGrad: true });
  const y = ops.logit(x, { eps: 0.25 });
  expect(ops.allClose(y, tensor([-Math.log(3), 0, Math.log(3)]))).toBe(true);
  ops.sum(y).backward();
  expect(x.grad!.toArray()).toEqual([0, 4, 0]);
});

test("lerp is exact at both ends", () => {
  const [a, b] = [tensor([1e8, -3]), tensor([1, 7])];
  expect(ops.lerp(a, b, 0).toArray()).toEqual([1e8, -3]);
  expect(ops.lerp(a, b, 1).toArray()).toEqual([1, 7]);
});

test("fmax, fmin and heaviside beside NaN", () => {
  const [a, b] = [tensor([none, 1, none]), tensor([2, none, none])];
  expect(ops.fmax(a, b).toArray()).toEqual([2, 1, none]);
  expect(ops.fmin(a, b).toArray()).toEqual([2, 1, none]);
  expect(ops.heaviside(tensor([none, -1, 0, 2]), 0.5).toArray()).toEqual([none, 0, 0.5, 1]);
});

test("nanToNum knows the largest number of each dtype, and leaves integers alone", () => {
  const x = tensor([none, high, low, 1], { dtype: "float64" });
  expect(ops.nanToNum(x).toArray()).toEqual([0, Number.MAX_VALUE, -Number.MAX_VALUE, 1]);
  expect(ops.nanToNum(x.cast("float32")).toArray()).toEqual([0, 3.4028234663852886e38, -3.4028234663852886e38, 1]);
  expect(ops.nanToNum(x.cast("float16")).toArray()).toEqual([0, 65504, -65504, 1]);
  expect(ops.nanToNum(x, { nan: -1, neginf: -9 }).toArray()).toEqual([-1, Number.MAX_VALUE, -9, 1]);
  expect(ops.nanToNum(int([1, 2])).dtype).toBe("int32");
});

test("functions at their ends", () => {
  for (const dtype of ["float32", "float64"] as const) {
    expect(ops.erfinv(tensor([-1, 1, 2, none, 0], { dtype })).toArray()).toEqual([low, high, none, none, 0]);
    expect(ops.i0(tensor([0, high, low, none], { dtype })).toArray()).toEqual([1, high, high, none]);
    expect(ops.i1(tensor([0, high, low, none], { dtype })).toArray()).toEqual([0, high, low, none]);
    expect(ops.polygamma(tensor([0, -1, none], { dtype }), 1).toArray()).toEqual([high, high, none]);
    expect(ops.polygamma(tensor([0, high], { dtype }), 2).toArray()).toEqual([low, -0]);
  }
});

test("i0 differentiates to i1 to any order, also for samples of vmap", () => {
  const x = tensor([0, 0.5, 30], { dtype: "float64", requiresGrad: true });
  ops.sum(ops.i0(x)).backward();
  expect(ops.allClose(x.grad as Tensor, ops.i1(x.detach()), { rtol: 1e-14 })).toBe(true);
  expect(vmap((row: Tensor) => ops.i0(row) as Tensor)(x.detach()).shape).toEqual([3]);
});

test("nanMean of nothing but NaN is NaN, its gradient 0", () => {
  const x = tensor([none, none], { requiresGrad: true });
  const y = ops.nanMean(x);
  expect(y.item()).toBe(none);
  y.backward();
  expect(x.grad!.toArray()).toEqual([0, 0]);
});

test("matrixExp refuses NaN and infinity, and squares large matrices back", () => {
  const broken = tensor([
    [none, 0],
    [0, 1],
  ]);
  expect(() => ops.matrixExp(broken)).toThrow("matrixExp: the matrix holds NaN or infinity");
  // A rotation by 20: the exponential of a skew matrix, whose norm lies far beyond what the approximation holds for.
  const turn = tensor([0, -20, 20, 0], { shape: [2, 2], dtype: "float64" });
  const wanted = tensor([Math.cos(20), -Math.sin(20), Math.sin(20), Math.cos(20)], { shape: [2, 2], dtype: "float64" });
  expect(ops.allClose(ops.matrixExp(turn), wanted, { rtol: 0, atol: 1e-13 })).toBe(true);
});

test("hstack, vstack, dstack and blockDiag say what does not join", () => {
  expect(() => hstack([])).toThrow("hstack: no tensors");
  expect(() => vstack([tensor([1, 2]), tensor([1])])).toThrow("[1, 2] and [1, 1] do not join on axis 0");
  expect(() => blockDiag([ones([1, 2, 2])])).toThrow("blockDiag: [1, 2, 2] is no matrix");
  expect(() => dstack([2 as never])).toThrow("dstack: expected a tensor, got number");
  expect(hstack([ones([2, 1]), ones([2, 3])]).shape).toEqual([2, 4]);
  expect(vstack([tensor(1), tensor([2])]).toArray()).toEqual([[1], [2]]);
  expect(dstack([ones([2, 3]), ones([2, 3, 4])]).shape).toEqual([2, 3, 5]);
});

test("gumbelSoftmax draws by the softmax of the logits, and the hard form has the gradients of the soft one", () => {
  const logits = tensor([0, Math.log(3)], { requiresGrad: true });
  const many = ops.broadcastTo(logits, [4000, 2]) as Tensor;
  const hard = gumbelSoftmax(many, { hard: true, generator: new Generator(3) });
  const [first, second] = (hard.mean(0) as Tensor).toArray() as number[];
  expect(first! + second!).toBeCloseTo(1, 5);
  expect(second).toBeGreaterThan(0.72);
  expect(second).toBeLessThan(0.78);
  const weights = tensor([1, 2]);
  const slope = (y: Tensor) => {
    logits.grad = undefined;
    (y.mul(weights as never).sum() as Tensor).backward();
    return logits.grad!.toArray();
  };
  const options = { tau: 0.5, generator: new Generator(4) };
  const soft = slope(gumbelSoftmax(many, options) as Tensor);
  expect(slope(gumbelSoftmax(many, { ...options, generator: new Generator(4), hard: true }) as Tensor)).toEqual(soft);
  expect(() => gumbelSoftmax(many, { tau: 0 })).toThrow("gumbelSoftmax: a tau of 0");
});

test("logspace of one number, of integers, and what it refuses", () => {
  expect(logspace(2, 5, 1).toArray()).toEqual([100]);
  expect(logspace(0, 4, 5, { base: 2, dtype: "int32" }).toArray()).toEqual([1, 2, 4, 8, 16]);
  expect(() => logspace(0, 1, 2, { base: 0 })).toThrow("logspace: a base of 0");
  expect(() => logspace(0, high, 2)).toThrow("logspace: from 0 to Infinity");
  expect(() => logspace(0, 1, 1.5)).toThrow("1.5");
});

test("fftshift and ifftshift undo each other on axes of any length", () => {
  const x = ops.reshape(arange(30), [5, 3, 2]) as Tensor;
  for (const axis of [undefined, 0, [0, 1], -2] as const) {
    expect(ifftshift(fftshift(x, axis), axis).toArray()).toEqual(x.toArray());
  }
  expect(fftshift(x, 0).at(0, 0, 0).item()).toBe(18);
  expect(() => fftshift(x, 3)).toThrow("fftshift: axis 3 does not exist");
});
