import { describe, expect, test } from "vitest";
import { data } from "../../engine/index.js";
import "../../widgets/install.js";
import { views } from "../../widgets/show.js";
import { shown, tagsOf, textOf } from "./markup.js";
import { normal, random, strokes, tensorOf } from "./samples.js";

describe("show.image", () => {
  test("predictions are judged by sign and colour, and counted", () => {
    const { text, html, plain } = shown(
      views.image(strokes(3), { labels: [3, 1, 4], predictions: Int32Array.of(3, 7, 4) }),
    );
    expect(text).toContain("✓ 3");
    expect(text).toMatch(/✗ 7 \(1\)/);
    expect(text).toContain("2 of 3 right");
    expect(html.match(/class="bad"/g)).toHaveLength(1);
    expect(plain).toContain("2 right");
  });

  test.each([
    [[28, 28], "HW", 1],
    [[3, 20, 30], "CHW", 1],
    [[20, 30, 3], "HWC", 1],
    [[5, 20, 30], "NHW", 5],
    [[5, 1, 20, 30], "NCHW", 5],
    [[5, 3, 20, 30], "NCHW", 5],
    [[5, 20, 30, 3], "NHWC", 5],
  ])("the shape %j reads as %s", (shape, name, count) => {
    const u = random(3);
    const { text, html } = shown(views.image(tensorOf(shape, u)));
    expect(text).toContain(`${name}, `);
    expect(tagsOf(html).filter(tag => tag.startsWith("<img"))).toHaveLength(count);
  });

  test("the range is inferred and said", () => {
    const range = (value: (i: number) => number, dtype?: "uint8") =>
      shown(views.image(tensorOf([8, 8], value, dtype ? { dtype } : {}))).text;
    expect(range(i => i / 64)).toContain("values 0 to 1");
    expect(range(i => i * 3)).toContain("values 0 to 255");
    expect(range(i => i % 2, "uint8")).toContain("values 0 to 255");
    expect(range(i => i / 16 - 2)).toContain("values stretched from -2 to 1.94");
  });

  test("at most 64 are drawn, labels escaped, columns kept", () => {
    const labels = Array.from({ length: 100 }, () => "<i>cat</i>");
    const { html, text } = shown(views.image(strokes(100), { labels, columns: 10 }));
    expect(text).toContain("64 of 100 images");
    expect(html).toContain("&lt;i&gt;cat&lt;/i&gt;");
    expect(html).toMatch(/<div style="max-width:\d+px">/);
  });

  test("three digits with labels are three images, not one in colours", () => {
    expect(shown(views.image(strokes(3), { labels: [1, 2, 3] })).text).toContain("NHW, 28 x 28");
    expect(shown(views.image(strokes(3))).text).toContain("CHW, 28 x 28, RGB");
  });

  test("noise in colours stays within the bytes of an output", () => {
    const u = random(12);
    expect(shown(views.image(tensorOf([100, 3, 32, 32], u))).text).toContain("35 of 100 images");
    shown(views.image(tensorOf([1, 3, 400, 400], u)));
    shown(views.image(tensorOf([64, 28, 28], u)));
  });

  test("wrong input is refused with what to do", () => {
    expect(() => views.image(tensorOf([2, 5, 8, 8], () => 0))).toThrow(
      /show\.image: a tensor of shape \[2, 5, 8, 8\] is not images\. Give/,
    );
    expect(() => views.image(strokes(3), { labels: [1, 2] })).toThrow("3 images but 2 labels");
    expect(() => views.image(strokes(3), { labels: "abc" as never })).toThrow("labels is a string");
    expect(() => views.image(strokes(3), { columns: 0 })).toThrow("columns is 0");
    expect(() => views.image("cat.png" as never)).toThrow("expected a tensor or arrays of numbers, got string");
    expect(() => views.image(tensorOf([0, 28, 28], () => 0))).toThrow("is not images");
  });
});

