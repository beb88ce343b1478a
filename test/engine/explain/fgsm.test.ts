import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explain, grad, manualSeed, nn, randn, type Tensor, tensor } from "../../../engine/index.js";

const fixture = JSON.parse(readFileSync(new URL("../../fixtures/fgsm.json", import.meta.url), "utf8")) as {
  weights: Record<string, number[]>;
  images: number[];
  labels: number[];
  cases: { epsilon: number; targeted: boolean; range: [number, number] | null; images: number[] }[];
};

const shapes: Record<string, number[]> = {
  "0.weight": [2, 1, 3, 3],
  "0.bias": [2],
  "3.weight": [4, 18],
  "3.bias": [4],
};
const float64 = (values: number[], shape: number[]) =>
  tensor(values as never, { dtype: "float64" }).reshape(shape as never) as Tensor;

function network(): nn.Module {
  const net = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.Tanh(), new nn.Flatten(), new nn.Linear(18, 4));
  for (const [name, parameter] of net.namedParameters()) {
    nn.init.assign(parameter, float64(fixture.weights[name]!, shapes[name]!).cast("float32") as Tensor);
  }
  return net;
}

const images = float64(fixture.images, [3, 1, 5, 5]).cast("float32") as Tensor;
const labels = tensor(fixture.labels as never, { dtype: "int32" }) as Tensor;

describe("explain.fgsm", () => {
  test.each(fixture.cases)("moves as PyTorch does: epsilon $epsilon, targeted $targeted, range $range", c => {
    const { epsilon, targeted, range } = c;
    const moved = explain.fgsm(network() as never, images, labels, { epsilon, targeted, ...(range ? { range } : {}) });
    expect(moved.shape).toEqual([3, 1, 5, 5]);
    const got = Array.from(moved.data() as Float32Array);
    expect(got).toEqual(c.images.map(value => expect.closeTo(value, 6)));
  });

  test("leaves the gradients of parameters and input alone, and raises the loss", () => {
    manualSeed(1);
    const net = network();
    const input = images.detach();
    const before = Number((net as never as (x: Tensor) => Tensor)(input).crossEntropy(labels).item());
    const after = explain.fgsm(net as never, input, labels, { epsilon: 0.2 });
    expect(net.parameters().map(p => p.grad)).toEqual([undefined, undefined, undefined, undefined]);
    expect(after.requiresGrad).toBe(false);
    expect(Number((net as never as (x: Tensor) => Tensor)(after).crossEntropy(labels).item())).toBeGreaterThan(before);
  });

  test("any function that gives logits will do", () => {
    const w = randn([6, 3]);
    const x = randn([2, 6]);
    const y = tensor([0, 2], { dtype: "int32" });
    const direction = grad((v: Tensor) => v.matmul(w).crossEntropy(y) as Tensor)(x).sign() as Tensor;
    const moved = explain.fgsm((v: Tensor) => v.matmul(w), x as Tensor, y as Tensor, { epsilon: 0.5 });
    expect(moved.sub(x).sub(direction.mul(0.5)).abs().max().item()).toBeLessThan(1e-6);
  });

  test("refuses what it cannot use, and says what to do", () => {
    const attack =
      (options: explain.FgsmOptions, model: unknown = network()) =>
      () =>
        explain.fgsm(model as never, images, labels, options);
    expect(attack({ epsilon: -1 })).toThrow("explain.fgsm: epsilon is -1. Give a finite number of 0 or more.");
    expect(attack({ epsilon: Number.NaN })).toThrow("epsilon is NaN");
    expect(attack({ range: [1, 0] })).toThrow("range is [1, 0]");
    expect(attack({}, (x: Tensor) => x)).toThrow("the model gave [3, 1, 5, 5]. It must give logits [N, classes].");
    expect(attack({}, () => 5)).toThrow("the model gave number");
    expect(() => explain.fgsm(network() as never, images, tensor([0, 1], { dtype: "int32" }) as Tensor)).toThrow(
      /crossEntropy/,
    );
  });
});
