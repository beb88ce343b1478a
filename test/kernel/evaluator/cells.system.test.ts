import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Evaluator, sleep } from "./harness.js";

let folder: string;
let evaluator: Evaluator;

/** A notebook's folder with packages of each kind and local files. */
function makeFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "gradbook-evaluator-"));
  const put = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put(
    "node_modules/esm-only/package.json",
    '{"name":"esm-only","version":"1.0.0","type":"module","exports":"./index.js"}',
  );
  put("node_modules/esm-only/index.js", "await 0; export const answer = 42; export default () => typeof URL;");
  put("node_modules/cjs/package.json", '{"name":"cjs","version":"1.0.0","main":"index.js"}');
  put("node_modules/cjs/index.js", "const made = {}; made['do' + 'uble'] = x => x * 2; module.exports = made;");
  put("node_modules/needs/package.json", '{"name":"needs","version":"1.0.0","type":"module","exports":"./index.js"}');
  put("node_modules/needs/index.js", "import 'not-there';");
  put("data.json", '{"rows": 3}');
  return root;
}

beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  evaluator = new Evaluator({ cwd: folder });
  await evaluator.ready;
});
afterEach(() => evaluator.stop());

/** Runs cells in order and returns the text of the last value; fails on any error. */
async function value(...cells: string[]): Promise<string | undefined> {
  let text: string | undefined;
  for (const code of cells) {
    const outcome = await evaluator.execute(code);
    expect(outcome.traceback).toBe("");
    ({ text } = outcome);
  }
  return text;
}

async function failure(code: string) {
  const outcome = await evaluator.execute(code);
  expect(outcome.done.status).toBe("error");
  return { ...outcome, error: outcome.done.error! };
}

