import {
  factors,
  fourierKinds,
  NONE,
  opcodes,
  type Primitive,
  padModes,
  primitives,
  recurrences,
  scans,
} from "../../../engine/backend/commands.js";
import { type Block, type Device, dense, numbers, operand } from "./device.js";

/** Results of one computation, by name. */
export type Results = Record<string, number[]>;

/**
 * Runs every opcode on sizes that several threads share, and returns what came out. Used to compare thread counts (bit by bit)
 * and instruction sets (closely).
 */
export function everything(device: Device): Results {
  const results: Results = {};
  const keep = (name: string, out: Block) => {
    results[name] = device.read(out);
  };
  const n = 60_001;
  const x = device.block(numbers(n, 111, -3, 3));
  const y = device.block(numbers(n, 112, 0.1, 4));

  for (const name of Object.keys(primitives) as Primitive[]) {
    const out = device.empty(n);
    const operands = [x, y, x].slice(0, primitives[name][1]);
    device.tape(
      [n],
      operands.map(block => dense(block, [n])),
      [[dense(out, [n]), operands.length]],
      [],
      [[name, ...operands.map((_, i) => i)]],
    );
    keep(name, out);
  }

  for (const [kept, reduced, strides] of [
    [[], [n], [1]],
    [[200], [300], [300, 1]],
    [[300], [200], [1, 300]],
    [[10], [6000], [1, 10]],
  ] as const) {
    for (const kind of [0, 2]) {
      const out = device.empty(kept[0] ?? 1);
      const head = [kind, 0, kept.length, 1, ...kept, ...reduced];
      device.record(opcodes.reduce, [...head, ...operand(x), ...strides, ...operand(out), 0.5]);
      keep(`reduce ${kind} ${kept} ${reduced}`, out);
    }
    const index = device.empty(kept[0] ?? 1, "int32");
    device.record(opcodes.argReduce, [
      0,
      0,
      kept.length,
      1,
      ...kept,
      ...reduced,
      ...operand(x),
      ...strides,
      ...operand(index),
    ]);
    keep(`argmax ${kept} ${reduced}`, index);
  }

  for (const [m, k, p] of [
    [130, 300, 170],
    [10, 6000, 10],
    [64, 784, 70],
    [3, 9, 5],
  ] as const) {
    for (const transposed of [false, true]) {
      const out = device.empty(m * p);
      device.record(opcodes.gemm, [
        ...[
          0,
          m,
          p,
          k,
          ...operand(x),
          ...(transposed ? [1, m] : [k, 1]),
          ...operand(y),
          ...(transposed ? [1, k] : [p, 1]),
        ],
        ...[...operand(out), p, 1, ...operand(x, 7), 1, 0],
      ]);
      keep(`gemm ${m} ${k} ${p} ${transposed}`, out);
    }
  }
  const products = device.empty(40 * 25);
  device.record(opcodes.gemm, [
    ...[1, 5, 5, 30, 40, ...operand(x), 30, 1, 150, ...operand(y), 5, 1, 150, ...operand(products), 5, 1, 25],
    ...[NONE, 0, 0, 0, 0],
  ]);
  keep("gemm batch", products);

  const labels = device.block(
    Array.from({ length: 300 }, (_, i) => (i * 3) % 200),
    "int32",
  );
  const soft = device.empty(n);
  const grad = device.empty(n);
  const loss = device.empty(300);
  device.record(opcodes.softmax, [0, 300, 200, ...operand(x), ...operand(soft)]);
  device.record(opcodes.softmaxGrad, [0, 300, 200, ...operand(soft), ...operand(y), ...operand(grad)]);
  device.record(opcodes.crossEntropy, [300, 200, ...operand(x), ...operand(labels), ...operand(loss)]);
  // The last element of each is beyond the rows.
  for (const block of [soft, grad]) device.record(opcodes.fill, [...operand(block, n - 1), 1, 0]);
  keep("softmax", soft);
  keep("softmaxGrad", grad);
  keep("crossEntropy", loss);
  const logitsGrad = device.empty(300 * 200);
  device.record(opcodes.crossEntropyGrad, [
    300,
    200,
    ...operand(x),
    ...operand(labels),
    ...operand(y),
    ...operand(logitsGrad),
  ]);
  keep("crossEntropyGrad", logitsGrad);

  const taken = device.empty(300 * 300);
  device.record(opcodes.take, [
    1,
    200,
    300,
    300,
    ...operand(x),
    ...operand(device.block(numbers(300, 113, 0, 200).map(Math.trunc), "int32")),
    ...operand(taken),
  ]);
  const sums = device.block(numbers(200 * 300, 114));
  device.record(opcodes.takeAdd, [1, 200, 300, 300, ...operand(sums), ...operand(labels), ...operand(taken)]);
  keep("take", taken);
  keep("takeAdd", sums);

  const places = device.block(numbers(60_000, 118, -200, 200).map(Math.trunc), "int32");
  for (const [axis, inner] of [
    [200, 300],
    [60_000, 1],
  ] as const) {
    const along = [60_000 / axis / inner, axis, inner];
    for (const kind of [scans.sum, scans.max, scans.logSumExp]) {
      const out = device.empty(60_000);
      const index = device.empty(60_000, "int32");
      device.record(opcodes.scan, [kind, 0, ...along, ...operand(x), ...operand(out), ...operand(index)]);
      keep(`scan ${kind} ${along}`, out);
      if (kind === scans.max) keep(`scan index ${along}`, index);
    }
    const sortedValues = device.empty(60_000);
    const order = device.empty(60_000, "int32");
    const rows = [60_000 / axis, axis, axis];
    device.record(opcodes.sort, [1, ...rows, ...operand(x), ...operand(sortedValues), ...operand(order)]);
    keep(`sort ${rows}`, order);
    const found = device.empty(60_000, "int32");
    device.record(opcodes.search, [0, ...rows, ...operand(sortedValues), ...operand(y), ...operand(found)]);
    keep(`search ${rows}`, found);
    const [gathered, base, target] = [device.empty(60_000), device.block(numbers(60_000, 119)), device.empty(60_000)];
    device.record(opcodes.gather, [...along, axis, ...operand(x), ...operand(places), ...operand(gathered)]);
    device.record(opcodes.scatter, [
      1,
      ...along,
      axis,
      ...operand(base),
      ...operand(places),
      ...operand(y),
      ...operand(target),
    ]);
    keep(`gather ${along}`, gathered);
    const picked = device.empty(60_000, "int32");
    const own = [0, axis, 1, 60_000, ...operand(places), 1];
    device.record(opcodes.at, [1, 2, 60_000, ...own, ...own, ...operand(picked)]);
    keep(`at ${along}`, picked);
    for (const mode of Object.values(padModes)) {
      const wide = device.empty((60_000 / axis) * (axis + 5));
      const value = mode === padModes.constant ? operand(x) : [NONE, 0, 0];
      device.record(opcodes.pad, [mode, 2, 0, 60_000 / axis, 0, 2, axis, 3, ...operand(y), ...value, ...operand(wide)]);
      keep(`pad ${mode} ${along}`, wide);
    }
    keep(`scatter ${along}`, target);
  }
  const replaced = device.block(numbers(60_000, 120));
  device.record(opcodes.put, [1, 200, 300, 200, ...operand(replaced), ...operand(places), ...operand(x)]);
  keep("put", replaced);
  const bits = device.empty(60_000, "int32");
  device.record(opcodes.bitwise, [2, 60_000, ...operand(places), ...operand(places, 0), ...operand(bits)]);
  keep("bitwise", bits);

  // 6 images of 14 x 18 with 37 channels; the second time every channel on its own.
  const image = [6, 14, 18, 37];
  for (const [filters, groups] of [
    [40, 1],
    [37, 37],
  ] as const) {
    const head = [...image, 7, 9, filters, 3, 3, 2, 2, 1, 1, 1, 1, groups, 0];
    const none = [NONE, 0, 0];
    const [out, byInput] = [device.empty(6 * 7 * 9 * filters), device.empty(6 * 14 * 18 * 37)];
    const byWeight = device.empty(((filters * 37) / groups) * 9);
    device.record(opcodes.conv, [...head, ...operand(x), ...operand(y), ...operand(x), ...operand(out)]);
    device.record(opcodes.convInputGrad, [...head, ...operand(byInput), ...operand(y), ...none, ...operand(x)]);
    device.record(opcodes.convWeightGrad, [...head, ...operand(x), ...operand(byWeight), ...none, ...operand(y)]);
    keep(`conv ${groups}`, out);
    keep(`convInputGrad ${groups}`, byInput);
    keep(`convWeightGrad ${groups}`, byWeight);
  }
  const ranges = (count: number) => Array.from({ length: count }, (_, i) => [2 * i, 2 * i + 2]).flat();
  const windows = [...image, 7, 9, 0, ...ranges(7), ...ranges(9)];
  const [largest, means, chosen] = [
    device.empty(6 * 63 * 37),
    device.empty(6 * 63 * 37),
    device.empty(6 * 63 * 37, "int32"),
  ];
  device.record(opcodes.maxPool, [...windows, ...operand(x), ...operand(largest), ...operand(chosen)]);
  device.record(opcodes.avgPool, [...windows, ...operand(x), ...operand(means)]);
  const [shared, scattered] = [device.empty(6 * 14 * 18 * 37), device.empty(6 * 14 * 18 * 37)];
  device.record(opcodes.avgPoolGrad, [...windows, ...operand(shared), ...operand(y)]);
  const places2d = [6, 14 * 18, 37, 63];
  device.record(opcodes.poolScatter, [...places2d, ...operand(scattered), ...operand(chosen), ...operand(y)]);
  device.record(opcodes.poolGather, [...places2d, ...operand(y), ...operand(chosen), ...operand(largest)]);
  for (const [name, block] of Object.entries({ largest, means, chosen, shared, scattered }))
    keep(`pool ${name}`, block);

  for (const kind of [0, 1]) {
    const [unit, moments, back] = [device.empty(60_000), device.empty(600), device.empty(60_000)];
    const [byScale, byShift] = [device.empty(200), device.empty(200)];
    const sizes = [kind, 300, 200];
    const weights = [...operand(y), ...operand(x)];
    device.record(opcodes.normalize, [
      ...sizes,
      1e-5,
      ...operand(x),
      ...weights,
      ...operand(unit),
      ...operand(moments),
    ]);
    device.record(opcodes.normalizeGrad, [
      ...[...sizes, ...operand(x), ...operand(y), ...operand(moments), ...operand(y), ...operand(back)],
      ...[...operand(byScale), ...operand(byShift)],
    ]);
    for (const [name, block] of Object.entries({ unit, moments, back, byScale, byShift }))
      keep(`${name} ${kind}`, block);
  }

  // 5 steps of 37 sequences with 19 features: tails everywhere.
  for (const [kind, gates] of [
    [recurrences.lstm, 4],
    [recurrences.gru, 3],
    [recurrences.tanh, 1],
  ] as const) {
    const [states, all, width] = [37 * 19, 5 * 37 * 19, gates * 5 * 37 * 19];
    const [lstm, gru] = [kind === recurrences.lstm, kind === recurrences.gru];
    const make = (count: number, given = true) => (given ? device.empty(count) : undefined);
    const word = (block: Block | undefined) => (block ? operand(block) : [NONE, 0, 0]);
    const [out, saved, cells] = [device.empty(lstm ? all + states : all), make(4 * all, lstm || gru), make(all, lstm)];
    const head = [kind, 1, 5, 37, 19];
    const start = [...operand(y, 50), ...(lstm ? operand(y, 800) : [NONE, 0, 0])];
    const weight = device.block(numbers(gates * 19 * 19, 121, -0.3, 0.3));
    device.record(opcodes.recurrence, [
      ...[...head, ...operand(x), ...operand(weight), ...operand(x, 7), ...start, ...operand(out)],
      ...[...word(saved), ...word(cells)],
    ]);
    const [dgates, dhiddenGates] = [device.empty(width), make(width, gru)];
    const [dhidden, dcell] = [device.empty(states), make(states, lstm)];
    device.record(opcodes.recurrenceGrad, [
      ...[...head, ...operand(weight), ...start, ...operand(out), ...word(saved), ...word(cells), ...operand(x)],
      ...[...operand(dgates), ...word(dhiddenGates), ...operand(dhidden), ...word(dcell)],
    ]);
    for (const [name, block] of Object.entries({ out, dgates, dhidden })) keep(`recurrence ${kind} ${name}`, block);
  }

  // 70 queries, 130 keys of 19 features and values of 33: several tiles each way, in tasks by tile and by head.
  for (const [causal, heads] of [
    [0, 6],
    [1, 12],
  ] as const) {
    const [out, sums] = [device.empty(heads * 70 * 33), device.empty(heads * 70)];
    const [dq, dk, dv] = [70 * 19, 130 * 19, 130 * 33].map(size => device.empty(heads * size)) as [Block, Block, Block];
    const matrix = (block: Block, rows: number, columns: number) => [...operand(block), columns, 1, rows * columns];
    const fields = [causal, 0.2, 1, 70, 130, 19, 33, heads, ...matrix(x, 70, 19), ...matrix(y, 130, 19)];
    const values = [...matrix(x, 130, 33), NONE, 0, 0, 0, 0, 0, ...matrix(out, 70, 33), ...operand(sums)];
    device.record(opcodes.attention, [...fields, ...values]);
    device.record(opcodes.attentionGrad, [
      ...[...fields, ...values, ...matrix(x, 70, 33)],
      ...[...matrix(dq, 70, 19), ...matrix(dk, 130, 19), ...matrix(dv, 130, 33)],
    ]);
    for (const [name, block] of Object.entries({ out, sums, dq, dk, dv })) keep(`attention ${causal} ${name}`, block);
  }

  for (const kind of [0, 1]) {
    const out = device.empty(n);
    device.record(opcodes.random, [kind, ...operand(out), n, 1, 2, 3, 4, 0, 1]);
    keep(`random ${kind}`, out);
  }

  const [p, m, v] = [device.block(numbers(n, 115)), device.block(numbers(n, 116)), device.block(numbers(n, 117, 0, 1))];
  device.record(opcodes.sgd, [0, 1, 0.1, 0.9, 0, 0.01, 1, 0, n, ...operand(p), ...operand(x), ...operand(m)]);
  device.record(opcodes.adam, [
    0,
    1,
    0.1,
    0.9,
    0.99,
    1e-8,
    0.1,
    1,
    3,
    n,
    ...operand(p),
    ...operand(x),
    ...operand(m),
    ...operand(v),
  ]);
  keep("parameters", p);
  // m = max(m, g²); p = p - 0.1 g / sqrt(m): registers p 0, g 1, m 2, rate 3, then g² 4, max 5, sqrt 6, rate g 7, quotient 8, difference 9.
  const { square, max, sqrt, mul, div, sub } = primitives;
  device.record(opcodes.update, [
    ...[0, 1, 3, 2, 1, 6, 0, 9, 2, 5, 0.1],
    ...[square[0], 1, 0, 0, max[0], 2, 4, 0, sqrt[0], 5, 0, 0],
    ...[mul[0], 3, 1, 0, div[0], 7, 6, 0, sub[0], 0, 8, 0],
    ...[n, ...operand(p), ...operand(x), ...operand(v)],
  ]);
  keep("parameters of a formula", p);
  for (const length of [4096, 3000, 1009]) {
    const rows = Math.floor(n / (2 * length));
    const out = device.empty(2 * rows * length);
    device.record(opcodes.fourier, [fourierKinds.complex, 0, rows, length, 0.1, ...operand(x), ...operand(out)]);
    keep(`fourier ${length}`, out);
  }

  // Diagonally heavy, so that no rounding changes which row is a pivot; large enough that threads share one matrix.
  const side = 280;
  const heavy = numbers(side * side, 120).map((v, i) => (i % (side + 1) === 0 ? v + 200 : v));
  const matrix = device.block(heavy);
  const sheet = () => device.empty(side * side);
  for (const kind of ["cholesky", "lu", "qr"] as const) {
    const first = sheet();
    const second = kind === "lu" ? device.empty(side, "int32") : sheet();
    const info = device.empty(2, "int32");
    const none = [NONE, 0, 0];
    device.record(opcodes.factor, [
      ...[factors[kind], 1, side, side],
      ...operand(matrix),
      ...operand(first),
      ...(kind === "cholesky" ? none : operand(second)),
      ...none,
      ...operand(info),
    ]);
    keep(kind, first);
    keep(`${kind} report`, info);
  }
  const values = device.empty(60);
  const vectors = device.empty(3600);
  const report = device.empty(2, "int32");
  device.record(opcodes.factor, [
    ...[factors.eigh, 1, 60, 60],
    ...operand(matrix),
    ...operand(values),
    ...operand(vectors),
    ...[NONE, 0, 0],
    ...operand(report),
  ]);
  keep("eigenvalues", values);
  for (const upper of [0, 1]) {
    const solved = sheet();
    device.record(opcodes.triangularSolve, [
      ...[upper, 0, 1, side, side],
      ...operand(matrix),
      ...operand(matrix),
      ...operand(solved),
    ]);
    keep(`triangular ${upper}`, solved);
  }
  return results;
}

/** The same as short marks: equal when and only when every bit is (but for chance). */
export function digestOfEverything(device: Device): Record<string, number> {
  return Object.fromEntries(
    Object.entries(everything(device)).map(([name, values]) => {
      // FNV-1a over the bits; int32 results are exact in float64 too.
      const words = new Uint32Array(Float64Array.from(values).buffer);
      let hash = 0x811c9dc5;
      for (const word of words) hash = Math.imul(hash ^ word, 0x01000193) >>> 0;
      return [name, hash];
    }),
  );
}
