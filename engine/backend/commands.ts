import { capture } from "../capturing.js";
import { type Origin, watcher } from "../watching.js";

/**
 * The language between the engine and a device: records of float64 words in one flat buffer.
 *
 * Every record begins `[opcode, words]`, `words` being its whole length, so that a reader can step over it. An *operand* is
 * `[storage, offset, dtype]`: a storage id, an offset in elements, a dtype code (`dtype.ts`). A *strided* operand appends one
 * stride per dimension, in elements (0 repeats, negative runs backwards). `NONE` (-1) as storage means "not given".
 * Never an address: the device looks the id up and checks offset and extent before it touches memory.
 *
 * The native side (`cpu/native/commands.h`) holds the same table; loading compares `describeCommands()` of both and refuses
 * a mismatch.
 */
export const NONE = -1;

/** Opcodes with the layout of their record after `[opcode, words]`. */
export const opcodes = {
  /** `operand, n, value` — n elements, dense. */
  fill: 1,
  /** `operand, n, start, step` — element i becomes start + i * step. */
  iota: 2,
  /**
   * Elementwise expression over strided operands (also copy, cast, broadcast, gather of a view, scatter into a view):
   * `compute, rank, inputs, outputs, constants, instructions, dims[rank], strided input * inputs, (strided output, register) *
   * outputs, constant * constants, (primitive, a, b, c) * instructions`.
   * `compute`: 0 in float32, 1 in float64 (used when an operand is float64 or an integer wider than 16 bits).
   * Registers: inputs first, then constants, then one per instruction. Unused instruction operands are 0.
   */
  tape: 3,
  /**
   * `kind, compute, keptRank, reducedRank, dims[keptRank + reducedRank], strided input, operand output, scale` — output is
   * dense in the kept dims; the sum is multiplied by `scale` (a mean). Sums are pairwise or blocked, in an order that depends
   * on the shape only. Kinds: `reductions`.
   */
  reduce: 4,
  /** As reduce without `scale`, `kind` 0 max or 1 min; output int32, the first index among the reduced elements in row-major order; NaN wins. */
  argReduce: 5,
  /**
   * C = act(A x B + bias) or C += A x B: `batchRank, M, N, K, batchDims[batchRank], (operand, rowStride, colStride,
   * batchStrides) A, the same B, the same C, operand bias (NONE allowed, length N), activation, accumulate`.
   * All of one dtype, float32 or float64. Activations: `activations`.
   */
  gemm: 6,
  /** Over dense rows: `kind (0 softmax, 1 log-softmax), rows, columns, operand in, operand out`. */
  softmax: 7,
  /** `kind, rows, columns, operand y, operand dy, operand dx` — y is the forward result. */
  softmaxGrad: 8,
  /** `rows, classes, operand logits, operand labels (int32), operand loss[rows]`. A label outside [0, classes) is an error. */
  crossEntropy: 9,
  /** `rows, classes, operand logits, operand labels, operand dloss[rows], operand dlogits`. dlogits = (softmax - onehot) * dloss. */
  crossEntropyGrad: 10,
  /** `outer, axis, inner, count, operand source[outer, axis, inner], operand index[count] (int32), operand out[outer, count, inner]`. Negative indices count from the end; out of range is an error. */
  take: 11,
  /** The gradient of take: `outer, axis, inner, count, operand target[outer, axis, inner], operand index, operand source[outer, count, inner]`, added in index order. */
  takeAdd: 12,
  /** `rows, classes, operand index (int32), operand out`. Out of range is an error. */
  oneHot: 13,
  /**
   * `kind (0 uniform, 1 normal, 2 raw 32-bit), operand out, n, key low, key high, counter low, counter high, p0, p1` — Philox
   * 4x32-10; element i uses word i % 4 of block counter + i / 4. uniform: p0 + (p1 - p0) * u, u = (word >>> 8) * 2^-24.
   * normal: mean p0, deviation p1, Box-Muller on words (0, 1) and (2, 3) of a block.
   */
  random: 14,
  /**
   * One step for all parameters at once, never interrupted: `continues, parameters, lr, momentum, dampening, weightDecay, nesterov, first,
   * (n, operand p, operand g, operand velocity or NONE) * parameters`. `continues`: belongs to one step with the record before it, so that no Stop comes between.
   */
  sgd: 15,
  /** `continues, parameters, lr, beta1, beta2, epsilon, weightDecay, decoupled, step, (n, operand p, operand g, operand m, operand v) * parameters`. */
  adam: 16,
  /**
   * Running values along an axis: `kind, reverse, outer, axis, inner, operand in, operand out, operand index or NONE (int32)`,
   * all [outer, axis, inner]. Computed in float64, one after the other. The index says which place an extreme came from: of
   * equal ones the last; NaN stays. Kinds: `scans`.
   */
  scan: 17,
  /**
   * Rows in order, stable: `descending, rows, columns, kept, operand in[rows, columns], operand values[rows, kept] or NONE,
   * operand index[rows, kept] (int32)` — only the first `kept` of each row are written. NaN is larger than everything.
   */
  sort: 18,
  /** One element per position: `outer, axis, inner, count, operand source[outer, axis, inner], operand index[outer, count, inner] (int32), operand out[outer, count, inner]`. Negative indices count from the end; out of range is an error. */
  gather: 19,
  /** The way back: `add, outer, axis, inner, count, operand base[outer, axis, inner] or NONE (zeros), operand index[outer, count, inner], operand source[outer, count, inner], operand out[as base]`: the base, with elements set or added in index order. */
  scatter: 20,
  /** As takeAdd, but the slices replace what was there; of an index met twice the last stays. */
  put: 21,
  /** `right, rows, length, count, operand sorted[rows, length], operand values[rows, count], operand out[rows, count] (int32)` — how many elements of the row are less (right: at most) than the value. */
  search: 22,
  /** `kind, n, operand a, operand b, operand out`, dense integers of one dtype. Kinds: `bitwiseKinds`. */
  bitwise: 23,
  /**
   * y = act(x * w + bias), a convolution of images whose channels run fastest: `images, height, width, channels, outHeight,
   * outWidth, filters, kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft, dilationY, dilationX, groups, activation,
   * operand x[images, height, width, channels], operand w[filters, channels / groups, kernelHeight, kernelWidth], operand
   * bias[filters] or NONE, operand y[images, outHeight, outWidth, filters]`. Beyond the edges x counts as 0.
   */
  conv: 25,
  /** The same fields; computes x, the gradient by the input, from y and w (bias[channels]): also a transposed convolution. */
  convInputGrad: 26,
  /** The same fields; computes w, the gradient by the weights, from x and y. Sums in an order that the shape determines. */
  convWeightGrad: 27,
  /**
   * The largest of each window: `images, height, width, channels, outHeight, outWidth, divisor, (start, end) * outHeight,
   * (start, end) * outWidth, operand x[images, height, width, channels], operand y[images, outHeight, outWidth, channels],
   * operand index[as y] or NONE (int32)`. The index is row * width + column of the first largest; NaN wins. No window is empty.
   */
  maxPool: 28,
  /** The same fields without an index: the sum of each window by `divisor`, or by its own size where that is 0. */
  avgPool: 29,
  /** The same fields as avgPool; computes x, the gradient, from y. */
  avgPoolGrad: 30,
  /** `images, places, channels, count, operand x[images, places, channels], operand index[images, count, channels] (int32), operand y[as index]`; y = x at the index. */
  poolGather: 31,
  /** The same fields; x = 0 with y added at the index. */
  poolScatter: 32,
  /**
   * Rows with mean 0 (kind 0) and mean square 1: `kind (0 layer, 1 RMS), rows, columns, epsilon, operand x, operand
   * weight[columns] or NONE, operand bias[columns] or NONE, operand y, operand moments[2, rows]` — moments receives the means
   * (0 for RMS) and the reciprocal deviations.
   */
  normalize: 33,
  /**
   * `kind, rows, columns, operand x, operand weight or NONE, operand moments, operand dy, operand dx, operand dweight or NONE,
   * operand dbias or NONE`. Sums over rows in an order that the shape determines.
   */
  normalizeGrad: 34,
  /**
   * A decomposition of every matrix: `kind, batch, rows, columns, operand a[batch, rows, columns], operand first, operand second
   * or NONE, operand third or NONE, operand info[batch, 2] (int32)`. Computed in float64. Kinds: `factors`. info is 0 where all
   * went well; for lu, the second is 1 where the permutation is odd.
   */
  factor: 35,
  /** `upper, unit, batch, n, columns, operand a[batch, n, n], operand b[batch, n, columns], operand x[as b]`: a x = b. Reads one triangle of a. */
  triangularSolve: 36,
  /**
   * A recurrent layer over a whole sequence: `kind, reverse, steps, batch, hidden, operand gates[steps, batch, G * hidden] (inputs
   * through their weights), operand weight[G * hidden, hidden], operand bias[G * hidden] or NONE, operand first
   * state[batch, hidden] or NONE (0), operand first cell or NONE, operand states, operand saved[steps, batch, 4 * hidden] or NONE,
   * operand cells[steps, batch, hidden] or NONE`. G: 4 for lstm, 3 for gru, else 1. states is [steps, batch, hidden]; for lstm one
   * more row follows, the last cell state. saved (lstm, gru) and cells (lstm) keep what the gradient needs. Kinds: `recurrences`.
   */
  recurrence: 37,
  /**
   * Back through the steps: `kind, reverse, steps, batch, hidden, operand weight, operand first state or NONE, operand first cell
   * or NONE, operand states, operand saved or NONE, operand cells or NONE, operand dstates, operand dgates, operand dhiddenGates
   * or NONE (gru: by what the hidden state gives to the gates), operand dfirst state, operand dfirst cell or NONE`.
   */
  recurrenceGrad: 38,
  /**
   * softmax(scale * Q K^T + mask) V, the scores never as a whole: `causal, scale, batchRank, queries, keys, features, values,
   * batchDims[batchRank], (operand, rowStride, columnStride, batchStrides) Q, the same K, the same V, the same mask (NONE allowed;
   * bool, true where a query may look, or the dtype of Q), the same out, operand logSums[batch, queries] or NONE`. logSums
   * receives the logarithm of each query's sum of exponentials. A query that may see nothing gives 0.
   */
  attention: 39,
  /** The same fields, logSums given, then `(operand, strides) dout, dQ, dK, dV`. */
  attentionGrad: 40,
  /**
   * One step of a formula for all parameters at once, never interrupted: `continues, parameters, operands, outputs, constants,
   * instructions, (target operand, register) * outputs, constant * constants, (primitive, a, b, c) * instructions, (n, operand *
   * operands) * parameters`. Registers as in `tape`. All operands are dense, and of one dtype, float32 or float64. `continues` as in `sgd`.
   */
  update: 47,
  /**
   * Index tensors that pick together, as one index into their axes taken as one: `rank, axes, dims[rank], (axis, length, scale,
   * count, operand index[count] (int32), stride[rank]) * axes, operand out[dims] (int32)` — out is the sum of scale * index.
   * Negative indices count from the end; out of range is an error that names the axis.
   */
  at: 59,
  /**
   * A border: `mode, rank, (before, length, behind) * rank, operand x[lengths], operand value[1] or NONE, operand out`. The value is
   * that of mode constant. Modes: `padModes`.
   */
  pad: 60,
  /**
   * Transforms of rows of length n >= 1, times `scale`: `kind, inverse, rows, n, scale, operand in, operand out`. Complex numbers
   * are pairs. Kinds: `fourierKinds`.
   */
  fourier: 70,
} as const;

