import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { computing } from "./conv-require.js";
import { normalizeRows } from "./normalize-kernel.js";
import { requireTensor } from "./require.js";

export interface NormOptions {
  /** Multiplies the result. */
  weight?: Tensor;
  /** Added to the result. */
  bias?: Tensor;
  /** Added to the variance, against division by 0. */
  epsilon?: number;
}

export interface LayerNormOptions extends NormOptions {
  /** How many axes at the end are normalised together (default: as many as the weight has, else 1). */
  axes?: number;
}

/** A normalisation: shape and dtype stay. */
export interface Norm<Options> extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: Options): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, options?: Options) => Tensor<S, D>;
}

interface GroupNorm extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, groups: number, options?: NormOptions): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    groups: number,
    options?: NormOptions,
  ) => Tensor<S, D>;
}

/** @throws DTypeError, ShapeError, ValueError for arguments that do not fit; `shape` is that of weight and bias */
export function requireNorm(op: string, x: Tensor, options: NormOptions, shape: Shape): void {
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`cannot normalise ${x.dtype}`, {
      op,
      expected: "a float dtype",
      got: x.dtype,
      hint: "Cast it first.",
    });
  }
  for (const name of ["weight", "bias"] as const) {
    const parameter = options[name];
    if (parameter === undefined) continue;
    requireTensor(op, parameter);
    if (!sameShape(parameter.shape, shape)) {
      throw new ShapeError(`${name} ${formatShape(parameter.shape)} does not fit the input ${formatShape(x.shape)}`, {
        op,
        expected: formatShape(shape),
        got: formatShape(parameter.shape),
      });
    }
  }
  const { epsilon } = options;
  if (epsilon !== undefined && !(epsilon >= 0)) {
    throw new ValueError(`epsilon is ${epsilon}`, { op, hint: "Give a small number of at least 0." });
  }
}

/** Normalises the last axes with the row kernel. */
function overLastAxes(op: string, x: Tensor, options: LayerNormOptions, rms: boolean, epsilon: number): Tensor {
  requireTensor(op, x);
  const { weight, bias, axes = weight?.shape.length ?? 1 } = options;
  if (!Number.isInteger(axes) || axes < 1 || axes > x.shape.length) {
    throw new ShapeError(`${axes} axes of ${formatShape(x.shape)} cannot be normalised`, {
      op,
      expected: `1 to ${x.shape.length}`,
      got: String(axes),
      hint: "Give a tensor with at least as many axes as the weight.",
    });
  }
  const last = x.shape.slice(x.shape.length - axes);
  requireNorm(op, x, options, last);
  const dtype = computing(x.dtype);
  const columns = sizeOf(last);
  const rows = reshapeTo(castTo(x, dtype), [sizeOf(x.shape.slice(0, x.shape.length - axes)), columns]);
  const flat = (parameter: Tensor | undefined) => parameter && reshapeTo(castTo(parameter, dtype), [columns]);
  const y = normalizeRows(rows, { rms, epsilon: options.epsilon ?? epsilon }, flat(weight), flat(bias));
  return castTo(reshapeTo(y, x.shape), x.dtype);
}

/**
 * The last axes with mean 0 and variance 1, times weight, plus bias (Ba et al. 2016), as `torch.nn.functional.layer_norm`.
 * x: [..., C], weight, bias: [C] (or several axes) -> [..., C]. epsilon: 1e-5.
 * @throws ShapeError, DTypeError when they do not fit
 * @example layerNorm(x, { weight: ones([3]), bias: zeros([3]) });
 */
export const layerNorm: Norm<LayerNormOptions> = defineOp(
  {
    name: "layerNorm",
    doc: "The last axes with mean 0 and variance 1.",
    samples: [
      { args: [{ shape: [3, 5] }] },
      { args: [{ shape: [2, 3, 4] }, { axes: 2, epsilon: 0.1 }] },
      { args: [{ shape: [2, 17] }, { epsilon: 0 }] },
      { args: [{ shape: [0, 3] }] },
    ],
    rejects: [
      { args: [{ shape: [] }], message: "1 axes of [] cannot be normalised" },
      { args: [{ shape: [2, 3] }, { axes: 3 }], message: "3 axes of [2, 3]" },
      { args: [{ shape: [2, 3], dtype: "int32" }], message: "cannot normalise int32" },
      { args: [{ shape: [2, 3] }, { epsilon: -1 }], message: "epsilon is -1" },
    ],
    gradient: true,
  },
  (x: Tensor, options: LayerNormOptions = {}) => overLastAxes("layerNorm", x, options, false, 1e-5),
);

