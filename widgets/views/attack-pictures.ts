import { imageElement, imageLayout } from "./images.js";

/** A picture as an element, and what it is. */
export interface Picture {
  caption: string;
  markup: string;
}

/** Longest side of a picture, in pixels. */
const side = 128;

/** The input, what was added to it, and the sum; nothing for an input that is no image. */
export function attackPictures(
  shape: readonly number[],
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  [black, white]: readonly [number, number],
  max: number,
): Picture[] {
  const layout = imageLayout(shape);
  if (layout?.count !== 1 || Math.min(layout.height, layout.width) < 2) return [];
  const longest = Math.max(layout.height, layout.width);
  const step = Math.ceil(longest / side);
  const factor = Math.max(1, Math.floor((side * step) / longest));
  const draw = (caption: string, values: ArrayLike<number>, low: number, high: number): Picture => ({
    caption,
    markup: imageElement(
      values as Float32Array,
      layout,
      0,
      { black: low, white: high, name: "" },
      step,
      factor,
      false,
      caption,
    ).text,
  });
  const added = Float32Array.from(after, (value, i) => value - before[i]!);
  return [
    draw("the input", before, black, white),
    draw("what is added", added, -max, max),
    draw("their sum", after, black, white),
  ];
}
