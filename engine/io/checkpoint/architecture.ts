import { ValueError } from "../../errors.js";
import * as nn from "../../nn/index.js";
import { isPlainObject } from "../../tree.js";

/** A layer as plain data: its class, what its constructor takes, and for a `Sequential` the layers in it. */
export interface Architecture {
  readonly class: string;
  /** Missing where a module cannot be made from plain data: a class of the user's own. */
  readonly args?: readonly unknown[];
  readonly layers?: readonly Architecture[];
}

type Describe = (layer: never) => readonly unknown[] | undefined;

/** From a layer to the arguments of its constructor; undefined where they cannot be told from what it shows. */
const describers: Readonly<Record<string, Describe>> = {
  Linear: ({ weight, bias }: nn.Linear) => [weight.shape[1], weight.shape[0], { bias: bias !== undefined }],
  Embedding: ({ weight }: nn.Embedding) => [...weight.shape],
  Dropout: rateOf,
  Conv1d: convolution,
  Conv2d: convolution,
  Conv3d: convolution,
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  BatchNorm3d: batchNorm,
  LayerNorm: ({ weight, bias, epsilon }: nn.LayerNorm) => {
    return weight && [weight.shape, { epsilon, bias: bias !== undefined }];
  },
  RMSNorm: ({ weight, epsilon }: nn.RMSNorm) => weight && [weight.shape, epsilon === undefined ? {} : { epsilon }],
  GroupNorm: ({ weight, bias, groups, epsilon }: nn.GroupNorm) => {
    return weight && [groups, weight.shape[0], { epsilon, bias: bias !== undefined }];
  },
  InstanceNorm1d: instanceNorm,
  InstanceNorm2d: instanceNorm,
  InstanceNorm3d: instanceNorm,
  MultiheadAttention: ({ size, heads, dropout, batchFirst, in_proj_weight, in_proj_bias }: nn.MultiheadAttention) => {
    return in_proj_weight && [size, heads, { dropout, batchFirst, bias: in_proj_bias !== undefined }];
  },
  MaxPool1d: pool,
  MaxPool2d: pool,
  MaxPool3d: pool,
  AvgPool1d: pool,
  AvgPool2d: pool,
  AvgPool3d: pool,
  AdaptiveAvgPool1d: adaptivePool,
  AdaptiveAvgPool2d: adaptivePool,
  AdaptiveAvgPool3d: adaptivePool,
  AdaptiveMaxPool1d: adaptivePool,
  AdaptiveMaxPool2d: adaptivePool,
  AdaptiveMaxPool3d: adaptivePool,
  Dropout1d: rateOf,
  Dropout2d: rateOf,
  Dropout3d: rateOf,
  AlphaDropout: rateOf,
  GaussianDropout: rateOf,
  GaussianNoise: ({ std }: nn.GaussianNoise) => [std],
  StochasticDepth: ({ rate, mode }: nn.StochasticDepth) => [rate, { mode }],
  PixelShuffle: ({ factor }: nn.PixelShuffle) => [factor],
  PixelUnshuffle: ({ factor }: nn.PixelUnshuffle) => [factor],
  ChannelShuffle: ({ groups }: nn.ChannelShuffle) => [groups],
  Softmax: ({ axis }: nn.Softmax) => [axis],
  LogSoftmax: ({ axis }: nn.LogSoftmax) => [axis],
  Softmin: ({ axis }: nn.Softmin) => [axis],
  GLU: ({ axis }: nn.GLU) => [axis],
  ReLU: nothing,
  ReLU6: nothing,
  SELU: nothing,
  SiLU: nothing,
  Mish: nothing,
  Softsign: nothing,
  LogSigmoid: nothing,
  Hardsigmoid: nothing,
  Hardswish: nothing,
  Tanhshrink: nothing,
  Softmax2d: nothing,
  Sigmoid: nothing,
  Tanh: nothing,
  GELU: ({ approximate }: nn.GELU) => [{ approximate }],
  LeakyReLU: ({ slope }: nn.LeakyReLU) => [{ slope }],
  ELU: ({ alpha }: nn.ELU) => [{ alpha }],
  CELU: ({ alpha }: nn.CELU) => [{ alpha }],
  Softplus: ({ beta }: nn.Softplus) => [{ beta }],
  Hardtanh: ({ min, max }: nn.Hardtanh) => [{ min, max }],
  Softshrink: ({ lambda }: nn.Softshrink) => [{ lambda }],
  Hardshrink: ({ lambda }: nn.Hardshrink) => [{ lambda }],
  Threshold: ({ threshold, value }: nn.Threshold) => [{ threshold, value }],
  PReLU: ({ weight }: nn.PReLU) => [{ channels: weight.shape[0] }],
  Flatten: nothing,
  GlobalAvgPool1d: nothing,
  GlobalAvgPool2d: nothing,
  GlobalAvgPool3d: nothing,
  GlobalMaxPool1d: nothing,
  GlobalMaxPool2d: nothing,
  GlobalMaxPool3d: nothing,
};

