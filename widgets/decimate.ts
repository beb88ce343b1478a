export type Point = readonly [x: number, y: number];

/** One bucket of a series: what must survive of the values in it. */
export interface Bucket {
  /** Place and value of the smallest and the largest finite value. */
  min: Point;
  max: Point;
  /** Place of the last value, finite or not. */
  last: number;
  sum: number;
  count: number;
}

/**
 * A series of any length in bounded memory. It keeps the smallest and the largest value of each bucket with their places, so
 * that no spike is lost; when the buckets are full, pairs merge and a bucket covers twice as many values.
 */
export class StreamingSeries {
  readonly #capacity: number;
  #buckets: Bucket[] = [];
  /** Values that a bucket covers. */
  #stride = 1;
  /** Values in the newest bucket so far, bad ones too. */
  #filled = 0;
  #last: Point | undefined;
  #firstBad: Point | undefined;
  #bad = 0;
  #length = 0;

  /** @param capacity the most buckets that are kept; at least 2 */
  constructor(capacity = 150) {
    this.#capacity = Math.max(2, capacity);
  }

  /** Adds a value; `x` must not be below an earlier one. */
  add(x: number, y: number): void {
    this.#length++;
    this.#last = [x, y];
    if (this.#filled === this.#stride) this.#filled = 0;
    if (!Number.isFinite(y)) {
      this.#bad++;
      this.#firstBad ??= [x, y];
      if (this.#filled > 0) this.#filled++;
      return;
    }
    const point: Point = [x, y];
    const newest = this.#filled > 0 ? this.#buckets.at(-1) : undefined;
    if (newest) merge(newest, { min: point, max: point, last: x, sum: y, count: 1 });
    else {
      if (this.#buckets.length === this.#capacity) this.#halve();
      this.#buckets.push({ min: point, max: point, last: x, sum: y, count: 1 });
    }
    this.#filled++;
  }

  get length(): number {
    return this.#length;
  }

  /** Values that a bucket covers: 1 as long as every value is kept. */
  get stride(): number {
    return this.#stride;
  }

  /** The newest value, finite or not. */
  get last(): Point | undefined {
    return this.#last;
  }

  /** The first value that was NaN or infinite, and how many there were. */
  get bad(): { first: Point | undefined; count: number } {
    return { first: this.#firstBad, count: this.#bad };
  }

  get buckets(): readonly Bucket[] {
    return this.#buckets;
  }

  /** The extreme points of every bucket in order of x: a line through them looks like a line through all values. */
  points(most = 2 * this.#capacity): Point[] {
    return extremes(coarser(this.#buckets, Math.max(1, Math.floor(most / 2))));
  }

  /**
   * A smooth line through the bucket means: each is averaged with those before and after it, whose weights fall by `smoothing`
   * from one to the next. It looks both ways, so that it does not lag behind a falling loss as a moving average does; only its
   * newest points have nothing after them yet, and change a little when it comes.
   */
  smooth(smoothing: number, most = this.#capacity): Point[] {
    const buckets = coarser(this.#buckets, most);
    const means = buckets.map(({ sum, count }) => sum / count);
    const before = decaying(means, smoothing);
    const after = decaying(means.toReversed(), smoothing).reverse();
    return buckets.map(({ last }, i) => {
      // The mean itself is in both.
      const weight = before[i]!.weight + after[i]!.weight - 1;
      return [last, (before[i]!.sum + after[i]!.sum - means[i]!) / weight];
    });
  }

  #halve(): void {
    this.#buckets = pairs(this.#buckets);
    this.#stride *= 2;
  }
}

/** At most `buckets` pairs of extremes of a whole series; every point when there are few. Bad values are left out. */
export function decimate(points: readonly Point[], buckets: number): Point[] {
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length <= 2 * buckets) return finite;
  const grouped: Bucket[] = [];
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * finite.length) / buckets);
    const to = Math.floor(((b + 1) * finite.length) / buckets);
    const bucket = bucketOf(finite[from]!);
    for (let i = from + 1; i < to; i++) merge(bucket, bucketOf(finite[i]!));
    grouped.push(bucket);
  }
  return extremes(grouped);
}

/** At each value the sum of it and all before, each weighing `keep` of the next. */
function decaying(values: readonly number[], keep: number): { sum: number; weight: number }[] {
  let sum = 0;
  let weight = 0;
  return values.map(value => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return { sum, weight };
  });
}

function bucketOf(point: Point): Bucket {
  return { min: point, max: point, last: point[0], sum: point[1], count: 1 };
}

function merge(into: Bucket, other: Bucket): void {
  if (other.min[1] < into.min[1]) into.min = other.min;
  if (other.max[1] > into.max[1]) into.max = other.max;
  into.last = other.last;
  into.sum += other.sum;
  into.count += other.count;
}

function pairs(buckets: readonly Bucket[]): Bucket[] {
  const half: Bucket[] = [];
  for (let i = 0; i < buckets.length; i += 2) {
    const bucket = { ...buckets[i]! };
    const next = buckets[i + 1];
    if (next) merge(bucket, next);
    half.push(bucket);
  }
  return half;
}

function coarser(buckets: readonly Bucket[], most: number): readonly Bucket[] {
  let kept = buckets;
  while (kept.length > Math.max(1, most)) kept = pairs(kept);
  return kept;
}

function extremes(buckets: readonly Bucket[]): Point[] {
  return buckets.flatMap(({ min, max }) => {
    if (min[0] === max[0]) return [min];
    return min[0] < max[0] ? [min, max] : [max, min];
  });
}
