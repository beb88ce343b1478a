import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import type { FitOptions } from "../../../engine/train/fit/fit.js";
import { type LossName, lossOf } from "../../../engine/train/fit/named-losses.js";
import type { OptimizerName } from "../../../engine/train/fit/named-optimizers.js";

const { nn, optim, train } = gb;

type Curves = Record<string, number[]>;
interface Watched {
  values: number[];
  options: Record<string, never>;
}
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/fit.json", import.meta.url), "utf8")) as {
  program: { history: Curves; evaluate: Curves; predict: number[][] };
  options: Record<string, Curves>;
  outputs: Curves;
  losses: Record<string, number>;
  optimizers: Record<string, number[]>;
  earlyStopping: (Watched & { epochs: number; stoppedEpoch: number; weights: number[] })[];
  plateau: (Watched & { rates: number[] })[];
};

/** The formula of make_fit.py. */
function wave(shape: number[], k: number, scale = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return gb.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i * i + k) * scale),
    { shape },
  ) as Tensor;
}

function samples(count: number, features: number, classes: number) {
  const x = wave([count, features], 1);
  const scores = x.cast("float64").matmul(wave([features, classes], 2).cast("float64")) as Tensor;
  return { x, labels: scores.argMax(-1) as Tensor };
}

/** The weights of make_fit.py, layer by layer. */
function dense<M extends gb.nn.Module>(model: M, layers: readonly gb.nn.Module[]): M {
  layers.forEach((layer, i) => {
    const { weight } = layer as gb.nn.Linear;
    const [outputs, inputs] = weight.shape;
    layer.loadStateDict({
      weight: wave([outputs, inputs], 10 + i, (3 / inputs) ** 0.5),
      bias: wave([outputs], 10 + i + 0.5, 0.1),
    });
  });
  return model;
}

function classifier(...sizes: number[]) {
  const linear = sizes.slice(1).map((n, i) => new nn.Linear(sizes[i]!, n));
  const layers = linear.flatMap(layer => [layer, layer === linear.at(-1) ? new nn.Softmax() : new nn.ReLU()]);
  return dense(new nn.Sequential(...layers), linear);
}

