import { expect, expectTypeOf, test } from "vitest";
import {
  concat,
  crossEntropy,
  type DType,
  einsum,
  grad,
  linear,
  nn,
  oneHot,
  randn,
  slice,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../engine/index.js";

/** What the compiler knows. The assertions hold when this file compiles; running it shows that the values agree. */

const x = zeros([32, 784]);
const batch = zeros([32, 784]) as Tensor<[number, 784], "float32">;

test("functions of NumPy's kind", () => {
  const integers = zeros([4, 3], { dtype: "int32" });
  expectTypeOf(x.isInf()).toEqualTypeOf<Tensor<[32, 784], "bool">>();
  expectTypeOf(integers.floorDivide(2)).toEqualTypeOf<Tensor<[4, 3], "int32">>();
  expectTypeOf(integers.xlogy(zeros([2, 1, 3]))).toEqualTypeOf<Tensor<[2, 4, 3], "float32">>();
  expectTypeOf(integers.lerp(zeros([3]), 0.5)).toEqualTypeOf<Tensor<[4, 3], "float32">>();
  expectTypeOf(x.addcmul(zeros([784]), zeros([2, 1, 1]))).toEqualTypeOf<Tensor<[2, 32, 784], "float32">>();
  expectTypeOf(integers.countNonzero(0)).toEqualTypeOf<Tensor<[3], "int64">>();
  expectTypeOf(integers.nanMean(1, { keepDims: true })).toEqualTypeOf<Tensor<[4, 1], "float32">>();
  expectTypeOf(integers.cov()).toEqualTypeOf<Tensor<[4, 4], "float32">>();
  expectTypeOf(x.gelu({ approximate: "tanh" })).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  const images = zeros([2, 3, 8, 8]).gridSample(zeros([2, 4, 5, 2]));
  expectTypeOf(images).toEqualTypeOf<Tensor<[2, 3, 4, 5], "float32">>();
  expect(images.shape).toEqual([2, 3, 4, 5]);
  expect(integers.cov().shape).toEqual([4, 4]);
  // @ts-expect-error shapes do not fit: cannot broadcast [4, 3] with [2]
  expect(() => integers.lerp(zeros([2]), 0.5)).toThrow("cannot broadcast [4, 3] with [2]");
  // @ts-expect-error shapes do not fit: cannot broadcast [4, 3] with [5, 1, 2]
  expect(() => integers.lerp(zeros([3]), zeros([5, 1, 2]))).toThrow("cannot broadcast");
});

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
  expectTypeOf(x.unsqueeze(-1)).toEqualTypeOf<Tensor<[32, 784, 1], "float32">>();
  expectTypeOf(x.unsqueeze()).toEqualTypeOf<Tensor<[1, 32, 784], "float32">>();
  expectTypeOf(zeros([1, 3, 1]).squeeze()).toEqualTypeOf<Tensor<[3], "float32">>();
  expectTypeOf(zeros([1, 3, 1]).squeeze(-1)).toEqualTypeOf<Tensor<[1, 3], "float32">>();
  expectTypeOf(batch.squeeze()).toEqualTypeOf<Tensor<number[], "float32">>();
  expectTypeOf(x.toArray()).toEqualTypeOf<number[][]>();
  expectTypeOf(oneHot(tensor(new Int32Array(3)), 10)).toEqualTypeOf<Tensor<[number, 10], "float32">>();
});

