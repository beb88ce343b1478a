import { ValueError } from "../../errors.js";
import type { Shape } from "../../shape.js";
import { requireSeed } from "../split.js";
import { RandomStream } from "../stream.js";
import { type Images, imagesOf, type Planes, planesOf, requireWithin } from "./batch.js";
import { type ColourChange, changed, requireColours } from "./colour.js";
import { inverseOf, warp } from "./warp.js";

/**
 * Changes a batch of pictures by chance, each picture differently: [N, C, H, W], or grey ones [N, H, W]. A single picture
 * [C, H, W] would be taken for C grey ones: `unsqueeze(0)` makes it a batch of one. The seed and the number of calls so far
 * decide what happens.
 */
export type RandomTransform = <S extends Shape>(images: Images<S>) => Images<S>;

/** Which series of chance a transform follows. */
export interface SeedOption {
  /** An integer (default 0). Transforms of different kinds with one seed are independent of each other. */
  seed?: number;
}

/** Numbers that keep the kinds of transforms apart. */
const kinds = { flip: 1, crop: 2, affine: 3, colour: 4, cutout: 5 };

function transform(
  op: string,
  kind: keyof typeof kinds,
  seed: number,
  change: (images: Planes, random: RandomStream) => Float32Array,
): RandomTransform {
  requireSeed(op, seed);
  let calls = 0;
  return <S extends Shape>(images: Images<S>) => {
    const given = planesOf(op, images);
    return imagesOf(given, change(given, new RandomStream(seed + kinds[kind] * 2 ** 32, calls++))) as Images<S>;
  };
}

/** How often pictures are mirrored. */
export interface RandomFlipOptions extends SeedOption {
  /** Probability of left and right changing places (default 0.5). */
  horizontal?: number;
  /** Probability of top and bottom changing places (default 0). */
  vertical?: number;
}

/**
 * Mirrors pictures, each with a probability.
 * @throws ValueError for a probability outside of 0 to 1
 * @example
 * const mirror = data.images.randomFlip({ seed: 1 });
 * mirror(zeros([16, 3, 32, 32])).shape; // [16, 3, 32, 32]
 */
export function randomFlip({ horizontal = 0.5, vertical = 0, seed = 0 }: RandomFlipOptions = {}): RandomTransform {
  const op = "images.randomFlip";
  requireWithin(op, "horizontal", horizontal, 0, 1);
  requireWithin(op, "vertical", vertical, 0, 1);
  return transform(op, "flip", seed, (images, random) => {
    const { values, count, channels, height, width } = images;
    const out = values.slice();
    for (let n = 0; n < count; n++) {
      const [mirrored, upsideDown] = [random.uniform() < horizontal, random.uniform() < vertical];
      if (!mirrored && !upsideDown) continue;
      for (let row = 0; row < channels * height; row++) {
        const plane = n * channels + Math.floor(row / height);
        const y = row % height;
        const to = (plane * height + y) * width;
        const from = (plane * height + (upsideDown ? height - 1 - y : y)) * width;
        for (let x = 0; x < width; x++) out[to + x] = values[from + (mirrored ? width - 1 - x : x)]!;
      }
    }
    return out;
  });
}

/** How far pictures are moved, and what comes in. */
export interface RandomCropOptions extends SeedOption {
  /** Pixels each way at most. */
  padding: number;
  /** The value outside of the picture (default 0). */
  fill?: number;
}

/**
 * Moves pictures by up to `padding` pixels each way: the crop of a padded picture that is usual for CIFAR. The size stays.
 * @throws ValueError for a padding that is no whole number
 * @example data.images.randomCrop({ padding: 4 })(zeros([16, 3, 32, 32])).shape; // [16, 3, 32, 32]
 */
export function randomCrop({ padding, fill = 0, seed = 0 }: RandomCropOptions): RandomTransform {
  const op = "images.randomCrop";
  if (!Number.isSafeInteger(padding) || padding < 0) {
    throw new ValueError(`padding is ${padding}`, { op, hint: "Give a whole number of pixels, 0 or more." });
  }
  return transform(op, "crop", seed, ({ values, count, channels, height, width }, random) => {
    const out = new Float32Array(values.length).fill(fill);
    for (let n = 0; n < count; n++) {
      const down = random.below(2 * padding + 1) - padding;
      const right = random.below(2 * padding + 1) - padding;
      const [first, end] = [Math.max(0, right), Math.min(width, width + right)];
      if (first >= end) continue;
      for (let plane = n * channels; plane < (n + 1) * channels; plane++) {
        for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
          const from = (plane * height + y - down) * width - right;
          out.set(values.subarray(from + first, from + end), (plane * height + y) * width + first);
        }
      }
    }
    return out;
  });
}

/** How far pictures are moved at most. */
export interface RandomAffineOptions extends SeedOption {
  /** Rotation, up to so many degrees either way (default 0). */
  degrees?: number;
  /** Shift, up to this share of height and width either way (default 0). */
  translate?: number;
  /** The least and the greatest scale (default [1, 1]). */
  scale?: readonly [least: number, greatest: number];
  /** Shear, up to so many degrees either way (default 0). */
  shear?: number;
  /** The value outside of the picture (default 0). */
  fill?: number;
}

