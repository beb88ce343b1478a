import * as ops from "../../../ops/all.js";
import { blackmanWindow, hammingWindow, hannWindow, type WindowOptions } from "../../../ops/windows.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operator, type Operators, positive, t } from "../node.js";
import { dtypeOf } from "../values.js";

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

/** Frames of real signals [N, T, 1], whose spectra are [N, frames, n / 2 + 1, 2]; frames stand as they are, none beyond the ends. */
function frames(node: Node): Tensor {
  const x = node.input(0);
  if (x.rank !== 3 || x.shape[2] !== 1) node.refuse(`the signal [${x.shape.join(", ")}] is not [N, T, 1]`);
  const window = node.inputs[2];
  const [hopLength] = node.values(1) ?? [];
  const [n] = node.values(3) ?? [window?.size];
  if (hopLength === undefined || n === undefined) node.refuse("the length or the step of the frames is missing");
  const onesided = node.number("onesided", 1) !== 0;
  const options = { hopLength, center: false, onesided, ...(window && { window, winLength: window.size }) };
  return t(ops.moveAxis(t(ops.stft(t(ops.squeeze(x, -1)), n, options)), -3, -2));
}

function window(make: (n: number, options: WindowOptions) => Tensor): Operator {
  return node => {
    const [n] = node.values(0) ?? [];
    return make(n ?? Number.NaN, {
      periodic: node.number("periodic", 1) !== 0,
      dtype: dtypeOf(node.number("output_datatype", 1)),
    });
  };
}

/** Fourier transforms and the windows that go with them. */
export const fourier: Operators = {
  DFT: transform,
  STFT: frames,
  HannWindow: window((n, options) => t(hannWindow(n, options))),
  HammingWindow: window((n, options) => t(hammingWindow(n, { ...options, alpha: 25 / 46, beta: 21 / 46 }))),
  BlackmanWindow: window((n, options) => t(blackmanWindow(n, options))),
};