export type Opcode = (typeof opcodes)[keyof typeof opcodes];

/** The name of a command, for messages. */
export function nameOfOpcode(opcode: number): string {
  return Object.entries(opcodes).find(([, code]) => code === opcode)?.[0] ?? `command ${opcode}`;
}

export const reductions = { sum: 0, product: 1, max: 2, min: 3 } as const;

/**
 * With their results: cholesky L (info: the first minor that is not positive); lu both factors in one and the row that each row
 * came from (int32; info: the first pivot of 0); qr Q[m, k], R[k, n], or complete Q[m, m], R[m, n]; svd U[m, n], S[n], V[n, n], no more
 * columns than rows; eigh values[n] ascending, vectors[n, n] (info of both: 1 when a value is not finite or it did not converge).
 */
export const factors = { cholesky: 0, lu: 1, qr: 2, qrComplete: 3, svd: 4, eigh: 5 } as const;

/** [rows, n, 2] to the same; [rows, n] to the first half of its spectrum [rows, n / 2 + 1, 2]; that half to [rows, n]. */
export const fourierKinds = { complex: 0, real: 1, half: 2 } as const;

/** A value; mirrored without the edge; the edge; the other end. */
export const padModes = { constant: 0, reflect: 1, replicate: 2, circular: 3 } as const;

