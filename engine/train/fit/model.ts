import { Module } from "../../nn/module.js";
import { Tensor } from "../../tensor.js";
import { type Batch, type Inputs, requireBatch } from "./batch.js";
import { type EvaluateOptions, evaluate } from "./evaluate.js";
import { type FitOptions, fit } from "./fit.js";
import type { History } from "./history.js";
import { Means } from "./means.js";
import { type PredictOptions, predict } from "./predict.js";
import { type Dataset, isDataset } from "./source.js";
import type { StepTools } from "./step.js";
import { type CompileOptions, compileModel, evaluating, requireCompiled, trainerOf, trainingMode } from "./trainer.js";

declare module "../../nn/module.js" {
  interface Module {
    /**
     * Says how this model is trained: optimizer, loss, metrics, as in Keras; names are completed.
     * @throws ValueError for an unknown name
     * @example
     * const net = new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 2), new nn.Softmax());
     * net.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
     */
    compile(options: CompileOptions): this;

    /**
     * Trains this model, which was compiled, on x and y, or on a dataset of batches: steps are captured and replayed, the
     * progress shows itself, Stop ends it at the edge of a batch, with the weights kept.
     * The numbers are those of Keras: running means weighted by the batches' samples.
     * @throws ValueError before `compile`, and for data, labels or options that make no sense; ShapeError for shapes that do not fit
     * @example
     * model.compile({ optimizer: "adam", loss: "mse" });
     * const { history } = await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0 });
     * history.loss!.length; // 2
     */
    fit(x: Inputs, y: Inputs, options?: FitOptions): Promise<History>;
    /** The same with batches from a dataset: anything that gives them one by one. */
    fit(dataset: Dataset, options?: FitOptions): Promise<History>;

    /**
     * The loss and the metrics of this model, which was compiled, as after `eval()` and without gradients.
     * @throws as `fit`
     * @example
     * model.compile({ loss: "mse", metrics: ["mae"] });
     * const { loss, mae } = await model.evaluate(x, y);
     */
    evaluate(x: Inputs, y: Inputs, options?: EvaluateOptions): Promise<Record<string, number>>;
    /** The same with batches from a dataset. */
    evaluate(dataset: Dataset, options?: EvaluateOptions): Promise<Record<string, number>>;

    /**
     * What this model gives for all samples, computed batch by batch, as after `eval()` and without gradients.
     * @throws ShapeError without samples, or when they do not fit the model
     * @example model.predict(x, { batchSize: 256 }).shape; // [4, 2]
     */
    predict(x: Inputs, options?: PredictOptions): ReturnType<this["forward"]>;

    /**
     * One update of this model, which was compiled, and the numbers of this batch before it.
     * @throws as `fit`
     * @example
     * model.compile({ optimizer: "sgd", loss: "mse" });
     * const { loss } = model.trainOnBatch(x, y);
     */
    trainOnBatch(x: Inputs, y: Inputs, options?: { sampleWeight?: Tensor }): Record<string, number>;

    /**
     * The loss and the metrics of one batch, without an update.
     * @throws as `fit`
     * @example
     * model.compile({ loss: "mse" });
     * const { loss } = model.testOnBatch(x, y);
     */
    testOnBatch(x: Inputs, y: Inputs, options?: { sampleWeight?: Tensor }): Record<string, number>;

    /**
     * An own step, in the place of forward, backward and update: returns scalars, whose means `fit` reports. It is captured
     * and replayed; with `compile({ eager: true })` it runs as it is written.
     * @example
     * class Net extends nn.Module {
     *   readonly layer = new nn.Linear(3, 2);
     *   forward(x: Tensor) {
     *     return this.layer(x);
     *   }
     *   override trainStep(batch: train.Batch, { optimizer, outputsOf, lossOf }: train.StepTools) {
     *     optimizer.zeroGrad();
     *     const loss = lossOf(outputsOf(batch), batch);
     *     loss.backward();
     *     optim.clipGradNorm(this.parameters(), 1);
     *     optimizer.step();
     *     return { loss };
     *   }
     * }
     */
    trainStep?(batch: Batch, tools: StepTools): Readonly<Record<string, Tensor>>;
  }
}

/** Defined like methods of the class: they do not show up among a model's own fields. */
const methods = {
  compile(this: Module, options: CompileOptions) {
    compileModel(this, options);
    return this;
  },
  fit(this: Module, x: Inputs | Dataset, y: Inputs | FitOptions | undefined, options?: FitOptions) {
    const { targets, rest } = argumentsOf<FitOptions>(x, y, options);
    return fit(this, x, targets, rest);
  },
  evaluate(this: Module, x: Inputs | Dataset, y: Inputs | EvaluateOptions | undefined, options?: EvaluateOptions) {
    const { targets, rest } = argumentsOf<EvaluateOptions>(x, y, options);
    return evaluate(this, x, targets, rest);
  },
  predict(this: Module, x: Inputs, options: PredictOptions = {}) {
    return predict(this, x, options);
  },
  trainOnBatch(this: Module, x: Inputs, y: Inputs, options: { sampleWeight?: Tensor } = {}) {
    const restore = trainingMode(this);
    try {
      return onBatch(this, "trainOnBatch", "training", { x, y, sampleWeight: options.sampleWeight });
    } finally {
      restore();
    }
  },
  testOnBatch(this: Module, x: Inputs, y: Inputs, options: { sampleWeight?: Tensor } = {}) {
    const restore = evaluating(this);
    try {
      return onBatch(this, "testOnBatch", "testing", { x, y, sampleWeight: options.sampleWeight });
    } finally {
      restore();
    }
  },
};
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Module.prototype, name, { value, writable: true, configurable: true });
}

function argumentsOf<O extends object>(
  x: Inputs | Dataset,
  y: Inputs | O | undefined,
  options: O | undefined,
): { targets: Inputs | undefined; rest: O } {
  // After a dataset come the options.
  if (isDataset(x) && options === undefined && !(y instanceof Tensor))
    return { targets: undefined, rest: (y ?? {}) as O };
  return { targets: y as Inputs | undefined, rest: options ?? ({} as O) };
}

function onBatch(model: Module, op: string, kind: "training" | "testing", batch: Batch): Record<string, number> {
  requireCompiled(op, model);
  requireBatch(op, batch);
  const trainer = trainerOf(op, model, batch.x);
  const means = new Means();
  trainer.objective.reset();
  means.add(trainer[kind].take(batch).values, 1);
  return { ...means.results(), ...trainer.objective.results() };
}
