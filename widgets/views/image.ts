import { formatCount, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { isolated } from "../isolated.js";
import { statistics } from "../statistics.js";
import { card, type Fact } from "../theme.js";
import { imageLayout, imageRange, imagesPart } from "./images.js";
import { tensorFacts, tensorSubtitle } from "./tensor-facts.js";
import { asTensorLike, isTensorLike, type NumbersLike, numbersOf, type TensorLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.image` draws, and what stands beneath each image. */
export interface ImageOptions {
  /** What each image is: numbers or words, or a tensor with a number for each. */
  labels?: TensorLike | ArrayLike<string | number | bigint | boolean>;
  /** What a model says each image is. Beside labels, wrong ones are marked. */
  predictions?: TensorLike | ArrayLike<string | number | bigint | boolean>;
  /** Images in a row; by default as many as fit. */
  columns?: number;
  /** Heading of the card. */
  title?: string;
}

/** The most images that are drawn. */
const most = 64;

/**
 * Draws a tensor as images: `[H, W]`, `[H, W, 3]`, `[3, H, W]`, `[N, H, W]`, `[N, C, H, W]` or `[N, H, W, C]` with 1 or 3
 * channels. Values from 0 to 1 or from 0 to 255 are taken as they are, others are stretched; the caption says which.
 *
 * @throws TypeError when the value is no tensor, its shape is not one of images, or labels do not fit in number
 * @example
 * show.image(images, { labels, predictions: labels, columns: 8 });
 */
export function imageView(value: NumbersLike, options: ImageOptions = {}): View {
  const { columns } = options;
  const tensor = asTensorLike(value, "show.image");
  const shape = `[${tensor.shape.join(", ")}]`;
  const labels = names(options.labels, "labels");
  const predictions = names(options.predictions, "predictions");
  const layout = imageLayout(tensor.shape, labels?.length ?? predictions?.length);
  if (!layout) {
    throw new TypeError(
      `show.image: a tensor of shape ${shape} is not images. Give [H, W], [N, H, W], [N, C, H, W] or [N, H, W, C] with 1 or 3 channels and no empty axis; reshape or take a part first.`,
    );
  }
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= 1)) {
    throw new TypeError(
      `show.image: columns is ${String(columns)}. Give a whole number of images in a row, 1 or more.`,
    );
  }
  requireEach(labels, layout.count, "labels");
  requireEach(predictions, layout.count, "predictions");
  const values = numbersOf(tensor);
  const stats = statistics(values);
  const facts: Fact[] = [...tensorFacts(tensor, stats)];
  let right: number | undefined;
  if (labels && predictions) {
    right = labels.filter((label, i) => label === predictions[i]).length;
    facts.push({ text: `${formatCount(right)} of ${formatCount(layout.count)} right` });
  }
  const captions = labels || predictions ? captionsOf(labels, predictions, Math.min(most, layout.count)) : undefined;
  const part = imagesPart(tensor, values, stats, {
    most,
    layout,
    ...(columns === undefined ? {} : { columns }),
    ...(captions ? { captions, longest: longestOf(labels, predictions) } : {}),
  });
  const heading = { title: options.title ?? "Images", subtitle: tensorSubtitle(tensor), facts };
  const shown = card({ ...heading, body: [part], styles: ["tiles"] });
  const { name } = imageRange(tensor, stats);
  const score = right === undefined ? "" : `, ${right} right`;
  return new View(shown.text, `${heading.title} ${shape} ${tensor.dtype}, ${layout.name}, values ${name}${score}`);
}

/** Right and wrong are told by a sign and by colour. */
function captionsOf(labels: string[] | undefined, predictions: string[] | undefined, count: number): Html[] {
  return Array.from({ length: count }, (_, i) => {
    const label = labels?.[i];
    const prediction = predictions?.[i];
    if (prediction === undefined || label === undefined) return html`${isolated(prediction ?? label ?? "")}`;
    return prediction === label
      ? html`<span class="good">✓ ${isolated(label)}</span>`
      : html`<span class="bad">✗ ${isolated(prediction)}</span> (${isolated(label)})`;
  });
}

/** Letters of the longest caption: a sign and both names, if there are both. */
function longestOf(labels: readonly string[] = [], predictions: readonly string[] = []): number {
  const length = (names: readonly string[]) => names.reduce((n, name) => Math.max(n, name.length), 0);
  return length(labels) + length(predictions) + (labels.length > 0 && predictions.length > 0 ? 5 : 0);
}

/** The names as texts. */
function names(given: ImageOptions["labels"], what: string): string[] | undefined {
  if (given === undefined) return undefined;
  if (!isTensorLike(given) && !Array.isArray(given) && !ArrayBuffer.isView(given)) {
    throw new TypeError(
      `show.image: ${what} is ${given === null ? "null" : `a ${typeof given}`}. Give an array or a tensor with one for each image.`,
    );
  }
  const list = isTensorLike(given) ? given.data() : (given as ArrayLike<unknown>);
  return Array.from(list, name => String(name).slice(0, 40));
}

function requireEach(given: readonly string[] | undefined, count: number, what: string): void {
  if (given === undefined || given.length === count) return;
  throw new TypeError(
    `show.image: ${formatQuantity(count, "image")} but ${given.length} ${what}. Give one for each image.`,
  );
}
