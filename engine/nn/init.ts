import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { mul } from "../ops/arithmetic.js";
import { recordFactor } from "../ops/linalg/factor-kernel.js";
import { truncatedNormal } from "../ops/sampling.js";
import { isFloat } from "../promotion.js";
import { type Generator, normal, type RandomOptions, randn, uniform } from "../random.js";
import { allocate, recordCopy, writeData } from "../record.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";

export { normal, uniform } from "../random.js";

type Options = Pick<RandomOptions, "generator">;

/** Inputs and outputs of one unit. Weights are [out, in, ...], as in PyTorch. */
function fans(op: string, shape: Shape): { input: number; output: number } {
  if (shape.length < 2) {
    throw new ShapeError(`a weight of shape ${formatShape(shape)} has no inputs and outputs`, {
      op,
      hint: "Give at least [out, in].",
    });
  }
  const field = sizeOf(shape.slice(2));
  return { input: shape[1]! * field, output: shape[0]! * field };
}

type Initialised<S extends Shape> = Tensor<Plain<S>, "float32">;

/** What follows a layer; it decides how large its weights should be. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/**
 * The factor by which a nonlinearity shrinks the deviation, as `torch.nn.init.calculate_gain`.
 * @param slope of the leaky ReLU (default 0.01)
 * @throws ValueError for an unknown nonlinearity
 * @example nn.init.gain("tanh"); // 1.6666666666666667
 */
export function gain(nonlinearity: Nonlinearity, slope = 0.01): number {
  const gains: Readonly<Record<Nonlinearity, number>> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope ** 2)),
    selu: 3 / 4,
  };
  if (Object.hasOwn(gains, nonlinearity)) return gains[nonlinearity];
  throw new ValueError(`no nonlinearity ${String(nonlinearity)}`, {
    op: "gain",
    hint: `There are ${Object.keys(gains).join(", ")}.`,
  });
}

/** How large the weights are. */
export interface XavierOptions extends Options {
  /** Factor of the deviation (default 1); see `gain`. */
  gain?: number;
}

/**
 * Uniform over +-gain sqrt(6 / (in + out)): keeps the variance for tanh and sigmoid (Glorot and Bengio 2010).
 * @throws ShapeError for less than two axes
 * @example nn.init.xavierUniform([10, 784], { gain: nn.init.gain("tanh") });
 */
export function xavierUniform<const S extends Shape>(shape: S, options: XavierOptions = {}): Initialised<S> {
  const { input, output } = fans("xavierUniform", shape);
  const limit = (options.gain ?? 1) * Math.sqrt(6 / (input + output));
  return uniform(shape, { ...drawn(options), low: -limit, high: limit });
}

/**
 * Normal with deviation gain sqrt(2 / (in + out)) (Glorot and Bengio 2010).
 * @throws ShapeError for less than two axes
 * @example nn.init.xavierNormal([10, 784]);
 */
export function xavierNormal<const S extends Shape>(shape: S, options: XavierOptions = {}): Initialised<S> {
  const { input, output } = fans("xavierNormal", shape);
  return normal(shape, { ...drawn(options), std: (options.gain ?? 1) * Math.sqrt(2 / (input + output)) });
}

/** What follows a layer, and which way the variance is kept. */
export interface KaimingOptions extends Options {
  /** Keeps the variance forward (`"in"`, default) or backward (`"out"`). */
  mode?: "in" | "out";
  /** What follows (default `"relu"`). */
  nonlinearity?: Nonlinearity;
  /** Slope of a leaky ReLU (default 0.01). */
  slope?: number;
}

function kaimingDeviation(
  op: string,
  shape: Shape,
  { mode = "in", nonlinearity = "relu", slope }: KaimingOptions,
): number {
  const { input, output } = fans(op, shape);
  return gain(nonlinearity, slope) / Math.sqrt(mode === "out" ? output : input);
}

/**
 * Uniform over +-gain sqrt(3 / in): keeps the variance for ReLU (He et al. 2015).
 * @throws ShapeError for less than two axes; ValueError for an unknown nonlinearity
 * @example nn.init.kaimingUniform([64, 3, 3, 3], { mode: "out" });
 */
