import { expect, test } from "vitest";
import { isComplete } from "../../../kernel/language/complete-check.js";

test.each([
  "",
  "1 + 1",
  "const x = 1;",
  "function f() {\n  return 1;\n}",
  "await fetch(url)",
  "{ a: 1, b: 2 }",
  "const el = <b>x</b>",
  "let x: Map<string, number[]> = new Map()",
  "`a\nb`",
])("%j can run", code => {
  expect(isComplete(code)).toEqual({ status: "complete" });
});

test.each([
  ["function f() {", "  "],
  ["for (const x of xs) {\n  if (x) {", "    "],
  ["foo(1,", ""],
  ["const f = (x: number) =>", "  "],
  ["const x =", ""],
  ["class A {\n\tm() {", "\t\t"],
  ["const list = [ // numbers", "  "],
  ["`a", ""],
  ["/* a", ""],
  ["x ? 1 :", "  "],
  ["const s = '😀'; f(", "  "],
  ["try {\n}", ""],
  ["if (x)", ""],
  ["({ a: 1,", ""],
])("%j needs more lines, indented by %j", (code, indent) => {
  expect(isComplete(code)).toEqual({ status: "incomplete", indent });
});

test.each(["1 +* 2", "let 1x", "foo)", "}", "'abc", "x = )", "const = 3; {", "return 1"])("%j is wrong", code => {
  expect(isComplete(code)).toEqual({ status: "invalid" });
});
