import { ShapeError, ValueError } from "../../errors.js";
import { at } from "../../ops/at.js";
import { slice } from "../../ops/slice.js";
import { formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { type Images, imagesOf, planesOf, requireImages } from "./batch.js";
import { resample } from "./resample.js";
import { inverseOf, type Movement, warp } from "./warp.js";

/** Pictures of another size. */
export type Sized<S extends Shape, H extends number, W extends number> = S extends readonly [
  ...infer Rest extends Shape,
  number,
  number,
]
  ? Tensor<[...Rest, H, W], "float32">
  : Tensor<number[], "float32">;

/** How pictures get another size. */
export interface ResizeOptions {
  /** `"bilinear"` (default) smooths before it shrinks, `"nearest"` takes pixels as they are. */
  method?: "bilinear" | "nearest";
}

/**
 * Pictures of another size, as Pillow's `resize`.
 * @param images [N, C, H, W], or grey [N, H, W] or [H, W]
 * @throws ValueError for a size below 1; ShapeError or DTypeError for what are no pictures
 * @example data.images.resize(zeros([8, 3, 100, 120]), [32, 32]).shape; // [8, 3, 32, 32]
 */
export function resize<S extends Shape, H extends number, W extends number>(
  images: Images<S>,
  [height, width]: readonly [height: H, width: W],
  { method = "bilinear" }: ResizeOptions = {},
): Sized<S, H, W> {
  const op = "images.resize";
  requireSides(op, height, width);
  if (method !== "bilinear" && method !== "nearest") {
    throw new ValueError(`there is no method ${String(method)}`, { op, hint: 'Give "bilinear" or "nearest".' });
  }
  const given = planesOf(op, images);
  if (given.height * given.width === 0)
    throw new ShapeError(`${formatShape(images.shape)} has no pixels`, {
      op,
      hint: "Give pictures of at least 1 x 1.",
    });
  return imagesOf(given, resample(given, height, width, method === "nearest"), height, width) as Sized<S, H, W>;
}

/**
 * A part of pictures: `height` rows from row `top`, `width` columns from column `left`. A view.
 * @param images [..., H, W]
 * @throws ShapeError when the part reaches beyond the picture
 * @example data.images.crop(zeros([3, 32, 32]), { top: 2, left: 4, height: 20, width: 10 }).shape; // [3, 20, 10]
 */
export function crop<S extends Shape, H extends number, W extends number>(
  images: Images<S>,
  { top, left, height, width }: { top: number; left: number; height: H; width: W },
): Sized<S, H, W> {
  const op = "images.crop";
  requireImages(op, images, 2);
  requireSides(op, height, width);
  const [h, w] = [images.shape.at(-2)!, images.shape.at(-1)!];
  const whole = Number.isSafeInteger(top) && Number.isSafeInteger(left);
  if (!whole || top < 0 || left < 0 || top + height > h || left + width > w) {
    throw new ShapeError(`${height} x ${width} pixels from row ${top}, column ${left} of ${h} x ${w}`, {
      op,
      hint: "The part must lie within the picture; pad it first.",
    });
  }
  return at(images as Tensor, "...", slice(top, top + height), slice(left, left + width)) as Sized<S, H, W>;
}

/**
 * The middle of pictures. A view.
 * @param images [..., H, W]
 * @throws as `crop`
 * @example data.images.centerCrop(zeros([3, 32, 32]), [28, 28]).shape; // [3, 28, 28]
 */
export function centerCrop<S extends Shape, H extends number, W extends number>(
  images: Images<S>,
  [height, width]: readonly [height: H, width: W],
): Sized<S, H, W> {
  requireImages("images.centerCrop", images, 2);
  const [h, w] = [images.shape.at(-2)!, images.shape.at(-1)!];
  return crop(images, { top: Math.floor((h - height) / 2), left: Math.floor((w - width) / 2), height, width });
}

/** What happens to a picture's edge, and beyond it. */
export interface MoveOptions extends Partial<Movement> {
  /** The value outside of the picture (default 0). */
  fill?: number;
}

/**
 * Pictures scaled by `scale`, sheared and rotated (degrees, counterclockwise) about their centre, then moved by `translate`
 * [x, y] pixels (to the right, down). Pixels between others are mixed (bilinear).
 * @param images [N, C, H, W], or grey [N, H, W] or [H, W]
 * @throws ValueError for a scale that is not above 0 or numbers that are not finite
 * @example data.images.affine(ones([2, 28, 28]), { rotate: 10, scale: 0.9, translate: [1, 0] }).shape; // [2, 28, 28]
 */
export function affine<S extends Shape>(images: Images<S>, options: MoveOptions): Images<S> {
  const op = "images.affine";
  const { rotate = 0, translate = [0, 0], scale = 1, shear = 0, fill = 0 } = options;
  for (const [name, value] of Object.entries({ rotate, x: translate[0], y: translate[1], scale, shear, fill })) {
    if (!Number.isFinite(value)) throw new ValueError(`${name} is ${value}`, { op, hint: "Give a finite number." });
  }
  if (scale <= 0) throw new ValueError(`scale is ${scale}`, { op, hint: "Give a number above 0." });
  const given = planesOf(op, images);
  const inverse = inverseOf({ rotate, translate, scale, shear }, given.height, given.width);
  return imagesOf(given, warp(given, [inverse], fill)) as Images<S>;
}

/**
 * Pictures rotated about their centre, counterclockwise, by an angle in degrees.
 * @param images [N, C, H, W], or grey [N, H, W] or [H, W]
 * @throws as `affine`
 * @example data.images.rotate(ones([2, 28, 28]), 15).shape; // [2, 28, 28]
 */
export function rotate<S extends Shape>(images: Images<S>, degrees: number, { fill = 0 } = {}): Images<S> {
  return affine(images, { rotate: degrees, fill });
}

function requireSides(op: string, height: number, width: number): void {
  for (const [name, side] of Object.entries({ height, width })) {
    if (Number.isSafeInteger(side) && side >= 1) continue;
    throw new ValueError(`${name} is ${side}`, { op, hint: "Give a whole number of pixels, 1 or more." });
  }
}