/** Cells of recurrent layers: LSTM, GRU, and plain ones with tanh or relu. */
export const recurrences = { lstm: 0, gru: 1, tanh: 2, relu: 3 } as const;

export const scans = { sum: 0, product: 1, max: 2, min: 3, logSumExp: 4 } as const;

/** `not` ignores its second operand. A shift by as many bits as there are, or a negative one, leaves only the sign. */
export const bitwiseKinds = { and: 0, or: 1, xor: 2, not: 3, leftShift: 4, rightShift: 5 } as const;

export const activations = { none: 0, relu: 1 } as const;

/**
 * The closed set of elementwise primitives: `name: [code, arity]`. Ops are expressions over these; a backend implements
 * these and nothing else. Comparisons and logic give 1 or 0. NaN propagates through min, max, relu and sign.
 */
export const primitives = {
  neg: [1, 1],
  abs: [2, 1],
  sign: [3, 1],
  floor: [4, 1],
  ceil: [5, 1],
  /** To the nearest, ties to even. */
  round: [6, 1],
  trunc: [7, 1],
  sqrt: [8, 1],
  rsqrt: [9, 1],
  square: [10, 1],
  reciprocal: [11, 1],
  exp: [12, 1],
  expm1: [13, 1],
  log: [14, 1],
  log1p: [15, 1],
  sin: [16, 1],
  cos: [17, 1],
  tan: [18, 1],
  asin: [19, 1],
  acos: [20, 1],
  atan: [21, 1],
  sinh: [22, 1],
  cosh: [23, 1],
  tanh: [24, 1],
  erf: [25, 1],
  sigmoid: [26, 1],
  relu: [27, 1],
  /** 1 where the operand is NaN. */
  isnan: [28, 1],
  not: [29, 1],
  /** Its relative error is small also where the result is. */
  erfc: [30, 1],
  add: [40, 2],
  sub: [41, 2],
  mul: [42, 2],
  div: [43, 2],
  pow: [44, 2],
  /** Sign of the divisor, as in Python. */
  mod: [45, 2],
  min: [46, 2],
  max: [47, 2],
  atan2: [48, 2],
  eq: [50, 2],
  ne: [51, 2],
  lt: [52, 2],
  le: [53, 2],
  gt: [54, 2],
  ge: [55, 2],
  and: [56, 2],
  or: [57, 2],
  /** a where the first is not 0, else b. */
  select: [60, 3],
  /** a * b + c, rounded once where the hardware can. */
  fma: [61, 3],
} as const satisfies Record<string, readonly [number, 1 | 2 | 3]>;

