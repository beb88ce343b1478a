import { describe, expect, test } from "vitest";
import { type DType, type Tensor, tensor, where } from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";
import { calls, noGpu, tensorsOf } from "./gpu.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Where formulas go wrong: no number, infinities, both zeros, the ends of float32, edges of the polynomials, large angles. */
const special = [
  ...[
    nan,
    inf,
    -inf,
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    3,
    -3,
    1e-7,
    -1e-7,
    1e-30,
    0.4142,
    0.7072,
    0.9277,
    2.4143,
  ],
  ...[
    4.01, -4.01, 20.5, -20.5, 87, 88.8, 89.5, -87, -103, -104.5, 100, 1000, 8191.5, -8193.25, 123456.78, 1e7, 8388609,
  ],
  ...[16777216, -3e9, 1e20, -1e30, 3.4e38, -3.4e38],
];

const one =
  "abs sign floor ceil round trunc sqrt rsqrt square reciprocal exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh erf erfc sigmoid relu gelu silu softplus isNaN logicalNot neg";
const two = "add sub mul div pow mod minimum maximum atan2 eq ne lt le gt ge logicalAnd logicalOr";

type Call = (...args: (Tensor | number)[]) => Tensor;

/** On the GPU and here, over the same numbers. Where a result is near 0 between large terms, the terms say what is close. */
function compare(name: string, values: readonly number[][], tolerance: number): void {
  const call = calls[name] as unknown as Call;
  const [here, there] = (["cpu", "webgpu"] as const).map(device => {
    return numbers(call(...values.map(v => tensor(Float32Array.from(v), { device }) as Tensor)));
  }) as [number[], number[]];
  here.forEach((wanted, i) => {
    const got = there[i]!;
    const what = `${name}(${values.map(v => v[i])}) is ${got}, not ${wanted}`;
    expect(distance([got], [wanted]), what).toBeLessThan(tolerance);
    if (wanted === 0) expect(1 / got, `${what}: the sign of 0`).toBe(1 / wanted);
  });
}

