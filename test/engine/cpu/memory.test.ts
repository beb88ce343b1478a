import { describe, expect, test } from "vitest";
import { opcodes } from "../../../engine/backend/commands.js";
import { garbageCollector } from "../../../engine/backend/cpu/collector.js";
import { InterruptedError, OutOfMemoryError, ValueError } from "../../../engine/errors.js";
import { Device, dense, operand } from "./device.js";

const device = new Device();
const { backend } = device;
const mebibyte = 1 << 20;

test("owners that a synchronous loop drops keep memory flat", () => {
  const before = backend.memory();
  let highest = 0;
  let kept = device.block(new Array<number>(mebibyte / 4).fill(1));
  for (let i = 0; i < 3000; i++) {
    const next = device.empty(mebibyte / 4);
    device.tape([next.n], [dense(kept, [next.n])], [[dense(next, [next.n]), 2]], [1], [["add", 0, 1]]);
    kept = next;
    highest = Math.max(highest, backend.memory().live + backend.memory().pooled);
  }
  expect(device.read(kept)[17]).toBe(3001);
  // 3,000 MiB went through.
  expect(highest - before.live - before.pooled).toBeLessThan(400 * mebibyte);
});

test("small owners too", () => {
  const before = backend.memory().storages;
  for (let i = 0; i < 300_000; i++) {
    const small = device.empty(4);
    if (i % 100 === 0) device.record(opcodes.fill, [...operand(small), 4, 0]);
  }
  backend.flush();
  expect(backend.memory().storages - before).toBeLessThan(200_000);
});

test("a pool full of other sizes still keeps the block of the size in use", () => {
  const witness = device.empty(4);
  const giveBack = (ids: number[]) => {
    for (const id of ids) backend.release(id);
    device.record(opcodes.fill, [...operand(witness), 4, 0]);
    backend.flush();
    device.empty(1000);
  };
  // More than the pool holds.
  const before = Array.from({ length: 200 }, () => device.empty(mebibyte));
  giveBack(before.map(block => block.id));
  const other = device.empty(3 * mebibyte);
  giveBack([other.id]);
  const { pooled } = backend.memory();
  const again = device.empty(3 * mebibyte);
  expect(pooled - backend.memory().pooled).toBeGreaterThanOrEqual(12 * mebibyte);
  expect(again.n).toBe(3 * mebibyte);
});

describe("release", () => {
  test("gives the block to the next allocation, after the flush of what names it", () => {
    const block = device.block([1, 2, 3, 4, 5]);
    const out = device.empty(5);
    device.tape([5], [dense(block, [5])], [[dense(out, [5]), 0]], [], []);
    backend.release(block.id);
    const others = Array.from({ length: 50 }, () => device.empty(5));
    for (const other of others) device.record(opcodes.fill, [...operand(other), 5, 9]);
    expect(device.read(out)).toEqual([1, 2, 3, 4, 5]);
  });

  test("counts at once, and a second time does nothing", () => {
    // So that nothing else comes back meanwhile.
    garbageCollector().full();
    backend.flush();
    const before = backend.memory();
    const block = device.empty(mebibyte);
    expect(backend.memory().live - before.live).toBeGreaterThanOrEqual(4 * mebibyte);
    backend.release(block.id);
    expect(backend.memory().storages).toBeLessThanOrEqual(before.storages);
    backend.release(block.id);
    expect(backend.memory().storages).toBeLessThanOrEqual(before.storages);
  });
});

describe("write", () => {
  test("comes after what was recorded before", () => {
    const block = device.block([1, 1]);
    device.record(opcodes.fill, [...operand(block), 2, 5]);
    backend.write(block.id, 4, Float32Array.of(8));
    expect(device.read(block)).toEqual([5, 8]);
  });

  test("into a fresh block costs no flush", () => {
    backend.flush();
    const pending = device.empty(1);
    device.record(opcodes.fill, [...operand(pending), 1, 3]);
    const { used } = backend.commands;
    device.block([1, 2, 3]);
    expect(backend.commands.used).toBe(used);
    expect(device.read(pending)).toEqual([3]);
  });
});

test("more memory than there is: an error that names the bytes, and work goes on", () => {
  for (const bytes of [2 ** 50, 2 ** 45]) {
    expect(() => backend.allocate({}, bytes)).toThrow(OutOfMemoryError);
    expect(() => backend.allocate({}, bytes)).toThrow(String(bytes));
  }
  for (const bytes of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => backend.allocate({}, bytes)).toThrow();
  expect(device.read(device.block([4]))).toEqual([4]);
});

test("an owner owns one storage", () => {
  const owner = {};
  backend.allocate(owner, 4);
  expect(() => backend.allocate(owner, 4)).toThrow(/owns none yet/);
  expect(() => backend.allocate(1 as unknown as object, 4)).toThrow();
});

describe("after an error", () => {
  test("what was not computed says so, also what follows from it; other values are whole", () => {
    const good = device.block([1, 2, 3]);
    const missing = device.empty(3);
    const derived = device.empty(3);
    device.tape([3], [dense(good, [3])], [[dense(good, [3]), 1]], [], [["neg", 0]]);
    device.record(opcodes.oneHot, [1, 3, ...operand(device.block([7], "int32")), ...operand(missing)]);
    device.tape([3], [dense(missing, [3])], [[dense(derived, [3]), 0]], [], []);
    expect(() => backend.flush()).toThrow(ValueError);
    expect(device.read(good)).toEqual([-1, -2, -3]);
    expect(() => device.read(missing)).toThrow(InterruptedError);
    expect(() => device.read(derived)).toThrow(/never computed/);
    const later = device.empty(3);
    device.tape([3], [dense(derived, [3])], [[dense(later, [3]), 0]], [], []);
    expect(() => device.read(later)).toThrow(InterruptedError);
    backend.write(missing.id, 0, Float32Array.of(1, 2, 3));
    expect(device.read(missing)).toEqual([1, 2, 3]);
  });
});
