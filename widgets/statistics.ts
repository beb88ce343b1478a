/** What the views say about the values of a tensor. NaN and Inf are counted apart; the figures are of the finite ones. */
export interface Statistics {
  count: number;
  /** How many values are finite. */
  finite: number;
  min: number;
  max: number;
  mean: number;
  /** Population standard deviation. */
  std: number;
  zeros: number;
  nan: number;
  positiveInfinity: number;
  negativeInfinity: number;
  /** Position of the first NaN or Inf in row-major order. */
  firstBad: number | undefined;
  /** True when every finite value is a whole number. */
  integers: boolean;
}

export type Values = ArrayLike<number>;

/** Computes the statistics in two passes (the second for a spread that does not cancel). With no finite value they are NaN. */
export function statistics(values: Values): Statistics {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let finite = 0;
  let zeros = 0;
  let nan = 0;
  let positiveInfinity = 0;
  let negativeInfinity = 0;
  let firstBad: number | undefined;
  let integers = true;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x - x === 0) {
      finite++;
      sum += x;
      if (x < min) min = x;
      if (x > max) max = x;
      if (x === 0) zeros++;
      else if (integers && !Number.isInteger(x)) integers = false;
      continue;
    }
    firstBad ??= i;
    if (x === Number.POSITIVE_INFINITY) positiveInfinity++;
    else if (x === Number.NEGATIVE_INFINITY) negativeInfinity++;
    else nan++;
  }
  const mean = finite > 0 ? sum / finite : Number.NaN;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean;
    if (d - d === 0) squares += d * d;
  }
  return {
    count: values.length,
    finite,
    min: finite > 0 ? min : Number.NaN,
    max: finite > 0 ? max : Number.NaN,
    mean,
    std: finite > 0 ? Math.sqrt(squares / finite) : Number.NaN,
    zeros,
    nan,
    positiveInfinity,
    negativeInfinity,
    firstBad,
    integers,
  };
}

export interface Histogram {
  from: number;
  to: number;
  counts: number[];
}

/** Counts the finite values in `bins` equal intervals from `from` to `to`; values outside are left out. */
export function histogram(values: Values, from: number, to: number, bins: number): Histogram {
  const counts = new Int32Array(bins + 1);
  const scale = to > from ? bins / (to - from) : 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x >= from && x <= to) counts[((x - from) * scale) | 0]!++;
  }
  // The upper end belongs to the last interval.
  counts[bins - 1]! += counts[bins]!;
  return { from, to, counts: Array.from(counts.subarray(0, bins)) };
}

/** So many values are enough to say where a quantile lies. */
const enough = 131_072;

/**
 * The size that `share` of the finite values do not exceed, within 0.1 % of the largest; of very many values every n-th is
 * looked at. Colours end there, so that one outlier does not grey out the rest.
 */
export function sizeQuantile(values: Values, share: number, largest: number): number {
  if (!(largest > 0)) return 0;
  const bins = 1024;
  const counts = new Float64Array(bins);
  let total = 0;
  const scale = bins / largest;
  // An odd step does not fall in with rows and columns, whose lengths are mostly even.
  const step = 2 * Math.floor(values.length / enough / 2) + 1;
  for (let i = 0; i < values.length; i += step) {
    const size = Math.abs(values[i]!);
    if (!(size <= largest)) continue;
    counts[Math.min(bins - 1, Math.floor(size * scale))]!++;
    total++;
  }
  let seen = 0;
  for (let b = 0; b < bins; b++) {
    seen += counts[b]!;
    if (seen >= share * total) return ((b + 1) / bins) * largest;
  }
  return largest;
}
