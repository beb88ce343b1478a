import { noGrad } from "../autograd/graph.js";
import { ShapeError, ValueError } from "../errors.js";
import { requireTensor } from "../ops/require.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Brings features to a common scale: `fit` learns shift and scale from the training samples, `transform` applies them to any
 * samples. x: [N, ...], every feature (a place beside the first axis) on its own, in x's dtype.
 */
export abstract class Scaler {
  #shift: Tensor | undefined;
  #scale: Tensor | undefined;

  /** What is subtracted, and by what the rest is divided, for features with this spread. */
  protected abstract learn(x: Tensor): { shift: Tensor; scale: Tensor };

  /**
   * Learns from training samples. Call it on nothing else, so that the test samples stay unseen.
   * @throws ShapeError for a scalar or no samples; ValueError for NaN, naming the rows
   */
  fit(x: Tensor): this {
    const op = `${this.constructor.name}.fit`;
    requireTensor(op, x);
    if (x.shape.length === 0 || x.shape[0] === 0) {
      throw new ShapeError(`samples of shape ${formatShape(x.shape)}`, { op, hint: "The first axis counts samples." });
    }
    const bad = x.reshape([x.shape[0]!, -1]).isNaN().any(1).nonzero();
    if (bad.size > 0) {
      const rows = (bad.toArray() as number[][]).map(([row]) => row);
      throw new ValueError(`NaN in ${rows.length === 1 ? "row" : "rows"} ${rows.slice(0, 5).join(", ")}`, {
        op,
        hint: "Fill in or leave out what is missing first.",
      });
    }
    noGrad(() => {
      const { shift, scale } = this.learn(x);
      this.#shift = shift;
      // A feature that never changes has no spread; it becomes 0, as in scikit-learn.
      this.#scale = scale.eq(0).where(1, scale as never) as Tensor;
    });
    return this;
  }

  /** Samples on the common scale. @throws ValueError before `fit`; ShapeError for other features */
  transform<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const { shift, scale } = this.#fitted("transform", x);
    return x.sub(shift as never).div(scale as never) as unknown as Tensor<S>;
  }

  /** Learns from samples and transforms them. */
  fitTransform<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return this.fit(x).transform(x);
  }

  /** The way back. @throws as `transform` */
  inverse<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const { shift, scale } = this.#fitted("inverse", x);
    return x.mul(scale as never).add(shift as never) as unknown as Tensor<S>;
  }

  #fitted(what: string, x: Tensor): { shift: Tensor; scale: Tensor } {
    const op = `${this.constructor.name}.${what}`;
    requireTensor(op, x);
    if (!this.#shift || !this.#scale) {
      throw new ValueError("nothing was learned yet", { op, hint: "Call fit(trainingSamples) first." });
    }
    const features = this.#shift.shape.slice(1);
    const own = x.shape.slice(1);
    if (own.length !== features.length || own.some((n, i) => n !== features[i])) {
      throw new ShapeError(`samples of shape ${formatShape(x.shape)}, learned from features ${formatShape(features)}`, {
        op,
      });
    }
    return { shift: this.#shift, scale: this.#scale };
  }
}

/**
 * Mean 0 and standard deviation 1, as scikit-learn's `StandardScaler` (deviation over N).
 * @example
 * const scaler = new data.StandardScaler().fit(tensor([[1], [3]]));
 * scaler.transform(tensor([[5]])).toArray(); // [[3]]
 */
export class StandardScaler extends Scaler {
  protected override learn(x: Tensor): { shift: Tensor; scale: Tensor } {
    return {
      shift: x.mean(0, { keepDims: true }) as Tensor,
      scale: x.std(0, { keepDims: true, correction: 0 }) as Tensor,
    };
  }
}

/**
 * From 0 (smallest) to 1 (largest), as scikit-learn's `MinMaxScaler`.
 * @example new data.MinMaxScaler().fitTransform(tensor([[1], [2], [3]])).toArray(); // [[0], [0.5], [1]]
 */
export class MinMaxScaler extends Scaler {
  protected override learn(x: Tensor): { shift: Tensor; scale: Tensor } {
    const least = x.min(0, { keepDims: true }) as Tensor;
    return { shift: least, scale: (x.max(0, { keepDims: true }) as Tensor).sub(least as never) as Tensor };
  }
}

/**
 * Median 0 and distance of the quartiles 1, which outliers do not move; as scikit-learn's `RobustScaler`.
 * @example new data.RobustScaler().fitTransform(tensor([[1], [2], [3], [4], [100]])).toArray(); // [[-1], [-0.5], [0], [0.5], [48.5]]
 */
export class RobustScaler extends Scaler {
  protected override learn(x: Tensor): { shift: Tensor; scale: Tensor } {
    const [low, middle, high] = [0.25, 0.5, 0.75].map(q => x.quantile(q, 0).unsqueeze(0) as Tensor);
    return { shift: middle!, scale: high!.sub(low as never) as Tensor };
  }
}
