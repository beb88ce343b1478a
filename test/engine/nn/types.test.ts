import { expectTypeOf, test } from "vitest";
import { nn, type Tensor, zeros } from "../../../engine/index.js";

test("convolutions know their channels", () => {
  const conv = new nn.Conv2d(3, 16, 3);
  expectTypeOf(conv(zeros([8, 3, 32, 32]))).toEqualTypeOf<Tensor<[8, 16, number, number], "float32">>();
  // @ts-expect-error Conv2d: expects 3 channels on axis 1, got 4
  const wrong = () => conv(zeros([8, 4, 32, 32]));
  expectTypeOf(wrong).toBeFunction();
  expectTypeOf(conv.bias).toEqualTypeOf<Tensor<[16], "float32"> | undefined>();
  const sequence = new nn.Conv1d(4, 5, 2);
  expectTypeOf(sequence(zeros([1, 4, 9]))).toEqualTypeOf<Tensor<[1, 5, number], "float32">>();
});

test("pooling, norms and embeddings keep what they keep", () => {
  const images = zeros([8, 16, 12, 12]);
  expectTypeOf(new nn.MaxPool2d(2)(images)).toEqualTypeOf<Tensor<[8, 16, number, number], "float32">>();
  expectTypeOf(new nn.GlobalAvgPool2d()(images)).toEqualTypeOf<Tensor<[8, 16], "float32">>();
  expectTypeOf(new nn.BatchNorm2d(16)(images)).toEqualTypeOf<Tensor<[8, 16, 12, 12], "float32">>();
  // @ts-expect-error BatchNorm2d: expects 8 channels on axis 1, got 16
  const wrong = () => new nn.BatchNorm2d(8)(images);
  expectTypeOf(wrong).toBeFunction();
  const tokens = zeros([2, 5], { dtype: "int32" });
  expectTypeOf(new nn.Embedding(7, 3)(tokens)).toEqualTypeOf<Tensor<[2, 5, 3], "float32">>();
});

test("recurrent layers know their features", () => {
  const { output, cell } = new nn.LSTM(6, 4)(zeros([2, 5, 6]));
  expectTypeOf(output).toEqualTypeOf<Tensor<[number, number, number], "float32">>();
  expectTypeOf(cell).toEqualTypeOf<Tensor<[number, number, 4], "float32">>();
  // @ts-expect-error LSTM: expects 6 features on the last axis, got 7
  const wrong = () => new nn.LSTM(6, 4)(zeros([2, 5, 7]));
  expectTypeOf(wrong).toBeFunction();
});
