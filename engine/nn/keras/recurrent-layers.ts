import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { ones } from "../../ops/create.js";
import { concat } from "../../ops/join.js";
import { linear } from "../../ops/matmul.js";
import { gatesOf, recurrence } from "../../ops/recurrence.js";
import type { RecurrenceKind } from "../../ops/recurrence-steps.js";
import { slice } from "../../ops/slice.js";
import { permute } from "../../ops/view.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { type BatchOf, requireCounts } from "../channels.js";
import { DeferredLayer, type DeferredLayerOptions, type ParameterPlan } from "./deferred-layer.js";
import {
  constraintOf,
  type GivenConstraint,
  type GivenInitializer,
  type GivenRegularizer,
  type Initializer,
  initializerOf,
  regularizerOf,
} from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** The form of a recurrent layer of the Keras face. */
export interface RecurrentLayerOptions<All extends boolean = boolean> extends DeferredLayerOptions {
  /** True: the output of every step, [N, T, units]; false (default): of the last, [N, units]. */
  returnSequences?: All;
  /** True: from the last step to the first; the outputs come in that order (default false). */
  goBackwards?: boolean;
  /** False: no biases (default true). */
  useBias?: boolean;
  /** The first weights of the inputs (default `"glorotUniform"`). */
  kernelInitializer?: GivenInitializer;
  /** The first weights of the state (default `"orthogonal"`). */
  recurrentInitializer?: GivenInitializer;
  /** The first biases (default `"zeros"`). */
  biasInitializer?: GivenInitializer;
  /** A penalty on the weights of the inputs that `fit` adds to the loss. */
  kernelRegularizer?: GivenRegularizer;
  /** A penalty on the weights of the state that `fit` adds to the loss. */
  recurrentRegularizer?: GivenRegularizer;
  /** What the weights of the inputs are kept within. */
  kernelConstraint?: GivenConstraint;
  /** What the weights of the state are kept within. */
  recurrentConstraint?: GivenConstraint;
}

type Output<S extends Shape, Units extends number, All extends boolean> = All extends true
  ? [BatchOf<S>, number, Units]
  : [BatchOf<S>, Units];

/** What the layers share. Weights are [gates * units, ...], the gates in PyTorch's order. */
abstract class RecurrentLayer<Units extends number, All extends boolean> extends DeferredLayer {
  declare readonly weight: Tensor<number[], "float32">;
  declare readonly recurrentWeight: Tensor<number[], "float32">;
  declare readonly bias: Tensor<number[], "float32"> | undefined;
  declare readonly recurrentBias: Tensor<number[], "float32"> | undefined;
  readonly units: Units;
  readonly #kind: RecurrenceKind;
  readonly #options: RecurrentLayerOptions<All>;
  readonly #plans: Readonly<Record<"weight" | "recurrentWeight" | "bias", Omit<ParameterPlan, "shape">>>;

