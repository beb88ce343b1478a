import { expect, test } from "vitest";
import { limits, opcodes } from "../../../engine/backend/commands.js";
import { garbageCollector } from "../../../engine/backend/cpu/collector.js";
import { Device, operand } from "./device.js";

const { groupSize } = limits;

const { backend } = new Device();

test("small storages of a group hold values of their own", () => {
  const owners = Array.from({ length: 3 * groupSize }, () => ({}));
  const ids = owners.map(owner => backend.allocate(owner, 12));
  expect(new Set(ids).size).toBe(ids.length);
  ids.forEach((id, i) => {
    backend.write(id, 0, Float32Array.of(i, i + 0.5, -i));
  });
  ids.forEach((id, i) => {
    const into = new Float32Array(3);
    backend.read(id, 0, into);
    expect([...into]).toEqual([i, i + 0.5, i === 0 ? -0 : -i]);
  });
  expect(() => backend.write(ids.at(-1)!, 4, new Float32Array(3))).toThrow("of a storage of 12 bytes");
});

/** What other tests of this process left comes back now, and not in the middle of a count. */
function collectOthers(): void {
  garbageCollector().complete();
  garbageCollector().full();
  const kept = new Device().block([0]);
  new Device().record(opcodes.fill, [...operand(kept), 1, 0]);
  backend.flush();
  backend.allocate({}, 1);
}

test("a group comes back when the last of it was dropped, not before", () => {
  // Without the addon, memory comes back at an await only.
  if (!backend.describe().kernels.startsWith("native")) return;
  const held: object[] = [];
  const drop = () => {
    for (let i = 0; i < 40 * groupSize; i++) {
      const owner = {};
      backend.allocate(owner, 20);
      if (i % (4 * groupSize) === 0) held.push(owner);
    }
  };
  collectOthers();
  const before = backend.memory().storages;
  drop();
  garbageCollector().full();
  backend.flush();
  const kept = backend.memory().storages - before;
  expect(kept).toBeGreaterThanOrEqual(held.length);
  expect(kept).toBeLessThanOrEqual((held.length + 2) * groupSize);
});

test("released one by one, a group's block is used again", () => {
  const device = new Device();
  const { backend } = device;
  const kept = device.block([0]);
  collectOthers();
  const before = backend.memory();
  for (let round = 0; round < 200; round++) {
    const ids = Array.from({ length: groupSize }, () => backend.allocate({}, 28));
    for (const id of ids) backend.release(id);
    // What was released is free after the next flush, and nothing is flushed where nothing was recorded.
    device.record(opcodes.fill, [...operand(kept), 1, round]);
    backend.flush();
  }
  const now = backend.memory();
  // Without reuse it would be 200 groups; other tests of the process leave some blocks of this size, too.
  expect(now.live + now.pooled - before.live - before.pooled).toBeLessThan(50 * groupSize * 64);
});
