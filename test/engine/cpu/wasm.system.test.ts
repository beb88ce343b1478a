import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { describeCommands, opcodes } from "../../../engine/backend/commands.js";
import { garbageCollector } from "../../../engine/backend/cpu/collector.js";
import { CpuBackend } from "../../../engine/backend/cpu/cpu.js";
import { WasmBinding } from "../../../engine/backend/cpu/wasm/binding.js";
import { OutOfMemoryError, ValueError } from "../../../engine/errors.js";
import { Device, dense, operand } from "./device.js";

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

describe("the WebAssembly kernels", () => {
  const device = open(2 ** 30);

  test("compute, grow their memory, and say what they are", () => {
    const blocks = Array.from({ length: 20 }, (_, i) => device.block(new Array<number>(100_000).fill(i)));
    const sum = device.empty(100_000);
    const [first, last] = [blocks[3], blocks[17]].map(b => dense(b as (typeof blocks)[0], [100_000]));
    device.tape([100_000], [first as never, last as never], [[dense(sum, [100_000]), 2]], [], [["add", 0, 1]]);
    expect(new Set(device.read(sum))).toEqual(new Set([20]));
    expect(device.backend.describe()).toMatchObject({ device: "cpu", kernels: "wasm simd", threads: 1 });
    device.backend.setThreads(4);
    expect(device.backend.describe().threads).toBe(1);
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
