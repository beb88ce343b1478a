import { formatShape } from "../shape.js";
import type { LayerSummary, ModelSummary } from "./summary.js";

/** A row of a summary: a layer, how deep it lies, how many equal ones follow each other, and how many the model has of it so. */
export interface SummaryRow {
  layer: LayerSummary;
  depth: number;
  times: number;
  copies: number;
}

/** The layers one after the other, each before those inside it; equal neighbours are one row. */
export function summaryRows(layers: readonly LayerSummary[], depth = 0, copies = 1): SummaryRow[] {
  const rows: SummaryRow[] = [];
  for (let i = 0; i < layers.length; ) {
    const layer = layers[i]!;
    let times = 1;
    // A single layer twice reads better as two rows; blocks are folded.
    while (layer.children.length > 0 && i + times < layers.length && alike(layer, layers[i + times]!)) times++;
    rows.push(
      { layer, depth, times, copies: copies * times },
      ...summaryRows(layer.children, depth + 1, copies * times),
    );
    i += times;
  }
  return rows;
}

/** Whether two layers differ in nothing but their names. */
function alike(a: LayerSummary, b: LayerSummary): boolean {
  const fields = (layer: LayerSummary) =>
    JSON.stringify({ ...layer, name: "", children: layer.children.length, shared: layer.shared ?? false });
  return (
    fields(a) === fields(b) &&
    a.children.every((child, i) => child.name === b.children[i]!.name && alike(child, b.children[i]!))
  );
}

/** A shape with its batch axis open: `[N, 64]`. */
export function openShape(shape: readonly number[] | undefined): string {
  return shape === undefined ? "" : formatShape(shape).replace("[-1", "[N");
}

const count = (n: number) => n.toLocaleString("en-US");

/** A summary as an aligned table. */
export function summaryText(summary: ModelSummary): string {
  const rows = summaryRows(summary.layers);
  const shapes = rows.some(row => row.layer.outputShape);
  const connected = rows.some(row => row.layer.from);
  const head = [
    "layer",
    "type",
    "options",
    ...(connected ? ["reads"] : []),
    ...(shapes ? ["output"] : []),
    "parameters",
  ];
  const lines = rows.map(({ layer, depth, times }) => [
    `${"  ".repeat(depth)}${layer.name || summary.name}${times > 1 ? ` x ${times}` : ""}`,
    layer.type,
    layer.options,
    ...(connected ? [layer.from?.join(", ") ?? ""] : []),
    ...(shapes ? [openShape(layer.outputShape)] : []),
    layer.unbuilt
      ? "unknown until first call"
      : layer.shared
        ? "shared"
        : layer.parameters > 0
          ? `${count(layer.parameters)}${layer.trainable ? "" : " frozen"}`
          : "",
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, j) => Math.max(...all.map(line => line[j]!.length)));
  const pad = (line: readonly string[]) =>
    line
      .map((cell, j) => (j === line.length - 1 ? cell.padStart(widths[j]!) : cell.padEnd(widths[j]!)))
      .join("  ")
      .trimEnd();
  const { parameters, flops, activationBytes } = summary;
  const frozen = parameters.total - parameters.trainable;
  const totals = [
    `${count(parameters.total)} parameters${frozen > 0 ? ` (${count(frozen)} frozen)` : ""}, ${count(parameters.bytes)} bytes`,
    ...(flops === undefined
      ? []
      : [`${count(flops)} floating-point operations and ${count(activationBytes ?? 0)} bytes of outputs in one pass`]),
  ];
  const rule = "-".repeat(widths.reduce((n, w) => n + w + 2, -2));
  return [summary.name, rule, pad(head), rule, ...lines.map(pad), rule, ...totals].join("\n");
}
