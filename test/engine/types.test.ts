import { expect, expectTypeOf, test } from "vitest";
import {
  crossEntropy,
  type DType,
  grad,
  linear,
  nn,
  oneHot,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../engine/index.js";

/** What the compiler knows. The assertions hold when this file compiles; running it shows that the values agree. */

const x = zeros([32, 784]);
const batch = zeros([32, 784]) as Tensor<[number, 784], "float32">;

test("creation", () => {
  expectTypeOf(x).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  expectTypeOf(tensor([[1, 2, 3]])).toEqualTypeOf<Tensor<[1, 3], "float32">>();
  expectTypeOf(tensor([true, false])).toEqualTypeOf<Tensor<[2], "bool">>();
  expectTypeOf(tensor(new Int32Array(4))).toEqualTypeOf<Tensor<[number], "int32">>();
  expectTypeOf(tensor(new Float32Array(6), { shape: [2, 3] })).toEqualTypeOf<Tensor<[2, 3], "float32">>();
  expectTypeOf(tensor(1, { dtype: "float64" })).toEqualTypeOf<Tensor<[], "float64">>();
});

test("broadcasting and promotion", () => {
  expectTypeOf(x.mul(2)).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  expectTypeOf(zeros([4, 1, 3]).add(zeros([5, 1]))).toEqualTypeOf<Tensor<[4, 5, 3], "float32">>();
  expectTypeOf(batch.add(zeros([784]))).toEqualTypeOf<Tensor<[number, 784], "float32">>();
  expectTypeOf(tensor(new Int32Array(2)).add(zeros([2]))).toEqualTypeOf<Tensor<[2], "float32">>();
  expectTypeOf(x.gt(0)).toEqualTypeOf<Tensor<[32, 784], "bool">>();
  // @ts-expect-error shapes do not fit: cannot broadcast [32, 784] with [127]
  const wrong = () => x.add(zeros([127]));
  expectTypeOf(wrong).toBeFunction();
});

test("what is not known of a dtype stays unknown, and is no list of dtypes", () => {
  const any = (): Tensor<[2, 3]> => zeros([2, 3]);
  expectTypeOf(any().sum(0)).toEqualTypeOf<Tensor<[3], DType>>();
  expectTypeOf(any().mul(2)).toEqualTypeOf<Tensor<[2, 3], DType>>();
  expectTypeOf(any().add(zeros([2, 3]))).toEqualTypeOf<Tensor<[2, 3], DType>>();
  expectTypeOf(zeros([2, 3]).add(any())).toEqualTypeOf<Tensor<[2, 3], DType>>();
});

test("a number that is a fraction makes integers float32", () => {
  const integers = zeros([2], { dtype: "int32" });
  expectTypeOf(integers.add(1.5)).toEqualTypeOf<Tensor<[2], "float32">>();
  expectTypeOf(integers.add(1e-9)).toEqualTypeOf<Tensor<[2], "float32">>();
  expectTypeOf(integers.add(-2)).toEqualTypeOf<Tensor<[2], "int32">>();
  const two: number = 2;
  expectTypeOf(integers.add(two)).toEqualTypeOf<Tensor<[2], "int32" | "float32">>();
  expectTypeOf(zeros([2]).add(1.5)).toEqualTypeOf<Tensor<[2], "float32">>();
  const dtypes = [1.5, 1e-9, -2, two].map(n => integers.add(n).dtype);
  expect(dtypes).toEqual(["float32", "float32", "int32", "int32"]);
});

test("matrix products", () => {
  expectTypeOf(x.matmul(zeros([784, 10]))).toEqualTypeOf<Tensor<[32, 10], "float32">>();
  expectTypeOf(batch.matmul(zeros([784, 10]))).toEqualTypeOf<Tensor<[number, 10], "float32">>();
  expectTypeOf(zeros([8, 2, 3]).matmul(zeros([3, 4]))).toEqualTypeOf<Tensor<[8, 2, 4], "float32">>();
  expectTypeOf(linear(batch, zeros([10, 784]))).toEqualTypeOf<Tensor<[number, 10], "float32">>();
  // @ts-expect-error matmul: inner sizes differ: [32, 784] x [700, 128] (784 and 700)
  const wrong = () => x.matmul(zeros([700, 128]));
  expectTypeOf(wrong).toBeFunction();
});

test("reductions and views", () => {
  expectTypeOf(x.sum()).toEqualTypeOf<Tensor<[], "float32">>();
  expectTypeOf(x.sum(0)).toEqualTypeOf<Tensor<[784], "float32">>();
  expectTypeOf(x.mean(-1)).toEqualTypeOf<Tensor<[32], "float32">>();
  expectTypeOf(x.max(1, { keepDims: true })).toEqualTypeOf<Tensor<[32, 1], "float32">>();
  expectTypeOf(x.argMax(-1)).toEqualTypeOf<Tensor<[32], "int32">>();
  expectTypeOf(zeros([3], { dtype: "int32" }).sum()).toEqualTypeOf<Tensor<[], "int64">>();
  expectTypeOf(x.reshape([-1, 28, 28])).toEqualTypeOf<Tensor<[number, 28, 28], "float32">>();
  expectTypeOf(x.transpose()).toEqualTypeOf<Tensor<[784, 32], "float32">>();
  expectTypeOf(zeros([2, 3, 4]).permute([2, 0, 1])).toEqualTypeOf<Tensor<[4, 2, 3], "float32">>();
  expectTypeOf(x.toArray()).toEqualTypeOf<number[][]>();
  expectTypeOf(oneHot(tensor(new Int32Array(3)), 10)).toEqualTypeOf<Tensor<[number, 10], "float32">>();
});

test("layers", () => {
  const layer = new nn.Linear(784, 10);
  expectTypeOf(layer(batch)).toEqualTypeOf<Tensor<[number, 10], "float32">>();
  expectTypeOf(new nn.ReLU()(x)).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  // @ts-expect-error Linear: expects 784 features on the last axis, got 700
  const wrong = () => layer(zeros([32, 700]));
  expectTypeOf(wrong).toBeFunction();
});

test("a tensor of a known shape goes wherever any tensor goes", () => {
  const norm = (t: Tensor) => t.square().sum().sqrt();
  expectTypeOf(norm(x).item()).toEqualTypeOf<number>();
  const loss: Tensor<[]> = crossEntropy(zeros([4, 10]), tensor(new Int32Array(4)));
  expectTypeOf(loss).toExtend<Tensor>();
  interface Parameters {
    w: Tensor<[2, 3], "float32">;
    b: Tensor;
  }
  const gradient = grad(({ w, b }: Parameters) => w.sum().add(b.sum()));
  expectTypeOf(gradient({ w: zeros([2, 3]), b: randn([3]) })).toEqualTypeOf<Parameters>();
});
