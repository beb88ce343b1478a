import { expect, test } from "vitest";
import { cellTags, moduleFile } from "../../../kernel/tslab/cell-tags.js";

test("tags in the comment at the head of a cell", () => {
  expect(cellTags("/** @module shapes */\nexport const a = 1;")).toEqual({
    module: "shapes",
    jsx: false,
    browser: false,
  });
  expect(cellTags("/**\n * A page.\n * @module page\n * @jsx\n * @browser\n */")).toEqual({
    module: "page",
    jsx: true,
    browser: true,
  });
  expect(cellTags("// first\n/** @browser */ document.title")).toEqual({ jsx: false, browser: true });
  expect(moduleFile(cellTags("/** @jsx @module view */")!)).toBe("view.tsx");
});

test("other comments are only comments", () => {
  for (const code of [
    "const a = 1; /** @module a */",
    "/* @module a */",
    "// @module a",
    "/** @jsx h */",
    "/** @module ../a */",
    "/** @module */",
    "/** mail me@module.example */",
    "`/** @module a */`",
    "",
  ]) {
    expect(cellTags(code)).toBeUndefined();
  }
});
