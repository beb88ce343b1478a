import { capture } from "../capturing.js";
import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import type { Floating } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { div, mul } from "./arithmetic.js";
import { at } from "./at.js";
import { ones, tensor, zeros } from "./create.js";
import { fft, irfft, rfft } from "./fourier.js";
import { halfOf, requireLength, requireSignal } from "./fourier-kernel.js";
import { take } from "./indexing.js";
import { indexAdd } from "./masked.js";
import { abs } from "./math.js";
import { type PadMode, pad } from "./pad.js";
import { min } from "./reduce.js";
import { moveAxis } from "./reorder.js";
import { requireTensor } from "./require.js";
import { slice } from "./slice.js";
import { flatten, unsqueeze } from "./view.js";

/** How a signal is cut into frames. */
export interface StftOptions {
  /** From one frame to the next (default a quarter of n). */
  hopLength?: number;
  /** The length of the window, which stands in the middle of a frame (default n). */
  winLength?: number;
  /** What each frame is multiplied with: [winLength] (default ones). */
  window?: Tensor;
  /** True (default): frame t has its middle at t * hopLength, and the signal is continued by half a frame at both ends. */
  center?: boolean;
  /** How it is continued (default `"reflect"`). */
  padMode?: PadMode;
  /** True: times 1 / sqrt(n) (default false). */
  normalized?: boolean;
  /** True (default): only the first half of each spectrum, which says all of it. */
  onesided?: boolean;
}

/** How frames are put together: as `stft` took them. */
export interface IstftOptions extends Omit<StftOptions, "padMode"> {
  /** The length of the signal (default all that the frames hold). */
  length?: number;
}

interface Frames {
  hop: number;
  /** [n], with the window in the middle. */
  window: Tensor;
}

function framesOf(op: string, n: number, options: StftOptions, like: Tensor): Frames {
  requireLength(op, n);
  const { hopLength: hop = Math.floor(n / 4), winLength = n } = options;
  if (!Number.isSafeInteger(hop) || hop < 1) {
    throw new ValueError(`a hop of ${String(hop)}`, { op, hint: "Give a whole number of at least 1 as hopLength." });
  }
  if (!Number.isSafeInteger(winLength) || winLength < 1 || winLength > n) {
    throw new ValueError(`a window of ${String(winLength)} in frames of ${n}`, {
      op,
      hint: `Give 1 to ${n} as winLength.`,
    });
  }
  const given = options.window ?? (ones([winLength], { dtype: like.dtype, device: like.device }) as Tensor);
  requireTensor(op, given);
  if (given.shape.length !== 1 || given.shape[0] !== winLength) {
    throw new ShapeError(`a window ${formatShape(given.shape)}`, {
      op,
      expected: `[${winLength}]`,
      got: formatShape(given.shape),
      hint: "It has winLength numbers, which is n unless it is said.",
    });
  }
  const before = Math.floor((n - winLength) / 2);
  return { hop, window: pad(castTo(given, like.dtype), [[before, n - winLength - before]]) as Tensor };
}

/** The places of frames in the signal: [frames, n]. */
function places(count: number, n: number, hop: number, like: Tensor): Tensor {
  // A loop: `from` with a function takes longer than the transform.
  const index = new Int32Array(count * n);
  for (let frame = 0, next = 0; frame < count; frame++) {
    for (let i = 0; i < n; i++) index[next++] = frame * hop + i;
  }
  return tensor(index, { shape: [count, n], device: like.device }) as Tensor;
}

interface Stft extends Op {
  <D extends DType>(x: Tensor<Shape, D>, n: number, options?: StftOptions): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    n: number,
    options?: StftOptions,
  ) => Tensor<number[], Floating<D>>;
}

