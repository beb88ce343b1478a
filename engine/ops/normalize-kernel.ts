import { attach, gradEnabled } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import { allocate, compute, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { rsqrt, square } from "./math.js";
import { mean, sum } from "./reduce.js";

/** What a normalisation of rows subtracts and divides by. */
export interface RowNorm {
  /** Only the mean square becomes 1; the mean stays. */
  readonly rms: boolean;
  readonly epsilon: number;
}

const keep = { keepDims: true } as const;

/**
 * Rows [R, C] with mean 0 and mean square 1, times weight [C], plus bias [C]: one kernel forward, one backward. All of one
 * dtype, float32 or float64.
 */
export function normalizeRows(x: Tensor, norm: RowNorm, weight?: Tensor, bias?: Tensor): Tensor {
  const { backend } = x.storage;
  const [rows, columns] = x.shape as Shape;
  const [source, scale, shift] = [dense(x), weight && dense(weight), bias && dense(bias)];
  const y = allocate(x.shape, x.dtype, backend);
  const moments = allocate([2, rows!], x.dtype, backend);
  open(backend, opcodes.normalize, 4 + 15);
  pushAll(backend, [norm.rms ? 1 : 0, rows!, columns!, norm.epsilon]);
  pushOperand(backend, source);
  pushOptional(backend, scale);
  pushOptional(backend, shift);
  pushOperand(backend, y);
  pushOperand(backend, moments);
  finish(backend);
  const inputs = [x, weight, bias].filter(t => t !== undefined);
  return attach(y, "normalize", inputs, (g, needs) => {
    const place = new Map(inputs.map((input, i) => [input, i]));
    const wanted = (t: Tensor | undefined) => t !== undefined && needs(place.get(t)!);
    const gradients =
      gradEnabled() || !g.isConcrete
        ? derived(x, norm, weight, g)
        : fused(x, norm, scale, moments, dense(g), wanted(weight), wanted(bias));
    return [gradients.x, ...(weight ? [gradients.weight] : []), ...(bias ? [gradients.bias] : [])];
  });
}

interface Gradients {
  x: Tensor;
  weight?: Tensor | undefined;
  bias?: Tensor | undefined;
}

function fused(
  x: Tensor,
  norm: RowNorm,
  weight: Tensor | undefined,
  moments: Tensor,
  g: Tensor,
  ofWeight: boolean,
  ofBias: boolean,
): Gradients {
  const { backend } = x.storage;
  const [rows, columns] = x.shape as Shape;
  const source = dense(x);
  const dx = allocate(x.shape, x.dtype, backend);
  const dweight = ofWeight ? allocate([columns!], x.dtype, backend) : undefined;
  const dbias = ofBias ? allocate([columns!], x.dtype, backend) : undefined;
  if (weight) compute(weight);
  open(backend, opcodes.normalizeGrad, 3 + 21);
  pushAll(backend, [norm.rms ? 1 : 0, rows!, columns!]);
  pushOperand(backend, source);
  pushOptional(backend, weight);
  for (const operand of [moments, g, dx]) pushOperand(backend, operand);
  pushOptional(backend, dweight);
  pushOptional(backend, dbias);
  finish(backend);
  return { x: dx, weight: dweight, bias: dbias };
}

/** The same in operations, so that it can be derived again. */
function derived(x: Tensor, { rms, epsilon }: RowNorm, weight: Tensor | undefined, g: Tensor): Gradients {
  const centred = rms ? x : (sub(x, mean(x, -1, keep)) as Tensor);
  const scale = rsqrt(add(mean(square(centred), -1, keep), epsilon)) as Tensor;
  const unit = mul(centred, scale) as Tensor;
  const inner = weight ? (mul(g, weight) as Tensor) : g;
  const along = mul(unit, mean(mul(inner, unit), -1, keep)) as Tensor;
  const rest = sub(rms ? inner : sub(inner, mean(inner, -1, keep)), along) as Tensor;
  return { x: mul(rest, scale) as Tensor, weight: sum(mul(g, unit), 0) as Tensor, bias: sum(g, 0) as Tensor };
}
