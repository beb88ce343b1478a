import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn, data, optim } = gb;
const { images } = data;

describe("augmentation as a layer", () => {
  const pictures = () => {
    gb.manualSeed(3);
    return gb.rand([12, 3, 8, 8]) as Tensor;
  };
  const transforms: readonly [string, () => (x: never) => unknown][] = [
    ["randomFlip", () => images.randomFlip({ seed: 4 })],
    ["randomCrop", () => images.randomCrop({ padding: 2, seed: 4 })],
    ["randomRotation", () => images.randomRotation({ degrees: 20, seed: 4 })],
    ["colorJitter", () => images.colorJitter({ brightness: 0.3, hue: 0.1, seed: 4 })],
    ["randomCutout", () => images.randomCutout({ size: 3, seed: 4 })],
    ["compose", () => images.compose(images.randomFlip({ seed: 4 }), images.randomCutout({ size: 3, seed: 4 }))],
  ];

  test.each(transforms)("%s: as the transform in training, nothing in evaluation", (_, make) => {
    const x = pictures();
    const layer = new nn.Augment(make() as never);
    const y = numbers(layer(x) as Tensor);
    expect(y).toEqual(numbers(make()(x as never) as Tensor));
    expect(y).not.toEqual(numbers(x));
    expect(numbers(layer(x) as Tensor)).not.toEqual(y);
    expect(layer.eval()(x as never)).toBe(x);
    expect(numbers(layer.train()(x as never) as Tensor)).not.toEqual(numbers(x));
  });

  test("in a model that is fitted: training sees changed pictures, validation and prediction the given ones", async () => {
    const seen: { training: boolean; changed: boolean }[] = [];
    const x = pictures();
    const given = new Set(Array.from({ length: 12 }, (_, i) => numbers(x.at(i) as Tensor).join()));
    const dark = (batch: Tensor) => batch.mul(0.5) as Tensor;
    const watch = new nn.Lambda((batch: Tensor) => {
      const rows = Array.from({ length: batch.shape[0]! }, (_, i) => numbers(batch.at(i) as Tensor).join());
      seen.push({ training: watch.training, changed: rows.every(row => !given.has(row)) });
      return batch;
    });
    const model = new nn.Sequential(new nn.Augment(dark), watch, new nn.Flatten(), new nn.Linear(192, 2));
    model.compile({ optimizer: new optim.SGD(model.parameters(), { lr: 0.01 }), loss: "crossEntropy", eager: true });
    const labels = gb.arange(12).mod(2).cast("int32") as Tensor;
    await model.fit(x, labels, { batchSize: 6, epochs: 2, validationData: [x, labels], verbose: 0 });
    expect(seen.some(look => look.training)).toBe(true);
    expect(seen.some(look => !look.training)).toBe(true);
    for (const { training, changed } of seen) expect(changed).toBe(training);
    const before = numbers(model.predict(x) as Tensor);
    expect(numbers(model.predict(x) as Tensor)).toEqual(before);
  });

  test("fit says why the steps of a model with a transform that reads are not replayed, and is seeded", async () => {
    const run = async () => {
      gb.manualSeed(1);
      const model = new nn.Sequential(
        new nn.Augment(images.randomCrop({ padding: 2, seed: 9 })),
        new nn.Flatten(),
        new nn.Linear(192, 2),
      );
      model.compile({ optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }), loss: "crossEntropy" });
      const labels = gb.arange(12).mod(2).cast("int32") as Tensor;
      return model.fit(pictures(), labels, { batchSize: 4, epochs: 3, seed: 5, verbose: 0 });
    };
    const [first, second] = [await run(), await run()];
    expect(first.eager).toMatch(/inside a compiled function/);
    expect(first.history.loss).toEqual(second.history.loss);
  });

  test("what is no transform, and what changes the shape, is refused", () => {
    expect(() => new nn.Augment("flip" as never)).toThrow(/expected a function, got string.*randomFlip/);
    expect(() => new nn.Augment((x: Tensor) => x.sum() as Tensor)(pictures())).toThrow(/another shape/);
    expect(() => new nn.Augment(images.randomFlip())(gb.ones([3], { dtype: "int32" }) as never)).toThrow("float32");
  });
});