/**
 * The last axis divided by the root of its mean square, times weight (Zhang and Sennrich 2019), as
 * `torch.nn.functional.rms_norm`. x: [..., C], weight: [C] -> [..., C]. epsilon: what float32 can tell from 1.
 * @throws ShapeError, DTypeError when they do not fit
 */
export const rmsNorm: Norm<Omit<LayerNormOptions, "bias">> = defineOp(
  {
    name: "rmsNorm",
    doc: "The last axis divided by the root of its mean square.",
    samples: [{ args: [{ shape: [3, 5] }] }, { args: [{ shape: [2, 3, 4] }, { epsilon: 0.1, axes: 2 }] }],
    rejects: [{ args: [{ shape: [] }], message: "1 axes of [] cannot be normalised" }],
    gradient: true,
  },
  (x: Tensor, options: LayerNormOptions = {}) => {
    return overLastAxes("rmsNorm", x, options, true, x.dtype === "float64" ? 2 ** -52 : 2 ** -23);
  },
);

/** Checks a tensor [N, C, ...]. */
export function requireChannels(op: string, x: unknown): asserts x is Tensor {
  requireTensor(op, x);
  if (x.shape.length >= 2) return;
  throw new ShapeError(`the input ${formatShape(x.shape)} has no channels`, {
    op,
    expected: "[N, C, ...]",
    got: formatShape(x.shape),
    hint: "Channels stand on axis 1.",
  });
}

/** Channels in groups, each group of a sample normalised on its own; then weight and bias by channel. */
function byGroups(op: string, x: Tensor, groups: number, options: NormOptions): Tensor {
  const channels = x.shape[1]!;
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ValueError(`${channels} channels in ${groups} groups`, {
      op,
      hint: "The channels must divide by the groups.",
    });
  }
  requireNorm(op, x, options, [channels]);
  const { weight, bias, epsilon = 1e-5 } = options;
  const dtype = computing(x.dtype);
  const rows = x.shape[0]! * groups;
  const flat = reshapeTo(castTo(x, dtype), [rows, (channels / groups) * sizeOf(x.shape.slice(2))]);
  let y = reshapeTo(normalizeRows(flat, { rms: false, epsilon }), x.shape);
  const byChannel = [channels, ...x.shape.slice(2).map(() => 1)];
  if (weight) y = mul(y, reshapeTo(castTo(weight, dtype), byChannel)) as Tensor;
  if (bias) y = add(y, reshapeTo(castTo(bias, dtype), byChannel)) as Tensor;
  return castTo(y, x.dtype);
}

/**
 * Channels in groups, each group of a sample with mean 0 and variance 1 (Wu and He 2018), as
 * `torch.nn.functional.group_norm`. x: [N, C, ...], weight, bias: [C] -> [N, C, ...].
 * @throws ShapeError, DTypeError when they do not fit; ValueError when the groups do not divide the channels
 */
export const groupNorm: GroupNorm = defineOp(
  {
    name: "groupNorm",
    doc: "Groups of channels with mean 0 and variance 1 in every sample.",
    samples: [{ args: [{ shape: [2, 4, 3, 2] }, 2] }, { args: [{ shape: [2, 6] }, 3, { epsilon: 0.1 }] }],
    rejects: [
      { args: [{ shape: [2, 4, 3] }, 3], message: "4 channels in 3 groups" },
      { args: [{ shape: [4] }, 2], message: "the input [4] has no channels" },
    ],
    gradient: true,
  },
  (x: Tensor, groups: number, options: NormOptions = {}) => {
    requireChannels("groupNorm", x);
    return byGroups("groupNorm", x, groups, options);
  },
);

/**
 * Every channel of every sample with mean 0 and variance 1 (Ulyanov et al. 2016), as `torch.nn.functional.instance_norm`.
 * x: [N, C, ...], weight, bias: [C] -> [N, C, ...].
 * @throws ShapeError, DTypeError when they do not fit
 */
export const instanceNorm: Norm<NormOptions> = defineOp(
  {
    name: "instanceNorm",
    doc: "Every channel of every sample with mean 0 and variance 1.",
    samples: [{ args: [{ shape: [2, 3, 4, 2] }] }],
    rejects: [{ args: [{ shape: [4] }], message: "the input [4] has no channels" }],
    gradient: true,
  },
  (x: Tensor, options: NormOptions = {}) => {
    requireChannels("instanceNorm", x);
    return byGroups("instanceNorm", x, Math.max(1, x.shape[1]!), options);
  },
);
