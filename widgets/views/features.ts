import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { colourScale, heatmap, legend } from "../heatmap.js";
import { html } from "../html.js";
import { type Statistics, statistics, type Values } from "../statistics.js";
import { card, foldable, scrolled, table, tile } from "../theme.js";
import { textTable } from "./table.js";
import { tensorSubtitle } from "./tensor-facts.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.features` draws. */
export interface FeatureOptions {
  /** Heading of the card. */
  title?: string;
  /** Which sample of a batch (default 0). */
  sample?: number;
  /** `"each"`: every map from its own smallest to its largest value; `"shared"` (default): one scale for all. */
  scale?: "each" | "shared";
}

/** The most maps that are drawn. */
const most = 48;

/**
 * Draws the feature maps of a layer: a picture for each channel, those without any signal named as such.
 *
 * @param maps [C, H, W], or [N, C, H, W], of which one sample is drawn
 * @throws TypeError for another shape, or a sample that is not there
 * @example
 * show.features(rand([1, 8, 14, 14]), { scale: "each" });
 */
export function featuresView(maps: NumbersLike, options: FeatureOptions = {}): View {
  const { sample = 0, scale: kind = "shared", title = "Feature maps" } = options;
  const tensor = asTensorLike(maps, "show.features");
  const { shape } = tensor;
  if ((shape.length !== 3 && shape.length !== 4) || tensor.size === 0) {
    throw new TypeError(
      `show.features: a tensor of shape [${shape.join(", ")}] is not feature maps. Give [C, H, W] or [N, C, H, W].`,
    );
  }
  const samples = shape.length === 4 ? shape[0]! : 1;
  if (!(Number.isInteger(sample) && sample >= 0 && sample < samples)) {
    throw new TypeError(
      `show.features: there is no sample ${String(sample)} among ${samples}. Give 0 to ${samples - 1}.`,
    );
  }
  if (kind !== "each" && kind !== "shared") {
    throw new TypeError(`show.features: scale is "${String(kind)}". Give "each" or "shared".`);
  }
  const [channels, rows, columns] = shape.slice(-3) as [number, number, number];
  const plane = rows * columns;
  const all = numbersOf(tensor);
  const values = part(all, sample * channels * plane, channels * plane);
  const total = statistics(values);
  const each = Array.from({ length: channels }, (_, c) => statistics(part(values, c * plane, plane)));
  const dead = each.filter(isDead).length;
  const shared = colourScale(values, total);
  const shown = Math.min(channels, most);
  const size = shown <= 6 ? 128 : 84;
  let sampled = 1;
  const tiles = each.slice(0, shown).map((stats, c) => {
    const scale = kind === "shared" ? shared : colourScale(part(values, c * plane, plane), stats);
    const label = `channel ${c}, ${range(stats)}`;
    const drawn = heatmap(values, rows, columns, scale, { label, size, most: shown > 24 ? 28 : 56, offset: c * plane });
    sampled = Math.max(sampled, ...drawn.sampled);
    const note = isDead(stats) ? html` · <b class="bad">no signal</b>` : kind === "each" && html`<br>${range(stats)}`;
    return tile(drawn.image, html`${c}${note}`);
  });
  const notes = [
    ...(shown < channels ? [`${shown} of ${formatCount(channels)} maps`] : []),
    ...(samples > 1 ? [`sample ${sample} of ${formatCount(samples)}`] : []),
    ...(sampled > 1 ? [`1 of ${sampled} x ${sampled} values shown`] : []),
    kind === "shared" ? "one scale for all maps" : "each map has a scale of its own, written below it",
  ];
  const heads = ["channel", "min", "mean", "max", "std", "zeros"];
  const lines = each.slice(0, most).map((stats, c) => [String(c), ...figures(stats)]);
  const out = card({
    title,
    subtitle: tensorSubtitle(tensor),
    facts: [
      { text: formatQuantity(channels, "map") },
      { text: `${rows} x ${columns}` },
      ...(dead > 0 ? [{ text: `⚠ ${formatCount(dead)} without signal`, tone: "bad" as const }] : []),
      ...(total.finite < total.count
        ? [{ text: `⚠ ${formatCount(total.count - total.finite)} NaN or Inf`, tone: "bad" as const }]
        : []),
    ],
    body: [
      html`<div>${tiles}</div>`,
      kind === "shared" && legend(shared, total),
      html`<div><small>${notes.join(" · ")}</small></div>`,
      foldable("statistics of each map", scrolled(table(heads, lines))),
    ],
    styles: ["tiles", "table"],
  });
  const head = `${title}: ${formatQuantity(channels, "map")} of ${rows} x ${columns}${dead > 0 ? `, ${dead} without signal` : ""}`;
  return new View(out.text, `${head}\n${textTable([heads, ...lines.slice(0, 16)])}`);
}

function part(values: Values, from: number, length: number): Values {
  if (from === 0 && length === values.length) return values;
  return ArrayBuffer.isView(values)
    ? (values as Float32Array).subarray(from, from + length)
    : Array.prototype.slice.call(values, from, from + length);
}

/** A map that says nothing: all its values are equal. */
function isDead(stats: Statistics): boolean {
  return stats.finite === stats.count && stats.max === stats.min;
}

function range({ finite, min, max }: Statistics): string {
  return finite > 0 ? `${formatNumber(min, 3)} to ${formatNumber(max, 3)}` : "no finite value";
}

function figures(stats: Statistics): string[] {
  const zeros = stats.finite > 0 ? `${formatNumber((100 * stats.zeros) / stats.finite, 3)} %` : "–";
  return [...[stats.min, stats.mean, stats.max, stats.std].map(x => formatNumber(x, 3)), zeros];
}
