import type { FourierOptions } from "../../../ops/fourier.js";
import { halfOf, scaleOf } from "../../../ops/fourier-kernel.js";
import { isFloat } from "../../../promotion.js";
import { resolveAxis } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import { codeOfDtype } from "../values.js";
import { type GraphBuilder, refuse } from "./graph.js";
import type { ExportRule } from "./rules.js";

function named(graph: GraphBuilder, x: Tensor, result: Tensor): string {
  return isFloat(x.dtype) ? graph.nameOf(x) : graph.add("Cast", [graph.nameOf(x)], { to: codeOfDtype[result.dtype] });
}

/** Times what the norm says, where ONNX divides the inverse by n and nothing else. */
function scaled(
  graph: GraphBuilder,
  name: string,
  result: Tensor,
  { norm = "backward", n, inverse }: { norm?: FourierOptions["norm"]; n: number; inverse: boolean },
): string {
  const factor = scaleOf("onnx.write", norm, n, inverse) * (inverse ? n : 1);
  return factor === 1 ? name : graph.add("Mul", [name, graph.constant(factor, result.dtype)]);
}

function complex(inverse: boolean): ExportRule {
  return (graph: GraphBuilder, result: Tensor, x: Tensor, { axis = -1, n, norm }: FourierOptions = {}) => {
    const at = resolveAxis("onnx.write", axis, x.shape.length - 1);
    const length = n ?? x.shape[at]!;
    const inputs = [named(graph, x, result), ...(n === undefined ? [] : [graph.constant(n, "int64")])];
    const name = graph.add("DFT", inputs, { axis: at, inverse: inverse ? 1 : 0 });
    return scaled(graph, name, result, { norm: norm ?? "backward", n: length, inverse });
  };
}

/** Fourier transforms, which are the operator DFT. */
export const fourierRules: Readonly<Record<string, ExportRule>> = {
  fft: complex(false),
  ifft: complex(true),
  rfft(graph, result, x: Tensor, { axis = -1, n, norm }: FourierOptions = {}) {
    const at = resolveAxis("onnx.write", axis, x.shape.length);
    const parts = graph.add("Unsqueeze", [named(graph, x, result), graph.integers([-1])]);
    const inputs = [parts, ...(n === undefined ? [] : [graph.constant(n, "int64")])];
    const name = graph.add("DFT", inputs, { axis: at, onesided: 1 });
    return scaled(graph, name, result, { norm: norm ?? "backward", n: n ?? x.shape[at]!, inverse: false });
  },
  irfft(graph, result, x: Tensor, { axis = -1, norm, ...options }: FourierOptions = {}) {
    const at = resolveAxis("onnx.write", axis, x.shape.length - 1);
    const { n = 2 * x.shape[at]! - 2 } = options;
    const half = halfOf(n);
    if (x.shape[at]! < half) {
      return refuse(
        `half a spectrum of ${x.shape[at]} numbers for a signal of ${n}`,
        "Pad it first, or give a smaller n.",
      );
    }
    const part = (from: number, to: number, step: number) =>
      graph.add("Slice", [named(graph, x, result), ...[from, to, at, step].map(value => graph.integers([value]))]);
    // The other half is the mirror image of this one, conjugated; operators that take half of it are newer than what is written.
    const mirror = n > half ? [graph.add("Mul", [part(n - half, 0, -1), conjugate(graph, result)])] : [];
    const whole = graph.add("Concat", [part(0, half, 1), ...mirror], { axis: at });
    const pairs = graph.add("DFT", [whole], { axis: at, inverse: 1 });
    const real = graph.add("Gather", [pairs, graph.constant(0, "int64")], { axis: -1 });
    return scaled(graph, real, result, { norm: norm ?? "backward", n, inverse: true });
  },
};

/** What a pair is multiplied with to be conjugated. */
const conjugate = (graph: GraphBuilder, { dtype }: Tensor) => graph.constant([1, -1], dtype);
