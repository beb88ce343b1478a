import { describe, expect, test } from "vitest";
import { opcodes } from "../../../engine/backend/commands.js";
import type { DType } from "../../../engine/dtype.js";
import { Device, operand, worstError } from "./device.js";

const device = new Device();
const kinds = { uniform: 0, normal: 1, raw: 2 };

function random(
  kind: keyof typeof kinds,
  n: number,
  key: [number, number],
  counter: [number, number],
  p = [0, 1],
  dtype: DType = kind === "raw" ? "uint32" : "float64",
): number[] {
  const out = device.empty(n, dtype);
  device.record(opcodes.random, [kinds[kind], ...operand(out), n, ...key, ...counter, ...p]);
  const bits = device.read(out);
  // The upper half of a float32.
  return dtype === "bfloat16" ? Array.from(new Float32Array(Uint32Array.from(bits, b => b << 16).buffer)) : bits;
}

/** Philox 4x32-10 with 64-bit arithmetic, as the paper writes it. */
function philox(counter: bigint, key: [number, number]): number[] {
  const low = 0xffffffffn;
  let c = [counter & low, counter >> 32n, 0n, 0n] as [bigint, bigint, bigint, bigint];
  let k = [BigInt(key[0]), BigInt(key[1])] as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c[0];
    const p1 = 0xcd9e8d57n * c[2];
    c = [(p1 >> 32n) ^ c[1] ^ k[0], p1 & low, (p0 >> 32n) ^ c[3] ^ k[1], p0 & low];
    k = [(k[0] + 0x9e3779b9n) & low, (k[1] + 0xbb67ae85n) & low];
  }
  return c.map(Number);
}

describe("Philox 4x32-10", () => {
  test("the published answer for key 0 and counter 0", () => {
    expect(random("raw", 4, [0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  test("every block of a longer run, also across the carry of the counter", () => {
    for (const [low, high] of [
      [0, 0],
      [0xfffffff0, 7],
      [12345, 0xffffffff],
    ] as const) {
      const start = (BigInt(high) << 32n) | BigInt(low);
      const want = Array.from({ length: 300 }, (_, b) =>
        philox((start + BigInt(b)) & 0xffffffffffffffffn, [17, 0xdeadbeef]),
      );
      expect(random("raw", 1197, [17, 0xdeadbeef], [low, high])).toEqual(want.flat().slice(0, 1197));
    }
  });

  test.each(["float64", "float32", "bfloat16"] as const)("uniform and normal follow from the words: %s", dtype => {
    const words = Array.from({ length: 100 }, (_, b) => philox(BigInt(b), [3, 4])).flat();
    const unit = words.map(w => (w >>> 8) * 2 ** -24);
    expect(
      worstError(
        random("uniform", 397, [3, 4], [0, 0], [-2, 5], dtype),
        unit.slice(0, 397).map(u => -2 + 7 * u),
      ),
    ).toBeLessThan(dtype === "bfloat16" ? 0.01 : 1e-6);
    const normal = unit.map((_, i) => {
      const [u, v] = [unit[i & ~1] as number, unit[i | 1] as number];
      const radius = Math.sqrt(-2 * Math.log(u + 2 ** -24));
      return radius * (i % 2 === 0 ? Math.cos(2 * Math.PI * v) : Math.sin(2 * Math.PI * v));
    });
    const got = random("normal", 399, [3, 4], [0, 0], [1, 2], dtype);
    expect(
      worstError(
        got,
        normal.slice(0, 399).map(z => 1 + 2 * z),
      ),
    ).toBeLessThan(dtype === "bfloat16" ? 0.01 : 2e-6);
  });
});

describe("distributions", () => {
  const n = 1 << 20;
  const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;

  test("uniform stays in [low, high) and fills it evenly", () => {
    const x = random("uniform", n, [1, 2], [0, 0]);
    expect(Math.min(...x.slice(0, 100000))).toBeGreaterThanOrEqual(0);
    expect(x.every(v => v >= 0 && v < 1)).toBe(true);
    const bins = new Array<number>(64).fill(0);
    for (const v of x) bins[Math.floor(v * 64)] = (bins[Math.floor(v * 64)] as number) + 1;
    // 63 degrees of freedom: beyond 130 in one run of a million.
    expect(bins.reduce((sum, b) => sum + (b - n / 64) ** 2 / (n / 64), 0)).toBeLessThan(130);
  });

  test("normal has its first four moments", () => {
    const x = random("normal", n, [5, 6], [0, 0]);
    const moments = [1, 2, 3, 4].map(p => mean(x.map(v => v ** p)));
    expect(worstError(moments, [0, 1, 0, 3])).toBeLessThan(0.01);
  });
});