export type Primitive = keyof typeof primitives;

/** What the CPU kernels do from a size on, or in numbers of, that this side reckons with. */
export const limits = {
  /** How many storages a group has: one block, one owner that the collector watches. */
  groupSize: 32,
  /** From so many bytes on a result is stored past the caches: it would not be in one any more when somebody reads it. */
  streamedBytes: 4 << 20,
  /** Up to so many elements a short tape of float32 values takes a shorter way. */
  flatElements: 256,
} as const;

/** A text both sides make from their own tables; they must be equal. */
export function describeCommands(): string {
  const ops = Object.entries(opcodes).map(([name, code]) => `${name}=${code}`);
  const prims = Object.entries(primitives).map(([name, [code, arity]]) => `${name}=${code}/${arity}`);
  const sizes = Object.entries(limits).map(([name, value]) => `${name}=${value}`);
  return [...ops, ...prims, ...sizes].join(" ");
}

/**
 * Where records are written. `words` is memory that the device reads too (other memory after a flush, if it still reads); `used` counts the words of complete records.
 * A record is written with `open(op, words)`, `push` per field, `close()`.
 */
export class CommandBuffer {
  words: Float64Array;
  used = 0;
  /** Bytes of the results of these records, as far as the engine counts them. */
  results = 0;
  /** Of the record that was begun last. */
  opcode = 0;
  /** Where the next word of the open record goes. */
  at = 0;
  /** How often a flush did not run to its end: values may be missing since. */
  failures = 0;
  /** True in the middle of a record. */
  isOpen = false;
  #end = 0;
  #flush: () => void;

