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
  Dropout: ({ rate }: nn.Dropout) => [rate],
  Conv1d: convolution,
  Conv2d: convolution,
  Conv3d: convolution,
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  LayerNorm: ({ weight, epsilon }: nn.LayerNorm) => weight && [weight.shape, { epsilon }],
  RMSNorm: ({ weight, epsilon }: nn.RMSNorm) => weight && [weight.shape, epsilon === undefined ? {} : { epsilon }],
  GroupNorm: ({ weight, groups, epsilon }: nn.GroupNorm) => weight && [groups, weight.shape[0], { epsilon }],
  InstanceNorm2d: ({ weight, epsilon }: nn.InstanceNorm2d) => weight && [weight.shape[0], { epsilon, affine: true }],
  MultiheadAttention: ({ size, heads, dropout, in_proj_bias }: nn.MultiheadAttention) => {
    return [size, heads, { dropout, bias: in_proj_bias !== undefined }];
  },
  MaxPool1d: pool,
  MaxPool2d: pool,
  AvgPool1d: pool,
  AvgPool2d: pool,
  AdaptiveAvgPool2d: ({ size }: nn.AdaptiveAvgPool2d) => [size],
  AdaptiveMaxPool2d: ({ size }: nn.AdaptiveMaxPool2d) => [size],
  Softmax: ({ axis }: nn.Softmax) => [axis],
  LogSoftmax: ({ axis }: nn.LogSoftmax) => [axis],
  ReLU: nothing,
  Sigmoid: nothing,
  Tanh: nothing,
  GELU: nothing,
  Flatten: nothing,
  GlobalAvgPool2d: nothing,
};

type Convolution = nn.Conv2d & { options: { groups: number } };

function convolution(layer: nn.Conv1d | nn.Conv2d | nn.Conv3d): readonly unknown[] {
  const { weight, bias, options } = layer as unknown as Convolution;
  const [outputs, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  return [inputs * options.groups, outputs, kernel, { ...options, bias: bias !== undefined }];
}

function batchNorm({ running_mean, weight, epsilon, momentum }: nn.BatchNorm1d): readonly unknown[] {
  return [running_mean.shape[0], { epsilon, momentum, affine: weight !== undefined }];
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

/**
 * Makes the model that the data describes, with new weights: only classes of `nn`, called by their names.
 * @throws ValueError for a class of somebody's own, and for data that describes no model
 */
export function buildArchitecture(data: unknown): nn.Module {
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
