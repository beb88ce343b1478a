import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { add, mul, sub } from "../ops/arithmetic.js";
import { tensor } from "../ops/create.js";
import { concat, stack } from "../ops/join.js";
import { slice } from "../ops/slice.js";
import { reshape } from "../ops/view.js";
import { type Generator, normal } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Same } from "./activations.js";
import { requireCounts, requirePositive } from "./channels.js";
import { Layer } from "./module.js";

/** @throws ShapeError unless x is [..., L, size] */
function requireSteps(op: string, x: Tensor, size: number): void {
  const got = formatShape(x.shape);
  if (x.shape.length >= 2 && x.shape.at(-1) === size) return;
  throw new ShapeError(`the input ${got} does not fit`, { op, expected: `[..., L, ${size}]`, got });
}

/** What is the same for all calls with so many steps, made once. */
class Kept<T> {
  #last: { key: string; value: T } | undefined;

  get(key: string, make: () => T): T {
    if (this.#last?.key !== key) this.#last = { key, value: make() };
    return this.#last.value;
  }
}

/**
 * Adds sines and cosines of the position (Vaswani et al. 2017): feature 2 i is sin(position / base^(2 i / size)), feature 2 i + 1
 * the cosine of the same. Input [..., L, size] -> output of the same shape.
 * @throws ValueError for a size that is no even number; ShapeError when the input has other features
 * @example new nn.SinusoidalPositions(4)(zeros([1, 1, 4])).toArray(); // [[[0, 1, 0, 1]]]
 */
export class SinusoidalPositions extends Layer {
  readonly size: number;
  readonly base: number;
  readonly #table: Kept<Tensor> = new Kept();

  constructor(size: number, { base = 10_000 }: { base?: number } = {}) {
    super();
    requireCounts("SinusoidalPositions", { size, "half of size": size / 2 });
    requirePositive("SinusoidalPositions", { base });
    this.size = size;
    this.base = base;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    requireSteps("SinusoidalPositions", x, this.size);
    const length = x.shape.at(-2)!;
    const { dtype, device } = x;
    const table = this.#table.get(`${length} ${dtype} ${device}`, () => {
      const values = Float64Array.from({ length: length * this.size }, (_, at) => {
        const [position, feature] = [Math.floor(at / this.size), at % this.size];
        const angle = position / this.base ** ((feature - (feature % 2)) / this.size);
        return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      });
      return tensor(values, { shape: [length, this.size], dtype, device }) as Tensor;
    });
    return add(x, table as never) as never;
  }

  override config(): readonly unknown[] {
    return [this.size, { base: this.base }];
  }
}
export interface SinusoidalPositions extends Same {}

/**
 * Adds a vector that is learnt for every position, as BERT and GPT-2 have it. Input [..., L, size] -> output of the same shape.
 * Parameter weight: [length, size]; it starts normal with deviation 0.02.
 * @throws ValueError for broken sizes; ShapeError when the input has other features, or more steps than there are positions
 * @example new nn.LearnedPositions(128, 16)(zeros([2, 10, 16])).shape; // [2, 10, 16]
 */
export class LearnedPositions extends Layer {
  readonly weight: Tensor<[number, number], "float32">;

  constructor(length: number, size: number, { generator }: { generator?: Generator } = {}) {
    super();
    requireCounts("LearnedPositions", { length, size });
    const source = generator ? { generator } : {};
    this.weight = normal([length, size], { std: 0.02, requiresGrad: true, ...source }) as never;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const [most, size] = this.weight.shape;
    requireSteps("LearnedPositions", x, size);
    const length = x.shape.at(-2)!;
    if (length > most) {
      throw new ShapeError(`${length} steps, but ${most} positions`, {
        op: "LearnedPositions",
        expected: `at most ${most} steps`,
        got: String(length),
      });
    }
    return add(x, this.weight.at(slice(0, length)) as never) as never;
  }

  override describe(): string {
    return this.weight.shape.join(" x ");
  }

  override config(): readonly unknown[] {
    return [...this.weight.shape];
  }
}
export interface LearnedPositions extends Same {}

/** The form of a `RotaryEmbedding`. */
export interface RotaryOptions {
  /** Of the angles (default 10000). */
  base?: number;
  /** True: neighbours make a pair, as in the paper; false (default): features i and i + size / 2, as LLaMA's in Hugging Face. */
  interleaved?: boolean;
}

