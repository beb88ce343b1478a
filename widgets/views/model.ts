import { train } from "../../engine/index.js";
import { formatBytes, formatCount, formatQuantity, formatShortCount } from "../format.js";
import { type Html, html, trusted } from "../html.js";
import { card, type Fact, foldable, table } from "../theme.js";
import { View } from "./view.js";

/** How many rows stand open, and how many more are folded; those beyond are counted. */
const openRows = 40;
const mostRows = 300;

/**
 * Draws what a model consists of: every layer with its options, output shape, parameters and its share of them. Equal blocks
 * that follow each other are one row; layers that share parameters with an earlier one are marked.
 */
export function modelView(summary: train.ModelSummary): View {
  const rows = train.summaryRows(summary.layers);
  const shapes = rows.some(row => row.layer.outputShape);
  const heads = ["layer", "type", "options", ...(shapes ? ["output"] : []), "parameters", "share"];
  const words = shapes ? [0, 1, 2, 3] : [0, 1, 2];
  const draw = (from: number, to: number) =>
    html`<div style="overflow-x:auto">${table(
      heads,
      rows.slice(from, to).map(row => cells(row, summary, shapes)),
      { words },
    )}</div>`;
  const folded = Math.min(rows.length, mostRows) - openRows;
  const left = rows.length - mostRows;
  const shown = card({
    title: summary.name,
    facts: factsOf(summary),
    body: [
      draw(0, openRows),
      folded > 0 ? foldable(formatQuantity(folded, "more row"), draw(openRows, mostRows)) : undefined,
      left > 0 ? html`<small>${formatQuantity(left, "further row")} not shown</small>` : undefined,
      shapes ? undefined : html`<small>With shapes, work and memory: train.summary(model, input)</small>`,
    ],
    styles: ["table"],
  });
  return new View(shown.text, train.summaryText(summary));
}

function factsOf({ parameters, flops, activationBytes }: train.ModelSummary): Fact[] {
  const frozen = parameters.total - parameters.trainable;
  const hint = "of one forward pass with this input";
  return [
    { text: formatQuantity(parameters.total, "parameter") },
    ...(frozen > 0 ? [{ text: `${formatCount(frozen)} frozen` }] : []),
    { text: formatBytes(parameters.bytes) },
    ...(flops === undefined ? [] : [{ text: `${formatShortCount(flops)} FLOPs`, hint }]),
    ...(activationBytes === undefined ? [] : [{ text: `${formatBytes(activationBytes)} of outputs`, hint }]),
  ];
}

function cells({ layer, depth, times, copies }: train.SummaryRow, summary: train.ModelSummary, shapes: boolean) {
  const { parameters, shared } = layer;
  return [
    html`${trusted("&nbsp;".repeat(3 * depth))}${layer.name || summary.name}${times > 1 ? ` (× ${times})` : ""}`,
    layer.type,
    html`<span style="white-space:normal">${layer.options}</span>`,
    ...(shapes ? [train.openShape(layer.outputShape)] : []),
    layer.unbuilt
      ? "unknown until first call"
      : shared
        ? "shared"
        : parameters > 0
          ? `${formatCount(parameters)}${layer.trainable ? "" : " frozen"}`
          : "",
    shared || parameters === 0 ? "" : share((copies * parameters) / summary.parameters.total),
  ];
}

/** A percentage and its bar. */
function share(part: number): Html {
  const percent = part < 0.01 ? "<1 %" : `${Math.round(100 * part)} %`;
  const width = Math.max(1, Math.round(60 * part));
  const style = `display:inline-block;height:8px;width:${width}px;margin-right:${60 - width}px;background:var(--s1,#0066a6)`;
  return html`${percent} <span style="${style}"></span>`;
}
