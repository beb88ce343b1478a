import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { at } from "../ops/at.js";
import { type PadMode, type PadWidth, pad } from "../ops/pad.js";
import { slice } from "../ops/slice.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";

/** Widths at every edge: one number, one per spatial axis, or a pair [before, behind] per spatial axis. */
export type EdgeWidths = number | readonly (number | PadWidth)[];

/** Where the channels are. */
export type DataFormat = "channelsFirst" | "channelsLast";

/** Where an edge layer finds the channels. */
export interface EdgeOptions {
  /** `"channelsFirst"`: [N, C, ...] (default); `"channelsLast"`: [N, ..., C]. */
  dataFormat?: DataFormat;
}

/** What the layers share: pairs of widths for the spatial axes, and where those are. */
abstract class EdgeLayer extends Layer {
  readonly widths: readonly PadWidth[];
  readonly #options: EdgeOptions;

  constructor(op: string, widths: EdgeWidths, spatial: number, options: EdgeOptions) {
    super();
    this.widths = pairsOf(op, widths, spatial);
    const { dataFormat } = options;
    if (dataFormat !== undefined && dataFormat !== "channelsFirst" && dataFormat !== "channelsLast") {
      throw new ValueError(`dataFormat is ${String(dataFormat)}`, {
        op,
        hint: 'There are "channelsFirst" and "channelsLast".',
      });
    }
    this.#options = options;
    Object.defineProperty(this, "widths", { enumerable: false });
  }

  protected padded<D extends DType>(x: Tensor<Shape, D>, mode: PadMode): Tensor<number[], D> {
    this.#require(x as Tensor);
    return pad(x, this.#channelsLast ? [...this.widths, [0, 0]] : this.widths, { mode });
  }

  protected cropped<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    this.#require(x as Tensor);
    const first = this.#channelsLast ? 1 : 2;
    const picks = this.widths.map(([before, behind], i) => {
      const length = x.shape[first + i]!;
      if (before + behind < length) return slice(before, length - behind);
      throw new ShapeError(`nothing is left of axis ${first + i} of ${formatShape(x.shape)}`, {
        op: this.constructor.name,
        hint: `It takes ${before} and ${behind} away.`,
      });
    });
    return at(x as Tensor, slice(), ...(this.#channelsLast ? [] : [slice()]), ...picks) as never;
  }

  override describe(): string {
    const words = this.widths.map(([before, behind]) => (before === behind ? `${before}` : `${before}+${behind}`));
    return words.every(word => word === words[0]) ? words[0]! : words.join(" x ");
  }

  override config(): readonly unknown[] {
    return [this.widths, this.#options];
  }

  get #channelsLast(): boolean {
    return this.#options.dataFormat === "channelsLast";
  }

  #require(x: Tensor): void {
    const axes = this.widths.length + 2;
    if (x.shape.length === axes) return;
    throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
      op: this.constructor.name,
      expected: `${axes} axes`,
      got: formatShape(x.shape),
    });
  }
}

/**
 * Zeros around sequences. x: [N, C, L] -> [N, C, before + L + behind], as `torch.nn.ZeroPad1d`.
 * @throws ValueError for widths that are no whole numbers of at least 0; ShapeError for an input of other axes
 * @example new nn.ZeroPad1d([[2, 0]])(zeros([1, 4, 10])).shape; // [1, 4, 12]
 */
export class ZeroPad1d extends EdgeLayer {
  constructor(widths: EdgeWidths, options: EdgeOptions = {}) {
    super("ZeroPad1d", widths, 1, options);
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    return this.padded(x, "constant");
  }
}
export interface ZeroPad1d extends Resized {}

/**
 * Zeros around images. x: [N, C, H, W] -> [N, C, H', W'], as `torch.nn.ZeroPad2d`; widths go by axis: height, then width.
 * @throws as `ZeroPad1d`
 * @example new nn.ZeroPad2d([1, [0, 2]])(zeros([1, 3, 4, 4])).shape; // [1, 3, 6, 6]
 */
export class ZeroPad2d extends EdgeLayer {
  constructor(widths: EdgeWidths, options: EdgeOptions = {}) {
    super("ZeroPad2d", widths, 2, options);
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    return this.padded(x, "constant");
  }
}
export interface ZeroPad2d extends Resized {}

/**
 * Images mirrored at their edges, which themselves are not repeated. x: [N, C, H, W] -> [N, C, H', W'], as
 * `torch.nn.ReflectionPad2d`; widths go by axis: height, then width.
 * @throws as `ZeroPad1d`, and ShapeError where an axis is not longer than its padding
 * @example new nn.ReflectionPad2d(1)(zeros([1, 3, 4, 4])).shape; // [1, 3, 6, 6]
 */
export class ReflectionPad2d extends EdgeLayer {
  constructor(widths: EdgeWidths, options: EdgeOptions = {}) {
    super("ReflectionPad2d", widths, 2, options);
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    return this.padded(x, "reflect");
  }
}
export interface ReflectionPad2d extends Resized {}

/**
 * Images without their edges. x: [N, C, H, W] -> [N, C, H', W'], as `keras.layers.Cropping2D`; widths go by axis.
 * @throws as `ZeroPad1d`, and ShapeError when nothing is left
 * @example new nn.Cropping2d([1, [0, 2]])(zeros([1, 3, 6, 6])).shape; // [1, 3, 4, 4]
 */
export class Cropping2d extends EdgeLayer {
  constructor(widths: EdgeWidths, options: EdgeOptions = {}) {
    super("Cropping2d", widths, 2, options);
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    return this.cropped(x);
  }
}
export interface Cropping2d extends Resized {}

/** Calling a layer that changes the lengths of axes. */
interface Resized {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D>;
}

function pairsOf(op: string, widths: unknown, spatial: number): PadWidth[] {
  const list = typeof widths === "number" ? new Array<unknown>(spatial).fill(widths) : widths;
  const pairs = Array.isArray(list) ? list.map(width => (typeof width === "number" ? [width, width] : width)) : [];
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every(n => Number.isSafeInteger(n) && n >= 0);
  if (pairs.length === spatial && pairs.every(isPair)) return pairs as PadWidth[];
  throw new ValueError("the widths do not fit", {
    op,
    expected: `one whole number of at least 0, or ${spatial} numbers or pairs of them`,
    got: JSON.stringify(widths),
    hint: "Give 1, or by axis [1, 2], or [[before, behind], [before, behind]].",
  });
}
