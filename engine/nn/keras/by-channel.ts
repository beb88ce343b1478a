import { ValueError } from "../../errors.js";
import { permute, reshape } from "../../ops/view.js";
import { type PerAxis, perAxis } from "../../ops/window.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import type { DataFormat } from "../padding.js";
import { convolve, type WindowForm } from "./convolve.js";
import { channelsFirst, type FormatOptions, requireFormat } from "./data-format.js";
import { DeferredLayer, type DeferredLayerOptions, type ParameterPlan } from "./deferred-layer.js";
import { type KernelOptions, KernelSettings } from "./kernel-settings.js";
import type { GivenConstraint, GivenInitializer, GivenRegularizer } from "./named-choices.js";

/** The form of a convolution of every channel by itself. */
export interface DepthwiseOptions<F extends DataFormat = DataFormat>
  extends Pick<KernelOptions, "activation" | "useBias" | "biasInitializer" | "biasRegularizer" | "biasConstraint">,
    WindowForm,
    DeferredLayerOptions,
    FormatOptions<F> {
  /** How many channels each one gives (default 1). */
  depthMultiplier?: number;
  /** The first weights of the channels (default `"glorotUniform"`). */
  depthwiseInitializer?: GivenInitializer;
  /** A penalty on them that `fit` adds to the loss. */
  depthwiseRegularizer?: GivenRegularizer;
  /** What they are kept within after each step of an optimizer. */
  depthwiseConstraint?: GivenConstraint;
}

/** Options without those that are not given. */
export function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** What the layers share. Weights of channels are [channels * multiplier, 1, ...kernel], as in `nn.DepthwiseConv2d`. */
export abstract class ByChannel<F extends DataFormat> extends DeferredLayer {
  declare readonly bias: Tensor<[number], "float32"> | undefined;
  protected readonly op: string;
  protected readonly kernel: readonly number[];
  protected readonly multiplier: number;
  protected readonly options: DepthwiseOptions<F>;
  readonly #format: DataFormat;
  readonly #depthwise: KernelSettings;

  constructor(op: string, kernel: PerAxis, spatial: number, options: DepthwiseOptions<F>) {
    super();
    const { depthMultiplier = 1, padding, dataFormat } = options;
    requireCounts(op, { depthMultiplier });
    if (padding !== undefined && padding !== "same" && padding !== "valid") {
      throw new ValueError(`padding is ${String(padding)}`, { op, hint: 'There are "same" and "valid".' });
    }
    this.op = op;
    this.kernel = perAxis(op, "kernelSize", kernel, spatial, 1);
    this.multiplier = depthMultiplier;
    this.options = options;
    this.#format = requireFormat(op, dataFormat);
    const { activation, useBias, biasInitializer, biasRegularizer, biasConstraint } = options;
    this.#depthwise = new KernelSettings(
      op,
      given({
        ...{ activation, useBias, biasInitializer, biasRegularizer, biasConstraint },
        kernelInitializer: options.depthwiseInitializer,
        kernelRegularizer: options.depthwiseRegularizer,
        kernelConstraint: options.depthwiseConstraint,
      }) as KernelOptions,
    );
  }

  protected override get featureAxis(): number {
    return this.#format === "channelsFirst" ? 1 : -1;
  }

  protected override get axes(): number {
    return this.kernel.length + 2;
  }

  /** Weight and bias of a convolution of so many channels, each by itself. */
  protected planByChannel(features: number): Record<string, ParameterPlan> {
    const { kernel, multiplier } = this;
    const plans = this.#depthwise.plan([features * multiplier, 1, ...kernel], [features * multiplier]);
    const { start } = plans.weight!;
    const axes = kernel.map((_, i) => i + 2);
    // Initializers count inputs and outputs as in Keras, where all channels are inputs.
    const weight = {
      ...plans.weight!,
      start: (shape: Shape) => {
        return reshape(permute(start([multiplier, features, ...kernel]), [1, 0, ...axes]), shape) as Tensor;
      },
    };
    return { ...plans, weight };
  }

  /** The channels each by themselves, with channels first. */
  protected byChannel(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    return convolve(this.op, x, weight, bias, { ...this.options, groups: x.shape[1]! });
  }

  /** The activation of what is computed with channels first. */
  protected computed(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
    return this.#depthwise.activation(channelsFirst(this.ready(x), this.#format, compute));
  }

  /** What a summary says of all of them. */
  protected words(): string {
    const { strides, padding } = this.options;
    const words = [`kernel ${this.kernel.join(" x ")}`];
    if (strides !== undefined) words.push(`strides ${[strides].flat().join(" x ")}`);
    if (padding === "same") words.push("same");
    if (this.multiplier > 1) words.push(`${this.multiplier} of each channel`);
    return words.join(", ") + this.#depthwise.words();
  }
}
