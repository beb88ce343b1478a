import type { MimeBundle } from "../display.js";
import { formatNumber } from "../format.js";
import { type Html, html } from "../html.js";
import { type Statistics, statistics, type Values } from "../statistics.js";
import { card, foldable, type StylePart } from "../theme.js";
import { imagesPart, readsAsImages } from "./images.js";
import { tensorFacts, tensorStatistics, tensorSubtitle } from "./tensor-facts.js";
import { numbersOf, type TensorLike } from "./tensor-like.js";
import { cornerTable, facetsPart, matrixPart, vectorPart } from "./tensor-parts.js";
import { sampleNote, sampleOf, type TensorSample } from "./tensor-sample.js";
import { valuesText } from "./tensor-text.js";
import { viewBundle } from "./view.js";

/** How a tensor shows itself: by its number of axes a number, a plot, a heatmap or facets of heatmaps. */
export function tensorBundle(tensor: TensorLike): MimeBundle {
  const sample = sampleOf(tensor);
  const values = numbersOf(sample?.part ?? tensor);
  const stats = statistics(values);
  const text = valuesText(tensor, values, stats, sample);
  const shown = tensor.shape.length === 0 ? scalarHtml(tensor, values[0]!) : tensorHtml(tensor, values, stats, sample);
  return viewBundle(shown.text, text);
}

/** A number needs no card. */
function scalarHtml(tensor: TensorLike, value: number): Html {
  const shown = tensor.dtype === "bool" ? String(value !== 0) : formatNumber(value);
  const facts = ["Tensor", tensor.dtype, "scalar", ...(tensor.requiresGrad ? ["requires grad"] : [])];
  const warning = Number.isFinite(value) ? undefined : html` <b style="color:#c62828">⚠ not finite</b>`;
  return html`<div><b style="font-size:14px">${shown}</b> <small style="opacity:.8">${facts.join(" · ")}</small>${warning}</div>`;
}

/** @param sample what of the tensor the values are, where they are not all of it */
function tensorHtml(whole: TensorLike, values: Values, stats: Statistics, sample?: TensorSample): Html {
  const part = sample?.part ?? whole;
  const { shape } = part;
  const rank = shape.length;
  const styles: StylePart[] = ["table", "plot", "tiles"];
  const heading = {
    title: "Tensor",
    subtitle: tensorSubtitle(whole),
    facts: tensorFacts(whole, stats, shape),
  };
  if (stats.count === 0) {
    const empty = html`<small>no elements: axis ${shape.indexOf(0)} has size 0</small>`;
    return card({ ...heading, body: [empty], styles: [] });
  }
  const rows = rank > 1 ? shape[rank - 2]! : 1;
  const columns = shape[rank - 1]!;
  const picture =
    rank === 1
      ? vectorPart(values, stats)
      : readsAsImages(part, stats)
        ? imagesPart(part, values, stats, { most: 24 })
        : rank === 2
          ? matrixPart(values, rows, columns, stats)
          : facetsPart(values, shape, stats);
  const folded =
    rank === 2 && Math.max(rows, columns) > 12
      ? foldable("values", cornerTable(values, rows, columns))
      : rank === 1 && columns > 16
        ? foldable("values", cornerTable(values, 1, columns))
        : undefined;
  return card({ ...heading, body: [sampleNote(sample), tensorStatistics(values, stats), picture, folded], styles });
}