/**
 * The spectra of the frames of a real signal, as `torch.stft`: what changes over time, by frequency. Complex numbers are pairs.
 * x: [..., T], n: the length of a frame -> [..., n / 2 + 1, frames, 2].
 * @throws ShapeError when the signal is shorter than a frame, or the window does not fit; ValueError for broken lengths
 * @example
 * const wave = arange(800).mul(2 * Math.PI * 50 / 1000).sin();
 * stft(wave, 100, { window: hannWindow(100) }).norm(-1).mean(-1).argMax().item(); // 5: 5 * 1000 / 100 Hz
 */
export const stft: Stft = defineOp(
  {
    name: "stft",
    doc: "The spectra of the frames of a signal.",
    samples: [
      { args: [{ shape: [20] }, 8] },
      { args: [{ shape: [2, 15] }, 6, { hopLength: 4, center: false, onesided: false }] },
      { args: [{ shape: [12] }, 7, { winLength: 4, normalized: true, padMode: "constant" }] },
    ],
    rejects: [
      { args: [{ shape: [] }, 4], message: "a scalar has no axis to transform" },
      { args: [{ shape: [10] }, 0], message: "a length of 0" },
      { args: [{ shape: [10] }, 4, { hopLength: 0 }], message: "a hop of 0" },
      { args: [{ shape: [10] }, 4, { winLength: 5 }], message: "a window of 5 in frames of 4" },
      { args: [{ shape: [3] }, 4, { center: false }], message: "a signal of 3 for frames of 4" },
      { args: [{ shape: [2] }, 4], message: "a signal of 2 cannot be mirrored by 2" },
      { args: [{ shape: [9] }, 4, { window: 3 }], message: "expected a tensor, got number" },
    ],
    gradient: true,
  },
  (x: Tensor, n: number, options: StftOptions = {}) => {
    const signal = requireSignal("stft", x, false);
    const { center = true, padMode = "reflect", normalized = false, onesided = true } = options;
    const { hop, window } = framesOf("stft", n, options, signal);
    const half = Math.floor(n / 2);
    const own = signal.shape.at(-1)!;
    if (center && padMode === "reflect" && own <= half) {
      throw new ShapeError(`a signal of ${own} cannot be mirrored by ${half}`, {
        op: "stft",
        hint: 'Give a longer one, or { padMode: "constant" }.',
      });
    }
    const whole = center ? (pad(signal, [[half, half]], { mode: padMode }) as Tensor) : signal;
    const length = whole.shape.at(-1)!;
    if (length < n) throw new ShapeError(`a signal of ${length} for frames of ${n}`, { op: "stft" });
    const count = 1 + Math.floor((length - n) / hop);
    const frames = mul(take(whole, places(count, n, hop, x), -1) as Tensor, window as never) as Tensor;
    const norm = normalized ? "ortho" : "backward";
    const spectra = onesided
      ? rfft(frames, { norm })
      : fft(pad(unsqueeze(frames, -1) as Tensor, [[0, 1]]) as Tensor, { norm });
    return moveAxis(spectra as Tensor, -2, -3);
  },
);

interface Istft extends Op {
  <D extends DType>(x: Tensor<Shape, D>, n: number, options?: IstftOptions): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    n: number,
    options?: IstftOptions,
  ) => Tensor<number[], Floating<D>>;
}

/** Frames [..., frames, n] added up where they overlap: [..., length]. */
function overlapped(frames: Tensor, hop: number): Tensor {
  const [count, n] = frames.shape.slice(-2) as [number, number];
  const batch = frames.shape.slice(0, -2);
  const base = zeros([...batch, n + hop * (count - 1)], { dtype: frames.dtype, device: frames.device }) as Tensor;
  const index = flatten(places(count, n, hop, frames)) as Tensor;
  return indexAdd(base, index, reshapeTo(frames, [...batch, count * n]), -1) as Tensor;
}

/**
 * The signal whose frames have the given spectra, which undoes `stft`, as `torch.istft`: frames times the window, added up, by the
 * sum of the squared windows (Griffin and Lim 1984). x: [..., n / 2 + 1, frames, 2] -> [..., T].
 * @throws ShapeError when the spectra have another length; ValueError where no window reaches a part of the signal
 * @example
 * const x = randn([100]);
 * const options = { window: hannWindow(16) };
 * istft(stft(x, 16, options), 16, { ...options, length: 100 }).allClose(x, { atol: 1e-5 }); // true
 */