describe("declarations", () => {
  test("names live on, whatever they were declared with", async () => {
    expect(
      await value(
        "const a = 1; let b = 2; var c = 3; function d() { return 4 } class E { f = 5 } enum G { h = 6 }",
        "[a, b, c, d(), new E().f, G.h]",
      ),
    ).toBe("[ 1, 2, 3, 4, 5, 6 ]");
  });

  test("anything can be declared again as anything", async () => {
    const forms = [
      "let x = 'let'",
      "const x = 'const'",
      "var x = 'var'",
      "function x() {}",
      "class x {}",
      "enum x { a }",
      "namespace x { export const a = 1 }",
      "import x from 'cjs'",
    ];
    for (const first of forms) {
      for (const second of forms) {
        await value(first, second);
      }
    }
    expect(await value("const x = 1", "x")).toBe("1");
  });

  test("destructuring with defaults, rest and nesting", async () => {
    expect(
      await value(
        "const { p, q: [r, ...s], t = 5, ...u } = { p: 1, q: [2, 3, 4], v: 6 } as any; let [w, { y }] = [7, { y: 8 }]",
        "[p, r, s, t, u, w, y]",
      ),
    ).toBe("[ 1, 2, [ 3, 4 ], 5, { v: 6 }, 7, 8 ]");
  });

  test("an enum and a namespace do not merge with those of an earlier cell", async () => {
    expect(await value("enum C { red }", "enum C { blue }", "C")).toBe("{ '0': 'blue', blue: 0 }");
    expect(await value("namespace N { export const a = 1 }", "namespace N { export const b = 2 }", "N")).toBe(
      "{ b: 2 }",
    );
    expect(await value("const enum Q { a = 3 }", "Q.a")).toBe("3");
  });

  test("functions see what a name means now", async () => {
    expect(await value("const k = 1; function readK() { return k }", "const k = 2", "readK()")).toBe("2");
    expect(await value("function first() { return second() }", "function second() { return 'late' }", "first()")).toBe(
      "'late'",
    );
    expect(await value("function second() { return 'later' }", "first()")).toBe("'later'");
    expect(await value("let n = 0; const up = () => { n += 1 }", "up(); up()", "n")).toBe("2");
  });

  test("functions are hoisted, also in cells that wait", async () => {
    expect(await value("hoisted(); function hoisted() { return 1 }")).toBeUndefined();
    expect(await value("const got = early(); function early() { return 1 } got")).toBe("1");
    expect(await value("const g2 = later(); await 0; function later() { return 2 } g2")).toBe("2");
  });

  test("nested var belongs to the cell; let and const of a block do not", async () => {
    expect(
      await value(
        "for (var i = 0; i < 3; i++) { var last = i } if (true) { var { deep } = { deep: 9 }; let hidden = 1 }",
        "[i, last, deep, typeof hidden]",
      ),
    ).toBe("[ 3, 2, 9, 'undefined' ]");
    expect(
      await value(
        "for (var key in { z: 1 }) ; for (var [m] of [[5]]) ; switch (1) { case 1: var sw = 7 }",
        "[key, m, sw]",
      ),
    ).toBe("[ 'z', 5, 7 ]");
  });

  test("let without a value is undefined again; var without one keeps", async () => {
    expect(await value("let l = 1; var v = 1", "let l; var v;", "[l, v]")).toBe("[ undefined, 1 ]");
  });

  test("names of functions and classes are what the user wrote", async () => {
    expect(
      await value(
        "function foo() {} class Bar {} const baz = () => 0; class URL {} function fetch() {}; [foo, Bar, baz, URL, fetch].map(f => f.name)",
      ),
    ).toBe("[ 'foo', 'Bar', 'baz', 'URL', 'fetch' ]");
  });

  test("a recursive function that is declared anew calls the new one", async () => {
    expect(
      await value(
        "function f(n: number): number { return n === 0 ? 0 : f(n - 1) } const old = f",
        "function f(n: number) { return 'new' }",
        "old(3)",
      ),
    ).toBe("'new'");
  });

  test("a declaration whose value throws can be run again", async () => {
    await failure("const broken = (() => { throw new Error('no') })()");
    expect(await value("const broken = 1", "broken")).toBe("1");
  });

  test("exports are tolerated", async () => {
    expect(
      await value(
        "export const ex = 1; export function fy() { return 2 } export { ex as other }; export default class Dd {}",
        "[ex, fy(), typeof Dd]",
      ),
    ).toBe("[ 1, 2, 'function' ]");
    expect(await value("export default 5")).toBe("5");
    expect(await value("export type T = string; export interface I {}")).toBeUndefined();
  });

  test("names that are not ASCII", async () => {
    expect(await value("const größe = 2, 変数 = '😀'", "[größe, 変数]")).toBe("[ 2, '😀' ]");
  });
});

describe("builtins", () => {
  test("redeclaring one touches neither the realm nor packages", async () => {
    expect(
      await value(
        "import kind from 'esm-only'",
        "const URL = 'mine'; const process = 1; let performance = 2; const name = 3",
        "[URL, typeof globalThis.URL, typeof globalThis.process, kind(), performance, name]",
      ),
    ).toBe("[ 'mine', 'function', 'object', 'function', 2, 3 ]");
    expect(await value("({ URL, process: process })")).toBe("{ URL: 'mine', process: 1 }");
    expect(await value("((URL: string) => URL)('inner')")).toBe("'inner'");
  });

  test("require, __dirname and __filename exist in cells only", async () => {
    expect(await value("require('node:path').basename(__dirname) === __dirname.split('/').at(-1)")).toBe("true");
    expect(await value("typeof (globalThis as any).require")).toBe("'undefined'");
    expect(await value("const require = (x: string) => 'own ' + x; require('y')", "require('z')")).toBe("'own z'");
  });

  test("globalThis properties are names", async () => {
    expect(await value("globalThis.zz = 3; (globalThis as any).zz", "zz")).toBe("3");
  });
});

