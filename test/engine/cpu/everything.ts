import { NONE, opcodes, type Primitive, primitives } from "../../../engine/backend/commands.js";
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

  for (const kind of [0, 1]) {
    const out = device.empty(n);
    device.record(opcodes.random, [kind, ...operand(out), n, 1, 2, 3, 4, 0, 1]);
    keep(`random ${kind}`, out);
  }

  const [p, m, v] = [device.block(numbers(n, 115)), device.block(numbers(n, 116)), device.block(numbers(n, 117, 0, 1))];
  device.record(opcodes.sgd, [1, 0.1, 0.9, 0, 0.01, 1, 0, n, ...operand(p), ...operand(x), ...operand(m)]);
  device.record(opcodes.adam, [
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
