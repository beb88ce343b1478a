import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { arange, randn, type Tensor, tensor } from "../../engine/index.js";
import { displaySymbol } from "../../widgets/display.js";
import "../../widgets/install.js";
import { views } from "../../widgets/show.js";
import { tensorBundle } from "../../widgets/views/tensor.js";
import { sampleOf } from "../../widgets/views/tensor-sample.js";
import { expectSound, textOf } from "./markup.js";

describe("a tensor of 10^9 elements", () => {
  // No memory holds them: one row of different values stands for all rows.
  const billion = (arange(1000, { dtype: "float32" }) as Tensor).expand([1000, 1000, 1000]) as Tensor;
  const note =
    "1 of 7 along axis 0, 1 of 7 along axis 1, 1 of 7 along axis 2: 2,924,207 of 1,000,000,000 values are looked at";

  test("shows evenly spread values, and says which", () => {
    const began = performance.now();
    const { "text/html": html, "text/plain": plain } = tensorBundle(billion);
    expect(performance.now() - began).toBeLessThan(5000);
    expectSound(String(html), 64 * 1024);
    const text = textOf(String(html));
    expect(text).toContain("[1000, 1000, 1000]");
    expect(text).toContain("1,000,000,000 values");
    expect(text).toContain(note);
    // 0, 7, ..., 994.
    expect(text).toMatch(/min.*mean.*max/);
    expect(plain).toContain("Tensor[1000, 1000, 1000] float32 n=1,000,000,000 (3.7 GB)");
    expect(plain).toContain("x∈[0, 994] μ=497");
    expect(inspect(billion)).toContain(note);
  });

  test("has a histogram and a map", () => {
    for (const view of [views.hist(billion), views.heatmap(billion.at(0) as Tensor), views.heatmap(billion)]) {
      expectSound(String(view[displaySymbol]()["text/html"]));
    }
    expect(textOf(String(views.hist(billion)[displaySymbol]()["text/html"]))).toContain(note);
  });

  test("of a vector every n-th; fewer than 16.8 million values are all looked at", () => {
    const long = tensor([0.5]).expand([1_000_000_000]) as Tensor;
    expect(sampleOf(long)?.part.shape).toEqual([Math.ceil(1e9 / 255)]);
    expect(sampleOf(tensor([0.5]).expand([16_000_000]) as Tensor)).toBeUndefined();
  });

  test("is too much to walk through: the message says what to do", () => {
    expect(() => views.explore(billion)).toThrow(/1,000,000,000 values.*Give a part/);
  });
});

describe("eight axes", () => {
  const deep = randn([2, 3, 1, 2, 2, 3, 12, 10]) as Tensor;

  test("are facets of the last two, named by all the others", () => {
    const { "text/html": html, "text/plain": plain } = tensorBundle(deep);
    expectSound(String(html), 64 * 1024);
    expect(textOf(String(html))).toContain("[0, 0, 0, 1, 0, 2, :, :]");
    expect(textOf(String(html))).toContain("24 of 72 slices");
    expect(plain).toContain("Tensor[2, 3, 1, 2, 2, 3, 12, 10]");
  });

  test("have an explorer that shows any two of them", () => {
    const explorer = views.explore(deep);
    explorer.set({ axes: [1, 5], index: [1, 0, 0, 1, 0, 0, 7, 9] });
    const { width, height } = explorer.get("picture");
    expect([height, width]).toEqual([3, 3]);
    expect(explorer.get("pixels")).toHaveLength(9);
    explorer.close();
  });
});
