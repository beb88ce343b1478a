import { ValueError } from "../../errors.js";
import { Adadelta } from "../../optim/adadelta.js";
import { Adagrad } from "../../optim/adagrad.js";
import { Adam, AdamW } from "../../optim/adam.js";
import { Adamax } from "../../optim/adamax.js";
import { LAMB } from "../../optim/lamb.js";
import { Lion } from "../../optim/lion.js";
import { Muon } from "../../optim/muon.js";
import { NAdam } from "../../optim/nadam.js";
import { Optimizer } from "../../optim/optimizer.js";
import { RMSprop } from "../../optim/rmsprop.js";
import { SGD } from "../../optim/sgd.js";
import type { Tensor } from "../../tensor.js";

/** Optimizers by name, with the options that Keras gives them. */
const makers = {
  sgd: p => new SGD(p, { lr: 0.01 }),
  adam: p => new Adam(p, { lr: 1e-3, epsilon: 1e-7, epsilonHat: true }),
  adamw: p => new AdamW(p, { lr: 1e-3, epsilon: 1e-7, epsilonHat: true, weightDecay: 0.004 }),
  rmsprop: p => new RMSprop(p, { lr: 1e-3, alpha: 0.9, epsilon: 1e-7 }),
  adagrad: p => new Adagrad(p, { lr: 1e-3, initialAccumulator: 0.1, epsilon: 1e-7 }),
  adadelta: p => new Adadelta(p, { lr: 1e-3, rho: 0.95, epsilon: 1e-7 }),
  adamax: p => new Adamax(p, { lr: 1e-3, epsilon: 1e-7 }),
  nadam: p => new NAdam(p, { lr: 1e-3, epsilon: 1e-7, momentumDecay: 1 }),
  lamb: p => new LAMB(p, { lr: 1e-3, epsilon: 1e-7 }),
  lion: p => new Lion(p, { lr: 1e-3 }),
  muon: p => new Muon(p, { lr: 1e-3 }),
} satisfies Record<string, (parameters: Tensor[]) => Optimizer>;

/** The name of an optimizer; its options are Keras' defaults. */
export type OptimizerName = keyof typeof makers;

/** An optimizer, its name, or a function that makes it for the model's parameters. */
export type GivenOptimizer = OptimizerName | Optimizer | ((parameters: Tensor[]) => Optimizer);

/** @throws ValueError for an unknown name */
export function optimizerOf(given: GivenOptimizer, parameters: Tensor[]): Optimizer {
  requireOptimizer(given);
  if (given instanceof Optimizer) return given;
  if (typeof given === "function") return given(parameters);
  return (makers[given] as (parameters: Tensor[]) => Optimizer)(parameters);
}

/** @throws ValueError for an unknown name */
export function requireOptimizer(given: GivenOptimizer): void {
  if (given instanceof Optimizer || typeof given === "function" || Object.hasOwn(makers, given)) return;
  throw new ValueError(`no optimizer ${JSON.stringify(given)}`, {
    op: "compile",
    hint: `There are ${Object.keys(makers).join(", ")}; or give new optim.Adam(model.parameters(), { lr: 1e-3 }).`,
  });
}
