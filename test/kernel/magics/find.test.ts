import { describe, expect, test } from "vitest";
import { findMagics, marker } from "../../../kernel/magics/find.js";

const known = new Set(["time", "who", "flag", "git", "process", "a", "b", "x", "cond"]);

function find(code: string, names: ReadonlySet<string> = known) {
  const cell = findMagics(code, name => names.has(name));
  return { ...cell, found: cell.magics.map(({ magic, args }) => `${magic.name}(${args})`) };
}

describe("lines that are magics", () => {
  test.each<[string, string[]]>([
    ["%who", ["who()"]],
    ["%who Tensor number", ["who(Tensor number)"]],
    ["const q = 1\n%env NAME=some value\nq", ["env(NAME=some value)"]],
    ["  %cd ..", ["cd(..)"]],
    ["!ls -la /tmp", ["sh(ls -la /tmp)"]],
    ["x\n!ls", ["sh(ls)"]],
    ["!./run.sh --fast", ["sh(./run.sh --fast)"]],
    ["!/bin/ls | head", ["sh(/bin/ls | head)"]],
    ["!python3.11 -V", ["sh(python3.11 -V)"]],
    ["!echo one \\\n  two\nx", ["sh(echo one \\\n  two)"]],
    ["%sh git status", ["sh(git status)"]],
    ["?x", ["inspect(x)"]],
    ["x?", ["inspect(x)"]],
    ["x.y[0].z??", ["inspect(x.y[0].z)"]],
    ["%time await fit()", ["time()"]],
    ["%timeit -n 10 -r3 x * 2", ["timeit(-n 10 -r3)"]],
    ["%%time\nx\n%who", ["time()"]],
    ["\n\n%%bash one two\necho", ["bash(one two)"]],
    ["%install zod@4\nimport * as z from 'zod'", ["install(zod@4)"]],
  ])("%j", (code, expected) => {
    const cell = find(code);
    expect(cell.problem).toBeUndefined();
    expect(cell.found).toEqual(expected);
    expect(cell.marked).toHaveLength(code.length);
    expect(cell.plain).toHaveLength(code.length);
    expect(cell.marked.split(marker)).toHaveLength(expected.length + 1);
  });
});

describe("TypeScript that is no magic", () => {
  test.each([
    "const r = a\n  %time",
    "x = 5\n%who",
    "const r = a +\n  b\n  %time\n  + 1",
    "f(\n  a\n  %time)",
    "!flag",
    "!flag && run()",
    "!git",
    "!unknown(1)",
    "!await x",
    "!/bin/g.test(x)",
    "const ok = a &&\n!ls",
    "const c = cond\n  ?a\n  :b",
    "const c = cond?\n  a\n  : b",
    "a\n??b",
    "const text = `\n%who\n!ls\n?x\n`",
    "/*\n%who\n!ls -l /x\n*/",
    "if (x) {\n!ls\n}",
    "function f() {\n  return a\n  %time\n}",
    "const { p } = x\n  %p",
    "later()\nconst r = a\n  %declared\nvar declared = 3",
    "// %who\nx",
  ])("%j", code => {
    const cell = find(code);
    expect(cell.found).toEqual([]);
    expect(cell.problem).toBeUndefined();
    expect(cell.marked).toBe(code);
  });

  test("also where the cell has a mistake further down", () => {
    expect(find("const c = cond\n  ?a\n  :b\nfoo(").found).toEqual([]);
    expect(find("const r = a\n  %time\nfoo(").found).toEqual([]);
    expect(find("const r = a\n  %time\n%env\nfoo(").found).toEqual(["env()"]);
  });

  test("unless its names mean nothing", () => {
    expect(find("x = 5\n%who", new Set(["x"])).found).toEqual(["who()"]);
    expect(find("!ls -a", new Set(["ls"])).found).toEqual([]);
    expect(find("!ls -a", new Set()).found).toEqual(["sh(ls -a)"]);
  });
});

test("what is timed stays where it is", () => {
  const code = "%time const y = f()\n%timeit -n 3 y * 2\ny";
  expect(find(code).plain).toBe(";     const y = f()\n;            y * 2\ny");
  expect(find(code).magics.map(m => m.statements)).toEqual([1, 1]);
  expect(find("%time a; b; type T = 1").magics[0]!.statements).toBe(2);
  expect(find("%time f({\n  a: 1,\n})\nb").magics[0]!.statements).toBe(1);
});

test("the body of a cell magic is kept as it is, and is no TypeScript", () => {
  const cell = find("%%html\n<b>%who</b>\r\n!x\n");
  expect(cell.magics).toMatchObject([{ body: "<b>%who</b>\r\n!x\n", args: "" }]);
  expect(cell.plain.trim()).toBe(";");
  expect(cell.plain.split("\n")).toHaveLength(4);
});

describe("what can only be a mistake", () => {
  test.each<[string, string, number]>([
    ["%tiem f()", "%tiem is no magic for a line: did you mean %time?", 0],
    ["x\n  %frobnicate now please", "%frobnicate is no magic for a line: %help lists all", 4],
    ["%html", "%html is no magic for a line: write %%html as the first line of a cell", 0],
    ["%%who", "%%who is no magic for a cell: write %who [TYPE ...], on a line of its own", 0],
    ["%%tine\nx", "did you mean %%time?", 0],
    ["x\n%%bash\nls", "%%bash is no magic for a line: write %%bash [ARGUMENT ...] as the first line of a cell", 2],
    ["%time", "%time times what stands behind it", 0],
    ["%timeit -n 3", "%timeit times what stands behind it", 0],
    ["%%time\n\n", "%%time: the lines below it are timed, and there are none", 0],
    ["!git status now", "To run a program of that name, write %sh git status now", 0],
  ])("%j", (code, message, offset) => {
    const { problem } = find(code);
    expect(problem?.message).toContain(message);
    expect(problem?.offset).toBe(offset);
  });

  test("but not what is an ordinary mistake of TypeScript", () => {
    for (const code of ["!flag &&\n  = 1", "const r = a\n  %b\n  = 3", "const = 3\n%who", "!flag("]) {
      expect(find(code).problem).toBeUndefined();
    }
  });
});