test("parts of a tensor", () => {
  const images = zeros([32, 3, 28, 28]);
  expectTypeOf(images.at(0)).toEqualTypeOf<Tensor<[3, 28, 28], "float32">>();
  expectTypeOf(images.at("...", -1)).toEqualTypeOf<Tensor<[32, 3, 28], "float32">>();
  expectTypeOf(images.at(null, 0, "...", 1)).toEqualTypeOf<Tensor<[1, 3, 28], "float32">>();
  expectTypeOf(images.at(slice(0, 8))).toEqualTypeOf<Tensor<[8, 3, 28, 28], "float32">>();
  expectTypeOf(images.at(slice(24, 99), slice(), slice(4, -4))).toEqualTypeOf<Tensor<[8, 3, 20, 28], "float32">>();
  expectTypeOf(images.at(slice(-4))).toEqualTypeOf<Tensor<[4, 3, 28, 28], "float32">>();
  expectTypeOf(images.at(slice(undefined, undefined, 2))).toEqualTypeOf<Tensor<[number, 3, 28, 28], "float32">>();
  expectTypeOf(images.at([2, 0, 1])).toEqualTypeOf<Tensor<[3, 3, 28, 28], "float32">>();
  expectTypeOf(images.at(0, tensor(new Int32Array(2)))).toEqualTypeOf<Tensor<[number, 28, 28], "float32">>();
  expectTypeOf(images.at(images.gt(0))).toEqualTypeOf<Tensor<number[], "float32">>();
  expectTypeOf(images.at([0, 1], [1, 2])).toEqualTypeOf<Tensor<number[], "float32">>();
  expectTypeOf(batch.at(slice(0, 8), slice(0, 100))).toEqualTypeOf<Tensor<[number, 100], "float32">>();
  expectTypeOf(images.take(tensor([3, 0], { dtype: "int32" }))).toEqualTypeOf<Tensor<[2, 3, 28, 28], "float32">>();
  expectTypeOf(images.take(tensor([[3, 0]], { dtype: "int32" }), -1)).toEqualTypeOf<
    Tensor<[32, 3, 28, 1, 2], "float32">
  >();
  expectTypeOf(images.chunk(3, 1)).toEqualTypeOf<Tensor<[32, number, 28, 28], "float32">[]>();
  expectTypeOf(images.unbind(1)).toEqualTypeOf<Tensor<[32, 28, 28], "float32">[]>();
  expect(images.at(slice(24, 99), slice(), slice(4, -4)).shape).toEqual([8, 3, 20, 28]);
  expect(images.at(null, 0, "...", 1).shape).toEqual([1, 3, 28]);
});

test("tensors joined", () => {
  expectTypeOf(concat([zeros([2, 3]), zeros([40, 3])])).toEqualTypeOf<Tensor<[42, 3], "float32">>();
  expectTypeOf(concat([zeros([2, 3]), zeros([2, 7]), zeros([2, 990])], -1)).toEqualTypeOf<
    Tensor<[2, 1000], "float32">
  >();
  expectTypeOf(concat([batch, x])).toEqualTypeOf<Tensor<[number, 784], "float32">>();
  expectTypeOf(concat([zeros([2]), tensor(new Float64Array(3))])).toEqualTypeOf<Tensor<[number], "float64">>();
  const list = [0, 1].map(() => zeros([4, 5]));
  expectTypeOf(concat(list, 1)).toEqualTypeOf<Tensor<[4, number], "float32">>();
  expectTypeOf(stack(list)).toEqualTypeOf<Tensor<[number, 4, 5], "float32">>();
  expectTypeOf(stack([zeros([3]), zeros([3])], -1)).toEqualTypeOf<Tensor<[3, 2], "float32">>();
  const some: Tensor[] = list;
  expectTypeOf(concat(some)).toEqualTypeOf<Tensor<number[], DType>>();
  // @ts-expect-error shapes do not fit: [2, 3] and [2, 4] do not join on axis 0
  const wrong = () => concat([zeros([2, 3]), zeros([2, 4])]);
  expectTypeOf(wrong).toBeFunction();
  expect(concat([zeros([2, 3]), zeros([2, 7]), zeros([2, 990])], -1).shape).toEqual([2, 1000]);
});

test("choices and equations", () => {
  expectTypeOf(where(x.gt(0), x, 0)).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  expectTypeOf(where(x.gt(0), 0, batch)).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  expectTypeOf(x.gt(0).where(1, zeros([784]))).toEqualTypeOf<Tensor<[32, 784], "float32">>();
  // @ts-expect-error shapes do not fit: cannot broadcast [32, 784] with [100]
  const wrong = () => where(x.gt(0), x, zeros([100]));
  expectTypeOf(wrong).toBeFunction();
  const q = zeros([8, 4, 16]);
  expectTypeOf(einsum("bqd,bkd->bqk", q, zeros([8, 5, 16]))).toEqualTypeOf<Tensor<[8, 4, 5], "float32">>();
  expectTypeOf(einsum("i, j -> ij", zeros([3]), batch.at(0))).toEqualTypeOf<Tensor<[3, 784], "float32">>();
  expectTypeOf(einsum("bi->b", batch)).toEqualTypeOf<Tensor<[number], "float32">>();
  expectTypeOf(einsum("...i->...", x)).toEqualTypeOf<Tensor<number[], "float32">>();
  expectTypeOf(einsum("ii->i", zeros([3, 3]))).toEqualTypeOf<Tensor<[3], "float32">>();
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
