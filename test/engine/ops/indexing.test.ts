import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../engine/index.js";
import * as gb from "../../../engine/index.js";

const { arange, slice, tensor, zeros } = gb;
const grid = () => arange(24).reshape([2, 3, 4]) as Tensor;

describe("at", () => {
  test("numbers, ranges and new axes give views; picks copy", () => {
    const x = grid();
    expect(x.at(1, slice(0, 2)).storage).toBe(x.storage);
    expect(x.at([0]).storage).not.toBe(x.storage);
  });

  test("picks on neighbouring axes stay in place, others come to the front", () => {
    const x = zeros([2, 3, 4, 5]) as Tensor;
    const two = tensor([[0, 1, 0]], { dtype: "int32" });
    expect(x.at(slice(), two, [1]).shape).toEqual([2, 1, 3, 5]);
    expect(x.at([0, 1], slice(), [0, 1]).shape).toEqual([2, 3, 5]);
    expect(x.at(slice(), [0, 1], slice(), [[0], [1]]).shape).toEqual([2, 2, 2, 4]);
    // A number is taken first, as in PyTorch; NumPy would bring the picks to the front.
    expect(x.at(0, slice(), [0, 1, 2]).shape).toEqual([3, 3, 5]);
  });

  test("arrays of truth values are masks, and an empty array picks nothing", () => {
    expect(grid().at([true, false]).shape).toEqual([1, 3, 4]);
    expect(grid().at([]).shape).toEqual([0, 3, 4]);
    expect(
      grid()
        .at(0, [
          [true, false, false, true],
          [false, false, false, false],
          [false, true, false, false],
        ])
        .toArray(),
    ).toEqual([0, 3, 9]);
  });

  test("every integer dtype is an index, and negative ones count from the end", () => {
    for (const dtype of ["int8", "int32", "int64", "uint8", "uint32"] as const) {
      expect(
        arange(5)
          .at(tensor([1, 3], { dtype }))
          .toArray(),
      ).toEqual([1, 3]);
    }
    expect(arange(5).at([-1, -5], null).toArray()).toEqual([[4], [0]]);
  });

  test("a bool tensor over no axis is refused", () => {
    expect(() => arange(3).at(tensor(true))).toThrow(gb.ShapeError);
    expect(() => arange(3).at({} as never)).toThrow(gb.EngineError);
    expect(() => arange(3).at("x" as never)).toThrow(gb.ValueError);
  });
});