export function kaimingUniform<const S extends Shape>(shape: S, options: KaimingOptions = {}): Initialised<S> {
  const limit = Math.sqrt(3) * kaimingDeviation("kaimingUniform", shape, options);
  return uniform(shape, { ...drawn(options), low: -limit, high: limit });
}

/**
 * Normal with deviation gain / sqrt(in) (He et al. 2015).
 * @throws ShapeError for less than two axes; ValueError for an unknown nonlinearity
 * @example nn.init.kaimingNormal([64, 3, 3, 3]);
 */
export function kaimingNormal<const S extends Shape>(shape: S, options: KaimingOptions = {}): Initialised<S> {
  return normal(shape, { ...drawn(options), std: kaimingDeviation("kaimingNormal", shape, options) });
}

/** The variance, and the distribution that has it. */
export interface ScalingOptions extends Options {
  /** Factor of the variance (default 1). */
  scale?: number;
  /** What the variance is divided by (default `"in"`). */
  mode?: "in" | "out" | "average";
  /** Default `"truncatedNormal"`: within two deviations. */
  distribution?: "truncatedNormal" | "normal" | "uniform";
}

/**
 * The variance `scale` by the inputs, outputs or their average, as `keras.initializers.VarianceScaling` for weights
 * `[out, in, ...]`. The Glorot of Keras is scale 1 and average, its He scale 2 and in.
 * @throws ShapeError for less than two axes
 * @example nn.init.varianceScaling([10, 784], { scale: 2, distribution: "uniform" });
 */
export function varianceScaling<const S extends Shape>(shape: S, options: ScalingOptions = {}): Initialised<S> {
  const { scale = 1, mode = "in", distribution = "truncatedNormal" } = options;
  const { input, output } = fans("varianceScaling", shape);
  const units = mode === "in" ? input : mode === "out" ? output : (input + output) / 2;
  const deviation = Math.sqrt(scale / Math.max(1, units));
  if (distribution === "uniform") {
    const limit = Math.sqrt(3) * deviation;
    return uniform(shape, { ...drawn(options), low: -limit, high: limit });
  }
  if (distribution === "normal") return normal(shape, { ...drawn(options), std: deviation });
  // A normal distribution that is cut off at two deviations has 0.8796 of its deviation left.
  return truncatedNormal(shape, { ...drawn(options), std: deviation / 0.87962566103423978 });
}

/**
 * Truncated normal with deviation sqrt(1 / in): for SELU networks (LeCun et al. 1998; Klambauer et al. 2017).
 * @throws ShapeError for less than two axes
 * @example nn.init.lecunNormal([10, 784]);
 */
export function lecunNormal<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  return varianceScaling(shape, options);
}

/**
 * Uniform over +-sqrt(3 / in) (LeCun et al. 1998).
 * @throws ShapeError for less than two axes
 * @example nn.init.lecunUniform([10, 784]);
 */
export function lecunUniform<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  return varianceScaling(shape, { ...options, distribution: "uniform" });
}

/**
 * A random matrix whose rows, or columns where those are fewer, are orthogonal and of length `gain`; further axes count as
 * columns (Saxe et al. 2014), as `torch.nn.init.orthogonal_`.
 * @throws ShapeError for less than two axes
 * @example nn.init.orthogonal([64, 64]);
 */
export function orthogonal<const S extends Shape>(shape: S, options: XavierOptions = {}): Initialised<S> {
  fans("orthogonal", shape);
  const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  const [q, r] = [allocate([long, short], "float32"), allocate([short, short], "float32")];
  recordFactor("qr", randn([long, short], drawn(options)) as Tensor, q as Tensor, r as Tensor);
  // Q of Q R is spread evenly only when the diagonal of R is positive.
  const signs = (r as Tensor).diagonal().sign() as Tensor;
  const even = mul(mul(q as Tensor, signs as never) as Tensor, options.gain ?? 1) as Tensor;
  return (rows < columns ? (even.transpose() as Tensor) : even).reshape(shape as readonly number[]) as never;
}

