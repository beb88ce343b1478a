import { describe, expect, test } from "vitest";
import { nn, randn, type Tensor, tensor, train } from "../../../engine/index.js";

class Block extends nn.Module {
  readonly up = new nn.Linear(8, 32);
  readonly down = new nn.Linear(32, 8);
  forward(x: Tensor) {
    return this.down(this.up(x).relu());
  }
}

class Net extends nn.Module {
  readonly scale = new nn.Linear(8, 8);
  readonly blocks = [new Block(), new Block(), new Block()];
  readonly tied = this.scale;
  forward(x: Tensor): Tensor {
    return this.tied(this.blocks.reduce((y, block) => block(y) as Tensor, this.scale(x) as Tensor) as Tensor) as Tensor;
  }
}

describe("summary", () => {
  test("counts a network of known sizes, with shapes, work and memory of a pass", () => {
    // The CNN of PyTorch's examples: counts by hand.
    const model = new nn.Sequential(
      new nn.Conv2d(1, 8, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(8 * 14 * 14, 10),
    );
    const { parameters, layers, flops, activationBytes } = train.summary(model, [32, 1, 28, 28]);
    expect(parameters).toEqual({ total: 80 + 15690, trainable: 15770, bytes: 4 * 15770 });
    expect(layers.map(layer => layer.outputShape)).toEqual([
      [-1, 8, 28, 28],
      [-1, 8, 28, 28],
      [-1, 8, 14, 14],
      [-1, 1568],
      [-1, 10],
    ]);
    expect(flops).toBe(2 * 32 * (8 * 28 * 28 * 9 + 1568 * 10));
    expect(activationBytes).toBe(4 * 32 * (2 * 6272 + 2 * 1568 + 10));
    expect(layers.map(layer => layer.options)).toEqual([
      "1 -> 8, kernel 3 x 3, padding 1",
      "",
      "kernel 2",
      "",
      "1568 -> 10",
    ]);
  });

  test("leaves the model as it was: mode, methods, gradients", () => {
    const model = new nn.Sequential(new nn.Linear(4, 4), new nn.Dropout(0.5));
    model.layers[0]!.eval();
    train.summary(model, [2, 4]);
    expect(model.training).toBe(true);
    expect(model.layers.map(layer => layer.training)).toEqual([false, true]);
    expect(model.layers.map(layer => Object.keys(layer).includes("forward"))).toEqual([false, false]);
    expect(Object.getOwnPropertyDescriptor(model, "forward")).toBeUndefined();
    expect((model(randn([2, 4])) as Tensor).requiresGrad).toBe(true);
  });

  test("without inputs shapes are left open; shared layers count once; equal blocks are one row of the text", () => {
    const net = new Net();
    const summary = train.summary(net);
    expect(summary.parameters.total).toBe(72 + 3 * (288 + 264));
    expect(summary.layers.at(-1)).toMatchObject({ name: "tied", shared: true });
    expect(summary.flops).toBeUndefined();
    const text = String(train.summary(net, randn([5, 8])));
    expect(text).toContain("blocks.0 x 3");
    expect(text.match(/up /g)).toHaveLength(1);
    expect(text).toMatch(/tied +Linear +8 -> 8 +\[N, 8\] +shared/);
    expect(text).toContain("1,728 parameters, 6,912 bytes");
    // The tied layer is called twice.
    expect(train.summary(net, [1, 8]).flops).toBe(2 * (2 * 64 + 3 * 2 * 8 * 32));
  });

  test("a single layer, recurrent layers, attention and embeddings", () => {
    const single = train.summary(new nn.Linear(3, 2), [7, 3]);
    expect(single.layers).toHaveLength(1);
    expect(single.flops).toBe(2 * 7 * 6);
    expect(String(single)).toContain("Linear");
    const lstm = train.summary(new nn.LSTM(5, 6, { layers: 2 }), [3, 4, 5]);
    expect(lstm.layers[0]).toMatchObject({ options: "5 -> 6, 2 layers", outputShape: [-1, 4, 6] });
    expect(lstm.flops).toBe(2 * 3 * 4 * (24 * 5 + 3 * 24 * 6));
    const attention = train.summary(new nn.MultiheadAttention(8, 2), [2, 5, 8]);
    expect(attention.flops).toBe(2 * (2 * 5 * 8 * (24 + 10) + 2 * 5 * 64));
    const embedding = train.summary(new nn.Embedding(10, 4), tensor([[1, 2, 3]], { dtype: "int32" }));
    expect(embedding.layers[0]).toMatchObject({ options: "10 x 4", outputShape: [-1, 3, 4], flops: 0 });
    const transposed = train.summary(new nn.ConvTranspose2d(4, 2, 3, { stride: 2 }), [1, 4, 5, 5]);
    expect(transposed.flops).toBe(2 * 100 * 18);
    expect(transposed.layers[0]!.options).toBe("4 -> 2, kernel 3 x 3, stride 2");
  });

  test("a model that fails is left as it was, and the error is its own", () => {
    const model = new nn.Sequential(new nn.Linear(4, 4), new nn.Linear(5, 2));
    expect(() => train.summary(model, [2, 4])).toThrow(/\[2, 4\]/);
    expect(Object.getOwnPropertyDescriptor(model.layers[0]!, "forward")).toBeUndefined();
    expect(() => train.summary({} as never)).toThrow("expected a model, got object");
  });
});
