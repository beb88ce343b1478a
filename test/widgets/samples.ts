import type { DType } from "../../engine/dtype.js";
import { nn } from "../../engine/index.js";
import { TrainingRun } from "../../engine/train/events.js";
import type { MimeBundle } from "../../widgets/display.js";
import { displaySymbol } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { tensorBundle } from "../../widgets/views/tensor.js";
import type { TensorLike } from "../../widgets/views/tensor-like.js";
import { trainingBundle } from "../../widgets/views/training.js";
import { TrainingState } from "../../widgets/views/training-state.js";
import { trainedGallery } from "./trained-gallery.js";

/** A tensor as the views see one. */
export function tensorOf(
  shape: readonly number[],
  value: (position: number) => number,
  options: { dtype?: DType; requiresGrad?: boolean } = {},
): TensorLike {
  const size = shape.reduce((n, d) => n * d, 1);
  const values = Float32Array.from({ length: size }, (_, i) => value(i));
  return { shape, dtype: "float32", device: "cpu", size, data: () => values, ...options };
}

/** A repeatable source of numbers from 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Numbers around 0 with a standard deviation of about 1. */
export function normal(seed: number): () => number {
  const next = random(seed);
  return () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

/** Round strokes on black, 28 x 28, different for each index: they stand for handwritten digits. */
export function strokes(count: number): TensorLike {
  return tensorOf([count, 28, 28], i => {
    const image = Math.floor(i / 784);
    const x = (i % 28) - 14;
    const y = Math.floor((i % 784) / 28) - 14;
    const turn = image * 0.7;
    const u = x * Math.cos(turn) + y * Math.sin(turn);
    const v = y * Math.cos(turn) - x * Math.sin(turn);
    const ring = Math.abs(Math.hypot(u * (1 + (image % 3) * 0.4), v) - 8);
    return Math.max(0, Math.min(1, 1.6 - ring / 1.4)) * (image % 2 === 0 || u < 3 ? 1 : 0);
  });
}

/** Waves with noise: three slices of 24 x 32, two NaN and an Inf in the last. */
export function waves(): TensorLike {
  const noise = normal(3);
  return tensorOf(
    [3, 24, 32],
    i => {
      if (i === 2 * 768 + 5 * 32 + 7 || i === 2 * 768 + 5 * 32 + 8) return Number.NaN;
      if (i === 2 * 768 + 14 * 32 + 20) return Number.POSITIVE_INFINITY;
      const s = Math.floor(i / 768);
      return Math.sin((i % 32) / 4 + s) * Math.cos(Math.floor((i % 768) / 32) / 4 + s) + noise() * 0.1;
    },
    { requiresGrad: true },
  );
}

export interface RunOptions {
  epochs?: number;
  stepsPerEpoch?: number;
  /** How many steps are done (default all). */
  done?: number;
  end?: "finished" | "stopped" | "interrupted" | "failed";
  message?: string;
  nanAt?: number;
  /** The learning rate after a share of the run (default 3e-4 throughout). */
  rate?: (share: number) => number;
  title?: string;
}

/** The state after a made-up run: a loss that falls with noise, validation that turns up again at the end. */
export function trainingState(options: RunOptions = {}): TrainingState {
  const { epochs = 10, stepsPerEpoch = 120, title = "SmallConvNet", rate = () => 3e-4 } = options;
  const total = epochs * stepsPerEpoch;
  const { done = total } = options;
  const noise = normal(9);
  const state = new TrainingState();
  const several = epochs > 1;
  const run = new TrainingRun({ title, totalSteps: total, stepsPerEpoch, ...(several ? { totalEpochs: epochs } : {}) });
  let now = 1_700_000_000_000;
  run.subscribe(event =>
    state.add(event.kind === "begin" ? { ...event, at: now } : event.kind === "end" ? { ...event, at: now } : event),
  );
  for (let step = 1; step <= done; step++) {
    now += 34;
    const t = step / total;
    const loss = step === options.nanAt ? Number.NaN : 2.3 * Math.exp(-3.2 * t) * Math.exp(noise() * 0.12) + 0.03;
    const accuracy = Math.min(1, 1 - 0.9 * Math.exp(-4 * t) + noise() * 0.02);
    const epoch = Math.ceil(step / stepsPerEpoch);
    run.emit({
      kind: "step",
      at: now,
      step,
      ...(several ? { epoch } : {}),
      values: several ? { loss, accuracy } : { loss },
      learningRate: rate(t),
      samples: 64,
    });
    if (several && step % stepsPerEpoch === 0) {
      const values = {
        loss: 2.3 * Math.exp(-3.2 * t) + 0.03,
        accuracy: 1 - 0.9 * Math.exp(-4 * t),
        val_loss: 2.3 * Math.exp(-4.5 * t) + 0.2 + 0.9 * t * t,
        val_accuracy: 0.93 - 0.8 * Math.exp(-5 * t) - 0.04 * t * t,
      };
      run.emit({ kind: "epoch", at: now, epoch, step, values, learningRate: rate(t) });
    }
  }
  if (options.end) run.end(options.end, options.message);
  return state;
}

/** What the gallery shows: one of every form that a view takes, by name. */
export function gallery(): [name: string, bundle: MimeBundle][] {
  const g = normal(1);
  const u = random(2);
  const view = (v: { [displaySymbol](): MimeBundle | Promise<MimeBundle> }) => v[displaySymbol]() as MimeBundle;
  const labels = Array.from({ length: 16 }, (_, i) => i % 10);
  const colours = tensorOf([6, 3, 32, 32], i => {
    const c = Math.floor(i / 1024) % 3;
    const [x, y] = [i % 32, Math.floor((i % 1024) / 32)];
    return 0.5 + 0.5 * Math.sin((x * (c + 1) + y * (3 - c)) / 9 + Math.floor(i / 3072));
  });
  return [
    ["scalar", tensorBundle(tensorOf([], () => 0.302105, { requiresGrad: true }))],
    ["short vector", tensorBundle(tensorOf([7], i => Math.sin(i)))],
    ["labels", tensorBundle(tensorOf([64], i => (i * 7) % 10, { dtype: "int32" }))],
    ["long vector", tensorBundle(tensorOf([5000], i => Math.sin(i / 200) + 0.3 * g()))],
    ["small matrix", tensorBundle(tensorOf([4, 6], () => g()))],
    ["matrix", tensorBundle(tensorOf([64, 48], i => g() + Math.sin(i / 200)))],
    ["large matrix", tensorBundle(tensorOf([784, 256], () => g() * 0.05, { requiresGrad: true }))],
    ["waves with NaN", tensorBundle(waves())],
    ["convolution weights", tensorBundle(tensorOf([32, 8, 5, 5], () => g() * 0.1))],
    ["image batch", tensorBundle(strokes(60))],
    ["colour images", tensorBundle(colours)],
    ["empty", tensorBundle(tensorOf([0, 3], () => 0))],
    [
      "images with predictions",
      view(
        views.image(strokes(16), {
          labels,
          predictions: labels.map((l, i) => (i % 5 === 3 ? (l + 1) % 10 : l)),
          columns: 8,
        }),
      ),
    ],
    [
      "heatmap",
      view(
        views.heatmap(
          tensorOf([12, 12], i => Math.exp(-Math.abs((i % 12) - Math.floor(i / 12)) / 2)),
          { colours: "cividis", title: "Attention" },
        ),
      ),
    ],
    [
      "histogram",
      view(
        views.hist(
          tensorOf([20_000], () => g()),
          { xLabel: "weight" },
        ),
      ),
    ],
    [
      "curve",
      view(
        views.curve(
          Array.from({ length: 200 }, (_, i) => i / 10),
          {
            sin: Array.from({ length: 200 }, (_, i) => Math.sin(i / 10)),
            cos: Array.from({ length: 200 }, (_, i) => Math.cos(i / 10)),
            noise: Array.from({ length: 200 }, () => u() - 0.5),
          },
          { title: "Waves", xLabel: "seconds", yLabel: "height" },
        ),
      ),
    ],
    [
      "table",
      view(
        views.table([
          { model: "softmax", accuracy: 0.9213, parameters: 7850 },
          { model: "mlp <b>", accuracy: 0.978, parameters: 101770 },
          { model: "cnn", accuracy: 0.9912, parameters: 21840, note: "3 epochs" },
        ]),
      ),
    ],
    [
      "confusion",
      view(
        views.confusion(
          tensorOf([5, 5], i =>
            i % 6 === 0 ? 180 + i : Math.floor(i / 5) === 3 && i % 5 === 4 ? 41 : Math.floor(u() * 6),
          ),
          { labels: ["shirt", "trousers", "pullover", "dress", "coat"] },
        ),
      ),
    ],
    [
      "confusion of many classes",
      view(views.confusion(tensorOf([60, 60], i => (i % 61 === 0 ? 90 : Math.floor(u() * 4))))),
    ],
    [
      "model",
      view(
        views.model(
          new nn.Sequential(
            new nn.Conv2d(1, 8, 3, { padding: 1 }),
            new nn.ReLU(),
            new nn.MaxPool2d(2),
            new nn.Sequential(new nn.Linear(14, 32), new nn.ReLU(), new nn.Linear(32, 14)),
            new nn.Sequential(new nn.Linear(14, 32), new nn.ReLU(), new nn.Linear(32, 14)),
            new nn.Flatten(),
            new nn.Linear(8 * 14 * 14, 10),
          ),
          [32, 1, 28, 28],
        ),
      ),
    ],
    ["training begins", trainingBundle(trainingState({ done: 0 }))],
    ["training", trainingBundle(trainingState({ done: 1010 }))],
    ["training finished", trainingBundle(trainingState({ epochs: 24, end: "finished" }))],
    [
      "plain loop",
      trainingBundle(trainingState({ epochs: 1, stepsPerEpoch: 1000, done: 640, title: "softmax regression" })),
    ],
    [
      "diverged",
      trainingBundle(
        trainingState({
          epochs: 1,
          stepsPerEpoch: 1000,
          done: 420,
          nanAt: 300,
          end: "failed",
          message: "matmul: inner sizes differ: [2, 3] x [4, 5] (3 and 4). Transpose the second, or reshape.",
          title: "softmax regression",
        }),
      ),
    ],
    [
      "schedule",
      trainingBundle(
        trainingState({
          epochs: 1,
          stepsPerEpoch: 2000,
          done: 1400,
          title: "cosine",
          rate: t => 5e-4 * (1 + Math.cos(Math.PI * t)),
        }),
      ),
    ],
    [
      "training with baselines",
      trainingBundle(
        Object.assign(trainingState({ done: 700 }), {
          baselines: { accuracy: { chance: 0.1, "linear model": 0.85 }, loss: { chance: 2.3 } },
        }),
      ),
    ],
    ["stopped early", trainingBundle(trainingState({ done: 840, end: "stopped" }))],
    ["interrupted", trainingBundle(trainingState({ done: 333, end: "interrupted" }))],
    ...trainedGallery(),
  ];
}
