import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { isFloat } from "../promotion.js";
import { formatShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";

const axesOf = ["", "L", "H, W", "D, H, W"];

/** @throws ShapeError, DTypeError, ValueError when input, weight, bias and groups do not fit; `transposed` swaps the weight's first axes */
export function requireConv(
  op: string,
  x: unknown,
  weight: unknown,
  options: { bias?: Tensor; groups?: number },
  spatial: number,
  transposed = false,
): number {
  requireTensor(op, x);
  requireTensor(op, weight);
  if (options instanceof Tensor) {
    throw new DTypeError("the third argument is a tensor", {
      op,
      hint: `Give the bias by name: ${op}(x, weight, { bias }).`,
    });
  }
  const { bias, groups = 1 } = options;
  if (x.shape.length !== spatial + 2) {
    throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
      op,
      expected: `[N, C, ${axesOf[spatial]}]`,
      got: formatShape(x.shape),
      hint:
        x.shape.length === spatial + 1
          ? "For a single sample insert the batch axis: x.unsqueeze(0)."
          : `Give [N, C, ${axesOf[spatial]}].`,
    });
  }
  if (weight.shape.length !== spatial + 2) {
    throw new ShapeError(`the weight ${formatShape(weight.shape)} has ${weight.shape.length} axes`, {
      op,
      expected: `[${transposed ? "in, out" : "out, in"} / groups, kernel...]`,
      got: formatShape(weight.shape),
      hint: `It needs ${spatial + 2} axes.`,
    });
  }
  if (!Number.isSafeInteger(groups) || groups < 1) {
    throw new ValueError(`groups is ${groups}`, { op, hint: "Give a whole number of at least 1." });
  }
  if (weight.shape[0]! % groups !== 0) {
    throw new ShapeError(`the weight ${formatShape(weight.shape)} does not divide into ${groups} groups`, {
      op,
      expected: `axis 0 a multiple of ${groups}`,
      got: String(weight.shape[0]),
    });
  }
  const channels = x.shape[1]!;
  const takes = transposed ? weight.shape[0]! : weight.shape[1]! * groups;
  if (channels !== takes) {
    const split = groups === 1 ? "" : ` in ${groups} groups`;
    throw new ShapeError(
      `the input ${formatShape(x.shape)} has ${channels} channels, the weight ${formatShape(weight.shape)}${split} takes ${takes}`,
      {
        op,
        expected: `${takes} channels on axis 1`,
        got: `${channels} channels`,
        hint: "Images are [N, channels, ...]: permute them, or make the layer with other channels.",
      },
    );
  }
  const filters = transposed ? weight.shape[1]! * groups : weight.shape[0]!;
  if (bias !== undefined) {
    requireTensor(op, bias);
    if (bias.shape.length !== 1 || bias.shape[0] !== filters) {
      throw new ShapeError(`bias ${formatShape(bias.shape)} for ${filters} filters`, {
        op,
        expected: `[${filters}]`,
        got: formatShape(bias.shape),
      });
    }
  }
  for (const other of bias ? [weight, bias] : [weight]) {
    if (other.dtype === x.dtype && isFloat(x.dtype)) continue;
    throw new DTypeError(`input ${x.dtype}, parameters ${other.dtype}`, { op, hint: "Cast the input first." });
  }
  return groups;
}

/** The dtype in which windows are computed: what the kernels have. */
export function computing(dtype: DType): "float32" | "float64" {
  return dtype === "float64" ? "float64" : "float32";
}