describe("show.heatmap", () => {
  test("draws a small matrix too, and says its colours", () => {
    const { text } = shown(
      views.heatmap(
        [
          [1, 2],
          [3, 4],
        ],
        { colours: "cividis", title: "Attention" },
      ),
    );
    expect(text).toMatch(/Attention.*1 4 · cividis/);
    expect(shown(views.heatmap([[-1, 2]])).text).toContain("-2 2 · red-blue, symmetric about 0");
  });

  test("one outlier does not grey out the rest, and the legend says so", () => {
    const g = normal(3);
    const { text } = shown(views.heatmap(tensorOf([100, 100], i => (i === 77 ? 1000 : g()))));
    expect(text).toContain("colours end there, values go on");
    expect(text).toContain("1000");
  });

  test("wrong input is refused", () => {
    expect(() => views.heatmap(tensorOf([], () => 1))).toThrow("a single number has no map");
    expect(() => views.heatmap(tensorOf([0, 2], () => 1))).toThrow("is empty");
    expect(() => views.heatmap([[1]], { colours: "jet" as never })).toThrow(/no colours "jet".*viridis/);
    expect(() => views.heatmap([[1, 2], [3]])).toThrow("ragged");
  });
});

describe("show.hist", () => {
  test("counts into as many intervals as asked for", () => {
    const g = normal(2);
    const { text, plain } = shown(views.hist(tensorOf([1000], g), { bins: 20, xLabel: "weight" }));
    expect(text).toContain("x: weight");
    expect(plain.split("\n").at(-1)).toMatch(/^[ ▁▂▃▄▅▆▇█]{20}$/);
  });

  test("wrong input is refused", () => {
    expect(() => views.hist([1, 2], { bins: 0 })).toThrow("bins is 0");
    expect(() => views.hist([])).toThrow("the tensor is empty");
    expect(() => views.hist([Number.NaN])).toThrow("every value is NaN or Inf");
  });
});

describe("show.curve", () => {
  test("draws lines by name over x, each with its own name at its end", () => {
    const { html, plain } = shown(
      views.curve(
        [0, 1, 2],
        { "a<b": [1, 2, 3], c: Float32Array.of(3, 2, 1) },
        { title: "T", xLabel: "s", yLabel: "m" },
      ),
    );
    expect(html).toContain(">a&lt;b</text>");
    expect(plain).toBe("T: a<b from 1 to 3, c from 1 to 3");
    expect(textOf(html)).toContain("x: s · y: m");
  });

  test("y alone is drawn over its positions; a tensor is taken too", () => {
    expect(shown(views.curve([5, 6, 7])).plain).toBe("Curve: y from 5 to 7");
    expect(shown(views.curve(tensorOf([4, 1], i => i))).plain).toContain("y from 0 to 3");
  });

  test("a long line keeps its spike and stays small", () => {
    const { html } = shown(
      views.curve(Array.from({ length: 200_000 }, (_, i) => (i === 123_456 ? 50 : Math.sin(i / 1e4)))),
    );
    expect(html).toContain("to 50");
    expect(html.length).toBeLessThan(40_000);
    // The spike's tick is drawn: the axis reaches it.
    expect(html).toMatch(/>50<\/text>/);
  });

  test("NaN is counted in the heading and leaves a gap, also in a long line", () => {
    for (const n of [30, 30_000]) {
      const { html, text } = shown(
        views.curve(Array.from({ length: n }, (_, i) => (i >= n / 3 && i < n / 2 ? Number.NaN : 1 + i / n))),
      );
      expect(text).toContain("NaN or Inf");
      const path = /<path class="s1" d="([^"]*)"/.exec(html)![1]!;
      expect(path.match(/M/g)!.length).toBe(2);
    }
  });

  test("wrong input is refused", () => {
    expect(() => views.curve([1, 2], [1, 2, 3])).toThrow("x has 2 values but y has 3");
    expect(() =>
      views.curve([1], {
        a: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toThrow("a has shape [2, 2]");
    expect(() => views.curve([0], {})).toThrow("there is no line");
    expect(() => views.curve([Number.NaN])).toThrow("no value is finite");
    expect(() => views.curve(undefined as never)).toThrow("expected a tensor or arrays of numbers");
    expect(() => views.curve([1], Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`l${i}`, [1]])))).toThrow(
      "13 lines",
    );
  });
});

