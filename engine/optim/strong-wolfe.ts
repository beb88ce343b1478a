import type { Tensor } from "../tensor.js";

/** The loss, its gradient and its slope along the line, a step of `at` away. */
export interface LinePoint {
  readonly at: number;
  readonly loss: number;
  readonly gradient: Tensor;
  readonly slope: number;
}

/** The place of the least value of the cubic through two points with their slopes, within bounds; the middle without one. */
export function cubicMinimum(a: LinePoint, b: LinePoint, bounds?: readonly [number, number]): number {
  const [low, high] = bounds ?? [Math.min(a.at, b.at), Math.max(a.at, b.at)];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.at - b.at);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const [near, far] = a.at <= b.at ? [a, b] : [b, a];
  const at = far.at - (far.at - near.at) * ((far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2));
  return Math.min(Math.max(at, low), high);
}

/** What a line search goes by. */
export interface WolfeOptions {
  /** Step to try first. */
  readonly first: number;
  /** Largest size of an element of the direction. */
  readonly largest: number;
  /** A bracket that moves no element by more ends the search. */
  readonly toleranceChange: number;
  /** Most points after the first. */
  readonly most: number;
  /** Shares of the first slope: how much loss a step must win (default 1e-4), how flat its end must be (default 0.9). */
  readonly c1?: number;
  readonly c2?: number;
}

/**
 * A step that meets the strong Wolfe conditions: widens a bracket, then narrows it by cubic interpolation (Nocedal and Wright,
 * 3.5 and 3.6; the same decisions as PyTorch's).
 * @returns the best point and how many were evaluated
 */
export function strongWolfe(
  evaluate: (at: number) => LinePoint,
  origin: LinePoint,
  { first, largest, toleranceChange, most, c1 = 1e-4, c2 = 0.9 }: WolfeOptions,
): { point: LinePoint; evaluations: number } {
  const isTooHigh = ({ at, loss }: LinePoint) => loss > origin.loss + c1 * at * origin.slope;
  const isFlat = ({ slope }: LinePoint) => Math.abs(slope) <= -c2 * origin.slope;
  let evaluations = 0;
  const next = (at: number): LinePoint => {
    evaluations++;
    return evaluate(at);
  };

  let before = origin;
  let point = next(first);
  let tries = 0;
  let bracket: [LinePoint, LinePoint] | undefined;
  for (; tries < most; tries++) {
    if (isTooHigh(point) || (tries > 1 && point.loss >= before.loss)) {
      bracket = [before, point];
      break;
    }
    if (isFlat(point)) return { point, evaluations };
    if (point.slope >= 0) {
      bracket = [before, point];
      break;
    }
    const bounds = [point.at + 0.01 * (point.at - before.at), point.at * 10] as const;
    const at = cubicMinimum(before, point, bounds);
    before = point;
    point = next(at);
  }
  const [a, b] = bracket ?? [origin, point];
  let [low, high] = a.loss <= b.loss ? [a, b] : [b, a];

  let stalled = false;
  for (; tries < most; tries++) {
    const [left, right] = low.at <= high.at ? [low, high] : [high, low];
    const width = right.at - left.at;
    if (width * largest < toleranceChange) break;
    let at = cubicMinimum(left, right);
    // Near an end of the bracket twice in a row: go a tenth of it inwards.
    const isNearEnd = Math.min(right.at - at, at - left.at) < 0.1 * width;
    if (isNearEnd && (stalled || at >= right.at || at <= left.at)) {
      at = Math.abs(at - right.at) < Math.abs(at - left.at) ? right.at - 0.1 * width : left.at + 0.1 * width;
      stalled = false;
    } else {
      stalled = isNearEnd;
    }
    point = next(at);
    if (isTooHigh(point) || point.loss >= low.loss) {
      [low, high] = point.loss < low.loss ? [point, low] : [low, point];
      continue;
    }
    if (isFlat(point)) return { point, evaluations };
    if (point.slope * (high.at - low.at) >= 0) high = low;
    low = point;
  }
  return { point: low, evaluations };
}
