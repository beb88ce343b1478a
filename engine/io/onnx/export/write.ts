import { noGrad } from "../../../autograd.js";
import { concat } from "../../../ops/join.js";
import { requireTensor } from "../../../ops/require.js";
import { slice } from "../../../ops/slice.js";
import type { Tensor } from "../../../tensor.js";
import { writeAtomically } from "../../atomic-file.js";
import { joined } from "../../raw.js";
import { readModel } from "../messages.js";
import { buildModel } from "../model.js";
import { encodeModel, type Port } from "./encode.js";
import { freeBatch } from "./free-batch.js";
import { refuse } from "./graph.js";
import { type Exportable, evaluated, outputsOf, type Trace, trace } from "./trace.js";

/** How a model is exported. */
export interface ExportOptions {
  /**
   * The first axis of all inputs is the batch. `"free"`: the model takes batches of every length. `"fixed"`: of the length of
   * the inputs alone. By default free where the model allows it.
   */
  batch?: "free" | "fixed";
}

type Inputs = Readonly<Record<string, Tensor>>;

/**
 * A model as an ONNX file (operators of version 18), in bytes. The model runs once in evaluation, and what it does with the
 * inputs is written down: weights become initializers under their names in `stateDict()`. Conditions and loops are followed as
 * they go with these inputs. The file is run once by the importer on other values, and must give what the model gives.
 * @param model a module, or a function of tensors
 * @param inputs its arguments, in order, by the names that the file gives them
 * @throws ValueError for operations that ONNX or the exporter has not, and for models that do something else with other values
 * @example
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
 * const bytes = io.onnx.encode(model, { x: zeros([1, 4]) });
 * (await io.onnx.load(bytes))({ x: zeros([5, 4]) }).output.shape; // [5, 3]
 */
export function encode(model: Exportable, inputs: Inputs, options: ExportOptions = {}): Uint8Array {
  return joined(partsOf(model, inputs, options));
}

/**
 * Writes a model as an ONNX file, as a whole or not at all.
 * @throws as `encode`
 * @example await io.onnx.write("model.onnx", new nn.Linear(4, 3), { x: zeros([1, 4]) });
 */
export async function write(
  path: string | URL,
  model: Exportable,
  inputs: Inputs,
  options: ExportOptions = {},
): Promise<void> {
  await writeAtomically(path, [encode(model, inputs, options)]);
}

function partsOf(model: Exportable, inputs: Inputs, { batch }: ExportOptions): Uint8Array[] {
  if (typeof model !== "function") refuse("there is no model", "Give a module, or a function of tensors.");
  const given = Object.entries(inputs ?? {});
  if (given.length === 0) refuse("there are no inputs", "Give them by name: { x: zeros([1, 4]) }.");
  for (const [, x] of given) requireTensor("onnx.write", x);
  // Tensors of its own, so that an input given twice, or a parameter given as one, is no confusion.
  const own = Object.fromEntries(given.map(([name, x]) => [name, x.detach()]));
  const first = trace(model, own);
  if (batch !== "fixed") {
    const more = lengthened(own);
    const free = more && withFreeBatch(model, own, more, first);
    if (free) return free;
    if (batch === "free") {
      refuse(
        "the model cannot take batches of every length",
        'It depends on the length of the first axis. Use { batch: "fixed" }, or inputs that have a batch.',
      );
    }
  }
  const fixed = batch === "fixed" ? first : trace(model, own);
  const parts = encodeModel(fixed.graph, ports(own), ports(fixed.outputs));
  if (!agrees(parts, model, changed(own))) {
    refuse(
      "the exported model gives something else on other values",
      "Do not read values or call detach() inside the model: what depends on them is taken for constant.",
    );
  }
  return parts;
}

/** The model for batches of every length, if it is right for one of another length. */
function withFreeBatch(model: Exportable, own: Inputs, more: Inputs, first: Trace): Uint8Array[] | undefined {
  let second: Trace;
  try {
    second = trace(model, more);
  } catch {
    return undefined;
  }
  if (!freeBatch(first.graph, second.graph)) return undefined;
  const parts = encodeModel(first.graph, ports(own, more), ports(first.outputs, second.outputs));
  return agrees(parts, model, changed(more)) ? parts : undefined;
}

/** The inputs with a first sample more. */
function lengthened(inputs: Inputs): Inputs | undefined {
  const all = Object.entries(inputs);
  const [batch] = all[0]![1].shape;
  if (batch === undefined || batch === 0 || !all.every(([, x]) => x.shape[0] === batch)) return undefined;
  return Object.fromEntries(all.map(([name, x]) => [name, concat([x, x.at(slice(0, 1)) as Tensor]) as Tensor]));
}

/** Other values: whole numbers in another order, so that they stay in their range. */
function changed(inputs: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, x]): [string, Tensor] => {
      const turned = x
        .flatten()
        .at(slice(undefined, undefined, -1))
        .reshape(x.shape) as Tensor;
      return [name, x.dtype.includes("float") ? (turned.mul(0.5).add(0.25).cast(x.dtype) as Tensor) : turned];
    }),
  );
}

function agrees(parts: readonly Uint8Array[], model: Exportable, inputs: Inputs): boolean {
  const wanted = outputsOf(evaluated(model, () => noGrad(() => model(...(Object.values(inputs) as never[])))));
  let got: Record<string, Tensor>;
  try {
    got = noGrad(() => buildModel(readModel(Buffer.concat(parts)))(inputs));
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([name, x]) => isClose(x, got[name]));
}

function isClose(x: Tensor, y: Tensor | undefined): boolean {
  if (y === undefined || x.shape.join() !== y.shape.join()) return false;
  const [a, b] = [x, y].map(z => Array.from(z.data() as ArrayLike<number | bigint>, Number)) as [number[], number[]];
  const largest = a.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1e-6);
  return a.every((value, i) => Object.is(value, b[i]) || Math.abs(value - b[i]!) <= 1e-3 * largest);
}

function ports(tensors: Inputs, others?: Inputs): Port[] {
  return Object.entries(tensors).map(([name, tensor]) => {
    const shape = tensor.shape.map((length, i) => {
      if (others === undefined || others[name]!.shape[i] === length) return length;
      return i === 0 ? "batch" : `${name}_${i}`;
    });
    return { name, tensor, shape };
  });
}
