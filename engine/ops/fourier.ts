import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { defineOp, type Op, type Reject, type Sample } from "../op.js";
import type { Floating } from "../promotion.js";
import { formatShape, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  complexTransform,
  type FourierNorm,
  halfOf,
  halfTransform,
  realTransform,
  requireLength,
  requireSignal,
  resized,
  scaleOf,
  withAxisAt,
} from "./fourier-kernel.js";

// Complex numbers are pairs on an axis of length 2 behind all others; `axis` does not count it.

/** How a transform runs. */
export interface FourierOptions {
  /** The axis, not counting that of the pairs (default -1). */
  axis?: number;
  /** The length: the axis is cut, or filled up with zeros (default as it is; of `irfft` twice the axis less 2). */
  n?: number;
  norm?: FourierNorm;
}

interface Fourier extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: FourierOptions): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, options?: FourierOptions) => Tensor<number[], Floating<D>>;
}

const complexSamples: readonly Sample[] = [
  { args: [{ shape: [8, 2] }] },
  { args: [{ shape: [3, 7, 2] }, { norm: "ortho" }] },
  { args: [{ shape: [6, 2, 2] }, { axis: 0, norm: "forward" }] },
  { args: [{ shape: [5, 2] }, { n: 8 }] },
  { args: [{ shape: [5, 2] }, { n: 3 }] },
  { args: [{ shape: [0, 4, 2] }] },
];

const complexRejects: readonly Reject[] = [
  { args: [{ shape: [8] }], message: "expected pairs of real and imaginary parts, got [8]" },
  { args: [{ shape: [4, 3] }], message: "expected pairs of real and imaginary parts, got [4, 3]" },
  { args: [{ shape: [0, 2] }], message: "a length of 0" },
  { args: [{ shape: [4, 2] }, { n: 2.5 }], message: "a length of 2.5" },
  { args: [{ shape: [4, 2] }, { norm: "unit" }], message: "a norm of unit" },
  { args: [{ shape: [4, 2] }, { axis: 1 }], message: "axis 1" },
];

function transformed(op: string, x: Tensor, inverse: boolean, options: FourierOptions): Tensor {
  const { axis = -1, norm = "backward" } = options;
  const at = resolveAxis(op, axis, x.shape.length - 1);
  const { n = x.shape[at]! } = options;
  requireLength(op, n);
  const scale = scaleOf(op, norm, n, inverse);
  return withAxisAt(resized(x, at, n), at, x.shape.length - 2, rows => complexTransform(op, rows, inverse, scale));
}

const complexOp = (op: string, doc: string, inverse: boolean): Fourier =>
  defineOp(
    { name: op, doc, samples: complexSamples, rejects: complexRejects, gradient: true },
    (x: Tensor, options: FourierOptions = {}) => transformed(op, requireSignal(op, x, true), inverse, options),
  );

/**
 * The discrete Fourier transform along an axis, as `torch.fft.fft`. Complex numbers are pairs: x: [..., N, 2] -> the same. Any
 * length runs in N log N steps.
 * @throws ShapeError when the last axis does not hold pairs; ValueError for a length below 1 or an unknown norm
 * @example tensor([[1, 0], [2, 0]]).fft().toArray(); // [[3, 0], [-1, 0]]
 */
export const fft: Fourier = complexOp("fft", "The discrete Fourier transform along an axis.", false);

/**
 * The inverse of `fft`, as `torch.fft.ifft`. x: [..., N, 2] -> the same.
 * @throws ShapeError when the last axis does not hold pairs; ValueError for a length below 1 or an unknown norm
 * @example tensor([[3, 0], [-1, 0]]).ifft().toArray(); // [[1, 0], [2, 0]]
 */
export const ifft: Fourier = complexOp("ifft", "The inverse Fourier transform along an axis.", true);

/**
 * The Fourier transform of real numbers: the first half of the spectrum, which says all of it, as `torch.fft.rfft`.
 * x: [..., N] -> [..., N / 2 + 1, 2].
 * @throws ValueError for a length below 1 or an unknown norm
 * @example tensor([1, 2, 3, 4]).rfft().toArray(); // [[10, 0], [-2, 2], [-2, 0]]
 */
export const rfft: Fourier = defineOp(
  {
    name: "rfft",
    doc: "The Fourier transform of real numbers along an axis.",
    samples: [
      { args: [{ shape: [8] }] },
      { args: [{ shape: [3, 7] }, { norm: "ortho" }] },
      { args: [{ shape: [6, 2] }, { axis: 0, norm: "forward" }] },
      { args: [{ shape: [5] }, { n: 4 }] },
      { args: [{ shape: [1] }] },
    ],
    rejects: [
      { args: [{ shape: [] }], message: "a scalar has no axis to transform" },
      { args: [{ shape: [0] }], message: "a length of 0" },
    ],
    gradient: true,
  },
  (x: Tensor, options: FourierOptions = {}) => {
    const given = requireSignal("rfft", x, false);
    const { axis = -1, norm = "backward" } = options;
    const at = resolveAxis("rfft", axis, given.shape.length);
    const { n = given.shape[at]! } = options;
    requireLength("rfft", n);
    const scale = scaleOf("rfft", norm, n, false);
    return withAxisAt(resized(given, at, n), at, given.shape.length - 1, rows => realTransform("rfft", rows, scale));
  },
);

