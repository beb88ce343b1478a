import { describe, expect, test } from "vitest";
import { type Primitive, primitives } from "../../../engine/backend/commands.js";
import { type DType, dtypes } from "../../../engine/dtype.js";
import { at, Device, dense, indices, numbers, type View, worstError } from "./device.js";
import { reference } from "./primitives.js";

const device = new Device();

/** Values at which elementwise functions go wrong, then ordinary ones; an odd count, so that every vector has a rest. */
const edges = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-8, -1e-8, 3e38, -3e38, 1e-38, 20, -20, 88, 104, -104];
const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const sample = [...edges, ...special, ...numbers(1001, 1, -5, 5), ...numbers(101, 2, 0, 100)].map(Math.fround);
const other = sample.map((_, i) => Math.fround(sample[(i * 7 + 3) % sample.length] as number));
const third = sample.map((_, i) => Math.fround(sample[(i * 11 + 5) % sample.length] as number));

function apply(name: Primitive, dtype: DType): number[] {
  const n = [sample.length];
  const operands = [sample, other, third].slice(0, primitives[name][1]).map(values => device.block(values, dtype));
  const out = device.empty(sample.length, dtype);
  device.tape(
    n,
    operands.map(block => dense(block, n)),
    [[dense(out, n), operands.length]],
    [],
    [[name, ...operands.map((_, i) => i)]],
    dtype === "float64" ? 1 : 0,
  );
  return device.read(out);
}

describe("primitives against float64 in JavaScript", () => {
  test.each(Object.keys(primitives) as Primitive[])("%s", name => {
    const { at: of, float32 } = reference[name];
    const exact = sample.map((x, i) => of(x, other[i] as number, third[i] as number));
    const narrow = exact.map(Math.fround);
    const got = apply(name, "float32");
    // Results that float32 cannot hold as normal numbers may be flushed to zero on the way.
    const flushed = narrow.map((w, i) => (w !== 0 && Math.abs(w) < 1.2e-38 ? (got[i] as number) : w));
    const floor = name === "sin" || name === "cos" || name === "tan" ? 1 : 1e-30;
    expect(worstError(got, flushed, floor)).toBeLessThan(float32);
    expect(worstError(apply(name, "float64"), exact, 1e-30)).toBeLessThan(name === "erf" ? 1e-14 : 4e-15);
  });
});

describe("views", () => {
  /** `a + 2 b` over views of any strides, against a loop. */
  function check(dims: number[], a: View, b: View, out: View, values: { a: number[]; b: number[]; out: number[] }) {
    device.tape(
      dims,
      [a, b],
      [[out, 4]],
      [2],
      [
        ["mul", 1, 2],
        ["add", 0, 3],
      ],
    );
    const want = [...values.out];
    for (const index of indices(dims)) {
      const place = index.reduce((sum, i, d) => sum + i * (out.strides[d] as number), out.offset ?? 0);
      want[place] = Math.fround(at(values.a, a, index) + 2 * at(values.b, b, index));
    }
    expect(worstError(device.read(out.of), want)).toBeLessThan(1e-6);
  }

  const shapes = [
    [],
    [1],
    [7],
    [513],
    [3, 5],
    [17, 31],
    [2, 3, 5, 7],
    [1, 9, 1, 4],
    [700, 3],
    [3, 1100],
    [0],
    [4, 0, 3],
  ];

  test.each(shapes.map(dims => [dims]))("dense %j", dims => {
    const n = dims.reduce((x, y) => x * y, 1);
    const values = { a: numbers(n, 3), b: numbers(n, 4), out: new Array<number>(n).fill(9) };
    const out = device.block(values.out);
    check(dims, dense(device.block(values.a), dims), dense(device.block(values.b), dims), dense(out, dims), values);
  });

  test("broadcast, transposed, reversed and stepped views, with offsets", () => {
    const values = { a: numbers(400, 5), b: numbers(400, 6), out: new Array<number>(400).fill(7) };
    const a = device.block(values.a);
    const b = device.block(values.b);
    const run = (dims: number[], x: [number[], number?], y: [number[], number?], z: [number[], number?]) =>
      check(
        dims,
        { of: a, strides: x[0], offset: x[1] ?? 0 },
        { of: b, strides: y[0], offset: y[1] ?? 0 },
        { of: device.block(values.out), strides: z[0], offset: z[1] ?? 0 },
        values,
      );
    run([13, 17], [[17, 1]], [[0, 1]], [[17, 1]]);
    run([13, 17], [[17, 1]], [[1, 0]], [[17, 1]]);
    run([13, 17], [[1, 13]], [[17, 1]], [[17, 1]]);
    run([13, 17], [[17, 1]], [[1, 13], 100], [[1, 13], 3]);
    run([19], [[-1], 18], [[2], 5], [[-3], 390]);
    run([5, 6], [[-6, -1], 29], [[12, 2]], [[20, 3], 11]);
    run([3, 1, 4], [[0, 55, 0], 8], [[4, 0, 1]], [[40, 0, 10]]);
    run([2, 3, 4, 5], [[60, 20, 5, 1]], [[1, 2, 6, 24]], [[60, 20, 5, 1]]);
  });

  test("a transposing copy of any size and element size", () => {
    for (const dtype of ["float32", "float64", "int8", "float16"] as const) {
      for (const [rows, columns] of [
        [1, 9],
        [33, 65],
        [64, 64],
        [100, 3],
        [257, 130],
      ] as const) {
        const values = Array.from({ length: rows * columns }, (_, i) => (dtype === "float16" ? 0x3c00 : 0) + (i % 100));
        const out = device.empty(rows * columns, dtype);
        const input = { of: device.block(values, dtype), strides: [1, columns] };
        device.tape([columns, rows], [input], [[dense(out, [columns, rows]), 0]], [], [], dtype === "float64" ? 1 : 0);
        expect(device.read(out)).toEqual([...indices([columns, rows])].map(index => at(values, input, index)));
      }
    }
  });

  // Results of 4 MiB and more are stored past the caches, where their address allows it.
  test.each([
    ["dense, with a rest", [(1 << 20) + 5], [1], 0],
    ["dense, off the vectors", [(1 << 20) + 5], [1], 3],
    ["rows at vectors", [1030, 1040], [1056, 1], 16],
    ["rows off the vectors", [1030, 1040], [1041, 1], 0],
    ["short rows", [1 << 18, 5], [5, 1], 0],
    ["stepped", [1 << 20], [2], 1],
  ])("large results: %s", (_, dims, strides, offset) => {
    const [rows, columns] = dims.length === 1 ? [1, dims[0]!] : [dims[0]!, dims[1]!];
    const row = numbers(columns, 3);
    const x = device.block(row);
    const input = { of: x, strides: dims.length === 1 ? [1] : [0, 1] };
    const place = (r: number, c: number) => offset + (dims.length === 1 ? c * strides[0]! : r * strides[0]! + c);
    const size = place(rows - 1, columns - 1) + 40;
    const [square, sum] = [device.block(new Float32Array(size)), device.block(new Float32Array(size))];
    // The first result is read again by the second instruction.
    device.tape(
      dims,
      [input],
      [
        [{ of: square, strides, offset }, 1],
        [{ of: sum, strides, offset }, 2],
      ],
      [],
      [
        ["square", 0],
        ["add", 1, 0],
      ],
    );
    const want = { square: new Float32Array(size), sum: new Float32Array(size) };
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const v = row[c]!;
        want.square[place(r, c)] = Math.fround(v * v);
        want.sum[place(r, c)] = Math.fround(Math.fround(v * v) + v);
      }
    }
    const wrong = (got: number[], of: Float32Array) => got.findIndex((v, i) => Math.abs(v - of[i]!) > 1e-6);
    expect(wrong(device.read(square), want.square)).toBe(-1);
    expect(wrong(device.read(sum), want.sum)).toBe(-1);
  });

  test("an output that is also an input, in place and overlapping", () => {
    const values = numbers(1000, 8);
    const block = device.block(values);
    const all = { of: block, strides: [1] };
    device.tape([1000], [all], [[all, 1]], [], [["square", 0]]);
    expect(
      worstError(
        device.read(block),
        values.map(v => Math.fround(v * v)),
        1e-30,
      ),
    ).toBe(0);
  });

  test("several outputs of one expression", () => {
    const values = numbers(77, 9);
    const input = dense(device.block(values), [77]);
    const twice = device.empty(77);
    const negative = device.empty(77, "float64");
    device.tape(
      [77],
      [input],
      [
        [dense(twice, [77]), 2],
        [dense(negative, [77]), 3],
      ],
      [2],
      [
        ["mul", 0, 1],
        ["neg", 2],
      ],
    );
    expect(device.read(twice)).toEqual(values.map(v => v * 2));
    expect(device.read(negative)).toEqual(values.map(v => v * -2));
  });
});

