import { ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";
import type { Tensor } from "../../tensor.js";
import { type GivenOptimizer, optimizerOf } from "./named-optimizers.js";
import { Objective, type ObjectiveOptions } from "./objective.js";
import { restorePoint, Step, testingStep, trainingStep } from "./step.js";

/** How a model is trained. */
export interface CompileOptions extends ObjectiveOptions {
  /** An optimizer, a name with Keras' defaults, or a function of the parameters (default `"rmsprop"`, as in Keras). */
  optimizer?: GivenOptimizer;
  /** True: steps are run as they are written, instead of captured and replayed (for debugging, or steps that differ). */
  eager?: boolean;
}

/** What `compile` has made of a model. */
export interface Trainer {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly objective: Objective;
  readonly training: Step;
  readonly testing: Step;
}

const trainers = new WeakMap<Module, Trainer>();

/** Prepares a model for training. */
export function compileModel(model: Module, options: CompileOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new ValueError("there are no options", {
      op: "compile",
      hint: 'Call compile({ optimizer: "adam", loss: "mse" }).',
    });
  }
  const optimizer = optimizerOf(options.optimizer ?? "rmsprop", model.parameters() as Tensor[]);
  const objective = new Objective(options);
  const eager = options.eager ?? false;
  const restore = () => restorePoint(model, optimizer);
  trainers.set(model, {
    model,
    optimizer,
    objective,
    training: new Step(trainingStep(model, optimizer, objective), objective, eager, restore),
    testing: new Step(testingStep(model, objective), objective, eager, () => () => {}),
  });
}

/** @throws ValueError for a model that was not compiled */
export function trainerOf(op: string, model: Module): Trainer {
  const trainer = trainers.get(model);
  if (trainer) return trainer;
  throw new ValueError("the model is not compiled", {
    op,
    hint: 'Call model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" }) first.',
  });
}

/** Switches a model to evaluation; the result brings every module's own mode back. */
export function evaluating(model: Module): () => void {
  const modes = model.namedModules().map(([, module]) => [module, module.training] as const);
  model.eval();
  return () => {
    for (const [module, training] of modes) module.training = training;
  };
}

/** Switches a model that is evaluating to training; single layers that were switched off stay so. */
export function trainingMode(model: Module): () => void {
  const modes = model.namedModules().map(([, module]) => [module, module.training] as const);
  if (!model.training) model.train();
  return () => {
    for (const [module, training] of modes) module.training = training;
  };
}
