import { type nn, Tensor } from "../../engine/index.js";
import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { html } from "../html.js";
import { type Box, layeredDrawing } from "../layered.js";
import { card } from "../theme.js";
import { View } from "./view.js";

/** How `show.autograd` names what it draws. */
export interface AutogradOptions {
  /** Whose parameters are called by their paths. */
  model?: nn.Module;
}

/** The most boxes that are drawn. */
const most = 80;

/** A tensor of the graph, and how it was computed. */
interface Step {
  tensor: Tensor;
  inputs: readonly Step[];
}

/**
 * Draws how a value was computed as the backward pass will walk it: from the parameters, in green with the norm of their gradient
 * once there is one, down to the value.
 *
 * @throws TypeError when the value is no tensor
 * @example
 * show.autograd(loss);
 */
export function autogradView(value: Tensor, { model }: AutogradOptions = {}): View {
  if (!(value instanceof Tensor)) {
    throw new TypeError(
      `show.autograd: expected a tensor, got ${value === null ? "null" : typeof value}. Give a loss before backward().`,
    );
  }
  const names = new Map(model?.namedParameters().map(([name, parameter]) => [parameter, name]));
  const steps = stepsOf(value);
  const shown = steps.slice(-most);
  const position = new Map(shown.map((step, i) => [step, i]));
  const leaves = steps.filter(({ tensor }) => tensor.node === undefined && tensor.requiresGrad);
  const without = leaves.filter(({ tensor }) => !tensor.grad).length;
  const boxes = shown.map(step => box(step, position, names));
  const operations = steps.filter(({ tensor }) => tensor.node !== undefined).length;
  const left = steps.length - shown.length;
  const detached = !value.requiresGrad;
  const label = `autograd graph of a tensor [${value.shape.join(", ")}]: ${formatQuantity(operations, "operation")} from ${formatQuantity(leaves.length, "parameter")}`;
  const notes = [
    "green: parameters, with the norm of their gradient · grey: no gradient flows there",
    ...(left > 0 ? [`the last ${shown.length} of ${formatCount(steps.length)} steps`] : []),
  ];
  const out = card({
    title: "Autograd graph",
    facts: [
      { text: formatQuantity(operations, "operation") },
      { text: formatQuantity(leaves.length, "parameter") },
      ...(detached ? [{ text: "⚠ nothing to differentiate", tone: "bad" as const }] : []),
      ...(!detached && without > 0 ? [{ text: `${formatCount(without)} without gradient yet` }] : []),
    ],
    body: [layeredDrawing(boxes, label), html`<div><small>${notes.join(" · ")}</small></div>`],
    styles: ["plot"],
  });
  const lines = shown.map((step, i) => {
    const from = step.inputs.flatMap(input => position.get(input) ?? []);
    return `${i} ${boxes[i]!.title} [${step.tensor.shape.join(", ")}]${from.length > 0 ? ` from ${from.join(", ")}` : ""}`;
  });
  return new View(out.text, [label, ...lines].join("\n"));
}

function box(step: Step, position: ReadonlyMap<Step, number>, names: ReadonlyMap<Tensor, string>): Box {
  const { tensor } = step;
  const shape = `[${tensor.shape.join(", ")}]`;
  const inputs = [...new Set(step.inputs.flatMap(input => position.get(input) ?? []))];
  if (tensor.node) return { inputs, title: tensor.node.op, note: "", edge: shape };
  if (!tensor.requiresGrad)
    return { inputs, title: "constant", note: `${shape} ${tensor.dtype}`, edge: "", tone: "quiet" };
  const norm = tensor.grad ? `gradient ${formatNumber(normOf(tensor.grad), 3)}` : "no gradient yet";
  return { inputs, title: names.get(tensor) ?? "parameter", note: `${shape} · ${norm}`, edge: "", tone: "good" };
}

function normOf(x: Tensor): number {
  let squares = 0;
  for (const v of x.data() as Float32Array) squares += v * v;
  return Math.sqrt(squares);
}

/** Every tensor that a value depends on, each after those that it depends on. Deep graphs need no deep stack. */
function stepsOf(value: Tensor): Step[] {
  const made = new Map<Tensor, Step>();
  const waiting: { tensor: Tensor; ready: boolean }[] = [{ tensor: value, ready: false }];
  while (waiting.length > 0) {
    const { tensor, ready } = waiting.pop()!;
    if (made.has(tensor)) continue;
    const inputs = tensor.node?.inputs ?? [];
    if (ready || inputs.length === 0) {
      made.set(tensor, { tensor, inputs: inputs.flatMap(input => made.get(input) ?? []) });
      continue;
    }
    waiting.push({ tensor, ready: true });
    for (const input of [...inputs].reverse()) if (!made.has(input)) waiting.push({ tensor: input, ready: false });
  }
  return [...made.values()];
}