describe("show.table", () => {
  test("objects, arrays, columns and matrices", () => {
    expect(
      shown(
        views.table([
          { a: 1, b: "x" },
          { a: 2.5, c: null },
        ]),
      ).plain.split("\n"),
    ).toEqual([
      "2 rows x 3 columns",
      "┌───┬────────┬──────┬───────┐",
      "│   │      a │ b    │     c │",
      "│   │ number │ text │ empty │",
      "├───┼────────┼──────┼───────┤",
      "│ 0 │    1.0 │ x    │  null │",
      "│ 1 │    2.5 │ null │  null │",
      "└───┴────────┴──────┴───────┘",
    ]);
    expect(
      shown(
        views.table([
          [1, 2],
          [3, 4],
        ]),
      ).text,
    ).toContain("2 columns");
    expect(shown(views.table({ x: [1, 2, 3], y: tensorOf([3], i => i) })).text).toContain("3 rows");
    expect(shown(views.table(tensorOf([2, 2], i => i))).text).toContain("2 rows");
    expect(shown(views.table([])).text).toContain("no rows");
  });

  test("long and wide tables show a part and say so", () => {
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, i]));
    const { text, html, plain } = shown(views.table(Array.from({ length: 1000 }, () => wide)));
    expect(text).toContain("1,000 rows");
    expect(text).toContain("10 more columns not shown");
    // Names with types, five rows at each end, a row of dots between.
    expect(html.match(/<tr>/g)!.length).toBe(12);
    expect(plain).toMatch(
      /^1,000 rows x 30 columns\n.*│ +0 │.*│ +4 │.*│ +… │.*│ +999 │.*\n\d+ more columns not shown$/s,
    );
    expect(Math.max(...plain.split("\n").map(line => line.length))).toBeLessThanOrEqual(124);
  });

  test("a data.Table has the types of its columns; a value that is missing is told from an empty text", () => {
    const people = data.table({ name: ["Ada", "", null], age: [36, null, 41], member: [true, false, null] });
    const { text, html, plain } = shown(views.table(people));
    expect(text).toMatch(/name text age number member boolean/);
    expect(html.match(/<small>null<\/small>/g)).toHaveLength(3);
    expect(plain).toContain("│ 1 │      │   null │ false   │");
    expect(shown(people as never).plain).toBe(plain);
  });

  test("a million rows cost no more than a few; text that runs from right to left stays in its cell", () => {
    const column = new Float32Array(1_000_000);
    const began = performance.now();
    const { text, html } = shown(views.table({ x: column, y: column, words: Array(1_000_000).fill("שלום <b>") }));
    expect(performance.now() - began).toBeLessThan(500);
    expect(text).toContain("1,000,000 rows");
    expect(text).toContain("x float32");
    expect(html).toContain("<bdi>שלום &lt;b&gt;</bdi>");
    expect(Buffer.byteLength(html)).toBeLessThan(48 * 1024);
  });

  test("NaN and infinities are words, and columns of zero rows are there", () => {
    expect(shown(views.table({ x: [Number.NaN, Number.POSITIVE_INFINITY, 1e-9] })).text).toMatch(/NaN 1 Inf 2 1.00e-9/);
    const empty = shown(views.table({ x: new Int32Array(0) }));
    expect(empty.text).toMatch(/x int32 no rows/);
    expect(empty.plain).toContain("0 rows x 1 column");
  });

  test("cells are escaped and cut, and values that refuse to be text keep their place", () => {
    const hostile = {
      toJSON: () => {
        throw new Error("no");
      },
    };
    const { html } = shown(
      views.table([{ a: "<script>alert(1)</script>", b: "x".repeat(1000), c: hostile, d: () => 1 }]),
    );
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toContain("x".repeat(81));
    expect(html).toContain("(object)");
  });

  test("wrong input is refused", () => {
    expect(() => views.table(3 as never)).toThrow("got a number");
    expect(() => views.table([1, 2])).toThrow("row 0 is a number");
    expect(() => views.table({ a: [1], b: [1, 2] })).toThrow(`"a" has 1, "b" has 2`);
    expect(() => views.table({ a: 1 })).toThrow(`column "a" is not a list`);
    expect(() => views.table(tensorOf([2, 2, 2], i => i))).toThrow("has no rows and columns");
  });
});