describe("values", () => {
  test.each([
    ["1 + 1", "2"],
    ["1 + 1;", "2"],
    ["'a'", "'a'"],
    ["{ a: 1, b: [2] }", "{ a: 1, b: [ 2 ] }"],
    ["({ a: 1 })", "{ a: 1 }"],
    ["null", "null"],
    ["undefined", undefined],
    ["void 5", undefined],
    ["const q = 1", undefined],
    ["class A {}", undefined],
    ["let z; z = 5", "5"],
    ["1; // comment\n/* more */", "1"],
    ["(1, 2)", "2"],
    ["", undefined],
    ["// nothing", undefined],
    ["if (true) { 1 }", undefined],
    ["await Promise.resolve(8)", "8"],
    ["Promise.resolve(8)", "Promise { 8 }"],
    ["await 0; Promise.resolve(8)", "Promise { 8 }"],
    ["this === globalThis", "true"],
    ["(function () { return this })()", undefined],
    ["'use strict'", "'use strict'"],
    ["<number>(1 as any)", "1"],
    ["((<T,>(x: T) => x)(11)) satisfies number", "11"],
    ["/[\\p{L}--[a-z]]/v.test('A')", "true"],
    ["new Map([[1, { a: 2 }]])", "Map(1) { 1 => { a: 2 } }"],
  ])("%s is shown as %s", async (code, text) => {
    expect(await value(code)).toBe(text);
  });

  test("strict mode", async () => {
    expect((await failure("(function () { undeclared = 1 })()")).error.ename).toBe("ReferenceError");
  });

  test("JSX with the factory of the pragma and with React", async () => {
    expect(
      await value(
        "/** @jsx h */ function h(t: any, p: any, ...c: any[]) { return t + c.join('') } const el = <b>hi</b>; el",
      ),
    ).toBe("'bhi'");
    expect(
      await value("const React = { createElement: (t: any, p: any, ...c: any[]) => [t, p, c] }", "<i id='x'>{1}</i>"),
    ).toBe("[ 'i', { id: 'x' }, [ 1 ] ]");
  });

  test("decorators, standard ones", async () => {
    expect(
      await value(
        "function twice(f: any, _c: any) { return function (this: any) { return f.call(this) * 2 } }",
        "class Deco { @twice m() { return 4 } }",
        "new Deco().m()",
      ),
    ).toBe("8");
    expect(
      await value(
        "const seen: string[] = []; function mark(c: any, x: any) { seen.push(x.name) }",
        "@mark class Marked {}",
        "[seen, Marked.name]",
      ),
    ).toBe("[ [ 'Marked' ], 'Marked' ]");
  });

  test("decorators, those of experimentalDecorators where tsconfig.json asks for them", async () => {
    writeFileSync(
      join(folder, "tsconfig.json"),
      '{\n  // the old kind\n  "compilerOptions": { "experimentalDecorators": true, },\n}',
    );
    const seen =
      "const seen: unknown[] = []; const note = (...parts: any[]): any => { seen.push(parts.slice(1)) }; const twice = (_t: any, _k: string, d: PropertyDescriptor) => { const f = d.value; d.value = function () { return f.call(this) * 2 } }";
    try {
      expect(
        await value(
          seen,
          "@note class Old { @note field = 1; @twice m() { return 4 } n(@note x: number) {} }",
          "[new Old().m(), seen]",
        ),
      ).toBe("[ 8, [ [ 'field', undefined ], [ 'n', 0 ], [] ] ]");
      writeFileSync(
        join(folder, "decorated.ts"),
        "const tag = (target: any) => { target.tag = 'old' }; @tag export class Tagged { static tag: string }",
      );
      expect(await value("import { Tagged } from './decorated'; Tagged.tag")).toBe("'old'");
    } finally {
      rmSync(join(folder, "tsconfig.json"));
    }
    expect(await value("let kind = ''; @((_c: any, x: any) => { kind = x.kind }) class New {}", "kind")).toBe(
      "'class'",
    );
  });

  test("emitDecoratorMetadata and the JSX settings of tsconfig.json", async () => {
    mkdirSync(join(folder, "node_modules", "own-jsx"), { recursive: true });
    writeFileSync(
      join(folder, "node_modules", "own-jsx", "package.json"),
      '{"name":"own-jsx","type":"module","exports":{"./jsx-runtime":"./jsx-runtime.js"}}',
    );
    writeFileSync(
      join(folder, "node_modules", "own-jsx", "jsx-runtime.js"),
      "export const jsx = (tag, props) => `own ${tag} ${props.children}`; export const jsxs = jsx; export const Fragment = 'f';",
    );
    const settings = (options: object) =>
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    try {
      settings({ experimentalDecorators: true, emitDecoratorMetadata: true });
      const reflect =
        "const kept: unknown[] = []; (Reflect as any).metadata = (k: string, v: any) => () => { kept.push([k, v.name ?? v]) }";
      const cell = "const note = (..._: any[]): any => {}; class Meta { @note size: number = 1 }";
      expect(await value(reflect, cell, "kept")).toBe("[ [ 'design:type', 'Number' ] ]");
      settings({ jsx: "react", jsxFactory: "make", jsxFragmentFactory: "Group" });
      const make =
        "const Group = 'group'; const make = (tag: string, props: object, ...inside: unknown[]) => `${tag}(${inside})`";
      expect(await value(make, "<><b>1</b></>")).toBe("'group(b(1))'");
      settings({ jsx: "react-jsx", jsxImportSource: "own-jsx" });
      expect(await value("<b>{1 + 1}</b>")).toBe("'own b 2'");
      expect((await failure("1;\n<b>{missing}</b>")).traceback).toMatch(/In\[\d+\]:2:5/);
    } finally {
      rmSync(join(folder, "tsconfig.json"));
    }
  });

  test("using at the top level is disposed at the end of the cell, in blocks at their end", async () => {
    const resource =
      "const log: string[] = []; const open = (n: string) => ({ n, [Symbol.dispose]() { log.push('close ' + n) } })";
    expect(
      await value(resource, "using a = open('a'); { using b = open('b'); log.push('in') } log.push('end')", "log"),
    ).toBe("[ 'in', 'close b', 'end', 'close a' ]");
    expect(await value("a.n")).toBe("'a'");
    expect(
      await value(
        "log.length = 0; await using c = { async [Symbol.asyncDispose]() { log.push('async') } }; log.push('body')",
        "log",
      ),
    ).toBe("[ 'body', 'async' ]");
    expect((await failure("using bad = 5 as any")).error.evalue).toMatch(/Symbol.dispose/);
  });

  test("for await and await in nested places", async () => {
    expect(
      await value(
        "const out: number[] = []; for await (const v of (async function* () { yield 1; yield 2 })()) out.push(v); out",
      ),
    ).toBe("[ 1, 2 ]");
    expect(await value("const { s } = { s: await Promise.resolve('deep') }; [await Promise.resolve(s)]")).toBe(
      "[ 'deep' ]",
    );
  });

  test("preloaded names can be used and redeclared", async () => {
    expect(await value("typeof gb.display")).toBe("'function'");
    expect(await value("typeof display")).toBe("'function'");
    expect(await value("const display = 5; let data = 6", "[display, data]")).toBe("[ 5, 6 ]");
    expect(await value("typeof gb.display")).toBe("'function'");
  });
});

