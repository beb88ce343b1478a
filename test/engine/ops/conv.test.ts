import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { firstOrder, secondOrder } from "../gradcheck.js";
import { distance, numbers, scattered } from "../samples.js";

const generator = new gb.Generator(11);
const draw = (...shape: number[]) => gb.uniform(shape, { generator, low: -1, high: 1 }).cast("float64") as Tensor;
const conv = gb.conv2d as unknown as (x: Tensor, weight: Tensor, options?: object) => Tensor;

describe("bias and activation", () => {
  const run = (activation: "none" | "relu") =>
    ((x: Tensor, weight: Tensor, bias: Tensor) => conv(x, weight, { bias, activation, padding: 1 })) as never;
  const args = () => [draw(2, 2, 4, 3), draw(3, 2, 3, 3), draw(3)];

  test.each(["none", "relu"] as const)("%s: derivatives of both orders by all three", activation => {
    for (const argument of [0, 1, 2]) {
      expect(firstOrder(run(activation), args(), argument)).toBeLessThan(1e-6);
      expect(secondOrder(run(activation), args(), argument)).toBeLessThan(2e-5);
    }
  });

  test("are what they are one after the other", () => {
    const [x, weight, bias] = args() as [Tensor, Tensor, Tensor];
    const apart = gb.relu(gb.add(conv(x, weight), gb.reshape(bias, [3, 1, 1]) as never) as Tensor);
    expect(distance(numbers(conv(x, weight, { bias, activation: "relu" })), numbers(apart))).toBeLessThan(1e-14);
  });
});

describe("layout", () => {
  const strides = (x: Tensor) => [...x.strides];

  test("the channels run fastest through convolutions, elementwise operations and pooling, and back", () => {
    const x = gb.tensor(draw(2, 3, 6, 8).data(), { shape: [2, 3, 6, 8], dtype: "float32", requiresGrad: true });
    const y = conv(x as never, draw(4, 3, 3, 3).cast("float32"), { padding: 1 });
    const z = gb.relu(gb.add(gb.mul(y, 2), gb.ones([4, 1, 1])) as Tensor);
    expect(strides(y)).toEqual([192, 1, 32, 4]);
    expect(strides(z)).toEqual(strides(y));
    expect(strides(gb.maxPool2d(z, 2))).toEqual([48, 1, 16, 4]);
    gb.sum(gb.square(z)).backward();
    expect(strides(x.grad as Tensor)).toEqual([144, 1, 24, 3]);
  });

  test("shows in no value, whatever operations follow", () => {
    const y = conv(draw(2, 3, 5, 4), draw(4, 3, 2, 2));
    const rows = gb.tensor(y.data(), { shape: y.shape }) as Tensor;
    const other = gb.tensor(draw(...y.shape).data(), { shape: y.shape }) as Tensor;
    const calls: ((x: Tensor) => Tensor)[] = [
      x => gb.tanh(gb.mul(x, other)) as Tensor,
      x => gb.add(gb.relu(x), scattered(other)) as Tensor,
      x => gb.sum(gb.exp(x), [0, 2]) as Tensor,
      x => gb.max(x) as Tensor,
      x => gb.argMax(x, 1) as Tensor,
      x => gb.reshape(gb.neg(x), [2, -1]) as Tensor,
      x => gb.softmax(gb.neg(x), 1) as Tensor,
      x => gb.square(x).at(1, gb.slice(1, 3), "...", -1) as Tensor,
      x => gb.concat([gb.abs(x), x], 1) as Tensor,
      x => gb.layerNorm(gb.abs(x)),
      x => gb.permute(gb.sigmoid(x), [3, 1, 0, 2]) as Tensor,
      x => gb.cast(gb.mul(x, 100), "int32") as Tensor,
    ];
    for (const call of calls) expect(distance(numbers(call(y)), numbers(call(rows)))).toBeLessThan(1e-13);
  });
});

test("sequences and volumes are images with other axes", () => {
  const [x, weight] = [draw(2, 3, 7), draw(4, 3, 2)];
  const flat = gb.conv1d(x as never, weight as never, { stride: 2, padding: 1 }) as Tensor;
  const image = conv(gb.unsqueeze(x, 2) as Tensor, gb.unsqueeze(weight, 2) as Tensor, {
    stride: [1, 2],
    padding: [0, 1],
  });
  expect(numbers(flat)).toEqual(numbers(image));
  const volume = gb.conv3d(
    gb.unsqueeze(gb.unsqueeze(x, 2), 2) as never,
    gb.unsqueeze(gb.unsqueeze(weight, 2), 2) as never,
  );
  expect(
    distance(numbers(volume as Tensor), numbers(conv(gb.unsqueeze(x, 2) as Tensor, gb.unsqueeze(weight, 2) as Tensor))),
  ).toBeLessThan(1e-14);
});

test("a transposed convolution is the derivative of a convolution", () => {
  const [x, weight] = [draw(1, 2, 9, 8), draw(3, 2, 3, 2)];
  const options = { stride: 2, padding: 1, dilation: 2 };
  const [y, back] = gb.vjp(((v: Tensor) => conv(v, weight, options)) as never, x as never) as [
    Tensor,
    (g: Tensor) => Tensor,
  ];
  const g = draw(...y.shape);
  const spread = gb.convTranspose2d(g as never, weight as never, { ...options, outputPadding: [0, 1] }) as Tensor;
  expect(spread.shape).toEqual(x.shape);
  expect(numbers(spread)).toEqual(numbers(back(g)));
});

test("float16 computes in float32 and rounds once", () => {
  const [x, weight] = [draw(1, 2, 4, 4).cast("float16"), draw(2, 2, 3, 3).cast("float16")];
  const y = conv(x, weight);
  expect(y.dtype).toBe("float16");
  const wide = conv(x.cast("float32"), weight.cast("float32")).cast("float16");
  expect(numbers(y)).toEqual(numbers(wide));
});
