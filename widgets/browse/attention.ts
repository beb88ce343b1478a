import { type AttentionMapOptions, attentionView } from "../views/attention.js";
import { asTensorLike, type NumbersLike, numbersOf } from "../views/tensor-like.js";
import { Pages } from "./pages.js";

/**
 * Attention weights head by head: all at once, or one, large.
 *
 * @param weights [heads, queries, keys] or [1, heads, queries, keys], after the softmax
 * @throws TypeError as `show.attention`, or when there is one head only
 * @example
 * const heads = views.heads([[[1, 0], [0.5, 0.5]], [[0, 1], [1, 0]]], { tokens: ["to", "be"] });
 * heads.set("at", [2]);
 * heads.get("choices")[0]?.count; // 3
 */
export function browseHeads(weights: NumbersLike, options: AttentionMapOptions = {}): Pages {
  const all = attentionView(weights, options);
  const given = asTensorLike(weights, "show.heads");
  const [rows, columns] = [given.shape.at(-2)!, given.shape.at(-1)!];
  const heads = given.size / (rows * columns);
  if (heads < 2) {
    throw new TypeError(
      `show.heads: weights of shape [${given.shape.join(", ")}] have one head. Use show.attention for it.`,
    );
  }
  // A copy: training may go on and change what the tensor holds.
  const values = Float64Array.from(numbersOf(given));
  const title = options.title ?? "Attention";
  return new Pages({
    name: title,
    choices: [
      { name: "head", count: heads + 1, options: ["all", ...Array.from({ length: heads }, (_, h) => String(h))] },
    ],
    draw: ([place]) => {
      if (!place) return all;
      const one = values.subarray((place - 1) * rows * columns, place * rows * columns);
      const head = {
        shape: [rows, columns],
        dtype: given.dtype,
        device: given.device,
        size: one.length,
        data: () => one,
      };
      return attentionView(head, { ...options, title: `${title}, head ${place - 1}` });
    },
  });
}
