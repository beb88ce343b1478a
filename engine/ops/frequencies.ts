import type { DType } from "../dtype.js";
import { resolveAxes, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type CreateOptions, tensor } from "./create.js";
import { halfOf, requireLength } from "./fourier-kernel.js";
import { roll } from "./reorder.js";
import { requireTensor } from "./require.js";
import type { Axes } from "./signatures.js";

/** How samples are spaced, and what the tensor is like. */
export interface FrequencyOptions<D extends DType = DType> extends CreateOptions<D> {
  /** The distance of two samples, e.g. in seconds (default 1). */
  spacing?: number;
}

function frequencies(values: Float64Array, n: number, options: FrequencyOptions): Tensor {
  const { spacing = 1, dtype = "float32", ...rest } = options;
  return tensor(
    values.map(k => k / (n * spacing)),
    { dtype, ...rest },
  ) as Tensor;
}

/**
 * The frequencies of `fft`'s results, in cycles per unit of `spacing`, as `torch.fft.fftfreq`: first those from 0 up, then the
 * negative ones. -> [n]
 * @throws ValueError for a length below 1
 * @example fftfreq(4).toArray(); // [0, 0.25, -0.5, -0.25]
 */
export function fftfreq<D extends DType = "float32">(
  n: number,
  options: FrequencyOptions<D> = {},
): Tensor<[number], D> {
  requireLength("fftfreq", n);
  return frequencies(
    Float64Array.from({ length: n }, (_, k) => (2 * k < n ? k : k - n)),
    n,
    options,
  ) as never;
}

/**
 * The frequencies of `rfft`'s results, in cycles per unit of `spacing`, as `torch.fft.rfftfreq`. -> [n / 2 + 1]
 * @throws ValueError for a length below 1
 * @example rfftfreq(4).toArray(); // [0, 0.25, 0.5]
 */
export function rfftfreq<D extends DType = "float32">(
  n: number,
  options: FrequencyOptions<D> = {},
): Tensor<[number], D> {
  requireLength("rfftfreq", n);
  return frequencies(
    Float64Array.from({ length: halfOf(n) }, (_, k) => k),
    n,
    options,
  ) as never;
}

function shifted<S extends Shape, D extends DType>(
  op: string,
  x: Tensor<S, D>,
  axis: Axes,
  back: boolean,
): Tensor<S, D> {
  requireTensor(op, x);
  const { shape } = x as Tensor;
  const axes = resolveAxes(op, axis, shape.length);
  return roll(
    x,
    axes.map(on => (back ? -Math.floor(shape[on]! / 2) : Math.floor(shape[on]! / 2))),
    axes,
  );
}

/**
 * Frequencies in order, with 0 in the middle, as `torch.fft.fftshift`: the halves of an axis, several, or all, exchanged. The last
 * axis of a spectrum holds pairs: name the axes to move.
 * @throws ShapeError for an axis there is not
 * @example fftshift(fftfreq(4)).toArray(); // [-0.5, -0.25, 0, 0.25]
 */
export function fftshift<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: Axes): Tensor<S, D> {
  return shifted("fftshift", x, axis, false);
}

/**
 * Undoes `fftshift`, as `torch.fft.ifftshift`.
 * @throws ShapeError for an axis there is not
 * @example ifftshift(tensor([-1, 0, 1])).toArray(); // [0, 1, -1]
 */
export function ifftshift<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: Axes): Tensor<S, D> {
  return shifted("ifftshift", x, axis, true);
}