describe.skipIf(noGpu)("elementwise on WebGPU", () => {
  test.each(one.split(" "))("%s at the edges", name => compare(name, [special], 3e-6));

  // A power with a large exponent: the rounding of its logarithm counts as often as the exponent says.
  test.each(two.split(" "))("%s of every pair of edges", name => {
    const pairs = special.flatMap(a => special.map(b => [a, b] as const));
    compare(name, [pairs.map(([a]) => a), pairs.map(([, b]) => b)], name === "pow" ? 1e-4 : 1e-6);
  });

  test.each(one.split(" "))("%s over a range", name => {
    const values = Array.from({ length: 4001 }, (_, i) => (i - 2000) / 160);
    compare(name, [values], 3e-6);
  });

  test("constants keep all their bits", () => {
    const x = tensor([1, -2], { device: "webgpu" });
    expect(x.mul(0.1).toArray()).toEqual([Math.fround(0.1), Math.fround(-0.2)]);
    expect(
      x
        .add(1e-38)
        .sub(x as never)
        .toArray(),
    ).toEqual([0, 0]);
    expect(x.mul(3.4028234663852886e38).toArray()[0]).toBe(3.4028234663852886e38);
    expect(where(x.gt(0) as never, nan, -inf).toArray()).toEqual([nan, -inf]);
    expect(x.mul(0).toArray()).toEqual([0, -0]);
  });

  test("integers keep all their bits", () => {
    const large = [16777217, -16777217, 2147483647, -2147483648, 0, 7];
    for (const device of ["cpu", "webgpu"] as const) {
      const x = tensor(Int32Array.from(large), { device });
      expect(x.add(0).toArray()).toEqual(large);
      expect(x.div(1).dtype).toBe("float32");
      expect(x.gt(16777216).toArray()).toEqual([true, false, true, false, false, false]);
      expect(x.mod(10).toArray()).toEqual([7, 3, 7, 2, 0, 7]);
      expect(x.max().item()).toBe(2147483647);
      expect(x.min().item()).toBe(-2147483648);
      expect(x.argMin().item()).toBe(3);
      expect(where(x.lt(0) as never, x, 1).toArray()).toEqual([1, -16777217, 1, -2147483648, 1, 1]);
      const u = tensor(Uint32Array.of(4294967295, 5, 0), { device });
      expect(u.add(1).toArray()).toEqual([0, 6, 1]);
      expect(u.maximum(7).toArray()).toEqual([4294967295, 7, 7]);
      expect(u.lt(6).toArray()).toEqual([false, true, true]);
    }
  });

  test.each<DType>(["int8", "uint8", "bool", "int32", "uint32"])("casts between float32 and %s", dtype => {
    const values = [0, 1, 2.9, 100.5, 7, 0.5, 126, nan, 3, 1, 0, 0, 9];
    if (dtype === "int8" || dtype === "int32") values.push(-1, -127.9);
    const [here, there] = (["cpu", "webgpu"] as const).map(device => {
      const x = tensor(values, { device }).cast(dtype);
      return [numbers(x), numbers(x.cast("float32")), numbers(x.cast("int32")), numbers(x.cast("bool"))];
    });
    expect(there).toEqual(here);
  });

  test.each(["int32", "uint32", "int8", "uint8"] as const)("shifts of %s by any number of bits", dtype => {
    const values = dtype.startsWith("u") ? [1, 200, 255, 7] : [1, -100, 127, -1];
    const widths = [0, 1, 7, 8, 31, 32, 100, ...(dtype.startsWith("u") ? [] : [-1])];
    const [here, there] = (["cpu", "webgpu"] as const).map(device => {
      const x = tensor(values, { dtype, device }).reshape([4, 1]) as Tensor;
      const by = tensor(widths, { dtype, device }) as Tensor;
      return [x.leftShift(by as never), x.rightShift(by as never), x.bitwiseXor(by as never), x.bitwiseNot()].map(y =>
        numbers(y as Tensor),
      );
    });
    expect(there).toEqual(here);
  });

  test("running values with NaN and infinities, forwards and backwards", () => {
    const values = [1, 3, 3, nan, 2, inf, 5, -inf, 0, 7, 1e8, 1, -1e8];
    for (const name of ["cumSum", "cumProd", "cumMax", "cumMin", "logCumSumExp"]) {
      for (const part of [values, values.slice(0, 3), values.slice(4, 7), values.slice(8)]) {
        const [here, there] = (["cpu", "webgpu"] as const).map(device => {
          const run = calls[name] as unknown as (x: Tensor, axis: number) => Tensor | [Tensor, Tensor];
          return tensorsOf(run(tensor(part, { device }) as Tensor, 0)).flatMap(numbers);
        });
        expect(distance(there!, here!), `${name} of ${part}`).toBeLessThan(2e-6);
      }
    }
  });

  test("bytes beside each other do not disturb one another", () => {
    const x = tensor(
      Float32Array.from({ length: 1003 }, (_, i) => (i * 7919) % 11),
      { device: "webgpu" },
    );
    const wanted = Array.from({ length: 1003 }, (_, i) => (i * 7919) % 11 > 5);
    expect(x.gt(5).toArray()).toEqual(wanted);
    // A view with gaps, written as bytes.
    expect(x.reshape([17, 59]).transpose().gt(5).transpose().reshape([1003]).toArray()).toEqual(wanted);
  });

  test("broadcasts, repeats, runs backwards", () => {
    const [here, there] = (["cpu", "webgpu"] as const).map(device => {
      const x = tensor(
        Float32Array.from({ length: 24 }, (_, i) => i),
        { shape: [2, 3, 4], device },
      ) as Tensor;
      const y = tensor([10, 20, 30], { device }).reshape([3, 1]) as Tensor;
      return [x.add(y), x.permute([2, 0, 1]).mul(y.reshape([3])), x.flip([0, 2]), x.at(1, 2).add(x)].map(numbers);
    });
    expect(there).toEqual(here);
  });

  test("a chain that reads more tensors than a shader has buffers", () => {
    const parts = Array.from({ length: 30 }, (_, i) => tensor([i, 2 * i, -i], { device: "webgpu" }) as Tensor);
    const total = parts.reduce((sum, x) => sum.add(x) as Tensor);
    expect(total.toArray()).toEqual([435, 870, -435]);
  });

  test("a result keeps its value when its input is written over later", () => {
    const x = tensor([1, 2, 3], { device: "webgpu", requiresGrad: true });
    const before = x.mul(2).detach();
    x.square().sum().backward();
    expect(x.grad!.toArray()).toEqual([2, 4, 6]);
    expect(before.toArray()).toEqual([2, 4, 6]);
  });

  test("nothing is nothing", () => {
    const x = tensor(new Float32Array(0), { shape: [0, 3], device: "webgpu" }) as Tensor;
    expect(x.add(1).exp().toArray()).toEqual([]);
    expect(x.sum(0).toArray()).toEqual([0, 0, 0]);
    expect(x.sum(1).toArray()).toEqual([]);
  });
});
