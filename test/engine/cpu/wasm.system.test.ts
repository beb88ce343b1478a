import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { describeCommands, opcodes } from "../../../engine/backend/commands.js";
import { garbageCollector } from "../../../engine/backend/cpu/collector.js";
import { usableCores } from "../../../engine/backend/cpu/cores.js";
import { CpuBackend } from "../../../engine/backend/cpu/cpu.js";
import { WasmBinding } from "../../../engine/backend/cpu/wasm/binding.js";
import { compileKernels, fusedMultiplyAdd } from "../../../engine/backend/cpu/wasm/compile.js";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import { InterruptedError, OutOfMemoryError, ValueError } from "../../../engine/errors.js";
import { type Block, Device, dense, operand } from "./device.js";
import { everything } from "./everything.js";

const folder = new URL("../../../engine/backend/cpu/wasm/", import.meta.url);
const code = readFileSync(new URL("kernels.wasm", folder));
const open = (limit: number) =>
  new Device(new CpuBackend({ binding: new WasmBinding(code, limit, garbageCollector().complete) }));
const mebibyte = 1 << 20;

test("kernels.wasm was made from the sources as they are; if not: npm run build:wasm", async () => {
  const { sourceHash } = (await import(fileURLToPath(new URL("build.mjs", folder)))) as { sourceHash(): string };
  expect(readFileSync(new URL("kernels.hash", folder), "utf8").trim()).toBe(sourceHash());
  expect(statSync(new URL("kernels.wasm", folder)).size).toBeLessThan(1.25 * mebibyte);
  expect(new WasmBinding(code, mebibyte, garbageCollector().complete).commands).toBe(describeCommands());
});

test("what is no module is refused, and what other modules may use stays as it was", () => {
  const { validate } = (globalThis as unknown as { WebAssembly: { validate(code: Uint8Array): boolean } }).WebAssembly;
  const allowed = validate(fusedMultiplyAdd);
  compileKernels(code);
  expect(() => compileKernels(code.subarray(0, 1000))).toThrow(/WebAssembly\.Module/);
  expect(validate(fusedMultiplyAdd)).toBe(allowed);
});

describe("the WebAssembly kernels", () => {
  const device = open(2 ** 30);

  test("compute, grow their memory, and say what they are", () => {
    const blocks = Array.from({ length: 20 }, (_, i) => device.block(new Array<number>(100_000).fill(i)));
    const sum = device.empty(100_000);
    const [first, last] = [blocks[3], blocks[17]].map(b => dense(b as (typeof blocks)[0], [100_000]));
    device.tape([100_000], [first as never, last as never], [[dense(sum, [100_000]), 2]], [], [["add", 0, 1]]);
    expect(new Set(device.read(sum))).toEqual(new Set([20]));
    expect(device.backend.describe()).toMatchObject({ device: "cpu", kernels: "wasm simd", threads: usableCores() });
  });

  test("refuse what the native ones refuse", () => {
    const block = device.block([1, 2, 3]);
    for (const words of [
      [...operand(block), 4, 0],
      [1e9, 0, 0, 1, 0],
      [...operand(block), 2 ** 40, 0],
    ]) {
      device.record(opcodes.fill, words);
      expect(() => device.backend.flush()).toThrow(ValueError);
    }
    expect(() => device.backend.read(block.id, 0, new Float32Array(4))).toThrow(/storage of 12 bytes/);
    expect(() => device.backend.read(99_999, 0, new Float32Array(1))).toThrow(/does not exist/);
    expect(device.read(block)).toEqual([1, 2, 3]);
  });

  test("read after a refused record: never computed", () => {
    const out = device.empty(3);
    device.record(opcodes.oneHot, [1, 3, ...operand(device.block([9], "int32")), ...operand(out)]);
    expect(() => device.backend.flush()).toThrow(/oneHot/);
    expect(() => device.read(out)).toThrow(/never computed/);
    device.backend.write(out.id, 0, Float32Array.of(4, 5, 6));
    expect(device.read(out)).toEqual([4, 5, 6]);
  });
});

