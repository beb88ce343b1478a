import { describe, expect, test } from "vitest";
import { formatNotebook, NotebookError, parseNotebook, splitLines } from "../../../kernel/cli/notebook.js";

/** The text of a notebook with the given cells. */
function notebookText(cells: object[], rest: object = {}): string {
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells, ...rest });
}

const code = (source: string | string[], rest: object = {}) => ({
  cell_type: "code",
  id: "a1",
  metadata: {},
  execution_count: null,
  outputs: [],
  source,
  ...rest,
});

describe("parseNotebook", () => {
  test("joins the lines of sources, streams and text bundles, and leaves JSON bundles alone", () => {
    const outputs = [
      { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
      {
        output_type: "display_data",
        metadata: {},
        data: { "text/html": ["<b>", "x"], "application/json": ["kept", "apart"], "application/x+json": ["too"] },
      },
    ];
    const { cells } = parseNotebook(notebookText([code(["1 +\n", "1"], { outputs })]));
    expect(cells[0]!.source).toBe("1 +\n1");
    expect(cells[0]!.outputs).toEqual([
      { output_type: "stream", name: "stdout", text: "a\nb" },
      {
        output_type: "display_data",
        metadata: {},
        data: { "text/html": "<b>x", "application/json": ["kept", "apart"], "application/x+json": ["too"] },
      },
    ]);
  });

  test("gives ids where 4.4 has none, and new ones where two cells share one", () => {
    const { id: _, ...without } = code("1");
    const { cells, nbformat_minor } = parseNotebook(
      notebookText([without, code("2"), code("3")], { nbformat_minor: 4 }),
    );
    expect(nbformat_minor).toBe(5);
    expect(new Set(cells.map(c => c.id)).size).toBe(3);
    expect(cells[1]!.id).toBe("a1");
    for (const { id } of cells) expect(id).toMatch(/^[\w-]{1,64}$/);
  });

  test.each([
    ["", "is empty"],
    ["{", "is not JSON: it ends too early, at line 1, column 2"],
    ['{"cells": [\n<<<<<<< HEAD\n]}', "is not JSON: line 2, column 1 is the mark of a merge conflict"],
    ['{\n  "cells": [,]\n}', "is not JSON: line 2, column 13: unexpected"],
    ["[]", "it has no nbformat"],
    [JSON.stringify({ nbformat: 3, worksheets: [] }), "nbconvert --to notebook --nbformat 4"],
    [JSON.stringify({ nbformat: 5, cells: [] }), "newer than this program"],
    [JSON.stringify({ nbformat: 4 }), "no list of cells"],
    [notebookText([code("1"), { cell_type: "heading", source: "x" }]), 'cell 2 has the cell_type "heading"'],
    [notebookText([code(7 as never)]), "cell 1 has no source"],
    [notebookText([code("1", { outputs: "x" })]), "cell 1 has outputs"],
    [notebookText([null as never]), "cell 1 is not an object"],
  ])("refuses %j and says why", (text, why) => {
    expect(() => parseNotebook(text)).toThrow(NotebookError);
    expect(() => parseNotebook(text)).toThrow(why);
  });

  test("reads a file that begins with a byte order mark", () => {
    expect(parseNotebook(`\uFEFF${notebookText([code("1")])}`).cells).toHaveLength(1);
  });
});

describe("formatNotebook", () => {
  test("keeps what it does not know, sorts keys and ends with a line break", () => {
    const text = notebookText([code("1\n2", { metadata: { zebra: 1, apple: { own: true } } })], {
      metadata: { custom: { b: 2, a: 1 } },
    });
    const written = formatNotebook(parseNotebook(text));
    expect(written.endsWith("}\n")).toBe(true);
    expect(written.startsWith('{\n "cells": [\n  {\n   "cell_type": "code"')).toBe(true);
    expect(JSON.parse(written)).toEqual({
      ...JSON.parse(text),
      cells: [{ ...JSON.parse(text).cells[0], source: ["1\n", "2"] }],
    });
    expect(written.indexOf('"apple"')).toBeLessThan(written.indexOf('"zebra"'));
  });

  test("writes what it read, unchanged, a second time", () => {
    const once = formatNotebook(parseNotebook(notebookText([code("let a = 1;\n\na")])));
    expect(formatNotebook(parseNotebook(once))).toBe(once);
  });
});

test("splitLines splits as Python does and loses nothing", () => {
  const text = "a\r\nb\nc\rd\u2028e\x1cf\n\ng";
  expect(splitLines(text)).toEqual(["a\r\n", "b\n", "c\r", "d\u2028", "e\x1c", "f\n", "\n", "g"]);
  expect(splitLines("")).toEqual([]);
  expect(splitLines("x\n")).toEqual(["x\n"]);
});
