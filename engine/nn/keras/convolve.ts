import { type ConvOptions, conv1d, conv2d, conv3d } from "../../ops/conv.js";
import { pad } from "../../ops/pad.js";
import { type PerAxis, perAxis } from "../../ops/window.js";
import type { Tensor } from "../../tensor.js";
import { sameWidths } from "./data-format.js";

/** How the windows of a convolution of the Keras face lie. */
export interface WindowForm {
  /** From one window to the next (default 1). */
  strides?: PerAxis;
  /** `"same"`: zeros around the input, so that stride 1 keeps the size; `"valid"` (default): none. */
  padding?: "same" | "valid";
  /** From one tap of the kernel to the next (default 1). */
  dilationRate?: PerAxis;
}

type Convolve = (x: never, weight: never, options?: ConvOptions) => unknown;
const convolutions: readonly Convolve[] = [conv1d, conv2d, conv3d] as never;

/** A convolution with channels first, as Keras pads it. x: [N, C, ...], weight: [filters, C / groups, ...kernel] -> [N, filters, ...]. */
export function convolve(
  op: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { strides, padding = "valid", dilationRate, groups = 1 }: WindowForm & { groups?: number },
): Tensor {
  const kernel = weight.shape.slice(2);
  const stride = perAxis(op, "strides", strides ?? 1, kernel.length, 1);
  const dilation = perAxis(op, "dilationRate", dilationRate ?? 1, kernel.length, 1);
  // The operation has "same" for stride 1 only, where the sides are alike; with a stride the odd zero comes behind.
  const strided = padding === "same" && stride.some(each => each > 1);
  const options = { stride, dilation, groups, padding: strided ? "valid" : padding } as const;
  const input = strided ? (pad(x, sameWidths(x.shape.slice(2), kernel, stride, dilation)) as Tensor) : x;
  const run = convolutions[kernel.length - 1]!;
  return run(input as never, weight as never, bias ? { ...options, bias } : options) as Tensor;
}