describe("threads of the WebAssembly kernels", () => {
  const device = open(2 ** 30);
  const { backend } = device;

  test("compute the same bits, however many there are", async () => {
    const results = [];
    for (const threads of [1, 2, 4, 1]) {
      backend.setThreads(threads);
      expect(backend.describe().threads).toBe(threads);
      // Workers come up beside the first kernels; after a moment they take part.
      everything(device);
      await new Promise(resolve => setTimeout(resolve, 100));
      results.push(everything(device));
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  test("stop with the thread that flushes", async () => {
    backend.setThreads(3);
    const long = device.empty(1 << 22);
    beginRun(12);
    for (let i = 0; i < 3000; i++) device.record(opcodes.fill, [...operand(long), long.n, i]);
    const stopper = new Worker(
      "const { workerData } = require('node:worker_threads'); setTimeout(() => Atomics.store(workerData, 0, 12), 30)",
      { eval: true, workerData: cancelWords },
    );
    const start = performance.now();
    expect(() => backend.flush()).toThrow(InterruptedError);
    expect(performance.now() - start).toBeLessThan(4000);
    acknowledgeCancel();
    beginRun(0);
    await stopper.terminate();
    device.record(opcodes.fill, [...operand(long), long.n, 7]);
    expect(device.read(long)[1 << 21]).toBe(7);
  });

  test("keep no process alive", () => {
    const program = `
      import { readFileSync } from "node:fs";
      const { tensor, setThreads } = await import(process.argv[1]);
      setThreads(4);
      const x = tensor(new Float32Array(512 * 512).fill(1)).reshape([512, 512]);
      console.log(x.matmul(x).sum().item());`;
    const engine = new URL("../../../dist/engine/index.js", import.meta.url);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", program, engine.href],
      { encoding: "utf8", timeout: 20_000, env: { ...process.env, GRADBOOK_CPU: "wasm" } },
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: `${512 ** 3}\n`, stderr: "", status: 0 });
  });
});

describe("jobs of the WebAssembly kernels", () => {
  const device = open(2 ** 30);
  const { backend } = device;
  const fills = (block: Block, from: number, count: number) => {
    for (let i = 0; i < count; i++) device.record(opcodes.fill, [...operand(block), block.n, from + i]);
  };

  test("run in slices, in order, and the event loop has its turns", async () => {
    const block = device.empty(1 << 20);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    fills(block, 0, 300);
    const first = backend.flushAside();
    fills(block, 300, 2);
    const second = backend.flushAside();
    expect(backend.isBusy).toBe(true);
    await first;
    await second;
    clearInterval(timer);
    expect(backend.isBusy).toBe(false);
    expect(turns).toBeGreaterThan(3);
    expect(device.read(block)[7]).toBe(301);
  });

  test("whoever reads settles them first; late turns of the event loop change nothing", async () => {
    const block = device.empty(1 << 20);
    for (let round = 0; round < 5; round++) {
      fills(block, 10 * round, 10);
      const job = backend.flushAside();
      expect(device.read(block)[0]).toBe(10 * round + 9);
      await job;
    }
  });

  test("a Stop ends them; the rest counts as never computed", async () => {
    const [long, after] = [device.empty(1 << 20), device.empty(4)];
    beginRun(9);
    fills(long, 0, 2000);
    fills(after, 5, 1);
    const job = backend.flushAside();
    setTimeout(() => requestCancel(cancelWords, 9), 10);
    await expect(job).rejects.toThrow(InterruptedError);
    acknowledgeCancel();
    beginRun(0);
    expect(() => device.read(after)).toThrow(/never computed/);
    fills(after, 6, 1);
    expect(device.read(after)).toEqual([6, 6, 6, 6]);
  });
});

describe("memory of the WebAssembly kernels", () => {
  test("released blocks are used again", () => {
    const device = open(64 * mebibyte);
    for (let i = 0; i < 400; i++) {
      const block = device.empty(mebibyte);
      device.record(opcodes.fill, [...operand(block), 10, i]);
      device.backend.release(block.id);
    }
    expect(device.backend.memory().peak).toBeLessThan(64 * mebibyte);
  });

  test("dropped owners give theirs back inside a synchronous loop", () => {
    const device = open(64 * mebibyte);
    let ran = false;
    void Promise.resolve().then(() => {
      ran = true;
    });
    const kept = device.block([1, 2, 3]);
    for (let i = 0; i < 1000; i++) device.record(opcodes.fill, [...operand(device.empty(mebibyte)), 10, i]);
    // 4,000 MiB went through; what others have waiting for the end of this turn still waits.
    expect(device.backend.memory().peak).toBeLessThan(64 * mebibyte);
    expect(device.read(kept)).toEqual([1, 2, 3]);
    expect(ran).toBe(false);
  });

  test("so do small ones", () => {
    const device = open(64 * mebibyte);
    for (let i = 0; i < 400_000; i++) device.empty(4);
    expect(device.backend.memory().storages).toBeLessThan(300_000);
  });

  test("more than there is: an error, and work goes on", () => {
    const device = open(64 * mebibyte);
    const blocks: unknown[] = [];
    const fill = () => {
      for (let i = 0; i < 100; i++) blocks.push(device.empty(mebibyte));
    };
    expect(fill).toThrow(OutOfMemoryError);
    const kept = blocks.length;
    expect(kept).toBeGreaterThan(8);
    blocks.length = 0;
    expect(device.read(device.block([4, 5]))).toEqual([4, 5]);
    for (let i = 0; i < kept; i++) device.empty(mebibyte);
  });
});
