import { type DType, Generator, randint, type Tensor, tensor, uniform } from "../../engine/index.js";
import type { Sample, SampleTensor } from "../../engine/op.js";

export function isSampleTensor(arg: unknown): arg is SampleTensor {
  return typeof arg === "object" && arg !== null && "shape" in arg;
}

/** Makes the arguments of a sample call; the same seed gives the same values in every dtype. */
export function makeArguments(sample: Sample, dtype: DType, seed: number, requiresGrad = false): unknown[] {
  const generator = new Generator(seed);
  return sample.args.map(arg => (isSampleTensor(arg) ? makeTensor(arg, dtype, generator, requiresGrad) : arg));
}

function makeTensor(arg: SampleTensor, dtype: DType, generator: Generator, requiresGrad: boolean): Tensor {
  const [low, high] = arg.range ?? [-2, 2];
  if (arg.dtype === "int32") return randint(low, high, arg.shape, { generator });
  if (arg.dtype === "bool") return randint(0, 2, arg.shape, { generator }).cast("bool");
  const drawn = uniform(arg.shape, { generator, low, high });
  return requiresGrad
    ? tensor(drawn.cast(dtype).data() as never, { shape: arg.shape, requiresGrad })
    : drawn.cast(dtype);
}

/** The same values laid out in memory the other way round: strides that are not those of a dense tensor. */
export function scattered(x: Tensor): Tensor {
  const order = x.shape.map((_, i) => x.shape.length - 1 - i);
  const turned = x.permute(order);
  return tensor(turned.data() as never, { shape: turned.shape, dtype: x.dtype }).permute(order);
}

/** Values as plain numbers. */
export function numbers(x: Tensor): number[] {
  return Array.from(x.data() as ArrayLike<number | bigint>, Number);
}

/** The largest distance between two lists, relative to the larger size; NaN and infinities must agree exactly. */
export function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || x === y) continue;
    const d = Math.abs(x - y) / Math.max(1, Math.abs(x), Math.abs(y));
    if (!(d <= worst)) worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
  }
  return worst;
}