export const istft: Istft = defineOp(
  {
    name: "istft",
    doc: "The signal whose frames have the given spectra.",
    samples: [
      { args: [{ shape: [5, 4, 2] }, 8] },
      { args: [{ shape: [2, 6, 3, 2] }, 6, { hopLength: 4, center: false, onesided: false }] },
      { args: [{ shape: [4, 5, 2] }, 7, { winLength: 4, normalized: true, length: 6 }] },
    ],
    rejects: [
      { args: [{ shape: [5, 4] }, 8], message: "expected spectra" },
      { args: [{ shape: [4, 4, 2] }, 8], message: "spectra of 4 numbers for frames of 8" },
      { args: [{ shape: [5, 4, 2] }, 8, { hopLength: 9 }], message: "no window reaches" },
      { args: [{ shape: [5, 4, 2] }, 8, { length: 0.5 }], message: "a length of 0.5" },
    ],
    gradient: true,
  },
  (x: Tensor, n: number, options: IstftOptions = {}) => {
    const op = "istft";
    requireTensor(op, x);
    if (x.shape.length < 3 || x.shape.at(-1) !== 2 || x.shape.at(-2) === 0) {
      throw new ShapeError(`expected spectra of frames, got ${formatShape(x.shape)}`, {
        op,
        expected: "[..., n / 2 + 1, frames, 2]",
        got: formatShape(x.shape),
      });
    }
    const spectra = requireSignal(op, x, true);
    const { center = true, normalized = false, onesided = true, length } = options;
    const { hop, window } = framesOf(op, n, options, spectra);
    const numbers = onesided ? halfOf(n) : n;
    if (x.shape.at(-3) !== numbers) {
      throw new ShapeError(`spectra of ${x.shape.at(-3)} numbers for frames of ${n}`, {
        op,
        expected: `[..., ${numbers}, frames, 2]`,
        got: formatShape(x.shape),
      });
    }
    const norm = normalized ? "ortho" : "backward";
    // The signal is real: the first half of each spectrum says all of it.
    const half = at(moveAxis(spectra, -3, -2) as Tensor, "...", slice(0, halfOf(n)), slice()) as Tensor;
    const frames = irfft(half, { n, norm }) as Tensor;
    const sum = overlapped(mul(frames, window as never) as Tensor, hop);
    const squares = mul(
      mul(window, window as never) as Tensor,
      ones([frames.shape.at(-2)!, 1], { dtype: window.dtype, device: window.device }) as never,
    );
    const weights = overlapped(squares as Tensor, hop);

    const total = sum.shape.at(-1)!;
    const start = center ? Math.floor(n / 2) : 0;
    requireWanted(length);
    const stop = length === undefined ? total - start : Math.min(total, start + length);
    const kept = (y: Tensor) => at(y, "...", slice(start, stop)) as Tensor;
    const weight = kept(weights);
    // A step that is captured has no values to look at.
    const isKnown = capture === undefined && weight.isConcrete && weight.size > 0;
    if (isKnown && !(Number(min(abs(weight.detach() as Tensor) as Tensor).item()) > 1e-11)) {
      throw new ValueError("no window reaches a part of the signal", {
        op,
        hint: "Frames must overlap where the window is 0: give a smaller hopLength, or the window that stft had.",
      });
    }
    const signal = div(kept(sum), weight as never) as Tensor;
    const missing = length === undefined ? 0 : length - signal.shape.at(-1)!;
    return missing > 0 ? pad(signal, [[0, missing]]) : signal;
  },
);

function requireWanted(length: number | undefined): void {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 0)) return;
  throw new ValueError(`a length of ${String(length)}`, { op: "istft", hint: "Give a whole number of at least 0." });
}