type Convolution = nn.Conv2d & { options: { groups: number } };

function convolution(layer: nn.Conv1d | nn.Conv2d | nn.Conv3d): readonly unknown[] {
  const { weight, bias, options } = layer as unknown as Convolution;
  const [outputs, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  return [inputs * options.groups, outputs, kernel, { ...options, bias: bias !== undefined }];
}

function batchNorm({ running_mean, weight, bias, epsilon, momentum }: nn.BatchNorm1d): readonly unknown[] {
  const affine = weight !== undefined;
  return [running_mean.shape[0], { epsilon, momentum, affine, ...(affine ? { bias: bias !== undefined } : {}) }];
}

function instanceNorm({ weight, bias, channels, epsilon }: nn.InstanceNorm2d): readonly unknown[] {
  return [channels, { epsilon, affine: weight !== undefined, ...(weight ? { bias: bias !== undefined } : {}) }];
}

function adaptivePool({ size }: nn.AdaptiveAvgPool2d): readonly unknown[] {
  return [size];
}

function rateOf({ rate }: { rate: number }): readonly unknown[] {
  return [rate];
}

function pool({ kernel, options }: nn.MaxPool2d): readonly unknown[] {
  return [kernel, options];
}

function nothing(): readonly unknown[] {
  return [];
}

const classes = nn as unknown as Readonly<Record<string, new (...args: unknown[]) => nn.Module>>;

/** What a model is made of, as plain data. */
export function architectureOf(model: nn.Module): Architecture {
  const made = model.constructor;
  const { name } = made;
  if (classes[name] !== made) return { class: name };
  if (model instanceof nn.Sequential) return { class: name, layers: model.layers.map(architectureOf) };
  const args = describers[name]?.(model as never);
  return args === undefined ? { class: name } : { class: name, args };
}

/** Layers within layers go no deeper, and models have no more. */
const [deepest, most] = [64, 100_000];

/** How many elements the largest parameter of a layer has, by the arguments of its constructor. */
function largestParameter(name: string, args: readonly unknown[]): number {
  const [first, second, third, options] = args as [number, number, number[], { groups?: number }];
  const product = (lengths: unknown) => [lengths].flat().reduce((a: number, b) => a * Number(b), 1);
  if (name === "Linear" || name === "Embedding") return first * second;
  if (name.startsWith("Conv")) return (first * second * product(third)) / Number(options?.groups ?? 1);
  if (name === "MultiheadAttention") return first * first;
  if (name === "GroupNorm") return second;
  if (name === "PReLU") return Number((args[0] as { channels?: number } | undefined)?.channels ?? 1);
  return name.endsWith("Norm") || /Norm\dd$/.test(name) ? product(first) : 0;
}

/**
 * Makes the model that the data describes, with new weights: only classes of `nn`, called by their names.
 * @param elements how many the file's tensors have: a layer that wants more is a lie, and nothing is allocated for it
 * @throws ValueError for a class of somebody's own, and for data that describes no model
 */
export function buildArchitecture(data: unknown, elements: number): nn.Module {
  let count = 0;
  const build = (part: unknown, depth: number): nn.Module => {
    if (!isPlainObject(part) || depth > deepest || ++count > most) refuse("the architecture is damaged");
    const { class: name, args, layers } = part as Partial<Record<string, unknown>>;
    if (name === "Sequential" && Array.isArray(layers)) {
      return new nn.Sequential(...layers.map(layer => build(layer, depth + 1)));
    }
    if (typeof name !== "string" || !Array.isArray(args) || !Object.hasOwn(describers, name)) {
      refuse(`a ${typeof name === "string" ? name : "module"} cannot be made from the file`);
    }
    if (largestParameter(name, args) > elements) refuse(`a ${name} is larger than the file`);
    return new classes[name]!(...(args as unknown[]));
  };
  return build(data, 0);
}

function refuse(problem: string): never {
  throw new ValueError(problem, {
    op: "io.load",
    hint: "Make the model yourself and give it: io.load(path, { model }).",
  });
}
