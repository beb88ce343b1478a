import { describe, expect, test } from "vitest";
import type { DType } from "../../engine/dtype.js";
import { viewType } from "../../widgets/view-type.js";
import { tensorBundle } from "../../widgets/views/tensor.js";
import { unravel } from "../../widgets/views/tensor-like.js";
import { expectSound, tagsOf, textOf } from "./markup.js";
import { gallery, normal, strokes, tensorOf, waves } from "./samples.js";

const htmlOf = (...args: Parameters<typeof tensorOf>): string => String(tensorBundle(tensorOf(...args))["text/html"]);
const pictures = (html: string): number => tagsOf(html).filter(tag => /^<img .*src="data:image\/png/.test(tag)).length;

test.each(gallery())("%s is sound, and has a text", (_, bundle) => {
  expectSound(String(bundle["text/html"]));
  expect(bundle["text/plain"]).toMatch(/\S/);
  expect(Object.keys(bundle).sort()).toEqual([viewType, "text/html", "text/plain"]);
});

describe("a tensor shows itself", () => {
  test("a scalar in half a kilobyte, and a warning when it is NaN", () => {
    const html = htmlOf([], () => 0.25, { requiresGrad: true });
    expectSound(html, 512);
    expect(textOf(html)).toMatch(/0\.25.*float32.*scalar.*requires grad/);
    expect(htmlOf([], () => Number.NaN)).toContain("not finite");
    expect(textOf(htmlOf([], () => 1, { dtype: "bool" }))).toContain("true");
  });

  test("a small matrix with its figures, in its colours", () => {
    const html = htmlOf([2, 3], i => i - 2);
    for (const figure of ["-2", "-1", "0", "1", "2", "3"])
      expect(html).toMatch(new RegExp(`<td style="[^"]*">${figure}</td>`));
    expect(html.match(/background:#[0-9a-f]{6};color:#(000|fff)/g)).toHaveLength(6);
    expectSound(html, 8 * 1024);
  });

  test("a large matrix as one picture, its figures below a fold", () => {
    const g = normal(1);
    const html = htmlOf([300, 500], g);
    expectSound(html, 96 * 1024);
    expect(textOf(html)).toContain("every 3rd row, every 3rd column");
    expect(html).toMatch(/<details><summary>values<\/summary>/);
    // The heatmap and its legend.
    expect(pictures(html)).toBe(2);
  });

  test("three axes as facets named by their position", () => {
    const text = textOf(String(tensorBundle(waves())["text/html"]));
    for (const name of ["[0, :, :]", "[1, :, :]", "[2, :, :]"]) expect(text).toContain(name);
    const deep = textOf(htmlOf([2, 3, 40, 40], i => i % 7));
    expect(deep).toContain("[1, 2, :, :]");
  });

  test("many slices say how many are shown", () => {
    expect(textOf(htmlOf([64, 3, 5, 5], i => (i % 11) - 5))).toContain("24 of 192 slices");
  });

  test("a batch of digits as images", () => {
    const html = String(tensorBundle(strokes(60))["text/html"]);
    expect(pictures(html)).toBe(24);
    expect(textOf(html)).toContain("24 of 60 images · NHW, 28 x 28 · values 0 to 1");
    expectSound(html, 96 * 1024);
  });

  test("weights of a convolution over colours are not taken for images", () => {
    const g = normal(4);
    expect(textOf(htmlOf([16, 3, 24, 24], g))).toContain("[0, 1, :, :]");
  });

  test("NaN and Inf are counted in words, with the first place, and marked in the picture", () => {
    const bundle = tensorBundle(waves());
    const text = textOf(String(bundle["text/html"]));
    expect(text).toContain("2 NaN 1 Inf first at [2, 5, 7]");
    expect(text).toMatch(/\[2, :, :\] ?· 2 NaN, 1 Inf/);
    expect(text).toMatch(/■ NaN · ■ Inf/);
    expect(bundle["text/plain"]).toContain("2 NaN! 1 Inf! first at [2, 5, 7]");
  });

  test("a long vector marks the place of its first NaN", () => {
    const html = htmlOf([5000], i => (i === 1234 ? Number.NaN : Math.sin(i / 50)));
    expectSound(html, 48 * 1024);
    expect(html).toContain(">NaN at 1234</text>");
  });

  test("a NaN between sampled rows and columns still changes the picture", () => {
    const clean = htmlOf([1000, 1000], i => i % 3);
    const dirty = htmlOf([1000, 1000], i => (i === 501 * 1000 + 333 ? Number.NaN : i % 3));
    const first = (html: string) => /src="(data:image\/png[^"]*)"/.exec(html)![1];
    expect(first(dirty)).not.toBe(first(clean));
  });

  test("nothing but NaN, one element, empty axes, extreme shapes and values", () => {
    const odd: Parameters<typeof tensorOf>[] = [
      [[3], () => Number.NaN],
      [[40], () => Number.NaN],
      [[40, 40], () => Number.NaN],
      [[2, 20, 20], () => Number.NEGATIVE_INFINITY],
      [[1], () => 5],
      [[1, 1], () => 5],
      [[1, 1, 1, 1, 1], () => 5],
      [[0], () => 0],
      [[2, 0, 3], () => 0],
      [[1, 5000], i => i],
      [[5000, 1], i => -i],
      [[3, 1, 5000], i => i],
      [[100], () => 7],
      [[30, 30], () => 3e38],
      [[30, 30], i => (i % 2 ? 3e38 : -3e38)],
      [[30, 30], i => i * 1e-42],
    ];
    for (const args of odd) {
      const bundle = tensorBundle(tensorOf(...args));
      expectSound(String(bundle["text/html"]));
      expect(bundle["text/plain"]).toContain(`[${args[0].join(", ")}]`);
    }
  });

  test.each<[DType, ArrayLike<number> | ArrayLike<bigint>]>([
    ["float64", Float64Array.of(1.5, -2)],
    ["int8", Int8Array.of(1, -2)],
    ["int32", Int32Array.of(1, -2)],
    ["int64", BigInt64Array.of(1n, -2n)],
    ["uint8", Uint8Array.of(1, 2)],
    ["uint32", Uint32Array.of(1, 2)],
    ["bool", Uint8Array.of(1, 0)],
    ["bfloat16", Float32Array.of(1.5, -2)],
  ])("a vector of %s", (dtype, values) => {
    const bundle = tensorBundle({ shape: [2], dtype, device: "cpu", size: 2, data: () => values });
    expectSound(String(bundle["text/html"]));
    expect(bundle["text/plain"]).toContain(`Tensor[2] ${dtype}`);
  });

  test("the worst a tensor can be stays within its bytes", () => {
    const g = normal(8);
    for (const shape of [[9, 512, 512], [1000, 1000], [300, 3, 32, 32], [100_000]]) {
      expectSound(htmlOf(shape, g));
    }
    const u = normal(9);
    expectSound(htmlOf([64, 3, 64, 64], () => Math.min(1, Math.abs(u()))));
    expectSound(htmlOf([3, 1000, 1000], () => Math.min(1, Math.abs(u()))));
  });
});

test("a position unravels into an index per axis", () => {
  expect(unravel(30, [2, 3, 7])).toEqual([1, 1, 2]);
  expect(unravel(0, [])).toEqual([]);
});