test("a title from right to left does not turn around the facts beside it", () => {
  const { html } = shown(views.table([{ a: 1 }, { a: 2 }], { title: "מודל קטן" }));
  expect(html).toContain("<b><bdi>מודל קטן</bdi></b>");
  expect(shown(views.table([{ a: 1 }], { title: "small" })).html).toContain("<b>small</b>");
});

test("captions and names from right to left keep what stands beside them in its place", () => {
  const [cat, dog] = ["חתול", "כלב <b>"];
  const images = tensorOf([2, 8, 8], i => (i % 9) / 9);
  const html = (view: Parameters<typeof shown>[0]) => shown(view).html;
  const pictures = html(views.image(images, { labels: [cat, cat], predictions: [cat, dog] }));
  expect(pictures).toContain(`✓ <bdi>${cat}</bdi>`);
  expect(pictures).toContain(`✗ <bdi>כלב &lt;b&gt;</bdi></span> (<bdi>${cat}</bdi>)`);
  expect(html(views.image(images, { labels: [cat, dog] }))).toContain(`<bdi>${cat}</bdi></small>`);
  const confused = html(
    views.confusion(
      [
        [3, 2],
        [1, 4],
      ],
      { labels: [cat, dog] },
    ),
  );
  expect(confused).toContain(`<bdi>${cat}</bdi> taken for <bdi>כלב &lt;b&gt;</bdi> (2 times)`);
  const overlay = html(views.overlay(images, images, { captions: [cat, dog] }));
  expect(overlay).toContain(`<bdi>${cat}</bdi> · strongest`);
  const weights = tensorOf([2, 2], i => (i % 3 === 0 ? 0.75 : 0.25));
  expect(html(views.attention(weights, { tokens: [cat, dog] }))).toContain(
    `<bdi>${cat}</bdi> → <bdi>${cat}</bdi> 0.75`,
  );
});

describe("tiles of images", () => {
  const tiles = (columns: number | undefined, names: readonly string[] = ["a", "b"]) => {
    const { html } = shown(
      views.image(strokes(24), {
        labels: Array.from({ length: 24 }, (_, i) => names[i % names.length]!),
        ...(columns === undefined ? {} : { columns }),
      }),
    );
    const width = (pattern: RegExp) => Number(pattern.exec(html)![1]);
    return { row: width(/max-width:(\d+)px"><div class="i"/), tile: width(/class="i"[^>]*width:(\d+)px/), html };
  };

  test.each([1, 6, 8, 12, 21])("%d columns stand side by side in a card", columns => {
    const { row, tile } = tiles(columns);
    expect(Math.floor(row / (tile + 12))).toBe(columns);
    expect(row).toBeLessThanOrEqual(856 + 4);
  });

  test("long captions get tiles of one width, as far as it is bearable", () => {
    const { tile } = tiles(8, ["a", "ankle boot of leather"]);
    expect(tile).toBeGreaterThan(84);
    expect(tile).toBeLessThanOrEqual(168);
    expect(tiles(8, ["a".repeat(40)]).tile).toBe(168);
  });
});
