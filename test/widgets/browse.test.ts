import { describe, expect, test } from "vitest";
import { data, nn, optim, train } from "../../engine/index.js";
import type { Pages } from "../../widgets/browse/pages.js";
import { displaySymbol } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { hostileName } from "./hostile.js";
import { expectSound, textOf } from "./markup.js";
import { trainDigits, trainedAttention } from "./trained.js";

const textAt = (pages: Pages, ...at: number[]): string => {
  pages.set("at", at);
  expectSound(pages.get("html"));
  return textOf(pages.get("html"));
};
/** The cells of the first column that a page shows, below its head. */
const firstColumn = (pages: Pages): string[] =>
  [...pages.get("html").matchAll(/<th scope="row">[^<]*<\/th><td[^>]*>(.*?)<\/td>/g)].map(m =>
    m[1]!.replace(/<[^>]*>/g, ""),
  );

describe("a table to leaf through", () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    score: i % 10 === 3 ? null : (i * 37) % 100,
    name: `row ${i}`,
  }));

  test("page by page", () => {
    const pages = views.browse(rows);
    expect(pages.get("choices").map(c => c.count)).toEqual([9, 5]);
    expect(pages.get("said")[0]).toBe("rows 0 to 11 of 100");
    expect(textAt(pages, 8, 0)).toContain("row 99");
    expect(pages.get("said")[0]).toBe("rows 96 to 99 of 100");
    expect(firstColumn(pages)).toHaveLength(4);
  });

  test("sorted by a column, upwards and downwards, what is missing last; equal rows stay in order", () => {
    const there = rows.flatMap(row => (row.score === null ? [] : [row.score])).sort((a, b) => a - b);
    const pages = views.browse(rows);
    pages.set("at", [0, 1]);
    expect(firstColumn(pages)).toEqual(there.slice(0, 12).map(String));
    pages.set("at", [0, 2]);
    expect(firstColumn(pages)).toEqual(there.reverse().slice(0, 12).map(String));
    pages.set("at", [8, 2]);
    expect(firstColumn(pages)).toEqual(["null", "null", "null", "null"]);
    expect(textAt(pages, 0, 3)).toMatch(/row 0.*row 1 .*row 2 .*row 9 .*row 10 /s);
  });

  test("a page outside, or what is no page, stays where it was", () => {
    const pages = views.browse(rows);
    pages.set("at", [99, -1]);
    expect(pages.get("at")).toEqual([8, 0]);
    const { html } = pages.state;
    for (const wrong of [null, "x", [Number.NaN, 0.5], [], { length: 2 }, [8, 0, 7]]) {
      pages.set("at", wrong as never);
      expect(pages.get("at")).toEqual([8, 0]);
      expect(pages.get("html")).toBe(html);
    }
  });

  test("is its page where there is no front end; names are inert", () => {
    const pages = views.browse([{ [hostileName]: hostileName }]);
    const bundle = pages[displaySymbol]();
    expectSound(String(bundle["text/html"]));
    expect(bundle["text/plain"]).toContain("1 row x 1 column");
    expect(textAt(pages, 0, 1)).toContain("<img src=x");
  });

  test("a million rows are sorted in a second or so, and turned in no time", () => {
    const pages = views.browse({ x: Float32Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i)) });
    const began = performance.now();
    pages.set("at", [0, 1]);
    const sorted = performance.now() - began;
    pages.set("at", [83_000, 1]);
    console.log(
      `1M rows: sorted in ${sorted.toFixed(0)} ms, next page ${(performance.now() - began - sorted).toFixed(1)} ms`,
    );
    expect(sorted).toBeLessThan(10_000);
    expect(firstColumn(pages).map(Number)).toEqual([...firstColumn(pages).map(Number)].sort((a, b) => a - b));
  });

  test("nothing to leaf through is an error that says so", () => {
    expect(() => views.browse([])).toThrow(/no rows/);
    expect(() => views.browse(5 as never)).toThrow(/show.table/);
    const model = new nn.Linear(2, 2);
    expect(() => views.browse(new train.WeightLog(model))).toThrow(/noted nothing/);
  });
});

describe("samples to leaf through", () => {
  test("digits, six at a time, as pictures", () => {
    const digits = data.digits({ count: 50, size: 12, seed: 1 }).train;
    const pages = views.browse(digits);
    const count = digits.labels.size;
    expect(pages.get("choices")[0]!.count).toBe(Math.ceil(count / 6));
    expect(pages.get("said")).toEqual([`0 to 5 of ${count}`]);
    const first = pages.get("html");
    expect(textAt(pages, 1)).toMatch(/ 6 .* 11 /s);
    expect(pages.get("html")).not.toBe(first);
    expect(pages.get("html").match(/<img (?!class="o")/g)).toHaveLength(6);
  });

  test("a Dataset makes its samples first", async () => {
    const squares = data.dataset({ x: Array.from({ length: 20 }, (_, i) => i * i) } as never) as data.Dataset<unknown>;
    const pages = await views.browse(squares);
    expect(textAt(pages, 3)).toContain("361");
  });
});

test("weights step by step, all on one axis", () => {
  let log: train.WeightLog | undefined;
  trainDigits(20, undefined, (_, net) => {
    log ??= new train.WeightLog(net);
    log.record();
  });
  const pages = views.browse(log!);
  const [parameters, steps] = pages.get("choices");
  expect(parameters!.options).toContain("conv1.weight");
  expect(steps!.count).toBe(20);
  expect(pages.get("said")[1]).toBe("step 20 of 20");
  // What is written at the axis of the weights is the same at every step.
  const axis = () =>
    [...pages.get("html").matchAll(/<text[^>]*text-anchor="middle"[^>]*>([^<]*)<\/text>/g)].map(m => m[1]);
  expect(textAt(pages, 0, 19)).toContain("step 20");
  const last = axis();
  expect(textAt(pages, 0, 0)).toContain("step 1");
  expect(axis()).toEqual(last);
  expect(last.length).toBeGreaterThan(4);
  const record = log!.entries()[0]![1][0]!;
  expect(pages.get("html")).toContain(`norm ${Number(record.weights.norm.toPrecision(3))}`);
});

test("weights that are constant, or NaN, have a step too", () => {
  const layer = new nn.Linear(2, 1);
  const optimizer = new optim.SGD(layer.parameters(), { lr: 1 });
  const log = new train.WeightLog(layer);
  log.record();
  for (const p of layer.parameters()) p.grad = p.mul(Number.NaN) as never;
  optimizer.step();
  log.record();
  const pages = views.browse(log);
  expect(textAt(pages, 0, 1)).toContain("NaN or Inf");
  expect(textAt(pages, 1, 0)).toContain("no gradient");
});

test("attention head by head", () => {
  const pages = views.heads(trainedAttention(), { tokens: ["a", "b", "c", "d", "e", "f", "g"] });
  expect(pages.get("choices")[0]!.options).toEqual(["all", "0", "1"]);
  expect(textAt(pages, 0)).toMatch(/head 0.*head 1/s);
  const one = textAt(pages, 2);
  expect(one).toContain("Attention, head 1");
  expect(one).not.toContain("head 0");
  expect(() => views.heads([[1]])).toThrow(/one head.*show.attention/);
});
