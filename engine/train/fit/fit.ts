import { noGrad } from "../../autograd/graph.js";
import { answerStop } from "../../cancel.js";
import { InterruptedError, ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import { randint } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import type { Callback, Logs, Training } from "../callbacks/callback.js";
import { type Baselines, type EndReason, TrainingRun } from "../events.js";
import { StepLog } from "../step-log.js";
import { type Batch, type Inputs, samplesOf } from "./batch.js";
import { evaluateSource } from "./evaluate.js";
import { type FitData, fitSources } from "./fit-data.js";
import { History } from "./history.js";
import { Means } from "./means.js";
import type { Dataset, Source } from "./source.js";
import { requireCount, Steps } from "./source.js";
import { callModel } from "./step.js";
import { Stop, stopped } from "./stop.js";
import { evaluating, requireCompiled, type Trainer, trainingMode } from "./trainer.js";
import { trainerFor } from "./trainer-for.js";
import { Turns } from "./turn.js";

/** How long and in which way a model is trained. */
export interface FitOptions extends FitData {
  /** The epoch at which training ends (default 1). */
  epochs?: number;
  /** The epoch at which it begins, counted from 0 (default 0): to go on after an earlier `fit`. */
  initialEpoch?: number;
  /** Steps of an epoch (default: all batches); a dataset goes on in the next epoch where it was left. */
  stepsPerEpoch?: number;
  /** Steps of a validation (default: all batches). */
  validationSteps?: number;
  /** Validates after every so many epochs (default 1). */
  validationFreq?: number;
  callbacks?: readonly Callback[];
  /** 0: shows nothing; 1: a panel in a notebook, a line in a terminal (default); 2: also a line of text per epoch. */
  verbose?: 0 | 1 | 2;
  /** Heading of the panel. */
  title?: string;
  /** Lines across the panel's charts to compare with: `{ accuracy: { chance: 0.1 } }`. */
  baselines?: Baselines;
}

/** Trains a compiled model. */
export async function fit(
  model: Module,
  x: Inputs | Dataset,
  y: Inputs | undefined,
  options: FitOptions,
): Promise<History> {
  requireCompiled("fit", model);
  const { epochs = 1, initialEpoch = 0, stepsPerEpoch, validationSteps, validationFreq = 1, verbose = 1 } = options;
  requireCount("fit", "epochs", epochs, 1);
  requireCount("fit", "initialEpoch", initialEpoch, 0);
  requireCount("fit", "validationFreq", validationFreq, 1);
  if (stepsPerEpoch !== undefined) requireCount("fit", "stepsPerEpoch", stepsPerEpoch, 1);
  if (validationSteps !== undefined) requireCount("fit", "validationSteps", validationSteps, 1);
  const order = { seed: options.seed ?? Number(randint(0, 2 ** 24, [1]).item()) };
  const sources = fitSources(x, y, options, order);
  const { validation, labels } = sources;
  const stop = new Stop();
  const history = new History();
  const ready = await stop.wait(trainerFor("fit", model, x, sources.training, initialEpoch));
  if (ready === stopped) {
    history.reason = "interrupted";
    answerStop(history);
    return history;
  }
  const { trainer, source } = ready;
  const steps = stepsPerEpoch ?? source.length;
  const run =
    verbose === 0
      ? undefined
      : new TrainingRun({
          title: options.title ?? `fit ${model.constructor.name}`,
          totalEpochs: epochs,
          ...(options.baselines === undefined ? {} : { baselines: options.baselines }),
          ...(steps === undefined ? {} : { stepsPerEpoch: steps, totalSteps: steps * (epochs - initialEpoch) }),
        });
  const loop = new FitLoop(trainer, history, run, options.callbacks ?? [], {
    stop,
    epochs,
    initialEpoch,
    source,
    order,
    stepsPerEpoch,
    labels,
    validate:
      validation &&
      (epoch => ((epoch + 1) % validationFreq === 0 ? { source: validation, steps: validationSteps } : undefined)),
    report: verbose === 2 ? line => console.log(line) : undefined,
  });
  return loop.run();
}

interface Plan {
  stop: Stop;
  epochs: number;
  initialEpoch: number;
  source: Source;
  order: { seed: number };
  stepsPerEpoch: number | undefined;
  /** Inputs of one sample and all labels, where they are known beforehand. */
  labels: { sample: Batch; all: Inputs } | undefined;
  validate: ((epoch: number) => { source: Source; steps: number | undefined } | undefined) | undefined;
  report: ((line: string) => void) | undefined;
}

/** One call of `fit`. */
class FitLoop implements Training {
  readonly #trainer: Trainer;
  readonly #history: History;
  readonly #run: TrainingRun | undefined;
  readonly #log: StepLog | undefined;
  readonly #callbacks: readonly Callback[];
  readonly #plan: Plan;
  readonly #means = new Means();
  readonly #turns = new Turns();
  readonly #stop: Stop;
  initialEpoch: number;
  #stopped = false;
  #interrupted = false;

  constructor(
    trainer: Trainer,
    history: History,
    run: TrainingRun | undefined,
    callbacks: readonly Callback[],
    plan: Plan,
  ) {
    this.#trainer = trainer;
    this.#history = history;
    this.#run = run;
    this.#log = run && new StepLog(run);
    this.#callbacks = callbacks;
    this.#plan = plan;
    this.#stop = plan.stop;
    this.initialEpoch = plan.initialEpoch;
  }

  get model(): Module {
    return this.#trainer.model;
  }

  get optimizer() {
    return this.#trainer.optimizer;
  }

  get epochs(): number {
    return this.#plan.epochs;
  }

  get stepsPerEpoch(): number | undefined {
    return this.#plan.stepsPerEpoch ?? this.#plan.source.length;
  }

  get seed(): number {
    return this.#plan.order.seed;
  }

  set seed(seed: number) {
    this.#plan.order.seed = seed;
  }

  readonly stop = (): void => {
    this.#stopped = true;
  };

  async run(): Promise<History> {
    const began = performance.now();
    const restoreMode = trainingMode(this.model);
    let reason: EndReason = "failed";
    let message: string | undefined;
    try {
      await this.#train();
      reason = this.#interrupted ? "interrupted" : this.#stopped ? "stopped" : "finished";
    } catch (error) {
      if (!this.#isStop(error)) {
        message = error instanceof Error ? error.message : String(error);
        throw error;
      }
      reason = "interrupted";
    } finally {
      restoreMode();
      this.#history.reason = reason;
      this.#history.eager = this.#trainer.training.reason;
      this.#history.seconds = (performance.now() - began) / 1000;
      this.#run?.end(reason, message);
    }
    if (reason === "interrupted") answerStop(this.#history);
    return this.#history;
  }

  async #train(): Promise<void> {
    for (const callback of this.#callbacks) await callback.onTrainBegin?.(this);
    const first = this.initialEpoch;
    const steps = new Steps(this.#plan.source, this.#plan.stepsPerEpoch, first);
    let logs: Logs = {};
    for (let epoch = first; epoch < this.epochs && !this.#stopped; epoch++) {
      for (const callback of this.#callbacks) await callback.onEpochBegin?.(epoch, this);
      await this.#epoch(epoch, steps);
      if (this.#interrupted) return;
      logs = await this.#closeEpoch(epoch);
      if (this.#interrupted) return;
    }
    for (const callback of this.#callbacks) await callback.onTrainEnd?.(logs, this);
  }

  async #epoch(epoch: number, steps: Steps): Promise<void> {
    const { objective, optimizer, training } = this.#trainer;
    const atBegin = this.#callbacks.filter(callback => callback.onTrainBatchBegin);
    const atEnd = this.#callbacks.filter(callback => callback.onTrainBatchEnd);
    const logs = () => this.#logs();
    objective.reset();
    this.#means.reset();
    steps.beginEpoch();
    for (let step = 0; !this.#stopped; step++) {
      const next = this.#stop.requested ? stopped : steps.next(step);
      const batch = next instanceof Promise ? await this.#stop.wait(next) : next;
      if (batch === stopped) {
        this.#interrupted = true;
        return;
      }
      if (batch === undefined) {
        if (step === 0) throw new ValueError("the dataset gave no batch", { op: "fit", hint: "Give at least one." });
        break;
      }
      for (const callback of atBegin) await callback.onTrainBatchBegin!(step, this);
      const lr = optimizer.lr;
      const { values, measured, counts } = training.take(batch);
      if (this.#history.steps++ === 0) this.#checkLabels();
      const samples = samplesOf(batch);
      this.#means.add(values, samples);
      if (this.#run?.observed) {
        this.#log!.add({
          step: this.#history.steps,
          epoch: epoch + 1,
          values: measured ? { ...values, ...stepMetrics(objective.sums, measured.sums, counts) } : values,
          learningRate: lr,
          samples,
        });
      }
      for (const callback of atEnd) await callback.onTrainBatchEnd!(step, logs, this);
      const turn = this.#turns.due();
      if (turn) await turn;
    }
  }

  async #closeEpoch(epoch: number): Promise<Logs> {
    this.#log?.flush();
    const logs = this.#logs();
    const validation = this.#plan.validate?.(epoch);
    if (validation) {
      for (const callback of this.#callbacks) await callback.onTestBegin?.(this);
      const measured = await evaluateSource(
        this.#trainer,
        validation.source,
        validation.steps,
        this.#turns,
        this.#stop,
      );
      if (measured === undefined) {
        this.#interrupted = true;
        return logs;
      }
      for (const [name, value] of Object.entries(measured)) logs[`val_${name}`] = value;
      for (const callback of this.#callbacks) await callback.onTestEnd?.(measured, this);
    }
    this.#history.add(epoch, logs);
    const { lr } = this.optimizer;
    this.#run?.emit({ kind: "epoch", epoch: epoch + 1, step: this.#history.steps, values: logs, learningRate: lr });
    this.#plan.report?.(`epoch ${epoch + 1}/${this.epochs} - ${inWords(logs)}`);
    for (const callback of this.#callbacks) await callback.onEpochEnd?.(epoch, logs, this);
    return logs;
  }

  /** True for what a Stop throws: the engine itself, or in a notebook the code of a cell, as in a callback. */
  #isStop(error: unknown): boolean {
    if (error instanceof InterruptedError) return true;
    return this.#stop.requested && error instanceof Error && error.name === "KeyboardInterrupt";
  }

  #logs(): Record<string, number> {
    return { ...this.#means.results(), ...this.#trainer.objective.results() };
  }

  /** Labels are looked through once the number of classes is known, before a replay meets them. */
  #checkLabels(): void {
    const { labels } = this.#plan;
    if (labels === undefined || this.model.trainStep) return;
    const restore = evaluating(this.model);
    try {
      this.#trainer.objective.checkLabels(
        "fit",
        () => noGrad(() => callModel(this.model, labels.sample.x)),
        labels.all,
      );
    } finally {
      restore();
    }
  }
}

/** The metrics of a step alone, read only when somebody wants to see them. */
function stepMetrics(
  metrics: readonly [name: string, { finish(mean: number): number }][],
  sums: readonly Tensor[],
  counts: readonly number[],
): Record<string, { size: number; shape: number[]; item(): number }> {
  return Object.fromEntries(
    metrics.map(([name, metric], i) => {
      const item = () => metric.finish(Number(sums[i]!.item()) / counts[i]!);
      return [name, { size: 1, shape: [], item }];
    }),
  );
}

const inWords = (logs: Logs) =>
  Object.entries(logs)
    .map(([name, value]) => `${name}: ${Number(value.toPrecision(4))}`)
    .join(" - ");
