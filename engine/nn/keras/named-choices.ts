import { ValueError } from "../../errors.js";
import { elu, leakyRelu, relu, sigmoid, silu, softplus } from "../../ops/activation.js";
import { hardSigmoid, hardSwish, mish, relu6, selu, softsign } from "../../ops/activation-family.js";
import { ones, zeros } from "../../ops/create.js";
import { gelu } from "../../ops/gelu.js";
import { exp, tanh } from "../../ops/math.js";
import { truncatedNormal } from "../../ops/sampling.js";
import { logSoftmax, softmax } from "../../ops/softmax.js";
import { normal, uniform } from "../../random.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { type Constraint, maxNorm, minMaxNorm, nonNeg, unitNorm } from "../constraints.js";
import { lecunNormal, lecunUniform, orthogonal, varianceScaling, xavierNormal, xavierUniform } from "../init.js";
import { l1, l1l2, l2, type Regularizer } from "../regularizers.js";

/** What is applied to every element of a result, or along its last axis. */
export type Activation = (x: Tensor) => Tensor;

/** The first values of a parameter. Weights are [out, in, ...]. */
export type Initializer = (shape: Shape) => Tensor;

type Loose = (...args: never[]) => unknown;
const activation = (of: Loose) => of as unknown as Activation;
const initializer = (of: Loose) => of as unknown as Initializer;

const activations = {
  linear: (x: Tensor) => x,
  relu: activation(relu),
  relu6: activation(relu6),
  sigmoid: activation(sigmoid),
  tanh: activation(tanh),
  softmax: (x: Tensor) => softmax(x) as Tensor,
  logSoftmax: (x: Tensor) => logSoftmax(x) as Tensor,
  softplus: activation(softplus),
  softsign: activation(softsign),
  silu: activation(silu),
  swish: activation(silu),
  // Keras' slope; that of the operation is PyTorch's.
  leakyRelu: (x: Tensor) => leakyRelu(x, { slope: 0.2 }) as Tensor,
  elu: activation(elu),
  selu: activation(selu),
  gelu: activation(gelu),
  mish: activation(mish),
  hardSigmoid: activation(hardSigmoid),
  hardSwish: activation(hardSwish),
  exponential: activation(exp),
} satisfies Record<string, Activation>;

const initializers = {
  zeros: initializer(zeros),
  ones: initializer(ones),
  glorotUniform: initializer(xavierUniform),
  glorotNormal: (shape: Shape) => varianceScaling(shape, { mode: "average" }) as Tensor,
  xavierUniform: initializer(xavierUniform),
  xavierNormal: initializer(xavierNormal),
  heUniform: (shape: Shape) => varianceScaling(shape, { scale: 2, distribution: "uniform" }) as Tensor,
  heNormal: (shape: Shape) => varianceScaling(shape, { scale: 2 }) as Tensor,
  lecunUniform: initializer(lecunUniform),
  lecunNormal: initializer(lecunNormal),
  orthogonal: initializer(orthogonal),
  randomNormal: (shape: Shape) => normal(shape, { std: 0.05 }) as Tensor,
  randomUniform: (shape: Shape) => uniform(shape, { low: -0.05, high: 0.05 }) as Tensor,
  truncatedNormal: (shape: Shape) => truncatedNormal(shape, { std: 0.05 }) as Tensor,
} satisfies Record<string, Initializer>;

const regularizers = {
  l1: () => l1(),
  l2: () => l2(),
  l1l2: () => l1l2({ l1: 0.01, l2: 0.01 }),
} satisfies Record<string, () => Regularizer>;

const constraints = {
  maxNorm: () => maxNorm(),
  minMaxNorm: () => minMaxNorm(),
  nonNeg: () => nonNeg(),
  unitNorm: () => unitNorm(),
} satisfies Record<string, () => Constraint>;

/** The name of an activation, with Keras' defaults. */
export type ActivationName = keyof typeof activations;
/** The name of an initializer, with Keras' defaults. */
export type InitializerName = keyof typeof initializers;
/** The name of a regularizer, with Keras' factor 0.01. */
export type RegularizerName = keyof typeof regularizers;
/** The name of a constraint, with Keras' defaults. */
export type ConstraintName = keyof typeof constraints;

/** An activation or its name. */
export type GivenActivation = ActivationName | Activation;
/** An initializer or its name. */
export type GivenInitializer = InitializerName | Initializer;
/** A regularizer or its name. */
export type GivenRegularizer = RegularizerName | Regularizer;
/** A constraint or its name. */
export type GivenConstraint = ConstraintName | Constraint;

function choose<T>(op: string, what: string, given: unknown, choices: Readonly<Record<string, T>>): T {
  if (typeof given === "string" && Object.hasOwn(choices, given)) return choices[given]!;
  throw new ValueError(`no ${what} ${typeof given === "string" ? JSON.stringify(given) : `of type ${typeof given}`}`, {
    op,
    hint: `There are ${Object.keys(choices).join(", ")}; or give a function.`,
  });
}

/** @throws ValueError for an unknown name */
export function activationOf(op: string, given: GivenActivation | undefined): Activation {
  if (typeof given === "function") return given;
  return choose<Activation>(op, "activation", given ?? "linear", activations);
}

/** @throws ValueError for an unknown name */
export function initializerOf(op: string, given: GivenInitializer): Initializer {
  return typeof given === "function" ? given : choose<Initializer>(op, "initializer", given, initializers);
}

/** @throws ValueError for an unknown name */
export function regularizerOf(op: string, given: GivenRegularizer | undefined): Regularizer | undefined {
  if (given === undefined || typeof given === "function") return given;
  return choose<() => Regularizer>(op, "regularizer", given, regularizers)();
}

/** @throws ValueError for an unknown name */
export function constraintOf(op: string, given: GivenConstraint | undefined): Constraint | undefined {
  if (given === undefined || typeof given === "function") return given;
  return choose<() => Constraint>(op, "constraint", given, constraints)();
}