/**
 * The inverse of `rfft`: the real numbers of half a spectrum, as `torch.fft.irfft`. x: [..., M, 2] -> [..., n], where n is 2 M - 2
 * unless it is given: odd lengths need it.
 * @throws ShapeError when the last axis does not hold pairs; ValueError for a length below 1 or an unknown norm
 * @example tensor([[10, 0], [-2, 2], [-2, 0]]).irfft().toArray(); // [1, 2, 3, 4]
 */
export const irfft: Fourier = defineOp(
  {
    name: "irfft",
    doc: "The real numbers of half a spectrum.",
    samples: [
      { args: [{ shape: [5, 2] }] },
      { args: [{ shape: [3, 4, 2] }, { norm: "ortho", n: 7 }] },
      { args: [{ shape: [4, 2, 2] }, { axis: 0, norm: "forward" }] },
    ],
    rejects: [
      { args: [{ shape: [8] }], message: "expected pairs of real and imaginary parts, got [8]" },
      { args: [{ shape: [1, 2] }], message: "a length of 0" },
    ],
    gradient: true,
  },
  (x: Tensor, options: FourierOptions = {}) => {
    const given = requireSignal("irfft", x, true);
    const { axis = -1, norm = "backward" } = options;
    const rank = given.shape.length - 1;
    const at = resolveAxis("irfft", axis, rank);
    const { n = 2 * given.shape[at]! - 2 } = options;
    requireLength("irfft", n);
    const scale = scaleOf("irfft", norm, n, true);
    return withAxisAt(resized(given, at, halfOf(n)), at, rank - 1, rows => halfTransform("irfft", rows, n, scale));
  },
);

/** How a transform of two axes runs. */
export interface Fourier2Options {
  /** Not counting the axis of the pairs (default [-2, -1]). */
  axes?: readonly [number, number];
  norm?: FourierNorm;
}

interface Fourier2 extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: Fourier2Options): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    options?: Fourier2Options,
  ) => Tensor<number[], Floating<D>>;
}

const planeOp = (op: string, doc: string, inverse: boolean): Fourier2 =>
  defineOp(
    {
      name: op,
      doc,
      samples: [
        { args: [{ shape: [4, 3, 2] }] },
        { args: [{ shape: [2, 3, 5, 2] }, { norm: "ortho" }] },
        { args: [{ shape: [4, 2, 3, 2] }, { axes: [0, 2], norm: "forward" }] },
      ],
      rejects: [
        { args: [{ shape: [4, 2] }], message: "a transform of two axes needs them, got [4, 2]" },
        { args: [{ shape: [4, 4, 3] }], message: "expected pairs of real and imaginary parts" },
        { args: [{ shape: [4, 4, 2] }, { axes: [0, -2] }], message: "the axes 0 and -2 are one" },
      ],
      gradient: true,
    },
    (x: Tensor, options: Fourier2Options = {}) => {
      const given = requireSignal(op, x, true);
      const { axes = [-2, -1], norm = "backward" } = options;
      if (given.shape.length < 3) {
        throw new ShapeError(`a transform of two axes needs them, got ${formatShape(given.shape)}`, {
          op,
          expected: "[..., N, M, 2]",
        });
      }
      const [first, second] = axes.map(axis => resolveAxis(op, axis, given.shape.length - 1));
      if (first === second) throw new ShapeError(`the axes ${axes[0]} and ${axes[1]} are one`, { op });
      const along = (signal: Tensor, axis: number) => transformed(op, signal, inverse, { axis, norm });
      return along(along(given, second!), first!);
    },
  );

/**
 * The Fourier transform along two axes, as `torch.fft.fft2`. x: [..., N, M, 2] -> the same.
 * @throws ShapeError when the last axis does not hold pairs; ValueError for a length below 1 or an unknown norm
 * @example tensor([[[1, 0], [2, 0]], [[3, 0], [4, 0]]]).fft2().at(0, 0).toArray(); // [10, 0]
 */
export const fft2: Fourier2 = planeOp("fft2", "The Fourier transform along two axes.", false);

/**
 * The inverse of `fft2`, as `torch.fft.ifft2`. x: [..., N, M, 2] -> the same.
 * @throws ShapeError when the last axis does not hold pairs; ValueError for a length below 1 or an unknown norm
 * @example ones([2, 2, 2]).ifft2().at(0, 0).toArray(); // [1, 1]
 */
export const ifft2: Fourier2 = planeOp("ifft2", "The inverse Fourier transform along two axes.", true);