  constructor(words: Float64Array, flush: () => void) {
    this.words = words;
    this.#flush = flush;
  }

  /** Begins a record of exactly `length` words, header included; flushes first when it does not fit. */
  open(opcode: Opcode, length: number): void {
    if (this.used + length > this.words.length) {
      this.#flush();
      if (length > this.words.length) {
        throw new RangeError(`command record of ${length} words; the buffer holds ${this.words.length}`);
      }
    }
    this.isOpen = true;
    this.opcode = opcode;
    this.at = this.used;
    this.#end = this.used + length;
    this.words[this.at++] = opcode;
    this.words[this.at++] = length;
  }

  push(word: number): void {
    this.words[this.at++] = word;
  }

  /** Ends the record. Its length must be the one that was announced: anything else is a bug in the emitter. */
  close(): void {
    if (this.at !== this.#end) {
      throw new RangeError(`command record: ${this.at - this.used} words written, ${this.#end - this.used} announced`);
    }
    if (capture !== undefined) capture.close(this.words, this.used, this.#end);
    const from = this.used;
    this.used = this.#end;
    this.isOpen = false;
    if (watcher !== undefined) watcher.recorded(this, from);
  }

  /** Forgets the record that is open: it cannot be completed. */
  abandon(): void {
    this.isOpen = false;
    this.at = this.used;
  }

  /** Whether so many words can be appended without a flush. */
  hasRoom(length: number): boolean {
    return this.used + length <= this.words.length;
  }

  /**
   * Appends complete records.
   * @param origins of each, for who watches
   */
  append(records: Float64Array, origins: readonly (Origin | undefined)[] = []): void {
    if (watcher !== undefined) {
      for (let at = 0, i = 0; at < records.length; i++) {
        const record = records.subarray(at, at + records[at + 1]!);
        const from = this.#append(record);
        this.opcode = record[0]!;
        watcher.recorded(this, from, origins[i]);
        at += record.length;
      }
    } else this.#append(records);
  }

  #append(records: Float64Array): number {
    if (!this.hasRoom(records.length)) this.#flush();
    const from = this.used;
    this.words.set(records, from);
    this.used += records.length;
    return from;
  }

  /** Executes what is recorded. */
  execute(): void {
    this.#flush();
  }

  /** Forgets all records: they are executed, or somebody else has them. */
  clear(): void {
    this.used = 0;
    this.results = 0;
  }

  /** Runs work that writes records of its own, also in the middle of a record: that one is put aside meanwhile. */
  aside(work: () => void): void {
    if (!this.isOpen) {
      work();
      return;
    }
    if (capture === undefined) this.#aside(work);
    else capture.aside(() => this.#aside(work));
  }

  #aside(work: () => void): void {
    const written = this.words.slice(this.used, this.at);
    const length = this.#end - this.used;
    const { opcode } = this;
    this.isOpen = false;
    work();
    this.opcode = opcode;
    if (this.used + length > this.words.length) this.#flush();
    this.words.set(written, this.used);
    this.at = this.used + written.length;
    this.#end = this.used + length;
    this.isOpen = true;
  }
}
