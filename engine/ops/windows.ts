import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { type CreateOptions, tensor } from "./create.js";

/** The form of a window, and what the tensor is like. */
export interface WindowOptions<D extends DType = DType> extends CreateOptions<D> {
  /** True (default): one period of a window that goes on, for spectra; false: the same at both ends, for filters. */
  periodic?: boolean;
}

function window<D extends DType>(
  op: string,
  n: number,
  options: WindowOptions<D>,
  value: (place: number) => number,
): Tensor<[number], D> {
  if (!Number.isSafeInteger(n) || n < 0 || n > 2 ** 26) {
    throw new ValueError(`a length of ${String(n)}`, { op, hint: "Give a whole number from 0 to 2^26." });
  }
  const { periodic = true, dtype = "float32" as D, ...rest } = options;
  const last = periodic ? n : n - 1;
  // By place from 0 to 1. A single number is the whole window.
  const values = Float64Array.from({ length: n }, (_, i) => (n === 1 ? 1 : value(i / last)));
  return tensor(values, { dtype, ...rest }) as never;
}

/** c0 - c1 cos(2 pi x) + c2 cos(4 pi x) - ... */
const cosines = (coefficients: readonly number[]) => (x: number) =>
  coefficients.reduce((sum, c, k) => sum + (k % 2 === 0 ? c : -c) * Math.cos(2 * Math.PI * k * x), 0);

/**
 * Hann's window, a raised cosine, as `torch.hann_window`. -> [n]
 * @throws ValueError for a broken length
 * @example hannWindow(4, { dtype: "float64" }).round().toArray(); // [0, 0, 1, 1]
 */
export function hannWindow<D extends DType = "float32">(
  n: number,
  options: WindowOptions<D> = {},
): Tensor<[number], D> {
  // Squared, it is exactly 0 at its ends.
  return window("hannWindow", n, options, x => Math.sin(Math.PI * x) ** 2);
}

/**
 * Hamming's window, alpha - beta cos (default 0.54 and 0.46), as `torch.hamming_window`. -> [n]
 * @throws ValueError for a broken length
 * @example hammingWindow(2).shape; // [2]
 */
export function hammingWindow<D extends DType = "float32">(
  n: number,
  options: WindowOptions<D> & { alpha?: number; beta?: number } = {},
): Tensor<[number], D> {
  const { alpha = 0.54, beta = 0.46, ...rest } = options;
  return window("hammingWindow", n, rest as WindowOptions<D>, cosines([alpha, beta]));
}

/**
 * Blackman's window, as `torch.blackman_window`. -> [n]
 * @throws ValueError for a broken length
 * @example blackmanWindow(3, { periodic: false }).at(1).item(); // 1
 */
export function blackmanWindow<D extends DType = "float32">(
  n: number,
  options: WindowOptions<D> = {},
): Tensor<[number], D> {
  return window("blackmanWindow", n, options, cosines([0.42, 0.5, 0.08]));
}

/**
 * Bartlett's window, a triangle, as `torch.bartlett_window`. -> [n]
 * @throws ValueError for a broken length
 * @example bartlettWindow(4).toArray(); // [0, 0.5, 1, 0.5]
 */
export function bartlettWindow<D extends DType = "float32">(
  n: number,
  options: WindowOptions<D> = {},
): Tensor<[number], D> {
  return window("bartlettWindow", n, options, x => 1 - Math.abs(2 * x - 1));
}

/** The modified Bessel function of order 0, by its power series, whose terms are all positive. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Kaiser's window, as `torch.kaiser_window`. -> [n]
 * @param options.beta how fast it falls off (default 12)
 * @throws ValueError for a broken length or a beta that is not from 0 to 700
 * @example kaiserWindow(3, { periodic: false, beta: 0 }).toArray(); // [1, 1, 1]
 */
export function kaiserWindow<D extends DType = "float32">(
  n: number,
  options: WindowOptions<D> & { beta?: number } = {},
): Tensor<[number], D> {
  const { beta = 12, ...rest } = options;
  if (!(beta >= 0 && beta <= 700))
    throw new ValueError(`a beta of ${beta}`, { op: "kaiserWindow", hint: "Give 0 to 700." });
  const most = besselI0(beta);
  return window("kaiserWindow", n, rest as WindowOptions<D>, x => {
    return besselI0(beta * Math.sqrt(Math.max(0, 1 - (2 * x - 1) ** 2))) / most;
  });
}
