import * as ops from "../../../ops/all.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, positive, t } from "../node.js";

/** Numbers are complex, pairs on the last axis, or real, with one part there. */
function transform(node: Node): Tensor {
  const x = node.input(0);
  const parts = x.shape.at(-1);
  if (x.rank < 2 || (parts !== 1 && parts !== 2)) node.refuse(`the last axis of [${x.shape.join(", ")}] is not 1 or 2`);
  const given = node.opset < 20 ? node.number("axis", 1) : (node.values(2)?.[0] ?? -2);
  const axis = positive(given, x.rank);
  if (!(axis >= 0 && axis < x.rank - 1)) node.refuse(`axis ${given} of [${x.shape.join(", ")}]`);
  const n = node.values(1)?.[0];
  const options = { axis, ...(n !== undefined && { n }) };
  const [inverse, half] = [node.number("inverse", 0) !== 0, node.number("onesided", 0) !== 0];
  if (half && parts !== (inverse ? 2 : 1)) node.refuse("half a spectrum belongs to real numbers");
  if (half) return inverse ? t(ops.unsqueeze(ops.irfft(x, options), -1)) : t(ops.rfft(t(ops.squeeze(x, -1)), options));
  const pairs = parts === 2 ? x : t(ops.pad(x, [[0, 1]]));
  return t((inverse ? ops.ifft : ops.fft)(pairs, options));
}

/** Fourier transforms. */
export const fourier: Operators = { DFT: transform };
