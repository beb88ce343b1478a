import { compile, data, grad, nn, optim, profile, slice, type Tensor, train } from "../../engine/index.js";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { balancing } from "./cart-pole.js";
import { DigitNet, trainDigits, trainedAttention, trainedDigits } from "./trained.js";

/** What the gallery shows of a network that was trained: its scores, its insides, its mistakes. */
export function trainedGallery(): [name: string, bundle: MimeBundle][] {
  const { model, images, labels } = trainedDigits();
  const scores = model(images).softmax(-1);
  const some = images.at(slice(0, 4)) as Tensor;
  const importance = grad((x: Tensor) => model(x).max(-1).sum() as Tensor)(some) as Tensor;
  const loss = model(some).crossEntropy(labels.at(slice(0, 4)) as Tensor) as Tensor;
  const tokens = ["the", "cat", "sat", "on", "the", "warm", "<mat>"];
  const shown: [string, { [displaySymbol](): MimeBundle }][] = [
    ["roc", views.roc(scores.at("...", 8), labels.eq(8))],
    ["roc of classes", views.roc(scores, labels)],
    ["attention", views.attention(trainedAttention(), { tokens })],
    ["attention without tokens", views.attention(trainedAttention())],
    ["saliency", views.overlay(some, importance, { captions: ["first", "second", "third", "fourth"] })],
    ["mask", views.overlay(some, some.gt(0.5))],
    ["attack", views.attack(model, images.at(slice(0, 1)) as Tensor, labels.at(0) as Tensor, { epsilon: 0.2 })],
    ["embeddings", views.embeddings(model.embed(images), { labels })],
    ["autograd graph", views.autograd(loss, { model })],
    [
      "memory",
      views.memory({
        live: 48e6,
        pooled: 17e6,
        peak: 91e6,
        storages: 412,
        cells: [
          { cell: 7, bytes: 30e6, storages: 12 },
          { cell: 0, bytes: 18e6, storages: 400 },
        ],
      }),
    ],
    ["forward graph", views.graph(model, [8, 1, 16, 16])],
    ["forward graph of blocks", views.graph(blocks(), [2, 8])],
    [
      "forward graph that fails",
      views.graph(new nn.Sequential(new nn.Linear(8, 4), new nn.ReLU(), new nn.Linear(5, 2)), [2, 8]),
    ],
    ["feature maps", views.features(model.features(some))],
    ["feature maps each", views.features(model.features(some), { scale: "each", sample: 1 })],
  ];
  const { frames, rewards, returns } = balancing();
  const digits = data.digits({ count: 500, size: 16, seed: 1 }).train;
  const { step, batch } = trainingStep(images, labels);
  step(...batch);
  const eager = profile(() => step(...batch).item());
  const compiled = compile(step);
  for (let i = 0; i < 3; i++) compiled(...batch).item();
  const replayed = profile(() => compiled(...batch).item());
  shown.push(
    ["profile", views.profile(eager)],
    ["profile of a compiled step", views.profile(replayed)],
    ["episode", views.episode(frames, { rewards, returns, fps: 50, title: "CartPole" })],
    ["dataset", views.dataset(digits)],
    [
      "dataset of words",
      views.dataset(
        Array.from({ length: 40 }, (_, i) => ({
          text: ["a warm film", "the acting <b>drags</b>", "סרט נהדר", "never again"][i % 4],
          label: i % 2,
          length: 11 + (i % 4),
          vector: [i, i / 2, i / 3],
        })),
        { labels: ["bad", "good"], title: "Reviews" },
      ),
    ],
    ["table of types", views.table(data.table(flowers()))],
    ["runs", views.runs(trainedRuns(), { baselines: { accuracy: { chance: 0.1 } } })],
  );
  let log: train.WeightLog | undefined;
  trainDigits(60, undefined, (_, net) => {
    log ??= new train.WeightLog(net);
    log.record();
  });
  shown.push(["weights", views.weights(log!)], ["weights of a model", views.weights(model)]);
  return shown.map(([name, view]) => [name, view[displaySymbol]()]);
}

/** A step of training over some images. */
function trainingStep(images: Tensor, labels: Tensor) {
  const model = new DigitNet();
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = model(x).crossEntropy(y) as Tensor;
    loss.backward();
    optimizer.step();
    return loss;
  };
  const batch = [images.at(slice(0, 64)) as Tensor, labels.at(slice(0, 64)) as Tensor] as const;
  return { step, batch };
}

/** The same network at three learning rates: its loss and accuracy on the training batch. */
function trainedRuns(): Record<string, { loss: number[]; accuracy: number[] }> {
  const { images, labels } = trainedDigits();
  return Object.fromEntries(
    [1e-2, 2e-3, 3e-4].map(lr => {
      const model = new DigitNet();
      const optimizer = new optim.Adam(model.parameters(), { lr });
      const run = { loss: [] as number[], accuracy: [] as number[] };
      for (let step = 0; step < 25; step++) {
        optimizer.zeroGrad();
        const scores = model(images);
        const loss = scores.crossEntropy(labels) as Tensor;
        loss.backward();
        optimizer.step();
        run.loss.push(loss.item() as number);
        run.accuracy.push(scores.argMax(-1).eq(labels).cast("float32").mean().item() as number);
      }
      return [`lr ${lr}`, run];
    }),
  );
}

/** Rows of a table in which some values are missing. */
function flowers() {
  const kinds = ["setosa", "versicolor", "virginica"];
  return {
    kind: Array.from({ length: 150 }, (_, i) => kinds[Math.floor(i / 50)]!),
    petal: Array.from({ length: 150 }, (_, i) => (i % 37 === 3 ? null : 1.4 + Math.floor(i / 50) * 1.9 + (i % 7) / 10)),
    sepal: Array.from({ length: 150 }, (_, i) => 5 + (i % 13) / 10),
    seen: Array.from({ length: 150 }, (_, i) => (i % 41 === 1 ? null : i % 2 === 0)),
  };
}

class Residual extends nn.Module {
  readonly up = new nn.Linear(8, 16);
  readonly down = new nn.Linear(16, 8);
  forward(x: Tensor): Tensor {
    return x.add(this.down((this.up(x) as Tensor).relu())) as Tensor;
  }
}

/** A stem, twelve equal blocks with a way around each, a head. */
function blocks(): nn.Module {
  return new nn.Sequential(
    new nn.Linear(8, 8),
    ...Array.from({ length: 12 }, () => new Residual()),
    new nn.Linear(8, 3),
  );
}
