import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  arange,
  concat,
  type DType,
  dtypes,
  eye,
  full,
  linspace,
  ones,
  slice,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../engine/index.js";

describe("creation", () => {
  test("nested arrays, values and typed arrays", () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]).shape,
    ).toEqual([3, 2]);
    expect(tensor(3).toArray()).toBe(3);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([true, false]).toArray()).toEqual([true, false]);
    expect(tensor([1n, 2n ** 60n]).toArray()).toEqual([1, 2n ** 60n]);
    expect(tensor(new Uint8Array([1, 255])).dtype).toBe("uint8");
    expect(tensor(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([1.7, -1.7], { dtype: "int32" }).toArray()).toEqual([1, -1]);
  });

  test("a typed array is copied", () => {
    const source = Float32Array.of(1, 2);
    const x = tensor(source);
    source[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("filled and stepped", () => {
    expect(full([2, 2], 0.5).toArray()).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    expect(zeros([2], { dtype: "bool" }).toArray()).toEqual([false, false]);
    expect(eye(3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(arange(4).toArray()).toEqual([0, 1, 2, 3]);
    expect(arange(4).dtype).toBe("int32");
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(arange(1, 2, 0.25).toArray()).toEqual([1, 1.25, 1.5, 1.75]);
    expect(arange(2, 1).shape).toEqual([0]);
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(3, 9, 1).toArray()).toEqual([3]);
  });

  test.each<[string, () => unknown, string]>([
    [
      "ragged",
      () => tensor([[1, 2], [3]] as never),
      "the arrays are ragged: at depth 1 expected 2 values, got an array of 1",
    ],
    ["text", () => tensor(["a"] as never), "expected numbers, got string"],
    ["null", () => tensor(null as never), "expected numbers, got null"],
    ["size", () => tensor(new Float32Array(5), { shape: [2, 3] }), "5 values do not fill the shape [2, 3]"],
    ["negative", () => zeros([2, -1]), "[2, -1] is no shape: -1 is not a whole number"],
    ["fraction", () => ones([1.5]), "1.5 is not a whole number"],
    ["rank", () => zeros(new Array(17).fill(1)), "17 axes; a tensor has at most 16"],
    ["too large", () => zeros([2 ** 30, 2 ** 30]), "more elements than any memory holds"],
    ["no memory", () => zeros([2 ** 40]), "no memory for a tensor of shape [1099511627776] float32"],
    ["dtype", () => zeros([1], { dtype: "float8" as DType }), "no dtype float8. There are float32, float64"],
    ["gradient of integers", () => zeros([1], { dtype: "int32", requiresGrad: true }), "int32 has no gradients"],
    ["step", () => arange(0, 1, 0), "steps of 0"],
  ])("refuses: %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe("dtypes", () => {
  test.each(dtypes)("%s keeps small whole numbers through every other dtype", dtype => {
    const x = tensor([0, 1, 3], { dtype });
    expect(x.dtype).toBe(dtype);
    for (const other of dtypes) {
      const back = x.cast(other).cast("float64").toArray() as number[];
      const expected = dtype === "bool" || other === "bool" ? [0, 1, 1] : [0, 1, 3];
      expect(back).toEqual(expected);
    }
  });

  test("16-bit floats are read as float32", () => {
    expect(tensor([1.5, 65504, 1e6], { dtype: "float16" }).toArray()).toEqual([1.5, 65504, Number.POSITIVE_INFINITY]);
    expect(tensor([1.0078125, 1e38], { dtype: "bfloat16" }).toArray()[0]).toBe(1.0078125);
  });

  test("promotion", () => {
    const f = (a: DType, b: DType) => tensor([1], { dtype: a }).add(tensor([1], { dtype: b }) as never).dtype;
    expect(f("float32", "int32")).toBe("float32");
    expect(f("float16", "bfloat16")).toBe("float32");
    expect(f("int8", "uint8")).toBe("int32");
    expect(f("int32", "uint32")).toBe("int64");
    expect(f("float32", "float64")).toBe("float64");
    expect(tensor([1, 2], { dtype: "int32" }).mul(2).dtype).toBe("int32");
    expect(tensor([1, 2], { dtype: "int32" }).mul(0.5).toArray()).toEqual([0.5, 1]);
    expect(tensor([7, 8], { dtype: "int32" }).div(2).toArray()).toEqual([3.5, 4]);
    expect(tensor([true, true]).sum().item()).toBe(2);
    for (const a of dtypes) for (const b of dtypes) expect(f(a, b), `${a} + ${b}`).toBe(f(b, a));
  });

  test("large integers are exact up to 2^53", () => {
    const x = tensor([2 ** 31 - 1, 2 ** 31 - 1], { dtype: "int32" });
    expect(x.sum().item()).toBe(2 ** 32 - 2);
  });
});

describe("reading", () => {
  test("item", () => {
    expect(tensor([[5]]).item()).toBe(5);
    expect(tensor([true]).item()).toBe(true);
    expect(() => zeros([2, 3]).item()).toThrow("item: a tensor of shape [2, 3] has 6 elements");
  });

  test("data is a copy in row-major order, whatever the layout", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]).transpose();
    expect(x.data()).toEqual(Float32Array.of(1, 3, 2, 4));
    expect(await x.read()).toEqual(x.data());
    x.data()[0] = 9;
    expect(x.toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  test("iteration and text", () => {
    expect(
      [
        ...tensor([
          [1, 2],
          [3, 4],
        ]),
      ].map(row => row.toArray()),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(() => [...tensor(1)]).toThrow("a scalar has nothing to iterate over");
    expect(`${zeros([2, 3])} ${tensor(2.5)}`).toBe("Tensor[2, 3] float32 Tensor(2.5, float32)");
    expect(inspect(zeros([1]))).toContain("Tensor[1] float32");
  });

  test("what was disposed says so", () => {
    const x = zeros([3]);
    const view = x.reshape([3, 1]);
    x.dispose();
    x.dispose();
    expect(() => view.toArray()).toThrow("the tensor was disposed");
    expect(() => x.add(1)).toThrow("the tensor was disposed");
  });
});

describe("parts", () => {
  const x = arange(24).reshape([2, 3, 4]);
  test.each<[string, () => Tensor, unknown]>([
    ["an index", () => x.at(1, 2, 3), 23],
    ["negative", () => x.at(-1, -1), [20, 21, 22, 23]],
    ["a range", () => x.at(0, slice(1, 3), 0), [4, 8]],
    ["open ends", () => x.at(0, 0, slice(2)), [2, 3]],
    ["a step", () => x.at(0, 0, slice(undefined, undefined, 2)), [0, 2]],
    ["backwards", () => x.at(0, 0, slice(undefined, undefined, -1)), [3, 2, 1, 0]],
    ["backwards with ends", () => x.at(0, 0, slice(2, 0, -1)), [2, 1]],
    ["ends outside", () => x.at(0, 0, slice(-99, 99)), [0, 1, 2, 3]],
    ["nothing", () => x.at(0, 0, slice(3, 1)), []],
    [
      "the rest",
      () => x.at("...", 1),
      [
        [1, 5, 9],
        [13, 17, 21],
      ],
    ],
    ["a new axis", () => x.at(0, 0, null, slice(0, 2)), [[0, 1]]],
  ])("%s", (_, part, expected) => {
    expect(part().toArray()).toEqual(expected);
  });

  test("shapes with axes of length 1 survive", () => {
    const y = zeros([1, 3, 1]);
    expect(y.at(0).shape).toEqual([3, 1]);
    expect(y.at("...", 0).shape).toEqual([1, 3]);
    expect(y.at(null, "...", 0).shape).toEqual([1, 1, 3]);
    expect(arange(6).reshape([3, 1, 2]).at(slice(1), null, 0, 1).toArray()).toEqual([[3], [5]]);
  });

  test("refuses", () => {
    expect(() => x.at(2)).toThrow("index 2 is out of range on axis 0 of length 2. Give an index from -2 to 1.");
    expect(() => x.at(0.5)).toThrow("index 0.5 on axis 0");
    expect(() => slice(0, 1, 0)).toThrow("the step is 0");
    expect(() => x.at("...", "...")).toThrow("once");
  });

  test("joining", () => {
    expect(concat([ones([1, 2]), zeros([2, 2])]).toArray()).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(concat([tensor([[1]]), tensor([[2]])], -1).toArray()).toEqual([[1, 2]]);
    expect(stack([zeros([2]), ones([2])], 1).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(() => concat([zeros([2, 3]), zeros([2, 4]) as Tensor])).toThrow("[2, 3] and [2, 4] do not join on axis 0");
    expect(() => concat([])).toThrow("no tensors");
    const a = tensor([1, 2], { requiresGrad: true });
    concat([a.mul(2), a])
      .mul(tensor([1, 10, 100, 1000]))
      .sum()
      .backward();
    expect(a.grad!.toArray()).toEqual([102, 1020]);
  });
});