describe("imports", () => {
  test("node:, default, named, star, type only", async () => {
    expect(
      await value(
        "import fs, { readFileSync as read, type Stats } from 'node:fs'; import * as path from 'path'; import type { X } from 'nowhere'",
        "[typeof fs.readFileSync, typeof read, path.basename('/a/b')]",
      ),
    ).toBe("[ 'function', 'function', 'b' ]");
  });

  test("packages from the notebook's folder: ESM only with top-level await, CommonJS", async () => {
    expect(
      await value(
        "import { answer } from 'esm-only'; import cjs, { double } from 'cjs'; [answer, cjs.double(2), double(3)]",
        "[answer, double(5)]",
      ),
    ).toBe("[ 42, 10 ]");
    expect(await value("(await import('esm-only')).answer + require('cjs').double(1)")).toBe("44");
    expect(await value("import { answer as viaNpm } from 'npm:esm-only@1'; viaNpm")).toBe("42");
  });

  test("JSON", async () => {
    expect(await value("import data from './data.json'; import { rows } from './data.json'; [data, rows]")).toBe(
      "[ { rows: 3 }, 3 ]",
    );
    expect(await value("import again from './data.json' with { type: 'json' }; again.rows")).toBe("3");
  });

  test("a local file is loaded again when it or one below it changed, and keeps its state when not", async () => {
    writeFileSync(join(folder, "inner.ts"), "export const inner: number = 1;");
    writeFileSync(
      join(folder, "outer.ts"),
      "import { inner } from './inner';\nexport type Kind = string;\nexport let calls = 0;\nexport function both(): number[] { calls++; return [inner, calls]; }",
    );
    expect(await value("import { both } from './outer.ts'; both()")).toBe("[ 1, 1 ]");
    expect(await value("import { both } from './outer'; both()")).toBe("[ 1, 2 ]");
    writeFileSync(join(folder, "inner.ts"), "export const inner: number = 7;");
    expect(await value("import { both } from './outer.js'; both()")).toBe("[ 7, 1 ]");
    expect(await value("(await import('./outer')).both()")).toBe("[ 7, 2 ]");
  });

  test("paths and baseUrl of tsconfig.json, also inside of local files and of a file that it extends", async () => {
    mkdirSync(join(folder, "lib", "deep"), { recursive: true });
    writeFileSync(join(folder, "lib", "deep", "a.ts"), "import { b } from '@lib/b'; export const a = b + 1;");
    writeFileSync(join(folder, "lib", "b.ts"), "export const b: number = 1;");
    writeFileSync(
      join(folder, "base.json"),
      '{"compilerOptions":{"baseUrl":".","paths":{"@lib/*":["nowhere/*","lib/*"],"exact":["lib/b.ts"]}}}',
    );
    writeFileSync(join(folder, "tsconfig.json"), '{ "extends": "./base.json" }');
    try {
      expect(await value("import { a } from '@lib/deep/a'; a")).toBe("2");
      writeFileSync(join(folder, "lib", "b.ts"), "export const b: number = 10;");
      expect(await value("import { a } from '@lib/deep/a'; a")).toBe("11");
      expect(await value("import { b } from 'exact'; import { b as viaBase } from 'lib/b'; [b, viaBase]")).toBe(
        "[ 10, 10 ]",
      );
      expect(await value("import { answer } from 'esm-only'; answer")).toBe("42");
      expect(await value("require('@lib/../data.json').rows")).toBe("3");
    } finally {
      rmSync(join(folder, "tsconfig.json"));
    }
    expect((await failure("import '@lib/b'")).error.evalue).toContain("npm install @lib/b");
  });

  test("gradbook in a local file is the running instance", async () => {
    writeFileSync(
      join(folder, "uses.ts"),
      "import * as gradbook from 'gradbook'; import * as tslab from 'tslab'; export { gradbook, tslab };",
    );
    expect(
      await value(
        "import { gradbook, tslab } from './uses'; import * as mine from 'gradbook'; import * as t from 'tslab'; [gradbook === gb, mine === gb, tslab.display === t.display]",
      ),
    ).toBe("[ true, true, true ]");
  });

  test("a missing package says what to install and where", async () => {
    expect((await failure("import x from 'no-such-thing/sub'")).error.evalue).toContain(
      "npm install no-such-thing   in ",
    );
    expect((await failure("require('@scope/none')")).error.evalue).toContain("npm install @scope/none");
    expect((await failure("import 'needs'")).error.evalue).toMatch(/"not-there" \(imported by "needs"\)/);
    expect((await failure("import './nope'")).error.evalue).toMatch(/Cannot find ".\/nope"/);
  });

  test("a missing export is an error where it is used, and a note where it can only be a type", async () => {
    expect((await failure("import { nope } from 'node:fs'")).error.ename).toBe("SyntaxError");
    expect((await failure("import { nope } from 'esm-only'; nope()")).error.evalue).toContain('no export named "nope"');
    const note = await evaluator.execute("import { Shape } from 'esm-only'; let s: Shape");
    expect([note.done.status, note.stderr]).toEqual(["ok", expect.stringContaining("taken as a type")]);
  });

  test("an error in a local file is shown at its own line", async () => {
    writeFileSync(
      join(folder, "fails.ts"),
      "interface A {}\nenum E { a }\nexport function boom(x: number): never {\n  throw new Error('local');\n}",
    );
    const { traceback } = await failure("import { boom } from './fails'\n\nboom(1)");
    expect(traceback).toContain("at boom (./fails.ts:4:9)");
    expect(traceback).toContain("at In[1]:3:1");
    writeFileSync(join(folder, "unreadable.ts"), "export const = 1;");
    expect((await failure("import './unreadable'")).traceback).toMatch(
      /SyntaxError: [\s\S]*unreadable.ts:1:14[\s\S]*> 1 \| export const = 1;/,
    );
  });

  test("import.meta", async () => {
    expect(
      await value(
        "[import.meta.url.startsWith('file://'), import.meta.dirname === __dirname, import.meta.filename.endsWith('.ts'), import.meta.signal instanceof AbortSignal]",
      ),
    ).toBe("[ true, true, true, true ]");
  });
});

