import { Generator, noGrad, randn, type Tensor, tensor } from "../engine/index.js";
import type { Values } from "./statistics.js";

/** The two directions along which points differ the most. */
export interface PrincipalPlane {
  /** Place of each point in the plane: x0, y0, x1, y1, ... */
  places: Float64Array;
  /** Share of all variance along either direction, 0 to 1. */
  explained: readonly [number, number];
}

/** Columns of the subspace that the iteration follows, and how often it is turned. More columns than two make it converge fast. */
const block = 16;
const rounds = 8;

/**
 * Principal component analysis onto two directions by randomised subspace iteration (Halko, Martinsson and Tropp, 2011). The
 * signs are such that the largest loading is positive, as in scikit-learn's older `svd_flip`.
 *
 * @param values [points, features], all finite
 */
export function principalPlane(values: Values, points: number, features: number): PrincipalPlane {
  const centred = new Float64Array(points * features);
  let total = 0;
  for (let j = 0; j < features; j++) {
    let mean = 0;
    for (let i = 0; i < points; i++) mean += values[i * features + j]! / points;
    for (let i = 0; i < points; i++) {
      const d = values[i * features + j]! - mean;
      centred[i * features + j] = d;
      total += d * d;
    }
  }
  const places = new Float64Array(2 * points);
  if (total === 0) return { places, explained: [0, 0] };
  const { axes, strengths } = noGrad(() => leading(centred, points, features));
  for (let i = 0; i < points; i++) {
    for (let a = 0; a < axes.length; a++) {
      let sum = 0;
      for (let j = 0; j < features; j++) sum += centred[i * features + j]! * axes[a]![j]!;
      places[2 * i + a] = sum;
    }
  }
  return { places, explained: [(strengths[0] ?? 0) / total, (strengths[1] ?? 0) / total] };
}

/** The directions with the largest sums of squares, and these sums. */
function leading(centred: Float64Array, points: number, features: number) {
  const x = tensor(centred as never, { dtype: "float64" }) as Tensor;
  const matrix = x.reshape([points, features]) as Tensor;
  const turned = matrix.permute([1, 0]) as Tensor;
  const width = Math.min(block, points, features);
  let basis = randn([features, width], { generator: new Generator(1) }).cast("float64") as Tensor;
  for (let i = 0; i < rounds; i++) basis = (turned.matmul(matrix.matmul(basis)) as Tensor).qr().Q as Tensor;
  const small = matrix.matmul(basis) as Tensor;
  const { eigenvalues, eigenvectors } = (small.permute([1, 0]).matmul(small) as Tensor).eigh();
  const directions = (basis.matmul(eigenvectors) as Tensor).data() as Float64Array;
  const sums = eigenvalues.data() as Float64Array;
  // Eigenvalues ascend: the last columns are wanted.
  const columns = width > 1 ? [width - 1, width - 2] : [width - 1];
  const axes = columns.map(c => {
    const axis = Float64Array.from({ length: features }, (_, j) => directions[j * width + c]!);
    const largest = axis.reduce((m, v) => (Math.abs(v) > Math.abs(m) ? v : m), 0);
    return largest < 0 ? axis.map(v => -v) : axis;
  });
  return { axes, strengths: columns.map(c => Math.max(0, sums[c]!)) };
}
