import { ValueError } from "../../errors.js";
import { buildWith, requireBuilt, unbuiltLayer } from "../../nn/building.js";
import type { Module } from "../../nn/module.js";
import { penaltyOf } from "../../nn/regularizers.js";
import { add } from "../../ops/arithmetic.js";
import type { Optimizer } from "../../optim/optimizer.js";
import type { Tensor } from "../../tensor.js";
import type { Inputs } from "./batch.js";
import { type GivenOptimizer, optimizerOf, requireOptimizer } from "./named-optimizers.js";
import { Objective, type ObjectiveOptions } from "./objective.js";
import { restorePoint, Step, testingStep, trainingStep } from "./step.js";

/** How a model is trained: in the dtype of its parameters; for mixed precision see `optim.GradScaler`. */
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
/** Of models whose layers have yet to make their parameters: what `compile` was given. */
const waiting = new WeakMap<Module, CompileOptions>();

/** Prepares a model for training. */
export function compileModel(model: Module, options: CompileOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new ValueError("there are no options", {
      op: "compile",
      hint: 'Call compile({ optimizer: "adam", loss: "mse" }).',
    });
  }
  requireKnown(options);
  if (unbuiltLayer(model) === undefined) {
    trainers.set(model, makeTrainer(model, options));
    return;
  }
  requireOptimizer(options.optimizer ?? "rmsprop");
  new Objective(options);
  trainers.delete(model);
  waiting.set(model, { ...options });
}

const names: Readonly<Record<keyof CompileOptions, true>> = {
  optimizer: true,
  loss: true,
  metrics: true,
  lossWeights: true,
  penalty: true,
  eager: true,
};

/** @throws ValueError that lists the options which `compile` has not */
function requireKnown(options: CompileOptions): void {
  const unknown = Object.keys(options).filter(name => !Object.hasOwn(names, name));
  if (unknown.length === 0) return;
  const isPrecision = unknown.some(name => /precision|dtype/i.test(name));
  throw new ValueError(`no option ${unknown.join(", ")}`, {
    op: "compile",
    hint: isPrecision
      ? "Models train in the dtype of their parameters, float32 or float64. See optim.GradScaler for parts in float16."
      : `There are ${Object.keys(names).join(", ")}.`,
  });
}

function makeTrainer(model: Module, options: CompileOptions): Trainer {
  const optimizer = optimizerOf(options.optimizer ?? "rmsprop", model.parameters() as Tensor[]);
  const { penalty } = options;
  const objective = new Objective({
    ...options,
    penalty: () => {
      const [given, own] = [penalty?.(), penaltyOf(model)];
      return given && own ? (add(given, own as never) as Tensor) : (given ?? own);
    },
  });
  const eager = options.eager ?? false;
  const restore = () => restorePoint(model, optimizer);
  return {
    model,
    optimizer,
    objective,
    training: new Step(trainingStep(model, optimizer, objective), objective, eager, restore),
    testing: new Step(testingStep(model, objective), objective, eager, () => () => {}),
  };
}

/**
 * What `compile` has made of a model.
 * @param sample inputs with which layers that have yet to make their parameters can make them
 * @throws ValueError for a model that was not compiled
 */
export function trainerOf(op: string, model: Module, sample?: Inputs): Trainer {
  requireCompiled(op, model);
  const ready = trainers.get(model);
  if (ready) return ready;
  const options = waiting.get(model)!;
  if (sample !== undefined) buildOn(model, sample);
  requireBuilt(op, model);
  const trainer = makeTrainer(model, options);
  trainers.set(model, trainer);
  waiting.delete(model);
  return trainer;
}

/** Whether a compiled model waits for its first input to make its parameters. */
export function isWaiting(model: Module): boolean {
  return waiting.has(model);
}

/** @throws ValueError for a model that was not compiled */
export function requireCompiled(op: string, model: Module): void {
  if (trainers.has(model) || waiting.has(model)) return;
  throw new ValueError("the model is not compiled", {
    op,
    hint: 'Call model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" }) first.',
  });
}

/** Lets layers make their parameters that have none yet. */
export function buildOn(model: Module, sample: Inputs): void {
  if (unbuiltLayer(model) !== undefined) buildWith(model, Array.isArray(sample) ? sample : [sample]);
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
