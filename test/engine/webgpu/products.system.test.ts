import { describe, expect, test } from "vitest";
import { Generator, logSoftmax, matmul, randn, softmax, type Tensor, tensor } from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";
import { calls, noGpu } from "./gpu.js";

const random = (shape: number[], seed: number) => randn(shape, { generator: new Generator(seed) }) as Tensor;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** The error of a sum of n products grows like the root of n; 2e-6 is for n = 1. */
const close = (n: number) => 2e-6 * Math.sqrt(n) + 2e-6;

describe.skipIf(noGpu)("matmul on WebGPU", () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 17, 33];
  test.each(sizes)("of every shape with %i rows", m => {
    for (const n of sizes) {
      for (const k of [1, 4, 19]) {
        const [a, b] = [random([m, k], 1), random([k, n], 2)];
        const got = matmul(a.to("webgpu"), b.to("webgpu") as never) as Tensor;
        expect(distance(numbers(got), numbers(a.matmul(b as never) as Tensor))).toBeLessThan(close(k));
      }
    }
  });

  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("transposed: %s, %s", (left, right) => {
    const turned = (x: Tensor, on: boolean) => (on ? (x.transpose(-1, -2) as Tensor) : x);
    const [a, b] = [random(left ? [3, 70, 9] : [3, 9, 70], 3), random(right ? [3, 11, 70] : [3, 70, 11], 4)];
    const product = (x: Tensor, y: Tensor) => matmul(turned(x, left), turned(y, right) as never) as Tensor;
    const got = product(a.to("webgpu"), b.to("webgpu"));
    expect(distance(numbers(got), numbers(product(a, b)))).toBeLessThan(close(70));
  });

  test.each([
    [
      [5, 3, 4],
      [4, 2],
    ],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    [
      [6, 3, 4],
      [6, 4, 2],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [0, 4],
      [4, 3],
    ],
    [
      [2, 0],
      [0, 3],
    ],
    [[4], [4]],
  ])("batches: %j x %j", (left, right) => {
    const [a, b] = [random(left, 5), random(right, 6)];
    const got = matmul(a.to("webgpu"), b.to("webgpu") as never) as Tensor;
    expect(distance(numbers(got), numbers(matmul(a, b as never) as Tensor))).toBeLessThan(close(4));
  });

  test("of 300 x 500 x 200, twice the same bits", () => {
    const [a, b] = [random([300, 500], 7), random([500, 200], 8)];
    const [x, y] = [a.to("webgpu"), b.to("webgpu")];
    const got = numbers(x.matmul(y as never) as Tensor);
    expect(distance(got, numbers(a.matmul(b as never) as Tensor))).toBeLessThan(close(500));
    expect(numbers(x.matmul(y as never) as Tensor)).toEqual(got);
  });

  test("linear with bias and relu", () => {
    const [x, w, b] = [random([9, 20], 9), random([6, 20], 10), random([6], 11)];
    const run = (...[i, m, bias]: Tensor[]) =>
      calls.linear!(...([i, m, { bias, activation: "relu" }] as never[])) as Tensor;
    const got = run(x.to("webgpu"), w.to("webgpu"), b.to("webgpu"));
    expect(distance(numbers(got), numbers(run(x, w, b)))).toBeLessThan(close(20));
  });
});

describe.skipIf(noGpu)("reductions on WebGPU", () => {
  const names = "sum mean prod max min argMax argMin any all variance std logSumExp norm".split(" ");
  const reduce = (name: string, x: Tensor, axis: unknown) =>
    (calls[name] as unknown as (x: Tensor, axis: unknown) => Tensor)(
      name === "any" || name === "all" ? x.gt(1) : x,
      axis,
    );

  test.each(names)("%s over every axis and layout", name => {
    const x = random([3, 5, 7], 12);
    const there = x.to("webgpu");
    for (const turned of [(t: Tensor) => t, (t: Tensor) => t.permute([2, 0, 1]) as Tensor]) {
      for (const axis of [undefined, 0, 1, 2, [0, 2], [0, 1, 2]]) {
        const got = numbers(reduce(name, turned(there), axis));
        expect(distance(got, numbers(reduce(name, turned(x), axis))), `axis ${axis}`).toBeLessThan(1e-5);
      }
    }
  });

  test.each([255, 256, 257, 65_536, 65_537, 200_001])("over %i elements, in several rounds", n => {
    const x = random([n], n).add(0.01) as Tensor;
    const there = x.to("webgpu");
    for (const name of ["sum", "mean", "max", "min", "argMax", "argMin"]) {
      const [got, wanted] = [reduce(name, there, undefined), reduce(name, x, undefined)].map(y => Number(y.item()));
      // Of a sum that nearly cancels, the terms say what is close.
      expect(Math.abs(got! - wanted!), name).toBeLessThanOrEqual(name === "sum" ? 1e-6 * n : 1e-6);
    }
  });

  test.each(names)("%s with NaN and infinities", name => {
    const x = tensor([1, nan, 3, inf, -inf, 2, nan, 0, 1, 5, 6, 7], { shape: [4, 3] }) as Tensor;
    for (const axis of [undefined, 0, 1]) {
      const got = numbers(reduce(name, x.to("webgpu"), axis));
      expect(distance(got, numbers(reduce(name, x, axis)))).toBeLessThan(1e-5);
    }
  });
});

describe.skipIf(noGpu)("softmax on WebGPU", () => {
  const rows = [
    [1, 2, 3],
    [1000, 1000, -1000],
    [-inf, 0, -inf],
    [nan, 0, 1],
    [inf, 0, 1],
    [-88, -89, -90],
  ];
  test.each([softmax, logSoftmax])("%o at the edges", run => {
    const x = tensor(rows) as Tensor;
    // The CPU in float64: in float32 it rounds max + log(sum) first.
    const wanted = numbers(run(x.cast("float64")));
    expect(distance(numbers(run(x.to("webgpu"))), wanted)).toBeLessThan(2e-6);
  });
  test.each([softmax, logSoftmax])("%o of long rows, over any axis", run => {
    const x = random([5, 300, 3], 20).mul(4) as Tensor;
    for (const axis of [0, 1, 2]) {
      expect(distance(numbers(run(x.to("webgpu"), axis)), numbers(run(x, axis)))).toBeLessThan(3e-6);
    }
  });
});