describe("errors", () => {
  test("position in the cell's own lines and columns", async () => {
    const { error, traceback } = await failure(
      "interface P { x: number }\nfunction inner(a: P) {\n  return (a as any).y.z;\n}\n\ninner({ x: 1 })",
    );
    expect(error).toMatchObject({ ename: "TypeError", evalue: "Cannot read properties of undefined (reading 'z')" });
    expect(error.traceback[0]).toContain("TypeError");
    expect(traceback).toContain("at inner (In[1]:3:23)");
    expect(traceback).toContain("at In[1]:6:1");
    expect(traceback).toContain("> 3 |   return (a as any).y.z;");
  });

  test("a function of an earlier cell keeps its place", async () => {
    await value("\nfunction boom() {\n  throw new RangeError('there')\n}");
    expect((await failure("await 0\nboom()")).traceback).toMatch(/at boom \(In\[1\]:3:9\)\n {4}at In\[2\]:2:1/);
  });

  test("an error after an await has its line", async () => {
    expect((await failure("await new Promise(r => setTimeout(r, 5))\n\nnull!.x")).traceback).toContain("In[1]:3:");
  });

  test("err.stack as the user prints it", async () => {
    expect(await value("function made() { return new Error('e').stack }\n\nmade()!.split('\\n').slice(1)")).toBe(
      "[ '    at made (In[1]:1:26)', '    at In[1]:3:1' ]",
    );
  });

  test("syntax errors: line, column, source, caret; nothing of the cell runs", async () => {
    const { error, traceback } = await failure("globalThis.ran = 1\nlet a = = 1");
    expect(error.ename).toBe("SyntaxError");
    expect(traceback).toMatch(/at In\[1\]:2:9\n> 2 \| let a = = 1\n {4}\| {9}\^/);
    expect(await value("typeof (globalThis as any).ran")).toBe("'undefined'");
    expect((await failure("const x = 1; const x = 2")).error.evalue).toContain("already been declared");
    expect((await failure("return 5")).error.ename).toBe("SyntaxError");
    expect((await failure("foo(")).error.ename).toBe("SyntaxError");
    expect((await failure("'😀'; let x = = 1")).traceback).toContain("In[6]:1:15");
  });

  test("causes, aggregates, thrown values that are no errors", async () => {
    expect((await failure("throw new Error('outer', { cause: new TypeError('root') })")).traceback).toMatch(
      /Error: outer[\s\S]*caused by:\nTypeError: root/,
    );
    expect(
      (await failure("await Promise.any([Promise.reject(new Error('one')), Promise.reject('two')])")).traceback,
    ).toMatch(/error 1 of 2:\nError: one[\s\S]*error 2 of 2:[\s\S]*two/);
    expect((await failure("throw 5")).error).toMatchObject({ ename: "Uncaught number", evalue: "5" });
    expect((await failure("throw 'text'")).error.evalue).toBe("text");
    expect((await failure("throw null")).error.evalue).toBe("null");
    expect((await failure("throw { a: 1 }")).error.evalue).toBe("{ a: 1 }");
    expect((await failure("throw new Proxy({}, { get() { throw 1 } })")).error.ename).toBeTruthy();
    expect((await failure("throw Object.assign(new Error('loop'), { cause: null })")).error.evalue).toBe("loop");
    expect((await failure("const e = new Error('self'); e.cause = e; throw e")).error.evalue).toBe("self");
  });

  test("library and engine frames are folded", async () => {
    const { traceback } = await failure("JSON.parse('{')\n");
    expect(traceback).toContain("at In[1]:1:6");
    const deep = await failure("[3, 1].sort(() => { throw new Error('in sort') })");
    expect(deep.traceback).not.toMatch(/execute\.ts|runInThisContext|main\.js/);
  });

  test("a stack overflow and an allocation that is too large leave the session", async () => {
    expect((await failure("function deep(): number { return 1 + deep() } deep()")).error.ename).toBe("RangeError");
    expect((await failure("new Array(-1)")).error.ename).toBe("RangeError");
    expect(await value("1 + 1")).toBe("2");
  });

  test("state before an error is kept", async () => {
    await failure("const kept = 41; throw new Error('x')");
    expect(await value("kept + 1")).toBe("42");
  });
});

