import { attach } from "../autograd/graph.js";
import { fourierKinds, opcodes } from "../backend/commands.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { isFloat } from "../promotion.js";
import { allocate, dense, finish, open, pushAll, pushOperand } from "../record.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { along } from "./along.js";
import { mul } from "./arithmetic.js";
import { tensor } from "./create.js";
import { pad } from "./pad.js";
import { moveAxis } from "./reorder.js";
import { requireTensor } from "./require.js";

/**
 * Which direction is divided by the length n: "backward" the inverse one, "forward" the other, "ortho" both by its root.
 */
export type FourierNorm = "backward" | "ortho" | "forward";

/** Longer rows are refused: work space is some times their length. */
const longest = 2 ** 26;

/** The factor of a transform of length n. @throws ValueError for another norm */
export function scaleOf(op: string, norm: FourierNorm, n: number, inverse: boolean): number {
  if (norm === "ortho") return 1 / Math.sqrt(n);
  if (norm === "backward") return inverse ? 1 / n : 1;
  if (norm === "forward") return inverse ? 1 : 1 / n;
  throw new ValueError(`a norm of ${String(norm)}`, { op, hint: "There are backward, ortho and forward." });
}

/** A tensor in a float dtype with kernels; integers become float32. */
export function requireSignal(op: string, x: unknown, complex: boolean): Tensor {
  requireTensor(op, x);
  if (complex ? x.shape.length < 2 || x.shape.at(-1) !== 2 : x.shape.length < 1) {
    throw new ShapeError(
      complex
        ? `expected pairs of real and imaginary parts, got ${formatShape(x.shape)}`
        : "a scalar has no axis to transform",
      {
        op,
        expected: complex ? "[..., N, 2]" : "[..., N]",
        got: formatShape(x.shape),
        hint: complex ? "Make them: stack([real, imaginary], -1); for real numbers alone there is rfft." : "",
      },
    );
  }
  if (x.dtype === "float16" || x.dtype === "bfloat16") {
    throw new DTypeError(`${x.dtype} is not precise enough`, { op, hint: 'Convert: x.cast("float32").' });
  }
  return isFloat(x.dtype) ? x : castTo(x, "float32");
}

/** @throws ValueError unless n is a length that can be transformed */
export function requireLength(op: string, n: unknown): asserts n is number {
  if (Number.isSafeInteger(n) && (n as number) >= 1 && (n as number) <= longest) return;
  throw new ValueError(`a length of ${String(n)}`, { op, hint: "Give a whole number from 1 to 2^26 as n." });
}

/** x with its axis cut, or filled up with zeros, to length n. */
export function resized(x: Tensor, axis: number, n: number): Tensor {
  const length = x.shape[axis]!;
  if (n === length) return x;
  if (n < length) return along(x, axis, 0, n);
  return pad(
    x,
    x.shape.map((_, i) => [0, i === axis ? n - length : 0] as const),
  ) as Tensor;
}

/** The work on x with an axis moved to a place, and back. */
export function withAxisAt(x: Tensor, axis: number, place: number, work: (x: Tensor) => Tensor): Tensor {
  return axis === place ? work(x) : (moveAxis(work(moveAxis(x, axis, place) as Tensor), place, axis) as Tensor);
}

function record(
  kind: keyof typeof fourierKinds,
  x: Tensor,
  shape: Shape,
  n: number,
  inverse: boolean,
  scale: number,
): Tensor {
  const { backend } = x.storage;
  const source = dense(x);
  const out = allocate(shape, x.dtype, backend);
  open(backend, opcodes.fourier, 5 + 6);
  const rows = sizeOf(shape) / (kind === "half" ? n : 2 * (kind === "real" ? halfOf(n) : n));
  pushAll(backend, [fourierKinds[kind], inverse ? 1 : 0, rows, n, scale]);
  pushOperand(backend, source);
  pushOperand(backend, out);
  finish(backend);
  return out;
}

/** How many numbers of a real signal's spectrum say all of it. */
export const halfOf = (n: number): number => Math.floor(n / 2) + 1;

/** [..., n, 2] -> the same. */
export function complexTransform(op: string, x: Tensor, inverse: boolean, scale: number): Tensor {
  const out = record("complex", x, x.shape, x.shape.at(-2)!, inverse, scale);
  return attach(out, op, [x], g => [complexTransform(op, g, !inverse, scale)]);
}

/** By place of half a spectrum how often its number occurs in the whole one: [n / 2 + 1, 1]. */
function occurrences(n: number, like: Tensor, inverse: boolean): Tensor {
  const counts = Array.from({ length: halfOf(n) }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2));
  const values = Float64Array.from(counts, count => (inverse ? 1 / count : count));
  return tensor(values, { shape: [values.length, 1], dtype: like.dtype, device: like.device }) as Tensor;
}

/** [..., n] -> the first half of the spectrum [..., n / 2 + 1, 2]. */
export function realTransform(op: string, x: Tensor, scale: number): Tensor {
  const n = x.shape.at(-1)!;
  const out = record("real", x, [...x.shape.slice(0, -1), halfOf(n), 2], n, false, scale);
  return attach(out, op, [x], g => [halfTransform(op, mul(g, occurrences(n, g, true) as never) as Tensor, n, scale)]);
}

/** Half a spectrum [..., n / 2 + 1, 2] -> the real signal [..., n]. */
export function halfTransform(op: string, x: Tensor, n: number, scale: number): Tensor {
  const out = record("half", x, [...x.shape.slice(0, -2), n], n, true, scale);
  return attach(out, op, [x], g => [mul(realTransform(op, g, scale), occurrences(n, g, false) as never) as Tensor]);
}
