import { grad, nn, slice, type Tensor, train } from "../../engine/index.js";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { trainDigits, trainedAttention, trainedDigits } from "./trained.js";

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
  let log: train.WeightLog | undefined;
  trainDigits(60, undefined, (_, net) => {
    log ??= new train.WeightLog(net);
    log.record();
  });
  shown.push(["weights", views.weights(log!)], ["weights of a model", views.weights(model)]);
  return shown.map(([name, view]) => [name, view[displaySymbol]()]);
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
