import { opcodes } from "./backend/commands.js";
import { capture } from "./capturing.js";
import { backendOf } from "./device.js";
import type { DType } from "./dtype.js";
import { DTypeError, ValueError } from "./errors.js";
import { castTo } from "./layout.js";
import type { CreateOptions } from "./ops/create.js";
import { floor } from "./ops/math.js";
import { isFloat } from "./promotion.js";
import { allocate, finish, open, pushAll, pushOperand, writeData } from "./record.js";
import { requireShape, type Shape, sizeOf } from "./shape.js";
import { Tensor } from "./tensor.js";
import type { Plain } from "./types.js";

/**
 * A stream of random numbers: Philox 4x32-10 (Salmon et al. 2011), counter-based, so that the same seed gives the same numbers
 * on every machine, device and number of threads.
 * @example const g = new Generator(7); randn([2], { generator: g });
 */
export class Generator {
  #seed = 0;
  /** Blocks of four words used so far. */
  #counter = 0;

  /** @param seed a whole number of at least 0 */
  constructor(seed: number) {
    this.reseed(seed);
  }

  get seed(): number {
    return this.#seed;
  }

  /** Starts again from a seed. */
  reseed(seed: number): void {
    this.state = { seed, counter: 0 };
  }

  /** Where the stream stands, to continue from there later. */
  get state(): { seed: number; counter: number } {
    return { seed: this.#seed, counter: this.#counter };
  }

  set state({ seed, counter }: { seed: number; counter: number }) {
    this.#seed = requireSeed(seed);
    if (!Number.isSafeInteger(counter) || counter < 0) throw new ValueError(`counter ${counter}`, { op: "Generator" });
    this.#counter = counter;
    if (capture !== undefined) {
      capture.effect(() => {
        this.state = { seed, counter };
      });
    }
  }

  /** @internal Takes `count` random numbers off the stream: key and counter where they begin, as a record has them. */
  draw(count: number, words: Float64Array, at: number): void {
    words[at] = this.#seed % 2 ** 32;
    words[at + 1] = Math.floor(this.#seed / 2 ** 32);
    words[at + 2] = this.#counter % 2 ** 32;
    words[at + 3] = Math.floor(this.#counter / 2 ** 32);
    this.#counter += Math.ceil(count / 4);
  }
}

function requireSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new ValueError(`seed ${seed}`, { op: "manualSeed", hint: "Give a whole number of at least 0." });
}

const global = new Generator(Math.floor(Math.random() * 2 ** 48));

/**
 * Seeds the generator that everything random uses unless given its own. Without it every session differs.
 * @returns the generator
 * @throws ValueError when the seed is no whole number of at least 0
 * @example manualSeed(42);
 */
export function manualSeed(seed: number): Generator {
  global.reseed(seed);
  return global;
}

/**
 * The generator that everything random uses unless given its own: to keep its place in the stream, and return to it.
 * @example
 * const { state } = defaultGenerator();
 * const x = rand([2]);
 * defaultGenerator().state = state;
 * x.eq(rand([2])).all().item(); // true
 */
export function defaultGenerator(): Generator {
  return global;
}

/** What a tensor of random numbers is like, and where its numbers come from. */
export interface RandomOptions<D extends DType = DType> extends CreateOptions<D> {
  /** Where the numbers come from (default: the global generator). */
  generator?: Generator;
}

let drawing: ((generator: Generator) => void) | undefined;

/** Runs `work` and tells `listener` of every generator before it is drawn from. */
export function watchDraws<T>(listener: (generator: Generator) => void, work: () => T): T {
  const outer = drawing;
  drawing = generator => {
    outer?.(generator);
    listener(generator);
  };
  try {
    return work();
  } finally {
    drawing = outer;
  }
}

const kinds = { uniform: 0, normal: 1 } as const;

/** Fills a new tensor; `a` and `b` are the ends, or mean and deviation. */
function random(
  op: string,
  kind: keyof typeof kinds,
  shape: Shape,
  a: number,
  b: number,
  options: RandomOptions,
): Tensor {
  const { dtype = "float32", requiresGrad = false, generator = global, device } = options;
  if (!isFloat(dtype)) {
    throw new DTypeError(`no random ${dtype}`, {
      op,
      expected: "a float dtype",
      got: dtype,
      hint: "randint draws integers.",
    });
  }
  requireShape(op, shape);
  if (![a, b].every(Number.isFinite))
    throw new ValueError(`parameters ${a} and ${b}`, { op, hint: "Give finite numbers." });
  const out = allocate([...shape], "float32", backendOf(device, op));
  const { backend } = out.storage;
  const size = sizeOf(shape);
  if (drawing !== undefined) drawing(generator);
  open(backend, opcodes.random, 11);
  backend.commands.push(kinds[kind]);
  pushOperand(backend, out);
  const { commands } = backend;
  commands.push(size);
  const draw = (words: Float64Array, at: number) => generator.draw(size, words, at);
  if (capture !== undefined) capture.refresh(commands.at - commands.used, draw);
  draw(commands.words, commands.at);
  commands.at += 4;
  pushAll(backend, [a, b]);
  finish(backend);
  const made = castTo(out, dtype);
  return requiresGrad ? new Tensor(made.storage, made.shape, made.dtype, made.strides, made.offset, true) : made;
}

/** Normal numbers with mean 0 and deviation 1. @example randn([2, 3]); */
export function randn<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> = {},
): Tensor<Plain<S>, D> {
  return random("randn", "normal", shape, 0, 1, options) as never;
}

/** Normal numbers with the given mean and standard deviation. */
export function normal<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> & { mean?: number; std?: number } = {},
): Tensor<Plain<S>, D> {
  return random("normal", "normal", shape, options.mean ?? 0, options.std ?? 1, options) as never;
}

/** Numbers spread evenly over [0, 1). @example rand([2, 3]); */
export function rand<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> = {},
): Tensor<Plain<S>, D> {
  return random("rand", "uniform", shape, 0, 1, options) as never;
}

/** Numbers spread evenly over [low, high). */
export function uniform<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> & { low?: number; high?: number } = {},
): Tensor<Plain<S>, D> {
  return random("uniform", "uniform", shape, options.low ?? 0, options.high ?? 1, options) as never;
}

/**
 * Whole numbers from low up to, not including, high; int32. high - low may be up to 2^24.
 * @throws ValueError when there is no number between
 * @example randint(0, 10, [4]);
 */
export function randint<const S extends Shape>(
  low: number,
  high: number,
  shape: S,
  options: { generator?: Generator } = {},
): Tensor<Plain<S>, "int32"> {
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low || high - low > 2 ** 24) {
    throw new ValueError(`from ${low} to ${high}`, {
      op: "randint",
      hint: "Give whole numbers, high above low by at most 2^24.",
    });
  }
  const drawn = random("randint", "uniform", shape, 0, high - low, options);
  return castTo(floor(drawn).add(low) as Tensor, "int32") as never;
}

/** The numbers 0 to n - 1 in random order; int32. For shuffling. @example randperm(5); */
export function randperm(n: number, options: { generator?: Generator } = {}): Tensor<[number], "int32"> {
  const keys = random("randperm", "uniform", [n], 0, 1, options).data() as Float32Array;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => keys[i]! - keys[j]! || i - j);
  const out = allocate([n], "int32");
  writeData(out, order);
  return out as never;
}
