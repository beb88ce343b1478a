import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { NONE, opcodes, recurrences } from "../../../engine/backend/commands.js";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import { InterruptedError } from "../../../engine/errors.js";
import { type Block, Device, operand } from "./device.js";

const device = new Device();

afterEach(() => {
  acknowledgeCancel();
  beginRun(0);
});

/** Asks for a Stop of `run` after `delay` ms, from another thread as the kernel's watchdog does. */
async function stopAfter(run: number, delay: number): Promise<Worker> {
  const code = `const { parentPort, workerData } = require("node:worker_threads");
    parentPort.on("message", ({ run, delay }) => setTimeout(() => Atomics.store(workerData, 0, run), delay));
    parentPort.postMessage("ready");`;
  const worker = new Worker(code, { eval: true, workerData: cancelWords });
  await new Promise(resolve => worker.once("message", resolve));
  worker.postMessage({ run, delay });
  return worker;
}

function ones(n: number): Block {
  const block = device.empty(n);
  device.record(opcodes.fill, [...operand(block), n, 1]);
  return block;
}

/** One product of about 17 GFLOP times `count`: many seconds in all. */
function longProducts(out: Block, count: number): void {
  const n = 2048;
  const a = ones(n * n);
  for (let i = 0; i < count; i++) {
    device.record(opcodes.gemm, [
      ...[0, n, n, n, ...operand(a), n, 1, ...operand(a), n, 1, ...operand(out), n, 1],
      ...[NONE, 0, 0, 0, 0],
    ]);
  }
}

test("a Stop ends a long flush within 100 ms, and the device works afterwards", async () => {
  beginRun(5);
  const out = device.empty(2048 * 2048);
  longProducts(out, 400);
  const worker = await stopAfter(5, 150);
  const started = performance.now();
  expect(() => device.backend.flush()).toThrow(InterruptedError);
  const took = performance.now() - started;
  await worker.terminate();
  expect(took).toBeGreaterThan(100);
  expect(took).toBeLessThan(1500);
  acknowledgeCancel();
  expect(() => device.read(out)).toThrow(/never computed/);
  expect(device.read(ones(3))).toEqual([1, 1, 1]);
});

test("a Stop for another run is not ours", () => {
  beginRun(6);
  requestCancel(cancelWords, 5);
  expect(device.read(ones(2))).toEqual([1, 1]);
});

test("a Stop before an optimizer step leaves every parameter as it was", () => {
  beginRun(7);
  const parameters = [ones(1000), ones(50_000)];
  const gradients = [ones(1000), ones(50_000)];
  device.backend.flush();
  device.record(opcodes.sgd, [
    ...[0, 2, 0.5, 0, 0, 0, 0, 1],
    ...parameters.flatMap((p, i) => [p.n, ...operand(p), ...operand(gradients[i] as Block), NONE, 0, 0]),
  ]);
  requestCancel(cancelWords, 7);
  expect(() => device.backend.flush()).toThrow(InterruptedError);
  acknowledgeCancel();
  for (const p of parameters) expect(new Set(device.read(p))).toEqual(new Set([1]));
});

test("a Stop ends one long task within: attention backwards over one long sequence, a recurrence of many steps", async () => {
  const [length, size] = [24_000, 64];
  const matrix = (block: Block) => [...operand(block), size, 1];
  const x = ones(length * size);
  const sums = ones(length);
  const outs = [0, 1, 2].map(() => device.empty(length * size));
  const attention = [
    ...[0, 1, 0, length, length, size, size, ...matrix(x), ...matrix(x), ...matrix(x), NONE, 0, 0, 0, 0],
    ...[...matrix(x), ...operand(sums), ...matrix(x), ...outs.flatMap(matrix)],
  ];
  const [steps, hidden] = [8000, 512];
  const weight = device.block(new Float32Array(4 * hidden * hidden).fill(1e-3));
  const states = device.empty((steps + 1) * hidden);
  const recurrence = [
    ...[recurrences.lstm, 0, steps, 1, hidden, ...operand(ones(4 * steps * hidden)), ...operand(weight)],
    ...[NONE, 0, 0, NONE, 0, 0, NONE, 0, 0, ...operand(states), NONE, 0, 0, NONE, 0, 0],
  ];
  device.backend.flush();
  for (const [run, opcode, words, out] of [
    [6, opcodes.attentionGrad, attention, outs[0]!],
    [7, opcodes.recurrence, recurrence, states],
  ] as const) {
    beginRun(run);
    device.record(opcode, words);
    const worker = await stopAfter(run, 150);
    const started = performance.now();
    expect(() => device.backend.flush()).toThrow(InterruptedError);
    const took = performance.now() - started;
    await worker.terminate();
    expect(took).toBeLessThan(2000);
    acknowledgeCancel();
    expect(() => device.read(out)).toThrow(/never computed/);
  }
});