describe("user expressions, silent, describe", () => {
  test("each expression on its own", async () => {
    const { done } = await evaluator.execute("let u = 20", { userExpressions: { sum: "u + 1", bad: "nope()" } });
    expect(done.userExpressions.sum).toMatchObject({ status: "ok", data: { "text/plain": "21" } });
    expect(done.userExpressions.bad).toMatchObject({ status: "error", ename: "ReferenceError" });
  });

  test("silent shows no result", async () => {
    expect((await evaluator.execute("1 + 1", { silent: true })).text).toBeUndefined();
  });

  test("describe reads values and runs no getter", async () => {
    await value(
      "let touched = 0; const box = { list: [1, { deep: 'x' }], get danger() { touched++; return 1 } }; const URL = 'own'",
    );
    const ask = async (path: string) => {
      const id = Math.floor(Math.random() * 1e9);
      evaluator.send({ type: "describe", id, path });
      return (await evaluator.waitFor(f => f.type === "described" && f.id === id)) as {
        found: boolean;
        data: Record<string, string>;
      };
    };
    expect((await ask("box.list[1].deep")).data["text/plain"]).toBe("'x'");
    expect((await ask("box")).data["text/plain"]).toContain("[Getter]");
    expect((await ask("box.danger")).found).toBe(false);
    expect((await ask("nope")).found).toBe(false);
    expect((await ask("box.call()")).found).toBe(false);
    expect((await ask("URL")).data["text/plain"]).toBe("'own'");
    expect(await value("touched")).toBe("0");
  });
});

test("two thousand cells do not slow down", async () => {
  /** Milliseconds of the fastest tenth: what a cell costs, not what else the machine did meanwhile. */
  const time = async (count: number, from: number) => {
    const times: number[] = [];
    for (let i = from; i < from + count; i++) {
      const start = performance.now();
      await evaluator.execute(`const v${i} = { n: ${i} }; function f${i}() { return v${i} }`);
      times.push(performance.now() - start);
    }
    return times.sort((x, y) => x - y)[Math.floor(count / 10)]!;
  };
  await time(200, 0);
  const early = await time(200, 200);
  await time(1400, 400);
  const late = await time(200, 1800);
  expect(late).toBeLessThan(early * 3 + 2);
  expect(await value("f7().n + f1999().n")).toBe("2006");
  await sleep(0);
}, 60_000);
