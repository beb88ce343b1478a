import type { Shape } from "../../shape.js";
import type { ParameterPlan } from "./deferred-layer.js";
import {
  type Activation,
  activationOf,
  constraintOf,
  type GivenActivation,
  type GivenConstraint,
  type GivenInitializer,
  type GivenRegularizer,
  initializerOf,
  regularizerOf,
} from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** How a layer's weight and bias start and are kept, and what follows. Weights are [out, in, ...]. */
export interface KernelOptions {
  /** Applied to the result (default `"linear"`: nothing). */
  activation?: GivenActivation;
  /** False: no bias (default true). */
  useBias?: boolean;
  /** The first weights (default `"glorotUniform"`). */
  kernelInitializer?: GivenInitializer;
  /** The first biases (default `"zeros"`). */
  biasInitializer?: GivenInitializer;
  /** A penalty on the weights that `fit` adds to the loss. */
  kernelRegularizer?: GivenRegularizer;
  /** A penalty on the biases that `fit` adds to the loss. */
  biasRegularizer?: GivenRegularizer;
  /** What the weights are kept within after each step of an optimizer. */
  kernelConstraint?: GivenConstraint;
  /** What the biases are kept within after each step of an optimizer. */
  biasConstraint?: GivenConstraint;
}

/** The options that dense and convolution layers share, read once. */
export class KernelSettings {
  readonly activation: Activation;
  readonly #op: string;
  readonly #options: KernelOptions;
  readonly #kernel: Omit<ParameterPlan, "shape">;
  readonly #bias: Omit<ParameterPlan, "shape"> | undefined;

  /** @throws ValueError for an unknown name */
  constructor(op: string, options: KernelOptions) {
    this.#op = op;
    this.#options = options;
    this.activation = activationOf(op, options.activation);
    this.#kernel = {
      start: initializerOf(op, options.kernelInitializer ?? "glorotUniform"),
      regularizer: regularizerOf(op, options.kernelRegularizer),
      constraint: constraintOf(op, options.kernelConstraint),
    };
    const bias = {
      start: initializerOf(op, options.biasInitializer ?? "zeros"),
      regularizer: regularizerOf(op, options.biasRegularizer),
      constraint: constraintOf(op, options.biasConstraint),
    };
    this.#bias = options.useBias === false ? undefined : bias;
  }

  /** Weight and bias in these shapes. */
  plan(weight: Shape, bias: Shape): Record<string, ParameterPlan> {
    return {
      weight: { shape: weight, ...this.#kernel },
      ...(this.#bias ? { bias: { shape: bias, ...this.#bias } } : {}),
    };
  }

  /** Activation and missing bias, for summaries. */
  words(): string {
    const { activation, useBias } = this.#options;
    const name = typeof activation === "function" ? activation.name || "activation" : activation;
    return `${name === undefined || name === "linear" ? "" : `, ${name}`}${useBias === false ? ", no bias" : ""}`;
  }

  /** Arguments of the constructor as plain data: `first` and the options; undefined where a function matters. */
  config(...first: readonly unknown[]): readonly unknown[] | undefined {
    const options = plainOptions(this.#options);
    return options && [...first, options];
  }

  /** The name of the layer's class. */
  get op(): string {
    return this.#op;
  }
}
