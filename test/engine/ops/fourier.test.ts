import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, fftfreq, manualSeed, randn, rfftfreq, slice, type Tensor, tensor } from "../../../engine/index.js";
import * as operations from "../../../engine/ops/all.js";
import { distance, numbers } from "../samples.js";

interface Values {
  shape: number[];
  data: number[];
}

interface Case {
  op: "fft" | "ifft" | "rfft" | "irfft" | "fft2" | "ifft2";
  options: Record<string, unknown>;
  x: Values;
  result: Values;
  weights: Values;
  gradient: Values;
}

type Transform = (x: Tensor, options: Record<string, unknown>) => Tensor;

/** By PyTorch; see make_fourier.py. */
const { cases } = JSON.parse(readFileSync(new URL("../../fixtures/fourier.json", import.meta.url), "utf8")) as {
  cases: Case[];
};
const make = ({ shape, data }: Values, dtype: "float32" | "float64", requiresGrad = false) =>
  tensor(Float64Array.from(data), { shape, dtype, requiresGrad }) as Tensor;

describe.each(["float64", "float32"] as const)("%s", dtype => {
  const tolerance = dtype === "float64" ? 1e-13 : 4e-6;
  test.each(cases.map(each => [each.op, JSON.stringify(each.x.shape), JSON.stringify(each.options), each] as const))(
    "%s of %s, %s: value and gradient as PyTorch's",
    (op, _shape, _options, { options, x, result, weights, gradient }) => {
      const given = make(x, dtype, true);
      const y = (operations as Record<string, unknown> as Record<string, Transform>)[op]!(given, options);
      expect(y.shape).toEqual(result.shape);
      expect(distance(numbers(y), result.data)).toBeLessThan(tolerance);
      (y.mul(make(weights, dtype) as never).sum() as Tensor).backward();
      expect(distance(numbers(given.grad!), gradient.data)).toBeLessThan(2 * tolerance);
    },
  );
});

test.each([4096, 65536, 30000, 10007])("there and back in float32, %i numbers, some rows", n => {
  manualSeed(3);
  const x = randn([5, n, 2]) as Tensor;
  expect(distance(numbers(x.fft().ifft()), numbers(x))).toBeLessThan(2e-6);
  const real = randn([5, n]) as Tensor;
  expect(distance(numbers(real.rfft().irfft({ n })), numbers(real))).toBeLessThan(2e-6);
});

test.each(["float32", "float64"] as const)("many short rows in %s: each as it is alone", dtype => {
  manualSeed(4);
  for (const n of [1, 2, 3, 4, 6, 7, 8, 12, 15, 16, 20, 30, 32, 48, 60, 64, 90, 96, 100, 128, 250, 256, 384]) {
    for (const rows of [4, 8, 17, 35]) {
      const half = Math.floor(n / 2) + 1;
      const complex = randn([rows, n, 2], { dtype }) as Tensor;
      const real = randn([rows, n], { dtype }) as Tensor;
      const spectrum = randn([rows, half, 2], { dtype }) as Tensor;
      for (const [what, x, transform] of [
        ["fft", complex, (x: Tensor) => x.fft({ norm: "ortho" })],
        ["ifft", complex, (x: Tensor) => x.ifft()],
        ["rfft", real, (x: Tensor) => x.rfft({ norm: "ortho" })],
        ["irfft", spectrum, (x: Tensor) => x.irfft({ n })],
      ] as const) {
        const alone = Array.from({ length: rows }, (_, i) =>
          numbers(transform(x.at(slice(i, i + 1)) as Tensor) as Tensor),
        );
        const error = distance(numbers(transform(x) as Tensor), alone.flat());
        expect(error, `${what} of ${rows} rows of ${n}`).toBeLessThan(dtype === "float32" ? 1e-6 : 2e-15);
      }
    }
  }
});

test("a whole number of waves is one peak, at its frequency", () => {
  const n = 1000;
  const wave = arange(n, { dtype: "float64" })
    .mul((2 * Math.PI * 50) / n)
    .cos() as Tensor;
  const peak = wave.rfft().at("...", 0).argMax().item();
  expect(
    rfftfreq(n, { spacing: 1 / n })
      .at(peak)
      .item(),
  ).toBe(50);
});

test("frequencies of even and odd lengths", () => {
  expect(fftfreq(5, { dtype: "float64" }).toArray()).toEqual([0, 0.2, 0.4, -0.4, -0.2]);
  expect(fftfreq(4, { spacing: 0.5 }).toArray()).toEqual([0, 0.5, -1, -0.5]);
  expect(rfftfreq(5, { dtype: "float64" }).toArray()).toEqual([0, 0.2, 0.4]);
  expect(() => fftfreq(0)).toThrow("fftfreq: a length of 0");
});

test("16-bit floats are refused, integers become float32", () => {
  expect(() => tensor([1, 2]).cast("float16").rfft()).toThrow("rfft: float16 is not precise enough");
  expect(tensor([1, 2], { dtype: "int32" }).rfft().dtype).toBe("float32");
});
