import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  arange,
  compile,
  engineDescription,
  memoryReport,
  ones,
  type Tensor,
  tensor,
  zeros,
} from "../../engine/index.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const native = engineDescription().kernels.startsWith("native");
if (!native) console.log("skipped: without native kernels arrays are always copies");

/** Collections and turns of the event loop, until a condition holds. */
async function until(holds: () => boolean, turns = 50): Promise<boolean> {
  for (let i = 0; i < turns && !holds(); i++) {
    collect();
    // A flush gives back what the collector found.
    ones([1]).add(1).data();
    await new Promise(resolve => setImmediate(resolve));
  }
  return holds();
}

describe.skipIf(!native)("data({ copy: false })", () => {
  test("is the memory itself: no copy, the same buffer each time, views at their place", () => {
    const x = arange(6, { dtype: "float32" }).reshape([2, 3]) as Tensor<[2, 3], "float32">;
    const all = x.data({ copy: false });
    expect(Array.from(all)).toEqual([0, 1, 2, 3, 4, 5]);
    const row = x.at(1).data({ copy: false });
    expect(row.buffer).toBe(all.buffer);
    expect(Array.from(row)).toEqual([3, 4, 5]);
    expect(x.data().buffer).not.toBe(all.buffer);
  });

  test("what is written there changes the tensor and its views, not what was computed before", () => {
    const x = tensor([1, 2, 3]);
    const before = x.mul(10);
    expect(before.toArray()).toEqual([10, 20, 30]);
    x.data({ copy: false })[1] = 7;
    expect(x.toArray()).toEqual([1, 7, 3]);
    expect(x.at(1).item()).toBe(7);
    expect(before.toArray()).toEqual([10, 20, 30]);
    expect(x.sum().item()).toBe(11);
  });

  test("the memory stays with the array when the tensor is disposed", () => {
    const x = arange(1000, { dtype: "float32" });
    const array = x.data({ copy: false });
    x.dispose();
    expect(() => x.data()).toThrow("the tensor was disposed");
    for (let i = 0; i < 200; i++) zeros([1000]).add(i).data();
    expect(array[999]).toBe(999);
  });

  test("the memory stays with the array when the tensor is dropped, and comes back after the array", async () => {
    const size = 1 << 20;
    const live = () => memoryReport().live;
    await until(() => false, 4);
    const before = live();
    let array: Float32Array | undefined = ones([size]).data({ copy: false });
    expect(await until(() => live() < before + 4 * size, 4)).toBe(false);
    for (let i = 0; i < 20; i++) zeros([size]).data();
    expect(array[0]! + array[size - 1]!).toBe(2);
    array = undefined;
    expect(await until(() => live() < before + 4 * size)).toBe(true);
  });

  test("tensor(array, { copy: false }) lives in the same memory, at any place of it", () => {
    const array = zeros([4]).data({ copy: false });
    const x = tensor(array, { copy: false, shape: [2, 2] });
    const tail = tensor(array.subarray(2), { copy: false });
    array.set([1, 2, 3, 4]);
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tail.toArray()).toEqual([3, 4]);
    expect(tensor(array).data({ copy: false }).buffer).not.toBe(array.buffer);
  });

  test("an array whose tensor was disposed is copied", () => {
    const x = tensor([1, 2]);
    const array = x.data({ copy: false });
    x.dispose();
    expect(tensor(array, { copy: false }).toArray()).toEqual([1, 2]);
  });
});

test("where memory cannot be shown it is a copy: other layouts, 16-bit floats, nothing", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(Array.from(x.transpose(0, 1).data({ copy: false }))).toEqual([1, 3, 2, 4]);
  expect(Array.from(x.cast("float16").data({ copy: false }))).toEqual([1, 2, 3, 4]);
  expect(zeros([0]).data({ copy: false }).length).toBe(0);
});

test("an array of JavaScript is copied, whatever is asked", () => {
  const own = Float32Array.of(1, 2);
  const x = tensor(own, { copy: false });
  own[0] = 9;
  expect(x.toArray()).toEqual([1, 2]);
});

test("inside a captured function it is refused as every read", () => {
  const step = compile((x: Tensor) => tensor(x.data({ copy: false })) as Tensor);
  expect(() => step(ones([2]) as Tensor)).toThrow(/data/);
});