/** Every curve of Keras within `tolerance`, relative where numbers are above 1. */
function expectCurves(mine: Curves, keras: Curves, tolerance: number): void {
  expect(Object.keys(mine).sort()).toEqual(Object.keys(keras).sort());
  for (const [name, values] of Object.entries(keras)) {
    expect(mine[name]).toHaveLength(values.length);
    values.forEach((value, i) => {
      const error = Math.abs(mine[name]![i]! - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}, epoch ${i}: ${mine[name]![i]} and ${value}`).toBeLessThan(tolerance);
    });
  }
}

describe("as in Keras", () => {
  test("the program: ten epochs within 1e-4, evaluation and predictions", async () => {
    const { x, labels } = samples(1000, 100, 10);
    const y = labels.oneHot(10, { dtype: "float32" }) as Tensor;
    const model = classifier(100, 64, 32, 10);
    model.compile({
      optimizer: "adam",
      loss: "categorical_crossentropy",
      metrics: ["accuracy"],
    });
    const history = await model.fit(x, y, { epochs: 10, batchSize: 32, shuffle: false, verbose: 0 });
    expect(history.eager).toBeUndefined();
    const { loss, accuracy } = fixture.program.history;
    expectCurves({ loss: history.history.loss! }, { loss: loss! }, 1e-4);
    // One sample of a thousand on the edge of two classes.
    expectCurves({ accuracy: history.history.accuracy! }, { accuracy: accuracy! }, 0.0015);
    const measured = await model.evaluate(x, y);
    expectCurves({ loss: [measured.loss!] }, { loss: fixture.program.evaluate.loss! }, 1e-4);
    const predicted = model.predict(x.at(gb.slice(0, 3)) as Tensor).toArray() as number[][];
    predicted.flat().forEach((p, i) => {
      expect(Math.abs(p - fixture.program.predict.flat()[i]!)).toBeLessThan(1e-3);
    });
  });

  describe("options of fit", () => {
    const { x, labels } = samples(103, 4, 3);
    const weight = wave([103], 5).add(1.5) as Tensor;
    const few = gb.slice(0, 40);
    const settings: Record<string, FitOptions> = {
      classWeight: { classWeight: { 0: 0.5, 2: 3 } },
      sampleWeight: { sampleWeight: weight },
      validationSplit: { validationSplit: 0.25 },
      validationData: { validationData: [x.at(few) as Tensor, labels.at(few) as Tensor, weight.at(few) as Tensor] },
      stepsPerEpoch: { stepsPerEpoch: 2 },
      initialEpoch: { initialEpoch: 1 },
      penalty: { validationSplit: 0.25 },
    };
    test.each(Object.keys(fixture.options))("%s", async name => {
      const model = classifier(4, 8, 3);
      const hidden = (model.layers[0] as gb.nn.Linear).weight as Tensor;
      model.compile({
        optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
        loss: "sparse_categorical_crossentropy",
        metrics: ["accuracy"],
        ...(name === "penalty" ? { penalty: () => nn.regularizers.l2(0.01)(hidden) } : {}),
      });
      const options = { epochs: 3, batchSize: 16, shuffle: false, verbose: 0, ...settings[name]! } as const;
      const { history } = await model.fit(x, labels, options);
      expectCurves(history, fixture.options[name]!, 2e-5);
    });
  });

  test("several outputs with losses, weights and metrics of their own", async () => {
    class Heads extends nn.Module {
      readonly hidden = new nn.Linear(4, 8);
      readonly kind = new nn.Linear(8, 3);
      readonly size = new nn.Linear(8, 1);
      forward(x: Tensor) {
        const hidden = this.hidden(x).relu();
        return { kind: this.kind(hidden).softmax(), size: this.size(hidden) };
      }
    }
    const heads = new Heads();
    const model = dense(heads, [heads.hidden, heads.kind, heads.size]);
    model.compile({
      optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
      loss: { kind: "sparse_categorical_crossentropy", size: "mse" },
      lossWeights: { kind: 1, size: 0.3 },
      metrics: { kind: ["accuracy"], size: ["mae"] },
    });
    const { x, labels } = samples(64, 4, 3);
    const y = { kind: labels, size: wave([64, 1], 7) };
    const { history } = await model.fit(x, y, { epochs: 3, batchSize: 16, shuffle: false, verbose: 0 });
    expectCurves(history, fixture.outputs, 2e-5);
  });

  test.each(Object.keys(fixture.losses))("loss %s", name => {
    let p = wave([6, 4], 3).abs().add(0.05) as Tensor;
    p = p.div(p.sum(1, { keepDims: true }) as never) as Tensor;
    const labels = gb.tensor([0, 1, 3, 2, 1, 0], { dtype: "int32" }) as Tensor;
    const oneHot = labels.oneHot(4, { dtype: "float32" }) as Tensor;
    const [scores, targets] = [wave([6, 4], 4, 2), wave([6, 4], 5, 2)];
    const [prediction, target] = name.startsWith("sparse")
      ? [p, labels]
      : /crossentropy|divergence/.test(name)
        ? [p, oneHot]
        : name.includes("hinge")
          ? [scores, targets.sign() as Tensor]
          : name === "poisson"
            ? [scores.abs() as Tensor, targets.abs() as Tensor]
            : [scores, targets];
    const mine = Number(
      lossOf(name as LossName)(prediction, target)
        .mean()
        .item(),
    );
    const keras = fixture.losses[name]!;
    expect(Math.abs(mine - keras) / Math.max(1, Math.abs(keras))).toBeLessThan(2e-6);
  });

  test.each(Object.keys(fixture.optimizers))("optimizer %s by its name", async name => {
    const { x, labels } = samples(103, 4, 3);
    const model = classifier(4, 8, 3);
    model.compile({ optimizer: name as OptimizerName, loss: "sparse_categorical_crossentropy" });
    const { history } = await model.fit(x, labels, { epochs: 5, batchSize: 16, shuffle: false, verbose: 0 });
    // Keras' RMSprop adds epsilon under the root, PyTorch's and ours after it.
    expectCurves(history, { loss: fixture.optimizers[name]! }, name === "rmsprop" ? 2e-4 : 5e-6);
  });

  const camel = (options: Record<string, never>) =>
    Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]),
    );
  /** Trains a line while a callback sees these numbers as val_loss. */
  async function watched(values: number[], callback: gb.train.Callback) {
    const line = new nn.Linear(1, 1);
    line.loadStateDict({ weight: gb.zeros([1, 1]), bias: gb.zeros([1]) });
    const model = new nn.Sequential(line);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    model.compile({ optimizer, loss: "mse" });
    let epochs = 0;
    const rates: number[] = [];
    const given: gb.train.Callback = {
      onEpochEnd(epoch, logs) {
        (logs as Record<string, number>).val_loss = values[epoch]!;
        epochs = epoch + 1;
      },
    };
    const reader: gb.train.Callback = {
      onEpochEnd() {
        rates.push(optimizer.lr);
      },
    };
    const x = gb.ones([2, 1]) as Tensor;
    const callbacks = [given, callback, reader];
    await model.fit(x, x, { epochs: values.length, batchSize: 2, verbose: 0, callbacks });
    const weights = model.parameters().flatMap(p => Array.from(p.data() as Float32Array));
    return { epochs, rates, weights };
  }

  test.each(fixture.earlyStopping.map((each, i) => [i, each.options, each] as const))(
    "early stopping %i %o",
    async (_, options, { values, epochs, stoppedEpoch, weights }) => {
      const callback = new train.EarlyStopping({ mode: "min", ...camel(options) });
      const mine = await watched(values, callback);
      expect(mine.epochs).toBe(epochs);
      expect(callback.stoppedEpoch ?? 0).toBe(stoppedEpoch);
      mine.weights.forEach((w, i) => {
        expect(w).toBeCloseTo(weights[i]!, 5);
      });
    },
  );

  test.each(fixture.plateau.map(each => [each.options, each] as const))(
    "plateau %o",
    async (options, { values, rates }) => {
      const mine = await watched(values, new train.ReduceLROnPlateau({ mode: "min", ...camel(options) }));
      mine.rates.forEach((rate, i) => {
        expect(Math.abs(rate / rates[i]! - 1)).toBeLessThan(1e-5);
      });
    },
  );
});