/**
 * Turns pairs of features of queries and keys by an angle that grows with the position (Su et al. 2021), so that their products
 * depend on distances only. Input [..., L, size] -> output of the same shape.
 * @throws ValueError for a size that is no even number; ShapeError when the input has other features
 * @example
 * const rotary = new nn.RotaryEmbedding(8);
 * rotary(randn([2, 4, 10, 8])).shape; // [2, 4, 10, 8]
 */
export class RotaryEmbedding extends Layer {
  readonly size: number;
  readonly base: number;
  readonly interleaved: boolean;
  readonly #angles: Kept<readonly [cos: Tensor, sin: Tensor]> = new Kept();

  constructor(size: number, { base = 10_000, interleaved = false }: RotaryOptions = {}) {
    super();
    requireCounts("RotaryEmbedding", { size, "half of size": size / 2 });
    requirePositive("RotaryEmbedding", { base });
    this.size = size;
    this.base = base;
    this.interleaved = interleaved;
  }

  /**
   * Turns the pairs of x.
   * @param start the position of the first step (default 0): how many came before, where keys and values are cached
   */
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>, start = 0): Tensor<S, D> {
    requireSteps("RotaryEmbedding", x, this.size);
    const [length, half] = [x.shape.at(-2)!, this.size / 2];
    const { dtype, device } = x;
    const [cos, sin] = this.#angles.get(`${start} ${length} ${dtype} ${device}`, () => {
      const table = (of: (angle: number) => number) => {
        const values = Float64Array.from({ length: length * half }, (_, at) =>
          of((start + Math.floor(at / half)) / this.base ** ((2 * (at % half)) / this.size)),
        );
        return tensor(values, { shape: [length, half], dtype, device }) as Tensor;
      };
      return [table(Math.cos), table(Math.sin)];
    });
    const pairs = this.interleaved ? (reshape(x, [...x.shape.slice(0, -1), half, 2]) as Tensor) : x;
    const [a, b] = this.interleaved
      ? [pairs.at("...", 0), pairs.at("...", 1)]
      : [x.at("...", slice(0, half)), x.at("...", slice(half))];
    const product = (p: unknown, q: Tensor) => mul(p as Tensor, q as never) as Tensor;
    const turned = [
      sub(product(a, cos), product(b, sin) as never) as Tensor,
      add(product(a, sin), product(b, cos) as never) as Tensor,
    ];
    if (!this.interleaved) return concat(turned, -1) as never;
    return reshape(stack(turned, -1) as Tensor, x.shape) as never;
  }

  override config(): readonly unknown[] {
    return [this.size, { base: this.base, interleaved: this.interleaved }];
  }
}
export interface RotaryEmbedding {
  /** Turns the pairs of x, whose first step stands at the position `start` (default 0). */
  <S extends Shape, D extends DType>(x: Tensor<S, D>, start?: number): Tensor<S, D>;
}

/**
 * What attention with linear biases adds to the scores (Press et al. 2021): -slope * distance, with slopes 2^(-8 / heads),
 * 2^(-16 / heads), ... for the heads; for numbers of heads that are no power of 2 as in the paper's code. Hand it to
 * `scaledDotProductAttention` or `MultiheadAttention` as the mask. -> [heads, length, keys]; the last query stands at the last
 * key.
 * @throws ValueError for counts that are no whole numbers, or fewer keys than queries
 * @example nn.alibi(1, 3).toArray(); // [[[0, -0.00390625, -0.0078125], [-0.00390625, 0, -0.00390625], [-0.0078125, -0.00390625, 0]]]
 */
export function alibi(
  heads: number,
  length: number,
  keys: number = length,
): Tensor<[number, number, number], "float32"> {
  requireCounts("alibi", { heads, length, keys });
  if (keys < length) {
    throw new ValueError(`${keys} keys for ${length} queries`, { op: "alibi", hint: "Give at least as many keys." });
  }
  const slopes = slopesOf(heads);
  const values = Float32Array.from({ length: heads * length * keys }, (_, at) => {
    const [head, query] = [Math.floor(at / (length * keys)), Math.floor(at / keys) % length];
    const distance = Math.abs(query + keys - length - (at % keys));
    return distance === 0 ? 0 : -slopes[head]! * distance;
  });
  return castTo(tensor(values, { shape: [heads, length, keys] }) as Tensor, "float32") as never;
}

/** The slopes of so many heads: those of the next lower power of 2, then every other one of the next higher. */
function slopesOf(heads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(heads));
  const geometric = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const between = geometric(2 * power).filter((_, i) => i % 2 === 0);
  return [...geometric(power), ...between].slice(0, heads);
}
