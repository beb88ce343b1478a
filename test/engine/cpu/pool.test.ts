import { describe, expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import { Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const [images, height, width, channels] = [2, 7, 6, 37];
const rows = [0, 3, 2, 4, 4, 7];
const columns = [0, 2, 1, 6];
const head = [images, height, width, channels, rows.length / 2, columns.length / 2];
const count = images * 3 * 2 * channels;

/** For every window and channel: its place in the output, and the places of its elements. */
function eachWindow(body: (out: number, elements: number[], first: number) => void): void {
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 2; x++) {
        for (let c = 0; c < channels; c++) {
          const elements: number[] = [];
          for (let row = rows[2 * y]!; row < rows[2 * y + 1]!; row++) {
            for (let column = columns[2 * x]!; column < columns[2 * x + 1]!; column++) {
              elements.push(((n * height + row) * width + column) * channels + c);
            }
          }
          body(((n * 3 + y) * 2 + x) * channels + c, elements, n * height * width);
        }
      }
    }
  }
}

describe.each(["float32", "float64"] as const)("%s pooling", dtype => {
  const x = numbers(images * height * width * channels, 1);
  const dy = numbers(count, 2);
  const source = device.block(x, dtype);
  const upstream = device.block(dy, dtype);

  test("the largest, its place, and the gradient there", () => {
    const [y, index] = [device.empty(count, dtype), device.empty(count, "int32")];
    device.record(opcodes.maxPool, [
      ...head,
      0,
      ...rows,
      ...columns,
      ...operand(source),
      ...operand(y),
      ...operand(index),
    ]);
    const dx = device.empty(x.length, dtype);
    const fields = [images, height * width, channels, 6];
    device.record(opcodes.poolScatter, [...fields, ...operand(dx), ...operand(index), ...operand(upstream)]);
    const again = device.empty(count, dtype);
    device.record(opcodes.poolGather, [...fields, ...operand(source), ...operand(index), ...operand(again)]);
    const want = new Array<number>(count);
    const gradient = new Array<number>(x.length).fill(0);
    const places = device.read(index);
    eachWindow((out, elements, first) => {
      want[out] = Math.max(...elements.map(i => x[i]!));
      const place = elements.find(i => x[i] === want[out])!;
      gradient[place]! += dy[out]!;
      expect(places[out]).toBe(Math.floor(place / channels) - first);
    });
    expect(device.read(y)).toEqual(want);
    expect(device.read(again)).toEqual(want);
    expect(worstError(device.read(dx), gradient)).toBeLessThan(1e-6);
  });

  test.each([0, 5])("means with divisor %i, and their gradient", divisor => {
    const [y, dx] = [device.empty(count, dtype), device.empty(x.length, dtype)];
    const fields = [...head, divisor, ...rows, ...columns];
    device.record(opcodes.avgPool, [...fields, ...operand(source), ...operand(y)]);
    device.record(opcodes.avgPoolGrad, [...fields, ...operand(dx), ...operand(upstream)]);
    const want = new Array<number>(count);
    const gradient = new Array<number>(x.length).fill(0);
    eachWindow((out, elements) => {
      const share = 1 / (divisor || elements.length);
      want[out] = elements.reduce((sum, i) => sum + x[i]!, 0) * share;
      for (const i of elements) gradient[i]! += dy[out]! * share;
    });
    expect(worstError(device.read(y), want)).toBeLessThan(1e-6);
    expect(worstError(device.read(dx), gradient)).toBeLessThan(1e-6);
  });

  test("NaN wins, and the first of equal ones", () => {
    const y = device.empty(2, dtype);
    const index = device.empty(2, "int32");
    const values = device.block([1, 3, Number.NaN, 3, 5, 3, 0, 2], dtype);
    device.record(opcodes.maxPool, [
      ...[1, 1, 4, 2, 1, 1, 0, 0, 1, 0, 4],
      ...[...operand(values), ...operand(y), ...operand(index)],
    ]);
    expect(device.read(y)).toEqual([Number.NaN, 3]);
    expect(device.read(index)).toEqual([1, 0]);
  });
});

test("refused: empty windows, windows beyond the image, indices beyond it, storages that are too small", () => {
  const x = device.block(numbers(16, 3));
  const y = device.empty(4);
  const pool = (fields: number[], out = y) => {
    device.record(opcodes.maxPool, [...fields, ...operand(x), ...operand(out), NONE, 0, 0]);
    return () => device.backend.flush();
  };
  const good = [1, 4, 4, 1, 2, 2, 0, 0, 2, 2, 4, 0, 2, 2, 4];
  expect(pool(good)).not.toThrow();
  expect(pool(good.with(8, 0))).toThrow(/a window is empty/);
  expect(pool(good.with(10, 5))).toThrow(/no whole number in its range/);
  expect(pool(good.with(0, 2))).toThrow(/storage of/);
  expect(pool(good, x)).toThrow(/in the storage of an operand/);
  const index = device.block([0, 16, 1, 2], "int32");
  device.record(opcodes.poolScatter, [1, 16, 1, 4, ...operand(device.empty(16)), ...operand(index), ...operand(y)]);
  expect(() => device.backend.flush()).toThrow(/index 16 at position 1 is out of range/);
});