/**
 * A convolution's weights [out, in, ...] that keep their input: 1 in the middle where output and input channel agree
 * (Zagoruyko and Komodakis 2017), as `torch.nn.init.dirac_`.
 * @throws ShapeError for less than three axes; ValueError for groups that do not divide the outputs
 * @example nn.init.dirac([8, 8, 3, 3]);
 */
export function dirac<const S extends Shape>(shape: S, { groups = 1 }: { groups?: number } = {}): Initialised<S> {
  if (shape.length < 3) {
    throw new ShapeError(`${formatShape(shape)} are no weights of a convolution`, {
      op: "dirac",
      hint: "Give [out, in, ...kernel].",
    });
  }
  const [outputs, inputs, ...kernel] = shape as unknown as [number, number, ...number[]];
  if (!Number.isSafeInteger(groups) || groups < 1 || outputs % groups !== 0) {
    throw new ValueError(`${outputs} outputs in ${groups} groups`, {
      op: "dirac",
      hint: "The groups must divide them.",
    });
  }
  const field = sizeOf(kernel);
  const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const values = new Float32Array(sizeOf(shape));
  const perGroup = outputs / groups;
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < Math.min(perGroup, inputs); i++) {
      values[((group * perGroup + i) * inputs + i) * field + middle] = 1;
    }
  }
  return fromValues(values, shape);
}

/**
 * Normal weights [out, in] of which, in every column, a share is 0 (Martens 2010), as `torch.nn.init.sparse_`.
 * @throws ShapeError unless there are two axes; ValueError for a share outside 0 to 1
 * @example nn.init.sparse([100, 50], { sparsity: 0.9 });
 */
export function sparse<const S extends Shape>(
  shape: S,
  options: Options & { sparsity: number; std?: number },
): Initialised<S> {
  const { sparsity, std = 0.01 } = options;
  if (shape.length !== 2) {
    throw new ShapeError(`${formatShape(shape)} is no matrix`, { op: "sparse", expected: "two axes" });
  }
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new ValueError(`sparsity is ${sparsity}`, { op: "sparse", hint: "Give a share from 0 to 1." });
  }
  const [rows, columns] = shape as unknown as [number, number];
  const values = Float32Array.from(normal(shape, { ...drawn(options), std }).data());
  const keys = uniform([columns, rows], drawn(options)).data();
  const none = Math.ceil(sparsity * rows);
  for (let column = 0; column < columns; column++) {
    const own = keys.subarray(column * rows, (column + 1) * rows);
    const order = Array.from({ length: rows }, (_, i) => i).sort((i, j) => own[i]! - own[j]!);
    for (const row of order.slice(0, none)) values[row * columns + column] = 0;
  }
  return fromValues(values, shape);
}

/**
 * Copies values into a parameter where it is.
 * @throws ShapeError when the shapes differ; DTypeError for what is no float tensor
 * @example nn.init.assign(layer.weight, nn.init.orthogonal([2, 3]));
 */
export function assign<T extends Tensor>(parameter: T, values: Tensor): T {
  if (!(parameter instanceof Tensor) || !(values instanceof Tensor) || !isFloat(parameter.dtype)) {
    throw new DTypeError("not a parameter and its values", { op: "assign", hint: "Give two float tensors." });
  }
  if (!sameShape(parameter.shape, values.shape)) {
    throw new ShapeError(`values ${formatShape(values.shape)} for a parameter ${formatShape(parameter.shape)}`, {
      op: "assign",
      expected: formatShape(parameter.shape),
      got: formatShape(values.shape),
    });
  }
  recordCopy(values.detach(), parameter);
  return parameter;
}

function drawn({ generator }: Options): { generator?: Generator } {
  return generator ? { generator } : {};
}

function fromValues<S extends Shape>(values: Float32Array, shape: S): Initialised<S> {
  const out = allocate([...shape], "float32") as Tensor;
  writeData(out, values);
  return out as never;
}
