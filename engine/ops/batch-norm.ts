import { attach, gradEnabled } from "../autograd/graph.js";
import { Elementwise } from "../elementwise.js";
import { ShapeError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp } from "../op.js";
import { recordCopy } from "../record.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { computing } from "./conv-require.js";
import { rsqrt } from "./math.js";
import { type Norm, type NormOptions, requireChannels, requireNorm } from "./norm.js";
import { mean } from "./reduce.js";

/** Means and variances by channel [C] that training keeps up to date, in place. */
export interface RunningStatistics {
  mean: Tensor;
  variance: Tensor;
  /** The weight of the newest batch (default 0.1). */
  momentum?: number;
}

export interface BatchNormOptions extends NormOptions {
  /** Used instead of the batch's own when not training. */
  running?: RunningStatistics;
  /** Normalises by the batch's own moments, and notes them in `running` (default: true when there are none running). */
  training?: boolean;
}

const keep = { keepDims: true } as const;
const deviation = new Elementwise("batchNorm.deviation", ["x", "m"], "(x - m) * (x - m)", "floating");
const normalised = new Elementwise("batchNorm", ["x", "m", "r"], "(x - m) * r", "floating");
const along = new Elementwise("batchNorm.along", ["g", "x", "m", "r"], "g * (x - m) * r", "floating");
const backward = new Elementwise(
  "batchNorm.backward",
  ["g", "x", "m", "r", "a", "b"],
  "(g - a - (x - m) * r * b) * r",
  "floating",
);

/** All axes but that of the channels. */
const others = (x: Tensor) => x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

function momentsOf(x: Tensor, epsilon: number): { m: Tensor; variance: Tensor; r: Tensor } {
  const m = mean(x, others(x), keep) as Tensor;
  const variance = mean(deviation.apply([x, m]), others(x), keep) as Tensor;
  return { m, variance, r: rsqrt(add(variance, epsilon)) as Tensor };
}

/** (x - mean) / deviation with the batch's own moments, and what came out for them. */
function byBatch(x: Tensor, epsilon: number): { y: Tensor; m: Tensor; variance: Tensor } {
  const detached = momentsOf(x.detach(), epsilon);
  const y = normalised.apply([x.detach(), detached.m, detached.r]);
  attach(y, "batchNorm", [x], g => {
    // The derivative of the derivative goes through the moments, too.
    const { m, r } = gradEnabled() ? momentsOf(x, epsilon) : detached;
    const a = mean(g, others(g), keep) as Tensor;
    const b = mean(along.apply([g, x, m, r]), others(g), keep) as Tensor;
    return [backward.apply([g, x, m, r, a, b])];
  });
  return { y, m: detached.m, variance: detached.variance };
}

/** Moves the running statistics towards those of the batch; the variance without bias, as PyTorch does it. */
function note(running: RunningStatistics, x: Tensor, m: Tensor, variance: Tensor): void {
  const { momentum = 0.1 } = running;
  const n = sizeOf(x.shape) / x.shape[1]!;
  const move = (into: Tensor, value: Tensor, factor: number) => {
    const by = mul(reshapeTo(value, into.shape), momentum * factor) as Tensor;
    recordCopy(add(mul(into.detach(), 1 - momentum), castTo(by, into.dtype)) as Tensor, into);
  };
  move(running.mean, m, 1);
  move(running.variance, variance, n / (n - 1));
}

/**
 * Every channel with mean 0 and variance 1 over the batch (Ioffe and Szegedy 2015), times weight, plus bias, as
 * `torch.nn.functional.batch_norm`. x: [N, C, ...], weight, bias, running mean and variance: [C] -> [N, C, ...].
 * @throws ShapeError, DTypeError when they do not fit, or when training on a single value per channel
 * @example batchNorm(x, { running: { mean: zeros([3]), variance: ones([3]) }, training: true });
 */
export const batchNorm: Norm<BatchNormOptions> = defineOp(
  {
    name: "batchNorm",
    doc: "Every channel with mean 0 and variance 1 over the batch.",
    samples: [
      { args: [{ shape: [4, 3] }] },
      { args: [{ shape: [2, 3, 4, 2] }, { epsilon: 0.1 }] },
      { args: [{ shape: [3, 2, 5] }, { training: true }] },
    ],
    rejects: [
      { args: [{ shape: [4] }], message: "the input [4] has no channels" },
      { args: [{ shape: [1, 3] }], message: "one value per channel" },
      { args: [{ shape: [2, 3], dtype: "int32" }], message: "cannot normalise int32" },
    ],
    gradient: true,
  },
  (x: Tensor, options: BatchNormOptions = {}) => {
    requireChannels("batchNorm", x);
    const { weight, bias, running, epsilon = 1e-5, training = running === undefined } = options;
    const channels = x.shape[1]!;
    requireNorm("batchNorm", x, options, [channels]);
    if (running) requireNorm("batchNorm", x, { weight: running.mean, bias: running.variance }, [channels]);
    const dtype = computing(x.dtype);
    const values = castTo(x, dtype);
    const byChannel = (parameter: Tensor): Tensor => {
      return reshapeTo(castTo(parameter, dtype), [1, channels, ...x.shape.slice(2).map(() => 1)] as Shape);
    };
    let y: Tensor;
    if (training || running === undefined) {
      if (x.size <= channels && channels > 0) {
        throw new ShapeError(`the input ${formatShape(x.shape)} has one value per channel at most`, {
          op: "batchNorm",
          expected: "several, to have a variance",
          got: formatShape(x.shape),
          hint: "Use larger batches, or eval().",
        });
      }
      const batch = byBatch(values, epsilon);
      if (running) note(running, x, batch.m, batch.variance);
      y = batch.y;
    } else {
      const scale = rsqrt(add(byChannel(running.variance), epsilon)) as Tensor;
      y = normalised.apply([values, byChannel(running.mean), scale]);
    }
    if (weight) y = mul(y, byChannel(weight)) as Tensor;
    if (bias) y = add(y, byChannel(bias)) as Tensor;
    return castTo(y, x.dtype);
  },
);