  constructor(op: string, kind: RecurrenceKind, units: Units, options: RecurrentLayerOptions<All>) {
    super();
    requireCounts(op, { units });
    this.units = units;
    this.#kind = kind;
    this.#options = options;
    const bias = initializerOf(op, options.biasInitializer ?? "zeros");
    this.#plans = {
      weight: {
        start: initializerOf(op, options.kernelInitializer ?? "glorotUniform"),
        regularizer: regularizerOf(op, options.kernelRegularizer),
        constraint: constraintOf(op, options.kernelConstraint),
      },
      recurrentWeight: {
        start: initializerOf(op, options.recurrentInitializer ?? "orthogonal"),
        regularizer: regularizerOf(op, options.recurrentRegularizer),
        constraint: constraintOf(op, options.recurrentConstraint),
      },
      bias: { start: kind === "lstm" ? forgetNothing(bias, units) : bias },
    };
    this.begin(options);
  }

  protected override get axes(): number {
    return 3;
  }

  protected plan(features: number): Record<string, ParameterPlan> {
    const width = gatesOf[this.#kind] * this.units;
    const { weight, recurrentWeight, bias } = this.#plans;
    const biases = {
      bias: { shape: [width], ...bias },
      ...(this.#kind === "gru" ? { recurrentBias: { shape: [width], ...bias } } : {}),
    };
    return {
      weight: { shape: [width, features], ...weight },
      recurrentWeight: { shape: [width, this.units], ...recurrentWeight },
      ...(this.#options.useBias === false ? {} : biases),
    };
  }

  protected featuresIn({ weight }: Readonly<Record<string, Shape>>): number | undefined {
    return weight?.[1];
  }

  protected run(x: Tensor): Tensor {
    const steps = permute(this.ready(x), [1, 0, 2]) as Tensor;
    const { bias, recurrentBias } = this;
    const gates = linear(steps, this.weight as never, bias ? { bias: bias as never } : {}) as Tensor;
    const reverse = this.#options.goBackwards === true;
    const options = { reverse, ...(recurrentBias ? { bias: recurrentBias as Tensor } : {}) };
    const states = recurrence(gates, this.recurrentWeight as never, this.#kind, options) as Tensor;
    const length = x.shape[1]!;
    if (this.#options.returnSequences !== true) return states.at(reverse ? 0 : length - 1) as Tensor;
    // An LSTM gives one row more: its last cell state.
    const output = (this.#kind === "lstm" ? states.at(slice(0, length)) : states) as Tensor;
    return permute(reverse ? (output.flip(0) as Tensor) : output, [1, 0, 2]) as Tensor;
  }

  protected configWith(more: object = {}): readonly unknown[] | undefined {
    const options = plainOptions({ ...this.#options, ...more });
    return options && [this.units, options];
  }

  override config(): readonly unknown[] | undefined {
    return this.configWith();
  }

  override describe(): string {
    const { returnSequences, goBackwards, useBias } = this.#options;
    return [
      `${this.inputFeatures ?? "?"} -> ${this.units}`,
      ...(returnSequences ? ["all steps"] : []),
      ...(goBackwards ? ["backwards"] : []),
      ...(useBias === false ? ["no bias"] : []),
    ].join(", ");
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    return input[0]! * input[1]! * (this.weight.size + this.recurrentWeight.size);
  }
}

/** Biases of an LSTM, whose forget gates begin open (Jozefowicz et al. 2015). */
function forgetNothing(start: Initializer, units: number): Initializer {
  const parts = () => [start([units]), ones([units]), start([2 * units])];
  return () => concat(parts() as never, 0) as unknown as Tensor;
}

/** A long short-term memory that learns its features on the first call: made by `nn.lstm`. */
export class LSTMLayer<Units extends number = number, All extends boolean = boolean> extends RecurrentLayer<
  Units,
  All
> {
  constructor(units: Units, options: RecurrentLayerOptions<All> = {}) {
    super("LSTMLayer", "lstm", units, options);
  }
  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32"> {
    return this.run(x as Tensor) as never;
  }
}
export interface LSTMLayer<Units extends number, All extends boolean> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32">;
}

/** A gated recurrent unit that learns its features on the first call: made by `nn.gru`. */
export class GRULayer<Units extends number = number, All extends boolean = boolean> extends RecurrentLayer<Units, All> {
  constructor(units: Units, options: RecurrentLayerOptions<All> = {}) {
    super("GRULayer", "gru", units, options);
  }
  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32"> {
    return this.run(x as Tensor) as never;
  }
}
export interface GRULayer<Units extends number, All extends boolean> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32">;
}

/** The form of `nn.simpleRnn`. */
export interface SimpleRNNOptions<All extends boolean = boolean> extends RecurrentLayerOptions<All> {
  /** Applied to every step (default `"tanh"`). */
  activation?: "tanh" | "relu";
}

/** A plain recurrent network that learns its features on the first call: made by `nn.simpleRnn`. */
export class SimpleRNNLayer<Units extends number = number, All extends boolean = boolean> extends RecurrentLayer<
  Units,
  All
> {
  readonly #activation: "tanh" | "relu";

  constructor(units: Units, { activation = "tanh", ...options }: SimpleRNNOptions<All> = {}) {
    if (activation !== "tanh" && activation !== "relu") {
      throw new ValueError(`no activation ${JSON.stringify(activation)}`, {
        op: "SimpleRNNLayer",
        hint: "There are tanh and relu.",
      });
    }
    super("SimpleRNNLayer", activation, units, options);
    this.#activation = activation;
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32"> {
    return this.run(x as Tensor) as never;
  }

  override config(): readonly unknown[] | undefined {
    return this.configWith({ activation: this.#activation });
  }
}
export interface SimpleRNNLayer<Units extends number, All extends boolean> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Output<S, Units, All>, "float32">;
}

/**
 * A long short-term memory, as `keras.layers.LSTM`. Input [N, T, features] -> output [N, units], or [N, T, units] with
 * `returnSequences`.
 * @throws ValueError for units that are no whole number of at least 1, or an unknown name
 * @example nn.lstm(128)(zeros([2, 20, 16])).shape; // [2, 128]
 */
export function lstm<const Units extends number, All extends boolean = false>(
  units: Units,
  options: RecurrentLayerOptions<All> = {},
): LSTMLayer<Units, All> {
  return new LSTMLayer(units, options);
}

/**
 * A gated recurrent unit, as `keras.layers.GRU`, with the reset after the product. Input and output as `lstm`.
 * @throws as `lstm`
 * @example nn.gru(32, { returnSequences: true })(zeros([2, 20, 16])).shape; // [2, 20, 32]
 */
export function gru<const Units extends number, All extends boolean = false>(
  units: Units,
  options: RecurrentLayerOptions<All> = {},
): GRULayer<Units, All> {
  return new GRULayer(units, options);
}

/**
 * A plain recurrent network, as `keras.layers.SimpleRNN`. Input and output as `lstm`.
 * @throws as `lstm`
 * @example nn.simpleRnn(32)(zeros([2, 20, 16])).shape; // [2, 32]
 */
export function simpleRnn<const Units extends number, All extends boolean = false>(
  units: Units,
  options: SimpleRNNOptions<All> = {},
): SimpleRNNLayer<Units, All> {
  return new SimpleRNNLayer(units, options);
}
