import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";
import { type PerAxis, perAxis } from "./window.js";

/** How windows of a pooling lie. */
export interface PoolOptions {
  /** From one window to the next (default: the kernel, so that windows do not overlap). */
  stride?: PerAxis;
  /** Places around the input that never win (default 0; at most half the kernel). */
  padding?: PerAxis;
  /** True: a last window that reaches over the end counts, too (default false). */
  ceilMode?: boolean;
}

/** As `PoolOptions`, for maxima. */
export interface MaxPoolOptions extends PoolOptions {
  /** From one place of a window to its next (default 1). */
  dilation?: PerAxis;
}

/** As `PoolOptions`, for means. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts in the mean, as zeros (default true, as in PyTorch). */
  countIncludePad?: boolean;
  /** What sums are divided by in place of the size of the window. */
  divisorOverride?: number;
}

/** The windows on one axis. */
export interface AxisWindows {
  /** Start and end of every window, flat, clipped to the input, or to `taps`. */
  readonly ranges: readonly number[];
  /** The places that windows with holes consist of, one window after the other. */
  readonly taps: Int32Array | undefined;
  /** The size of every window with its padding. */
  readonly sizes: readonly number[];
}

const layouts = ["", "[N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]"];

/** @throws ShapeError, DTypeError for what cannot be pooled over `spatial` axes */
export function requirePoolable(op: string, x: unknown, spatial: number): asserts x is Tensor {
  requireTensor(op, x);
  const wanted = layouts[spatial]!;
  if (x.shape.length !== spatial + 2) {
    throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
      op,
      expected: wanted,
      got: formatShape(x.shape),
      hint: `Give ${wanted}.`,
    });
  }
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`cannot pool ${x.dtype}`, {
      op,
      expected: "a float dtype",
      got: x.dtype,
      hint: "Cast it first.",
    });
  }
}

/**
 * Where the windows of `kernel` lie on the axes of `size`.
 * @throws ValueError for broken options; ShapeError when no window fits, or one would see the padding only
 */
export function slidingWindows(
  op: string,
  size: Shape,
  kernel: readonly number[],
  options: PoolOptions & MaxPoolOptions,
): AxisWindows[] {
  const axes = size.length;
  const strides = perAxis(op, "stride", options.stride ?? kernel, axes, 1);
  const pads = perAxis(op, "padding", options.padding ?? 0, axes, 0);
  const dilations = perAxis(op, "dilation", options.dilation ?? 1, axes, 1);
  return size.map((input, i) => {
    const [width, stride, pad, dilation] = [kernel[i]!, strides[i]!, pads[i]!, dilations[i]!];
    if (2 * pad > width) {
      throw new ValueError(`padding ${pad} for a kernel of ${width}`, { op, hint: "Give at most half the kernel." });
    }
    const reach = dilation * (width - 1) + 1;
    const room = (input + 2 * pad - reach) / stride;
    let count = (options.ceilMode ? Math.ceil(room) : Math.floor(room)) + 1;
    // A window that would begin in the padding behind is none.
    if (options.ceilMode && (count - 1) * stride >= input + pad) count--;
    if (room < 0) {
      throw new ShapeError(`a kernel of ${formatShape(kernel)} does not fit into ${formatShape(size)}`, {
        op,
        expected: `at least ${reach} places on spatial axis ${i}, padding included`,
        got: `${input + 2 * pad}`,
        hint: "Use a smaller kernel or dilation, or more padding.",
      });
    }
    const starts = Array.from({ length: count }, (_, k) => k * stride - pad);
    if (dilation > 1) return dilated(op, starts, { input, width, dilation });
    return {
      ranges: starts.flatMap(start => [Math.max(0, start), Math.min(input, start + width)]),
      taps: undefined,
      sizes: starts.map(start => Math.min(start + width, input + pad) - start),
    };
  });
}

/** Windows with holes: their places in a list, in which each window is a range. */
function dilated(
  op: string,
  starts: readonly number[],
  { input, width, dilation }: { input: number; width: number; dilation: number },
): AxisWindows {
  const taps: number[] = [];
  const ranges = starts.flatMap(start => {
    const first = taps.length;
    for (let k = 0; k < width; k++) {
      const place = start + k * dilation;
      if (place >= 0 && place < input) taps.push(place);
    }
    if (taps.length > first) return [first, taps.length];
    throw new ShapeError(`a window of ${width} places at dilation ${dilation} sees only padding`, {
      op,
      hint: "Use less padding or dilation.",
    });
  });
  return { ranges, taps: Int32Array.from(taps), sizes: starts.map(() => width) };
}

/** So many windows as `counts` says, evenly over the axes of `size`. @throws ShapeError when an axis is empty */
export function evenWindows(op: string, x: Tensor, counts: readonly number[]): AxisWindows[] {
  return counts.map((count, axis) => {
    const length = x.shape[axis + 2]!;
    if (length === 0) {
      throw new ShapeError(`the input ${formatShape(x.shape)} is empty`, { op, hint: "Give at least one element." });
    }
    const ranges = Array.from({ length: count }, (_, i) => [
      Math.floor((i * length) / count),
      Math.ceil(((i + 1) * length) / count),
    ]).flat();
    return { ranges, taps: undefined, sizes: Array.from({ length: count }, () => 0) };
  });
}