/**
 * Rotates, shifts, scales and shears pictures, each by amounts of its own.
 * @throws ValueError for amounts that make no sense
 * @example
 * const wobble = data.images.randomAffine({ degrees: 10, translate: 0.1, scale: [0.9, 1.1], seed: 1 });
 * wobble(zeros([16, 28, 28])).shape; // [16, 28, 28]
 */
export function randomAffine(options: RandomAffineOptions): RandomTransform {
  const op = "images.randomAffine";
  const { degrees = 0, translate = 0, scale = [1, 1], shear = 0, fill = 0, seed = 0 } = options;
  requireWithin(op, "degrees", degrees, 0, 180);
  requireWithin(op, "translate", translate, 0, 1);
  requireWithin(op, "shear", shear, 0, 80);
  if (!(scale[0] > 0 && scale[1] >= scale[0] && Number.isFinite(scale[1]))) {
    throw new ValueError(`scale is ${scale.join(" to ")}`, { op, hint: "Give [least, greatest], as [0.9, 1.1]." });
  }
  return transform(op, "affine", seed, (images, random) => {
    const { count, height, width } = images;
    const either = (most: number) => random.uniform(-most, most);
    const inverses = Array.from({ length: count }, () => {
      const movement = {
        rotate: either(degrees),
        translate: [either(translate * width), either(translate * height)] as const,
        scale: random.uniform(...scale),
        shear: either(shear),
      };
      return inverseOf(movement, height, width);
    });
    return warp(images, inverses, fill);
  });
}

/**
 * Rotates pictures, each by another angle.
 * @throws ValueError for degrees outside of 0 to 180
 * @example data.images.randomRotation({ degrees: 15 })(zeros([16, 28, 28])).shape; // [16, 28, 28]
 */
export function randomRotation(options: SeedOption & { degrees: number; fill?: number }): RandomTransform {
  return randomAffine(options);
}

/**
 * Changes the colours of pictures, each in another way: factors from 1 - amount to 1 + amount, for the hue a turn from -amount
 * to amount of the circle. As torchvision's `ColorJitter`, but always in the order brightness, contrast, saturation, hue.
 * @throws ValueError for an amount outside of 0 to 1 (hue: 0 to 0.5); ShapeError for saturation or hue of grey pictures
 * @example
 * const jitter = data.images.colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.05, seed: 1 });
 * jitter(zeros([16, 3, 32, 32])).shape; // [16, 3, 32, 32]
 */
export function colorJitter({ seed = 0, ...amounts }: SeedOption & ColourChange): RandomTransform {
  const op = "images.colorJitter";
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = amounts;
  for (const [name, amount] of Object.entries({ brightness, contrast, saturation })) {
    requireWithin(op, name, amount, 0, 1);
  }
  requireWithin(op, "hue", hue, 0, 0.5);
  return transform(op, "colour", seed, (images, random) => {
    if (saturation > 0 || hue > 0) requireColours(op, images);
    const about = (amount: number) => random.uniform(1 - amount, 1 + amount);
    const changes = Array.from({ length: images.count }, () => ({
      brightness: about(brightness),
      contrast: about(contrast),
      saturation: about(saturation),
      hue: random.uniform(-hue, hue),
    }));
    return changed(images, changes);
  });
}

/** The square that is covered. */
export interface RandomCutoutOptions extends SeedOption {
  /** Its side in pixels. */
  size: number;
  /** The value put there (default 0). */
  fill?: number;
}

/**
 * Covers a square of every picture, whose centre may lie anywhere (DeVries and Taylor, 2017).
 * @throws ValueError for a size that is no whole number
 * @example data.images.randomCutout({ size: 8 })(ones([16, 3, 32, 32])).min().item(); // 0
 */
export function randomCutout({ size, fill = 0, seed = 0 }: RandomCutoutOptions): RandomTransform {
  const op = "images.randomCutout";
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new ValueError(`size is ${size}`, { op, hint: "Give a whole number of pixels, 1 or more." });
  }
  return transform(op, "cutout", seed, ({ values, count, channels, height, width }, random) => {
    const out = values.slice();
    for (let n = 0; n < count; n++) {
      const top = random.below(Math.max(1, height)) - Math.floor(size / 2);
      const left = random.below(Math.max(1, width)) - Math.floor(size / 2);
      for (let plane = n * channels; plane < (n + 1) * channels; plane++) {
        for (let y = Math.max(0, top); y < Math.min(height, top + size); y++) {
          const row = (plane * height + y) * width;
          out.fill(fill, row + Math.max(0, left), row + Math.max(0, Math.min(width, left + size)));
        }
      }
    }
    return out;
  });
}

/**
 * Several transforms as one, in this order.
 * @throws ValueError when there are none
 * @example
 * const { images } = data;
 * const augment = images.compose(images.randomFlip(), images.randomCrop({ padding: 4 }), images.randomCutout({ size: 8 }));
 * augment(zeros([16, 3, 32, 32])).shape; // [16, 3, 32, 32]
 */
export function compose(...transforms: readonly RandomTransform[]): RandomTransform {
  if (transforms.length === 0) {
    throw new ValueError("there are no transforms", { op: "images.compose", hint: "Give at least one." });
  }
  return images => transforms.reduce((changed, next) => next(changed), images);
}
