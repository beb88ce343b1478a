import { afterAll, expect, test } from "vitest";
import { ValueError } from "../../../engine/errors.js";
import { Device } from "./device.js";
import { digestOfEverything } from "./everything.js";

const device = new Device();
const before = device.backend.describe().threads;
afterAll(() => device.backend.setThreads(before));

test("1, 2 and 4 threads give the same bits, again and again", () => {
  device.backend.setThreads(1);
  const alone = digestOfEverything(device);
  for (const threads of [2, 4, 3, 4]) {
    device.backend.setThreads(threads);
    expect(digestOfEverything(device), `${threads} threads`).toEqual(alone);
  }
});

test("a number of threads that cannot be", () => {
  for (const count of [0, -1, 1.5, Number.NaN, 1000]) {
    expect(() => device.backend.setThreads(count)).toThrow(ValueError);
  }
});
