import { type nn, type Tensor, train } from "../../engine/index.js";
import { formatCount, formatQuantity } from "../format.js";
import { html } from "../html.js";
import { type Box, layeredDrawing } from "../layered.js";
import { card } from "../theme.js";
import { View } from "./view.js";

/** The most boxes that are drawn. */
const most = 100;
/** Blocks of up to this many nodes are folded when they follow each other at least so often. */
const longestBlock = 24;
const leastRepeats = 3;

/**
 * Draws a forward pass: each layer and operation below those whose results it reads, with the shapes that flow between. Blocks
 * that follow each other unchanged are drawn once. Where the pass fails, the graph ends at the node that failed, in red, with the
 * shapes that met there.
 *
 * @param model a model and what to call it with (tensors or shapes), or what `train.trace` wrote down
 * @throws ValueError when it is neither, or a model comes without input
 * @example
 * show.graph(new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU()), [2, 4]);
 */
export function graphView(model: nn.Module | train.ForwardGraph, ...inputs: (Tensor | readonly number[])[]): View {
  const graph = model instanceof train.ForwardGraph ? model : train.trace(model as nn.Module, ...inputs);
  const folded = foldedNodes(graph.nodes);
  const shown = clipped(folded);
  const position = new Map(shown.map(({ node }, i) => [node.id, i]));
  const boxes = shown.map(({ node, inputs: from, times }): Box => {
    const reads = from.flatMap(id => position.get(id) ?? []);
    return {
      inputs: reads,
      title: node.kind === "operation" || !node.path ? node.type : `${node.path} ${node.type}`,
      note: node.failed ? `✗ ${node.failed.map(shapeText).join(" with ")}` : noteOf(node, graph),
      edge: node.shape ? shapeText(node.shape) : "",
      times,
      ...(node.failed ? { tone: "bad" as const } : node.kind === "layer" ? {} : { tone: "quiet" as const }),
    };
  });
  const arrows = folded.map(({ node, inputs: from, times }) => arrow(node, from, times, graph.nodes));
  const failed = graph.nodes.find(node => node.failed);
  const layers = graph.nodes.filter(node => node.kind === "layer").length;
  const left = folded.length - shown.length;
  const hidden = graph.nodes.length - folded.length;
  const notes = [
    "grey: operations between the layers",
    ...(hidden > 0 ? [`${formatQuantity(hidden, "repeated node")} folded`] : []),
    ...(left > 0 ? [`${formatCount(left)} of ${formatCount(folded.length)} nodes in the middle are not drawn`] : []),
  ];
  const message =
    graph.error &&
    html`<div><b class="bad">${failed ? `${failed.path || failed.type}: ` : ""}${graph.error.slice(0, 1000)}</b></div>`;
  const label = `forward pass of ${graph.name}: ${formatQuantity(graph.nodes.length, "node")}${graph.error ? `, fails at ${failed?.path || failed?.type || "its end"}` : ""}`;
  const out = card({
    title: `${graph.name} forward`,
    facts: [
      { text: formatQuantity(layers, "layer") },
      { text: formatQuantity(graph.nodes.length - layers, "other node") },
      ...(graph.error ? [{ text: "✗ fails", tone: "bad" as const }] : []),
    ],
    body: [message || undefined, layeredDrawing(boxes, label), html`<div><small>${notes.join(" · ")}</small></div>`],
    styles: ["plot"],
  });
  const text = [label, ...arrows.slice(0, most), ...(graph.error ? [graph.error] : [])];
  return new View(out.text, text.join("\n"));
}

/** A node and how often the block that it stands in follows itself. */
interface Folded {
  node: train.TraceNode;
  inputs: readonly number[];
  times: number;
}

/** Leaves of each run of equal blocks the first; who reads the last block's results then reads the first's. */
function foldedNodes(nodes: readonly train.TraceNode[]): Folded[] {
  const sign = nodes.map(n =>
    [n.kind, n.type, n.options, n.shape?.join(), n.failed ? n.id : "", ...n.inputs.map(i => n.id - i)].join("|"),
  );
  const stand = new Map<number, number>();
  const out: Folded[] = [];
  const add = (i: number, times: number) => {
    const node = nodes[i]!;
    out.push({ node, times, inputs: node.inputs.map(id => stand.get(id) ?? id) });
  };
  for (let i = 0; i < nodes.length; ) {
    const { period, times } = repeats(sign, i);
    for (let k = 0; k < period; k++) {
      add(i + k, times);
      for (let r = 1; r < times; r++) stand.set(i + r * period + k, i + k);
    }
    i += period * times;
  }
  return out;
}

/** The shortest block from `i` on that follows itself often enough. */
function repeats(sign: readonly string[], i: number): { period: number; times: number } {
  for (let period = 1; period <= longestBlock; period++) {
    let end = i + period;
    while (end < sign.length && sign[end] === sign[end - period]) end++;
    const times = Math.floor((end - i) / period);
    if (times >= leastRepeats) return { period, times };
  }
  return { period: 1, times: 1 };
}

/** Beginning and end of a long graph; a failing node is at the end. */
function clipped(nodes: readonly Folded[]): readonly Folded[] {
  return nodes.length <= most ? nodes : [...nodes.slice(0, most / 2), ...nodes.slice(-most / 2)];
}

function noteOf(node: train.TraceNode, graph: train.ForwardGraph): string {
  const output = graph.outputs.includes(node.id) ? `output ${node.shape ? shapeText(node.shape) : ""}` : "";
  const what =
    node.kind === "layer" ? node.options : node.kind === "operation" ? (node.path ? `in ${node.path}` : "") : "";
  return [what, output].filter(part => part !== "").join(" → ");
}

function arrow(
  node: train.TraceNode,
  inputs: readonly number[],
  times: number,
  nodes: readonly train.TraceNode[],
): string {
  const name = (n: train.TraceNode) => (n.kind === "layer" && n.path ? n.path : n.type);
  const from = inputs
    .map(id => `${name(nodes[id]!)} ${nodes[id]!.shape ? shapeText(nodes[id]!.shape!) : ""}`.trim())
    .join(", ");
  const to = `${node.kind === "layer" && node.path ? `${node.path} ${node.type}` : node.type}${times > 1 ? ` (× ${times})` : ""}`;
  const result = node.failed
    ? ` ✗ ${node.failed.map(shapeText).join(" with ")}`
    : node.shape
      ? ` ${shapeText(node.shape)}`
      : "";
  return `${from}${from ? " → " : ""}${to}${result}`;
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