describe("set", () => {
  test("gives a new tensor and leaves the old one", () => {
    const x = zeros([2, 2]);
    expect(x.set([0, 1], 5).toArray()).toEqual([
      [0, 5],
      [0, 0],
    ]);
    expect(x.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("agrees with loops for random picks", () => {
    const generator = new gb.Generator(3);
    for (let round = 0; round < 20; round++) {
      const x = gb.randn([4, 5, 3], { generator });
      const rows = gb.randint(-4, 4, [6], { generator });
      const columns = gb.randint(-5, 5, [6], { generator });
      const value = gb.randn([6, 3], { generator });
      const wanted = x.toArray() as number[][][];
      const [r, c, v] = [rows.toArray(), columns.toArray(), value.toArray()];
      r.forEach((row, i) => {
        wanted.at(row)!.splice(c[i]! < 0 ? c[i]! + 5 : c[i]!, 1, [...v[i]!]);
      });
      expect(x.set([rows, columns], value).toArray()).toEqual(wanted);
      expect(x.at(rows, columns).toArray()).toEqual(
        r.map((row, i) => (x.toArray() as number[][][]).at(row)!.at(c[i]!)),
      );
    }
  });

  test("repeated places: the last stays, or all add up", () => {
    const x = zeros([3]);
    const places = [[0, 2, 0]];
    expect(x.set(places, tensor([1, 2, 3])).toArray()).toEqual([3, 0, 2]);
    expect(x.set(places, tensor([1, 2, 3]), { accumulate: true }).toArray()).toEqual([4, 0, 2]);
  });

  test("keeps the dtype of the tensor", () => {
    expect(zeros([2], { dtype: "int32" }).set([0], tensor(1.7)).dtype).toBe("int32");
    expect(tensor([true, false]).set([1], 1).toArray()).toEqual([true, true]);
  });

  test("what is undone by at", () => {
    const x = grid();
    const reversed = x.at(slice(), slice(undefined, undefined, -2));
    expect(
      zeros([2, 3, 4])
        .set([slice(), slice(undefined, undefined, -2)], reversed)
        .at(slice(), [0, 2])
        .toArray(),
    ).toEqual(x.at(slice(), [0, 2]).toArray());
  });
});

test("gather through the order of argSort is sort; scatter puts it back", () => {
  const x = gb.randn([3, 50], { generator: new gb.Generator(5) });
  const order = x.argSort(-1);
  expect(x.gather(order, -1).toArray()).toEqual(x.sort().toArray());
  expect(gb.zerosLike(x).scatter(order, x.sort(), -1).toArray()).toEqual(x.toArray());
});

test("maskedSelect, nonzero and at with a mask choose the same", () => {
  const x = gb.randn([4, 6], { generator: new gb.Generator(6) });
  const mask = x.gt(0);
  const chosen = x.maskedSelect(mask).toArray();
  expect(x.at(mask).toArray()).toEqual(chosen);
  const rows = mask.nonzero();
  expect(x.at(rows.at(slice(), 0), rows.at(slice(), 1)).toArray()).toEqual(chosen);
  expect(tensor(3).nonzero().shape).toEqual([1, 0]);
  expect(tensor(0).nonzero().shape).toEqual([0, 0]);
});

describe("split, chunk, unbind", () => {
  test("are views that put together give the whole", () => {
    const x = grid();
    for (const parts of [x.split(2, 1), x.split([1, 0, 2], 1), x.chunk(2, 1)]) {
      expect(gb.concat(parts, 1).toArray()).toEqual(x.toArray());
      expect(parts.every(part => part.storage === x.storage)).toBe(true);
    }
    expect(gb.stack(x.unbind(2), 2).toArray()).toEqual(x.toArray());
  });

  test("their lengths are PyTorch's", () => {
    const lengths = (parts: Tensor[]) => parts.map(part => part.shape[0]);
    expect(lengths(arange(7).chunk(3))).toEqual([3, 3, 1]);
    expect(lengths(arange(5).chunk(4))).toEqual([2, 2, 1]);
    expect(lengths(arange(2).chunk(4))).toEqual([1, 1]);
    expect(lengths(arange(7).split(3))).toEqual([3, 3, 1]);
    expect(lengths(arange(0).split(3))).toEqual([0]);
  });

  test("gradients flow into the parts", () => {
    const x = tensor([1, 2, 3, 4], { requiresGrad: true });
    const [a, , c] = x.split([1, 1, 2]);
    a!.mul(5).add(c!.square()).sum().backward();
    expect(x.grad!.toArray()).toEqual([10, 0, 6, 8]);
  });
});

test("meshgrid in both orders", () => {
  const [rows, columns] = gb.meshgrid([arange(2), arange(3)]);
  expect(rows!.toArray()).toEqual([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  expect(columns!.toArray()).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(gb.meshgrid([arange(2), arange(3), arange(4)], { indexing: "xy" })[0]!.shape).toEqual([3, 2, 4]);
  expect(() => gb.meshgrid([grid()])).toThrow("expected vectors");
  expect(() => gb.meshgrid([])).toThrow("no vectors");
});

test("creators that take shape and dtype from a tensor", () => {
  const x = zeros([2, 3], { dtype: "float64" });
  expect([gb.onesLike(x), gb.fullLike(x, 3), gb.randnLike(x), gb.randLike(x)].map(t => [t.shape, t.dtype])).toEqual(
    new Array(4).fill([[2, 3], "float64"]),
  );
  expect(gb.zerosLike(x, { dtype: "int32" }).dtype).toBe("int32");
  expect(gb.onesLike(x, { requiresGrad: true }).requiresGrad).toBe(true);
  expect(() => gb.randnLike(zeros([2], { dtype: "int32" }))).toThrow("no random int32");
});
