import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { clip } from "./activation.js";
import { div, maximum, mul, sub } from "./arithmetic.js";
import { sqrt } from "./math.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { diagonal } from "./triangle.js";
import { reshape, transpose, unsqueeze } from "./view.js";

/** How observations count. */
export interface CovarianceOptions {
  /** What is taken off the number of observations: 1 (default) for a sample, 0 for a whole set. */
  correction?: number;
  /** How often each observation was made: [N] of integers. */
  fweights?: Tensor;
  /** How much each observation counts: [N]. */
  aweights?: Tensor;
}

type MatrixOf<S extends Shape> = S["length"] extends 0 | 1 ? [] : number extends S["length"] ? number[] : [S[0], S[0]];

interface Covariance extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: CovarianceOptions): Tensor<MatrixOf<S>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    options?: CovarianceOptions,
  ) => Tensor<MatrixOf<S>, Floating<D>>;
}

/** x as variables in rows, observations in columns. @throws ShapeError for more axes */
function variables(op: string, x: unknown): Tensor {
  requireTensor(op, x);
  if (x.shape.length > 2) {
    throw new ShapeError(`expected variables and observations, got ${formatShape(x.shape)}`, {
      op,
      expected: "[V, N], or [N] for one variable",
      got: formatShape(x.shape),
    });
  }
  const given = castTo(x, floating(x.dtype));
  return given.shape.length === 2 ? given : (reshape(given, [1, given.size]) as Tensor);
}

function requireWeights(what: string, weights: Tensor, count: number): void {
  requireTensor("cov", weights);
  if (weights.shape.length === 1 && weights.shape[0] === count) return;
  throw new ShapeError(`${what} ${formatShape(weights.shape)} for ${count} observations`, {
    op: "cov",
    expected: `[${count}]`,
    got: formatShape(weights.shape),
  });
}

function covariance(x: Tensor, { correction = 1, fweights, aweights }: CovarianceOptions): Tensor {
  if (!Number.isFinite(correction)) throw new ValueError(`a correction of ${correction}`, { op: "cov" });
  const count = x.shape[1]!;
  if (fweights !== undefined) requireWeights("fweights", fweights, count);
  if (aweights !== undefined) requireWeights("aweights", aweights, count);
  const product = (a: Tensor | undefined, b: Tensor | undefined) =>
    a && b ? (mul(a, b as never) as Tensor) : (a ?? b);
  const weights = product(fweights, aweights);
  if (weights === undefined) {
    const centred = sub(x, div(sum(x, 1, { keepDims: true }) as Tensor, count) as never) as Tensor;
    return div(matmul(centred, transpose(centred) as never) as Tensor, Math.max(0, count - correction)) as Tensor;
  }
  const given = castTo(weights, x.dtype);
  const total = sum(given) as Tensor;
  const mean = div(sum(mul(x, given as never) as Tensor, 1, { keepDims: true }) as Tensor, total as never) as Tensor;
  const centred = sub(x, mean as never) as Tensor;
  // With weights of importance the correction is what one observation weighs on average.
  const lost = aweights
    ? mul(
        div(sum(mul(given, castTo(aweights, x.dtype) as never) as Tensor) as Tensor, total as never) as Tensor,
        correction,
      )
    : correction;
  const rest = maximum(sub(total, lost as never) as Tensor, 0) as Tensor;
  const products = matmul(mul(centred, given as never) as Tensor, transpose(centred) as never) as Tensor;
  return div(products, rest as never) as Tensor;
}

const ofOne = (x: Tensor, matrix: Tensor) => (x.shape.length === 2 ? matrix : (reshape(matrix, []) as Tensor));

/**
 * The covariances of variables, as `torch.cov`. x: [V, N], a variable in each row -> [V, V]; or [N] -> [], the variance.
 * @throws ShapeError for more axes or weights of another length; ValueError for a broken correction
 * @example cov(tensor([[1, 2, 3], [3, 2, 1]])).toArray(); // [[1, -1], [-1, 1]]
 */
export const cov: Covariance = defineOp(
  {
    name: "cov",
    doc: "The covariances of variables.",
    samples: [
      { args: [{ shape: [3, 6] }] },
      { args: [{ shape: [5] }] },
      { args: [{ shape: [2, 4] }, { correction: 0 }] },
    ],
    rejects: [
      { args: [{ shape: [2, 2, 2] }], message: "expected variables and observations, got [2, 2, 2]" },
      { args: [{ shape: [2, 3] }, { correction: Number.NaN }], message: "a correction of NaN" },
      { args: [{ shape: [2, 3] }, { fweights: 2 }], message: "expected a tensor, got number" },
    ],
    gradient: true,
  },
  (x: Tensor, options: CovarianceOptions = {}) => ofOne(x, covariance(variables("cov", x), options)),
);

interface Correlation extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<MatrixOf<S>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<MatrixOf<S>, Floating<D>>;
}

/**
 * Pearson's correlation coefficients of variables, from -1 to 1, as `torch.corrcoef`. x: [V, N], a variable in each row ->
 * [V, V]; or [N] -> [].
 * @throws ShapeError for more axes
 * @example corrcoef(tensor([[1, 2, 3], [6, 4, 2]])).round().toArray(); // [[1, -1], [-1, 1]]
 */
export const corrcoef: Correlation = defineOp(
  {
    name: "corrcoef",
    doc: "Pearson's correlation coefficients of variables.",
    samples: [{ args: [{ shape: [3, 6] }] }, { args: [{ shape: [2, 4] }] }],
    rejects: [{ args: [{ shape: [2, 2, 2] }], message: "expected variables and observations, got [2, 2, 2]" }],
    gradient: true,
  },
  (x: Tensor) => {
    const given = variables("corrcoef", x);
    const matrix = covariance(given, {});
    const spread = sqrt(diagonal(matrix)) as Tensor;
    const byRows = div(matrix, unsqueeze(spread, 1) as never) as Tensor;
    // Rounding may lead past the ends.
    const coefficients = clip(div(byRows, unsqueeze(spread, 0) as never) as Tensor, { min: -1, max: 1 }) as Tensor;
    return ofOne(x, coefficients);
  },
);
