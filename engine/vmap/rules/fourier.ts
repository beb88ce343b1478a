import { fft, fft2, ifft, ifft2, irfft, rfft } from "../../ops/all.js";
import type { Fourier2Options, FourierOptions } from "../../ops/fourier.js";
import { resolveAxis } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { Batched } from "../batched.js";
import type { Rule } from "../samples.js";

/** `pairs`: how many axes at the end hold the parts of a number, and are not counted. */
function transform(
  name: string,
  op: (x: Tensor, options: FourierOptions) => unknown,
  pairs: number,
): readonly [string, Rule] {
  return [
    name,
    (_, x: Batched, options: FourierOptions = {}) => {
      return op(x.value, { ...options, axis: resolveAxis(name, options.axis ?? -1, x.shape.length - pairs) + 1 });
    },
  ];
}

function plane(name: string, op: (x: Tensor, options: Fourier2Options) => unknown): readonly [string, Rule] {
  return [
    name,
    (_, x: Batched, options: Fourier2Options = {}) => {
      const [first, second] = options.axes ?? [-2, -1];
      const behind = (axis: number) => resolveAxis(name, axis, x.shape.length - 1) + 1;
      return op(x.value, { ...options, axes: [behind(first), behind(second)] });
    },
  ];
}

/** Fourier transforms, whose first axes are batches already. */
export const fourierRules: Record<string, Rule> = Object.fromEntries([
  transform("fft", fft, 1),
  transform("ifft", ifft, 1),
  transform("rfft", rfft, 0),
  transform("irfft", irfft, 1),
  plane("fft2", fft2),
  plane("ifft2", ifft2),
]);
