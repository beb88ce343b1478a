import { DTypeError, ShapeError, ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import { formatShape, type Shape } from "../../shape.js";
import { Tensor } from "../../tensor.js";

/** Pictures of one size. */
export type Images<S extends Shape = Shape> = Tensor<S, "float32">;

/** Pictures on the host: one plane of height x width after the other. */
export interface Planes {
  readonly values: Float32Array;
  readonly shape: Shape;
  /** Pictures: N of [N, C, H, W] and [N, H, W], 1 of [H, W]. */
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The values of pictures [N, C, H, W], or grey ones [N, H, W] or [H, W]. Not to be written to.
 * @throws ShapeError for another number of axes; DTypeError for integers
 */
export function planesOf(op: string, images: Images): Planes {
  requireImages(op, images, 2);
  const { shape } = images;
  if (shape.length > 4) {
    throw new ShapeError(`${formatShape(shape)} are no pictures`, {
      op,
      hint: "Give [N, C, H, W], or grey pictures as [N, H, W].",
    });
  }
  const [height, width] = [shape.at(-2)!, shape.at(-1)!];
  return {
    values: images.data() as Float32Array,
    shape,
    count: shape.length === 2 ? 1 : shape[0]!,
    channels: shape.length === 4 ? shape[1]! : 1,
    height,
    width,
  };
}

/** Pictures of new values, with the axes that `like` has. */
export function imagesOf(like: Planes, values: Float32Array, height = like.height, width = like.width): Images {
  return tensor(values, { shape: [...like.shape.slice(0, -2), height, width] }) as Images;
}

/** @throws ShapeError when there are fewer axes than `axes`; DTypeError for other values than float32 */
export function requireImages(op: string, images: unknown, axes: number): asserts images is Images {
  if (!(images instanceof Tensor)) {
    throw new ValueError("the pictures are no tensor", { op, hint: "Give a tensor [N, C, H, W] or [N, H, W]." });
  }
  if (images.dtype !== "float32") {
    throw new DTypeError(`the pictures are ${images.dtype}`, {
      op,
      expected: "float32",
      got: images.dtype,
      hint: 'Make them float32, 0 to 1: images.cast("float32").div(255).',
    });
  }
  if (images.shape.length < axes) {
    throw new ShapeError(`${formatShape(images.shape)} are no pictures`, {
      op,
      hint: `The last ${axes} axes are ${axes === 3 ? "channels, height and width" : "height and width"}.`,
    });
  }
}

/** @throws ValueError unless `value` lies between the two */
export function requireWithin(op: string, name: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new ValueError(`${name} is ${value}`, { op, hint: `Give a number from ${low} to ${high}.` });
}