describe("conversion between dtypes", () => {
  const exact: Record<DType, number[]> = {
    float32: [0, 1, -2.5, 65504],
    float64: [0, 1, -2.5, 1e300],
    float16: [0, 0x3c00, 0xc100, 0x7bff],
    bfloat16: [0, 0x3f80, 0xc020, 0x4780],
    int8: [0, 1, -128, 127],
    int32: [0, 1, -2147483648, 2147483647],
    int64: [0, 1, -9007199254740991, 9007199254740991],
    uint8: [0, 1, 200, 255],
    uint32: [0, 1, 4000000000, 4294967295],
    bool: [0, 1, 1, 0],
  };
  const meaning: Partial<Record<DType, number[]>> = { float16: [0, 1, -2.5, 65504], bfloat16: [0, 1, -2.5, 65536] };

  function copy(values: number[], from: DType, to: DType): number[] {
    const out = device.empty(values.length, to);
    const n = [values.length];
    device.tape(n, [dense(device.block(values, from), n)], [[dense(out, n), 0]], [], [], 1);
    return device.read(out);
  }

  test.each(dtypes.map(dtype => [dtype]))("%s to float64 and back", dtype => {
    const wide = copy(exact[dtype], dtype, "float64");
    expect(wide).toEqual(meaning[dtype] ?? exact[dtype]);
    expect(copy(wide, "float64", dtype)).toEqual(exact[dtype]);
  });

  test("floats to integers truncate, NaN becomes 0, anything but 0 is true", () => {
    expect(copy([1.9, -1.9, Number.NaN, 0.2], "float64", "int32")).toEqual([1, -1, 0, 0]);
    expect(copy([1.9, -1.9, Number.NaN, 0], "float64", "bool")).toEqual([1, 1, 1, 0]);
    expect(copy([Number.POSITIVE_INFINITY, 1e30], "float64", "int64")).toEqual([2 ** 63, 2 ** 63]);
  });

  test("16-bit floats round to the nearest, ties to even, and keep NaN and infinity", () => {
    const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000, 2 ** -24, 2 ** -26, Number.NaN];
    expect(copy(values, "float64", "float16")).toEqual([0x3c00, 0x3c02, 0x7c00, 1, 0, 0x7e00]);
    expect(copy([1 + 2 ** -8, 1 + 3 * 2 ** -8, -0], "float64", "bfloat16")).toEqual([0x3f80, 0x3f82, 0x8000]);
    const nans = copy([0x7fff, 0x7f81], "bfloat16", "float64");
    expect(nans.every(Number.isNaN)).toBe(true);
  });
});
