import type { MimeBundle } from "../display.js";
import { statistics } from "../statistics.js";
import { numbersOf, type TensorLike } from "./tensor-like.js";
import { tensorText } from "./tensor-text.js";

/** How a tensor shows itself: by its number of axes a number, a plot, a heatmap or facets of heatmaps. */
export function tensorBundle(tensor: TensorLike): MimeBundle {
  const values = numbersOf(tensor);
  const stats = statistics(values);
  return { "text/plain": tensorText(tensor, values, stats) };
}
