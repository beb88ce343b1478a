import type { DType } from "../../../dtype.js";
import type { PadMode, PadOptions, PadWidth } from "../../../ops/pad.js";
import { type Index, regionOf } from "../../../ops/slice.js";
import { resolveAxes, resolveAxis, type Shape } from "../../../shape.js";
import { Tensor } from "../../../tensor.js";
import { codeOfDtype } from "../values.js";
import { fourierRules } from "./fourier-rules.js";
import { type GraphBuilder, refuse } from "./graph.js";
import { layerRules } from "./layer-rules.js";

/**
 * How an operation is written as nodes: what it was called with, and what came out.
 * @returns the name of the result; undefined where the operation's own steps are to be written instead
 */
export type ExportRule = (graph: GraphBuilder, result: Tensor, ...args: never[]) => string | undefined;

const reshapeNode = (graph: GraphBuilder, x: string, shape: Shape) => graph.add("Reshape", [x, graph.integers(shape)]);

interface ReduceArguments {
  keepDims?: boolean;
}

/** A reduction over axes, which ONNX takes as an input since version 18. */
function reduce(type: string): ExportRule {
  return (
    graph: GraphBuilder,
    result: Tensor,
    x: Tensor,
    axis?: number | readonly number[],
    options: ReduceArguments = {},
  ) => {
    const axes = resolveAxes(type, axis, x.shape.length);
    if (axes.length === 0) return undefined;
    const input = castNode(graph, x, result.dtype);
    return graph.add(type, [input, graph.integers(axes)], { keepdims: options.keepDims ? 1 : 0 });
  };
}

function pick(type: "ArgMax" | "ArgMin"): ExportRule {
  return (graph: GraphBuilder, result: Tensor, x: Tensor, axis?: number, { keepDims }: ReduceArguments = {}) => {
    if (typeof axis !== "number") return undefined;
    const input = graph.nameOf(x);
    const picked = graph.add(type, [input], {
      axis: resolveAxis(type, axis, x.shape.length),
      keepdims: keepDims ? 1 : 0,
    });
    return graph.add("Cast", [picked], { to: codeOfDtype[result.dtype] });
  };
}

function castNode(graph: GraphBuilder, x: Tensor, dtype: DType): string {
  const name = graph.nameOf(x);
  return x.dtype === dtype ? name : graph.add("Cast", [name], { to: codeOfDtype[dtype] });
}

function along(type: string): ExportRule {
  return (graph: GraphBuilder, result: Tensor, x: Tensor, axis = -1) =>
    graph.add(type, [castNode(graph, x, result.dtype)], { axis: resolveAxis(type, axis, x.shape.length) });
}

/** What ONNX calls the modes that it has. */
const padModes: Readonly<Partial<Record<PadMode, string>>> = {
  constant: "constant",
  reflect: "reflect",
  replicate: "edge",
};

/** Operations and layout steps that work on memory themselves; those that are made of others need no rule. */
export const exportRules: Readonly<Record<string, ExportRule>> = {
  ...layerRules,
  ...fourierRules,
  reshapeTo: (graph, _result, x: Tensor, shape: Shape) => reshapeNode(graph, graph.nameOf(x), shape),
  expandTo: (graph, _result, x: Tensor, shape: Shape) => graph.add("Expand", [graph.nameOf(x), graph.integers(shape)]),
  castTo: (graph, _result, x: Tensor, dtype: DType) => castNode(graph, x, dtype),
  sumOver: (graph, _result, x: Tensor, axes: readonly number[], dtype: DType) =>
    graph.add("ReduceSum", [castNode(graph, x, dtype), graph.integers(axes)], { keepdims: 1 }),
  product: (graph, _result, a: Tensor, b: Tensor) => graph.add("MatMul", [graph.nameOf(a), graph.nameOf(b)]),
  permute: (graph, result, x: Tensor, axes: readonly number[]) =>
    graph.add("Transpose", [graph.nameOf(x)], {
      perm: axes.map(axis => resolveAxis("permute", axis, result.shape.length)),
    }),
  concat: (graph, result, tensors: readonly Tensor[], axis: number) =>
    graph.add(
      "Concat",
      tensors.map(x => castNode(graph, x, result.dtype)),
      { axis: resolveAxis("concat", axis ?? 0, result.shape.length) },
    ),
  at(graph, result, x: Tensor, ...indices: Index[]) {
    if (indices.some(index => index instanceof Tensor || Array.isArray(index))) return pickRule(graph, x, indices);
    const { part } = regionOf("at", x, indices as never);
    const axes = part.lengths.flatMap((length, axis) =>
      length !== x.shape[axis] || part.steps[axis]! < 0 ? [axis] : [],
    );
    let name = graph.nameOf(x);
    if (axes.length > 0) {
      const of = (values: (axis: number) => number) => graph.integers(axes.map(values));
      const end = (axis: number) => {
        const stop = part.starts[axis]! + part.lengths[axis]! * part.steps[axis]!;
        // Before the first element there is no number but one far below: -1 is the last.
        return stop < 0 ? -(2 ** 31) : stop;
      };
      const [starts, stops, steps] = [of(axis => part.starts[axis]!), of(end), of(axis => part.steps[axis]!)];
      name = graph.add("Slice", [name, starts, stops, graph.integers(axes), steps]);
    }
    const same = result.shape.length === part.lengths.length && result.shape.every((n, i) => n === part.lengths[i]);
    if (!same) return reshapeNode(graph, name, result.shape);
    return axes.length > 0 ? name : graph.add("Identity", [name]);
  },
  pad(graph, _result, x: Tensor, widths: readonly PadWidth[], { mode = "constant", value = 0 }: PadOptions = {}) {
    const name = padModes[mode];
    if (name === undefined) return refuse(`pad with mode ${mode} has no ONNX form here`, "Join the parts with concat.");
    const all = [...x.shape.slice(widths.length).map(() => [0, 0] as const), ...widths];
    const pads = graph.integers([...all.map(([before]) => before), ...all.map(([, behind]) => behind)]);
    const inputs = [graph.nameOf(x), pads, ...(mode === "constant" ? [graph.constant(value, x.dtype)] : [])];
    return graph.add("Pad", inputs, { mode: name });
  },
  take: (graph, _result, x: Tensor, index: Tensor, axis = 0) =>
    graph.add("Gather", [graph.nameOf(x), graph.nameOf(index)], { axis: resolveAxis("take", axis, x.shape.length) }),
  gather: (graph, _result, x: Tensor, index: Tensor, axis: number) =>
    graph.add("GatherElements", [graph.nameOf(x), graph.nameOf(index)], {
      axis: resolveAxis("gather", axis, x.shape.length),
    }),
  // How often it squares was read from the example.
  matrixExp: () => refuse("matrixExp has no ONNX form here", "Compute it outside of the model."),
  softmax: along("Softmax"),
  logSoftmax: along("LogSoftmax"),
  mean: reduce("ReduceMean"),
  max: reduce("ReduceMax"),
  min: reduce("ReduceMin"),
  prod: reduce("ReduceProd"),
  argMax: pick("ArgMax"),
  argMin: pick("ArgMin"),
};

/** Picking by one tensor of integers on the first axis. */
function pickRule(graph: GraphBuilder, x: Tensor, indices: readonly Index[]): string {
  const [index] = indices;
  if (indices.length === 1 && index instanceof Tensor && index.dtype !== "bool") {
    return graph.add("Gather", [graph.nameOf(x), graph.nameOf(index)], { axis: 0 });
  }
  return refuse("at with several picks or a mask has no ONNX form here", "Use take or gather.");
}
