import { describe, expect, test } from "vitest";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { onTrainingRun, type TrainingEvent } from "../../../engine/train/events.js";

const { nn, optim } = gb;

function problem(count = 100, seed = 3) {
  const generator = new gb.Generator(seed);
  const x = gb.randn([count, 4], { generator });
  const labels = x.matmul(gb.randn([4, 3], { generator })).argMax(-1) as Tensor;
  return { x: x as Tensor, labels, oneHot: labels.oneHot(3, { dtype: "float32" }) as Tensor };
}

function classifier(seed = 1) {
  const generator = new gb.Generator(seed);
  return new nn.Sequential(
    new nn.Linear(4, 8, { generator }),
    new nn.ReLU(),
    new nn.Linear(8, 3, { generator }),
    new nn.Softmax(),
  );
}

describe("fit", () => {
  test("does what the loop written by hand does", async () => {
    const { x, labels } = problem();
    const [mine, theirs] = [classifier(), classifier()];
    mine.compile({
      optimizer: new optim.SGD(mine.parameters(), { lr: 0.1 }),
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
    });
    const history = await mine.fit(x, labels, { epochs: 3, batchSize: 32, shuffle: false, verbose: 0 });
    const optimizer = new optim.SGD(theirs.parameters(), { lr: 0.1 });
    const losses: number[] = [];
    const accuracies: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      let [sum, right] = [0, 0];
      for (let i = 0; i < 100; i += 32) {
        const rows = gb.slice(i, Math.min(100, i + 32));
        const [bx, by] = [x.at(rows) as Tensor, labels.at(rows) as Tensor];
        optimizer.zeroGrad();
        const p = theirs(bx) as Tensor;
        const loss = gb.nllLoss(p.log() as Tensor, by) as Tensor;
        loss.backward();
        optimizer.step();
        sum += Number(loss.item()) * bx.shape[0]!;
        right += Number(
          p
            .argMax(-1)
            .eq(by as never)
            .cast("int32")
            .sum()
            .item(),
        );
      }
      losses.push(sum / 100);
      accuracies.push(right / 100);
    }
    expect(history.eager).toBeUndefined();
    expect(history.steps).toBe(12);
    expect(history.epochs).toEqual([0, 1, 2]);
    history.history.loss!.forEach((loss, i) => {
      expect(loss).toBeCloseTo(losses[i]!, 5);
    });
    history.history.accuracy!.forEach((a, i) => {
      expect(a).toBeCloseTo(accuracies[i]!, 6);
    });
  });

  test("the same seed gives the same order, another gives another", async () => {
    const { x, labels } = problem();
    const losses = async (seed: number) => {
      const model = classifier();
      model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
      return (await model.fit(x, labels, { epochs: 2, seed, verbose: 0 })).history.loss!;
    };
    expect(await losses(5)).toEqual(await losses(5));
    expect(await losses(5)).not.toEqual(await losses(6));
  });

  test("initialEpoch goes on where an earlier fit ended, bit for bit", async () => {
    const { x, labels } = problem();
    const [whole, halves] = [classifier(), classifier()];
    for (const model of [whole, halves]) model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
    await whole.fit(x, labels, { epochs: 4, seed: 1, verbose: 0 });
    await halves.fit(x, labels, { epochs: 2, seed: 1, verbose: 0 });
    const { epochs } = await halves.fit(x, labels, { epochs: 4, initialEpoch: 2, seed: 1, verbose: 0 });
    expect(epochs).toEqual([2, 3]);
    expect(weightsOf(halves)).toEqual(weightsOf(whole));
  });

  test("datasets: iterables, async iterables, batches of data, endless ones", async () => {
    const { x, labels } = problem(64);
    const reference = classifier();
    reference.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    const { history } = await reference.fit(x, labels, { epochs: 2, batchSize: 16, shuffle: false, verbose: 0 });
    const pieces = [0, 16, 32, 48].map(i => {
      return [x.at(gb.slice(i, i + 16)), labels.at(gb.slice(i, i + 16))] as [Tensor, Tensor];
    });
    const sets: [string, gb.train.Dataset, number?][] = [
      ["array of pairs", new Set(pieces)],
      ["objects", new Set(pieces.map(([px, py]) => ({ x: px, y: py })))],
      ["data.batches", gb.data.batches({ x, labels }, { size: 16 })],
      ["async", asynchronous(pieces)],
      ["endless", endless(pieces), 4],
    ];
    for (const [name, set, stepsPerEpoch] of sets) {
      const model = classifier();
      model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
      const options = { epochs: 2, verbose: 0, ...(stepsPerEpoch ? { stepsPerEpoch } : {}) } as const;
      expect((await model.fit(set, options)).history.loss, name).toEqual(history.loss);
    }
  });

  test("several inputs, as a list and by name", async () => {
    class Sum extends nn.Module {
      readonly layer = new nn.Linear(4, 3, { generator: new gb.Generator(1) });
      forward(a: Tensor | Record<string, Tensor>, b?: Tensor) {
        if (!b) return this.layer((a as Record<string, Tensor>).a!.add((a as Record<string, Tensor>).b! as never));
        return this.layer((a as Tensor).add(b as never));
      }
    }
    const { x, labels } = problem(40);
    const curves = [];
    for (const inputs of [[x, x.neg()], { a: x, b: x.neg() }] as gb.train.Inputs[]) {
      const model = new Sum();
      model.compile({ optimizer: "sgd", loss: "crossEntropy" });
      curves.push((await model.fit(inputs, labels, { epochs: 2, shuffle: false, verbose: 0 })).history.loss);
      expect((model.predict(inputs) as Tensor).shape).toEqual([40, 3]);
    }
    expect(curves[0]).toEqual(curves[1]);
  });

  test("an own trainStep takes the place of the step, captured", async () => {
    let calls = 0;
    class Clipped extends nn.Module {
      readonly layer = new nn.Linear(4, 3);
      forward(x: Tensor) {
        return this.layer(x);
      }
      override trainStep(batch: gb.train.Batch, { optimizer, outputsOf, lossOf }: gb.train.StepTools) {
        calls++;
        optimizer.zeroGrad();
        const loss = lossOf(outputsOf(batch), batch);
        loss.backward();
        const norm = optim.clipGradNorm(this.parameters(), 0.01) as Tensor;
        optimizer.step();
        return { loss, norm };
      }
    }
    const { x, labels } = problem(64);
    const model = new Clipped();
    model.compile({ optimizer: new optim.SGD(model.parameters(), { lr: 1 }), loss: "crossEntropy" });
    const before = weightsOf(model);
    const history = await model.fit(x, labels, { epochs: 3, batchSize: 16, verbose: 0 });
    expect(Object.keys(history.history)).toEqual(["loss", "norm"]);
    expect(history.eager).toBeUndefined();
    expect(calls).toBe(2);
    const moved = Math.hypot(...weightsOf(model).map((w, i) => w - before[i]!));
    expect(moved).toBeGreaterThan(0.05);
    // 12 steps of at most 0.01.
    expect(moved).toBeLessThan(0.1201);
  });

  test("a step that cannot be captured is run as it is written, says why, and is not done twice", async () => {
    class Reads extends nn.Module {
      readonly layer = new nn.Linear(4, 3, { generator: new gb.Generator(1) });
      forward(x: Tensor) {
        return this.layer(x);
      }
      override trainStep(batch: gb.train.Batch, { optimizer, outputsOf, lossOf }: gb.train.StepTools) {
        optimizer.zeroGrad();
        const loss = lossOf(outputsOf(batch), batch);
        loss.backward();
        optimizer.step();
        loss.item();
        return { loss };
      }
    }
    const { x, labels } = problem(64);
    const [reads, plain] = [new Reads(), new Reads()];
    plain.trainStep = undefined as never;
    for (const model of [reads, plain]) model.compile({ optimizer: "adam", loss: "crossEntropy" });
    const history = await reads.fit(x, labels, { batchSize: 16, shuffle: false, verbose: 0 });
    await plain.fit(x, labels, { batchSize: 16, shuffle: false, verbose: 0 });
    expect(history.eager).toContain("a value was read");
    expect(weightsOf(reads)).toEqual(weightsOf(plain));
  });

  test("dropout and batch norm: switched off in evaluation, and back on; predictions do not train", async () => {
    const { x, labels } = problem(64);
    const norm = new nn.BatchNorm1d(4);
    const model = new nn.Sequential(norm, new nn.Dropout(0.5), new nn.Linear(4, 3));
    model.compile({ optimizer: "sgd", loss: "crossEntropy" });
    await model.fit(x, labels, { verbose: 0 });
    const means = norm.running_mean.toArray();
    const first = model.predict(x);
    await model.evaluate(x, labels);
    expect(model.predict(x).toArray()).toEqual(first.toArray());
    expect(norm.running_mean.toArray()).toEqual(means);
    expect(model.training).toBe(true);
    expect(first.requiresGrad).toBe(false);
    // A layer that was frozen stays as it is.
    norm.eval();
    await model.fit(x, labels, { verbose: 0 });
    expect(norm.running_mean.toArray()).toEqual(means);
  });

  test("metrics of every kind, in training and validation", async () => {
    const { x, labels } = problem(64);
    const positive = labels.eq(0).cast("float32").unsqueeze(-1) as Tensor;
    const model = new nn.Sequential(new nn.Linear(4, 1), new nn.Sigmoid());
    const half = (p: Tensor) => p.gt(0.5) as Tensor;
    model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy", "auc", "rmse", half] });
    const { last } = await model.fit(x, positive, { epochs: 2, validationSplit: 0.5, verbose: 0 });
    const names = ["loss", "accuracy", "auc", "rmse", "half"];
    expect(Object.keys(last).sort()).toEqual([...names, ...names.map(name => `val_${name}`)].sort());
    const [p, y] = [model.predict(x), positive].map(t => (t.at(gb.slice(32, 64)) as Tensor).flatten());
    expect(last.val_auc).toBeCloseTo(gb.metrics.rocAuc(p!, y!), 6);
    expect(last.val_rmse).toBeCloseTo(gb.metrics.rmse(p!, y!), 5);
    expect(last.val_accuracy).toBeCloseTo(gb.metrics.accuracy(p!, y!), 6);
    expect(await model.evaluate(x.at(gb.slice(32, 64)) as Tensor, positive.at(gb.slice(32, 64)) as Tensor)).toEqual({
      loss: last.val_loss,
      accuracy: last.val_accuracy,
      auc: last.val_auc,
      rmse: last.val_rmse,
      half: last.val_half,
    });
  });

  test("trainOnBatch and testOnBatch", () => {
    const { x, labels } = problem(16);
    const model = classifier();
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    const before = model.testOnBatch(x, labels);
    expect(model.testOnBatch(x, labels)).toEqual(before);
    expect(model.trainOnBatch(x, labels).loss).toBeCloseTo(before.loss!, 6);
    expect(model.testOnBatch(x, labels).loss).toBeLessThan(before.loss!);
    const none = { sampleWeight: gb.zeros([16]) as Tensor };
    expect(model.testOnBatch(x, labels, none).loss).toBe(0);
  });

  test("it gives way to the event loop", async () => {
    const { x, labels } = problem(64);
    const model = classifier();
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    let [turns, done] = [0, false];
    const timer = setInterval(() => turns++, 1);
    const wait: gb.train.Callback = {
      onTrainBatchEnd() {
        const until = performance.now() + 20;
        while (performance.now() < until);
        if (!done) expect(turns).toBeLessThan(100);
      },
    };
    await model.fit(x, labels, { batchSize: 4, verbose: 0, callbacks: [wait] });
    done = true;
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test("Stop ends it at the edge of a batch: the weights stay, the history comes back", async () => {
    const { x, labels } = problem(64);
    const model = classifier();
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    // A number of its own: a run that was stopped stays stopped, and other files of this process stop runs, too.
    const run = 70_001;
    beginRun(run);
    let steps = 0;
    const stop: gb.train.Callback = {
      onTrainBatchEnd() {
        if (++steps === 6) requestCancel(cancelWords, run);
      },
    };
    const kinds: string[] = [];
    const forget = onTrainingRun(run => run.subscribe(e => kinds.push(e.kind === "end" ? e.reason : e.kind)));
    try {
      const history = await model.fit(x, labels, { epochs: 5, batchSize: 16, callbacks: [stop], seed: 1 });
      expect(history.reason).toBe("interrupted");
      expect(history.epochs).toEqual([0]);
      expect(history.steps).toBe(6);
    } finally {
      acknowledgeCancel();
      beginRun(0);
      forget();
    }
    expect(kinds[0]).toBe("begin");
    expect(kinds.at(-1)).toBe("interrupted");
    const same = classifier();
    same.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    let count = 0;
    const six: gb.train.Callback = {
      onTrainBatchEnd(_batch, _logs, training) {
        if (++count === 6) training.stop();
      },
    };
    await same.fit(x, labels, { epochs: 5, batchSize: 16, callbacks: [six], seed: 1, verbose: 0 });
    expect(weightsOf(model)).toEqual(weightsOf(same));
  });

  test("tells of steps, epochs and the end", async () => {
    const { x, labels } = problem(48);
    const model = classifier();
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    const events: TrainingEvent[] = [];
    const forget = onTrainingRun(run => run.subscribe(event => events.push(event)));
    const options = { epochs: 2, batchSize: 16, title: "digits", validationSplit: 1 / 3 };
    const { history } = await model.fit(x, labels, options).finally(forget);
    expect(events.map(({ kind }) => kind).join(" ")).toBe("begin step step epoch step step epoch end");
    expect(events[0]).toMatchObject({ title: "digits", totalEpochs: 2, stepsPerEpoch: 2, totalSteps: 4 });
    const epoch = events[3] as Extract<TrainingEvent, { kind: "epoch" }>;
    expect(epoch.values.val_loss).toBe(history.val_loss![0]);
    const steps = events.filter(event => event.kind === "step").slice(0, 2);
    expect((steps[0]!.values.accuracy! + steps[1]!.values.accuracy!) / 2).toBeCloseTo(history.accuracy![0]!, 6);
    events.length = 0;
    const quiet = onTrainingRun(run => run.subscribe(event => events.push(event)));
    await model.fit(x, labels, { verbose: 0 }).finally(quiet);
    expect(events).toEqual([]);
  });
});

describe("what cannot be trained with", () => {
  const { x, labels, oneHot } = problem(20);
  const sparse = () => classifier().compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
  const dense = () => classifier().compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
  const withNaN = gb.where(gb.arange(20).eq(7).unsqueeze(-1) as never, Number.NaN as never, x as never) as Tensor;
  const rows = (n: number) => gb.slice(0, n);
  const cases: [name: string, run: () => unknown, message: RegExp][] = [
    ["no compile", () => classifier().fit(x, labels), /not compiled.*model\.compile/],
    ["no loss", () => classifier().compile({ optimizer: "sgd" }).fit(x, labels, { verbose: 0 }), /no loss/],
    ["no y", () => sparse().fit(x, undefined as never, { verbose: 0 }), /nothing to compare/],
    ["labels out of range", () => sparse().fit(x, labels.add(1) as Tensor, { verbose: 0 }), /3/],
    [
      "labels out of range in a later batch",
      () => {
        const late = gb.where(gb.arange(20).eq(18) as never, 5 as never, labels as never) as Tensor;
        return sparse().fit(x, late, { batchSize: 4, shuffle: false, verbose: 0 });
      },
      /label 5 of sample 18.*labels are 0 to 2/,
    ],
    ["one-hot for sparse", () => sparse().fit(x, oneHot, { verbose: 0 }), /one-hot.*categoricalCrossentropy/],
    ["classes for one-hot", () => dense().fit(x, labels, { verbose: 0 }), /class numbers.*sparseCategorical/],
    ["NaN rows", () => sparse().fit(withNaN, labels, { verbose: 0 }), /x \[20, 4\] holds NaN in 1 samples: 7/],
    ["NaN in evaluation", () => sparse().evaluate(withNaN, labels), /holds NaN/],
    ["lengths", () => sparse().fit(x, labels.at(rows(19)) as Tensor, { verbose: 0 }), /x \[20, 4\] and y \[19\]/],
    [
      "weights' length",
      () => sparse().fit(x, labels, { sampleWeight: gb.ones([3]) as Tensor, verbose: 0 }),
      /sampleWeight \[3\]/,
    ],
    ["no samples", () => sparse().fit(x.at(rows(0)) as Tensor, labels.at(rows(0)) as Tensor), /no samples/],
    ["an empty dataset", () => sparse().fit(new Set(), { verbose: 0 }), /gave no batch/],
    ["a dataset of strangers", () => sparse().fit(new Set([3]), { verbose: 0 }), /something else than a batch/],
    [
      "y with a dataset",
      () => sparse().fit(new Set([[x, labels]]) as never, labels as never, { verbose: 0 }),
      /y with a dataset/,
    ],
    ["no tensors", () => sparse().fit([[1, 2]] as never, labels), /x is no tensor/],
    ["a split that leaves nothing", () => sparse().fit(x, labels, { validationSplit: 0.99 }), /leaves none to train/],
    ["a split of nothing", () => sparse().fit(x, labels, { validationSplit: 1e-17 }), /leaves none to validate/],
    ["a split of all", () => sparse().fit(x, labels, { validationSplit: 1 }), /between 0 and 1/],
    [
      "two validations",
      () => sparse().fit(x, labels, { validationSplit: 0.5, validationData: [x, labels] }),
      /validationSplit and validationData/,
    ],
    ["batchSize", () => sparse().fit(x, labels, { batchSize: 0 }), /batchSize is 0/],
    ["epochs", () => sparse().fit(x, labels, { epochs: 1.5 }), /epochs is 1.5/],
    ["seed", () => sparse().fit(x, labels, { seed: 0.5 }), /seed is 0.5/],
    ["classWeight", () => sparse().fit(x, labels, { classWeight: { 1: -1 } }), /class 1 the weight -1/],
    ["the loss's name", () => classifier().compile({ loss: "crossentropy" as never }), /no loss "crossentropy"/],
    [
      "an option of compile",
      () => classifier().compile({ los: "mse" } as never),
      /no option los.*There are optimizer, loss/,
    ],
    [
      "mixed precision",
      () => classifier().compile({ loss: "mse", mixedPrecision: true } as never),
      /no option mixedPrecision.*float32 or float64.*optim\.GradScaler/,
    ],
    [
      "a float16 model",
      () => new gb.optim.Adam([gb.ones([2], { dtype: "float16", requiresGrad: true }) as Tensor]),
      /parameter 0 is float16.*Train in float32/,
    ],
    ["the optimizer's name", () => classifier().compile({ optimizer: "Adam" as never }), /no optimizer "Adam"/],
    ["the metric's name", () => classifier().compile({ loss: "mse", metrics: ["prec" as never] }), /no metric "prec"/],
    [
      "a number as loss of weighted samples",
      () => {
        const model = classifier().compile({ loss: (p, y) => gb.mseLoss(p, y) as Tensor, optimizer: "sgd" });
        return model.fit(x, oneHot, { sampleWeight: gb.ones([20]) as Tensor, verbose: 0 });
      },
      /single number/,
    ],
    ["an output too few", () => sparse().fit(x, [labels, labels], { verbose: 0 }), /gives 1 outputs, y has 2/],
    ["features", () => sparse().fit(x.at("...", rows(3)) as Tensor, labels, { verbose: 0 }), /3/],
    [
      "a number that is not there",
      () => sparse().fit(x, labels, { verbose: 0, callbacks: [new gb.train.EarlyStopping()] }),
      /no val_loss.*validationData/,
    ],
    ["patience", () => new gb.train.EarlyStopping({ patience: -1 }), /patience is -1/],
    ["mode", () => new gb.train.ReduceLROnPlateau({ mode: "up" as never }), /no mode up/],
    ["factor", () => new gb.train.ReduceLROnPlateau({ factor: 1 }), /factor is 1/],
    ["predict of nothing", () => sparse().predict(x.at(rows(0)) as Tensor), /no samples/],
  ];
  test.each(cases)("%s", async (_, run, message) => {
    await expect(async () => run()).rejects.toThrow(message);
  });

  test("a batch larger than the set is the set", async () => {
    expect((await sparse().fit(x, labels, { batchSize: 100, verbose: 0 })).steps).toBe(1);
  });
});

function weightsOf(model: gb.nn.Module): number[] {
  return model.parameters().flatMap(p => Array.from(p.data() as Float32Array));
}

async function* turns<T>(items: readonly T[]) {
  for (const item of items) yield await Promise.resolve(item);
}

function asynchronous<T>(items: readonly T[]): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => turns(items) };
}

function endless<T>(items: readonly T[]): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (;;) yield* items;
    },
  };
}
