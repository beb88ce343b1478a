import { describe, expect, test } from "vitest";
import { data, randn } from "../../engine/index.js";
import "../../widgets/install.js";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { expectSound, shown, textOf } from "./markup.js";
import { tensorOf } from "./samples.js";

const budget = 120 * 1024;

describe("show.dataset", () => {
  test("images as thumbnails, labels by name, and how often each class occurs", () => {
    const { train } = data.digits({ count: 200, size: 16, seed: 1 });
    const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    const { html, text, plain } = shown(views.dataset(train, { labels: names }));
    expect(Buffer.byteLength(html)).toBeLessThan(budget);
    const count = (train.labels as { size: number }).size;
    expect(text).toContain(`${count} samples · 2 fields`);
    expect(text).toMatch(/images float32 \[16, 16\] labels int32/);
    expect(html.match(/<img width="48" height="48"/g)).toHaveLength(6);
    const labels = Array.from((train.labels as { data(): ArrayLike<number> }).data());
    const zeros = labels.filter(label => label === 0).length;
    expect(html).toMatch(new RegExp(`aria-label="labels: [^"]*zero ${zeros}[,"]`));
    expect(text).toContain("10 classes,");
    expect(plain.split("\n")).toHaveLength(6);
    expect(plain).toContain(names[labels[0]!]);
  });

  test("samples of words and numbers; text that names no class has no chart", () => {
    const samples = Array.from({ length: 90 }, (_, i) => ({
      text: `review <b>${i}</b>`,
      label: i % 3 === 0,
      length: i / 7,
    }));
    const { html, text } = shown(views.dataset(samples));
    expect(text).toContain("90 samples · 3 fields");
    expect(text).toMatch(/text text label boolean length number/);
    expect(html).toContain('aria-label="label: false 60, true 30"');
    expect(html.match(/<svg viewBox/g)).toHaveLength(1);
    expect(html).not.toContain("<b>0</b>");
  });

  test("a data.Dataset and a data.Table show themselves, with what is known of them", async () => {
    const endless = data
      .dataset([
        { x: randn([3]), label: "a" },
        { x: randn([3]), label: "b" },
      ])
      .repeat();
    const bundle = (await (endless as never as { [displaySymbol](): Promise<MimeBundle> })[
      displaySymbol
    ]()) as MimeBundle;
    const html = String(bundle["text/html"]);
    expectSound(html, budget);
    expect(textOf(html)).toContain("endless · 2 fields");
    expect(textOf(html)).toContain("classes are those of the first 256 samples");
    expect(shown(views.dataset(data.table({ name: ["Ada", null], age: [36, 41] }))).text).toMatch(/Ada 36 1 null 41/);
  });

  test("nothing, 500 classes, 30 fields, zero-size images, NaN and text that runs from right to left", () => {
    expect(shown(views.dataset([])).text).toContain("no samples");
    expect(shown(views.dataset({ x: tensorOf([0, 4, 4], () => 0) })).text).toContain("0 samples");
    const many = shown(views.dataset({ label: tensorOf([3000], i => i % 500, { dtype: "int32" }) }));
    expect(many.text).toContain("500 classes, 6 each");
    expect(many.html.match(/<rect class="f1"/g)!.length).toBeLessThanOrEqual(40);
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, [1, 2]]));
    expect(shown(views.dataset(wide)).text).toContain("18 more fields not shown");
    shown(views.dataset({ x: tensorOf([3, 0, 4], () => 0), y: [Number.NaN, 1, 2], z: ["שלום", "b", "c"] }));
    shown(views.dataset({ x: tensorOf([2, 3, 4, 5, 6], () => Number.NaN) }));
    expect(shown(views.dataset({ x: tensorOf([2, 5], i => i) })).text).toMatch(/0, 1, 2, 3, 4/);
  });

  test("wrong input is refused", () => {
    expect(() => views.dataset(3 as never)).toThrow("got a number");
    expect(() => views.dataset(tensorOf([3], i => i))).toThrow("got a tensor");
    expect(() => views.dataset({ a: 1 })).toThrow("no field is a tensor or a list");
    expect(() => views.dataset({ a: [1], b: [1, 2] })).toThrow(`"a" has 1, "b" has 2`);
    expect(() => views.dataset([{ a: 1 }], { first: -1 })).toThrow("first is -1");
  });
});
