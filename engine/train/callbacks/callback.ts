import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";

/** The numbers of a batch or an epoch: running means; those of the validation carry the prefix `val_`. */
export type Logs = Readonly<Record<string, number>>;

/** The training that a callback watches. */
export interface Training {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Epochs that were asked for. */
  readonly epochs: number;
  /** Steps of an epoch, where that is known. */
  readonly stepsPerEpoch: number | undefined;
  /** The first epoch, counted from 0; a callback that resumes changes it in `onTrainBegin`. */
  initialEpoch: number;
  /** Decides the orders of the samples; a callback that resumes changes it in `onTrainBegin`. */
  seed: number;
  /** Ends training after this batch or epoch. */
  stop(): void;
}

type Answer = void | Promise<void>;

/**
 * What happens at the turns of training: any object with some of these functions, which may be async. Epochs and batches count
 * from 0, as in Keras.
 * @example
 * const callback: train.Callback = {
 *   onEpochEnd(epoch, logs, { stop }) {
 *     if (logs.loss! < 0.1) stop();
 *   },
 * };
 */
export interface Callback {
  /** Before the first epoch. */
  onTrainBegin?(training: Training): Answer;
  /** `logs` are those of the last epoch. */
  onTrainEnd?(logs: Logs, training: Training): Answer;
  /** Before each epoch. */
  onEpochBegin?(epoch: number, training: Training): Answer;
  /** After each epoch and its validation. */
  onEpochEnd?(epoch: number, logs: Logs, training: Training): Answer;
  /** Before each batch. */
  onTrainBatchBegin?(batch: number, training: Training): Answer;
  /** `logs` gives the running means of the epoch; calling it reads them from the device, which takes time. */
  onTrainBatchEnd?(batch: number, logs: () => Logs, training: Training): Answer;
  /** Before each validation. */
  onTestBegin?(training: Training): Answer;
  /** After each validation, with its numbers, without prefix. */
  onTestEnd?(logs: Logs, training: Training): Answer;
}
