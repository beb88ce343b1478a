import { ValueError } from "../../errors.js";
import { permute } from "../../ops/view.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { BatchOf } from "../channels.js";
import type { DataFormat } from "../padding.js";

/** Where a layer of the Keras face finds the channels. */
export interface FormatOptions<F extends DataFormat = DataFormat> {
  /** `"channelsLast"`: [N, ..., C] (default, as in Keras); `"channelsFirst"`: [N, C, ...], as in PyTorch. */
  dataFormat?: F;
}

/** A shape with channels and spatial axes. */
export type Formatted<
  S extends Shape,
  Spatial extends Shape,
  C extends number,
  F extends DataFormat,
> = F extends "channelsFirst" ? [BatchOf<S>, C, ...Spatial] : [BatchOf<S>, ...Spatial, C];

/** The channels of a shape as far as types know them. */
export type ChannelsOf<S extends Shape, F extends DataFormat> = F extends "channelsFirst"
  ? S extends readonly [number, infer C extends number, ...Shape]
    ? C
    : number
  : S extends readonly [...Shape, infer C extends number]
    ? C
    : number;

/** @throws ValueError for something else than the two formats */
export function requireFormat(op: string, format: unknown): DataFormat {
  if (format === undefined || format === "channelsLast") return "channelsLast";
  if (format === "channelsFirst") return format;
  throw new ValueError(`dataFormat is ${String(format)}`, {
    op,
    hint: 'There are "channelsFirst" and "channelsLast".',
  });
}

/** Computes with channels first, whatever the format is: both ways are views. */
export function channelsFirst(x: Tensor, format: DataFormat, compute: (x: Tensor) => Tensor): Tensor {
  if (format === "channelsFirst") return compute(x);
  const last = x.shape.length - 1;
  const spatial = Array.from({ length: last - 1 }, (_, i) => i + 1);
  const y = compute(permute(x, [0, last, ...spatial]) as Tensor);
  // Global pools leave no spatial axes.
  if (y.shape.length === 2) return y;
  return permute(y, [0, ...spatial.map(axis => axis + 1), 1]) as Tensor;
}

/** What `"same"` puts before and behind each spatial axis, as Keras: the odd one behind. */
export function sameWidths(
  lengths: Shape,
  window: readonly number[],
  strides: readonly number[],
  dilations: readonly number[] = window.map(() => 1),
): [before: number, behind: number][] {
  return lengths.map((length, i) => {
    const reach = (window[i]! - 1) * dilations[i]! + 1;
    const missing = Math.max(0, (Math.ceil(length / strides[i]!) - 1) * strides[i]! + reach - length);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
}
