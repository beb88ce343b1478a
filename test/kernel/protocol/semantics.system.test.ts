import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "../client.js";

/*
 * What a notebook's user expects of cells, one row each, through the real kernel and its sockets. The rows are those by which
 * the ways of evaluating cells were compared before one was chosen.
 */

let folder: string;
let kernel: KernelClient;

/** Writes a file of the notebook's folder; each version is seconds newer than the one before. */
let age = 0;
function put(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  const time = new Date(Date.now() + 2000 * age++);
  utimesSync(file, time, time);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-semantics-"));
  put("node_modules/esm/package.json", '{"name":"esm","type":"module","exports":"./index.js"}');
  put("node_modules/esm/index.js", "await 0; export const answer = 42; export const kindOfURL = () => typeof URL;");
  put("node_modules/cjs/package.json", '{"name":"cjs","main":"index.js"}');
  put("node_modules/cjs/index.js", "exports.twice = x => 2 * x; exports.urlIs = () => typeof URL;");
  put("data.json", '{"rows": 3}');
  put("local.ts", "export const version: number = 1;");
  kernel = await KernelClient.start({ cwd: folder });
  // What must survive every row.
  await kernel.execute("let kept = { rows: 0 };");
});
afterAll(async () => {
  await kernel?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs cells one after the other. @returns the text of the last value, or of the error that ended them */
async function last(cells: readonly string[]): Promise<string> {
  let text = "";
  for (const code of cells) {
    const outcome = await kernel.execute(code);
    if (outcome.error) return `${outcome.error.ename}: ${outcome.error.evalue}`;
    text = outcome.text ?? "";
  }
  return text;
}

const forms = ["let", "const", "var", "function", "class", "enum", "namespace"] as const;

function declaration(form: (typeof forms)[number], name: string): string {
  const bodies = {
    function: "() { return 'function'; }",
    class: "{ static is = 'class'; }",
    enum: "{ is = 'enum' }",
    namespace: "{ export const is = 'namespace'; }",
  };
  return form in bodies
    ? `${form} ${name} ${bodies[form as keyof typeof bodies]}`
    : `${form} ${name} = { is: '${form}' };`;
}

/** Name of the row, the cells, and the last value as it is shown. */
type Row = [name: string, cells: string[], shown: string | RegExp];

const declarations: Row[] = [
  ["a top-level await is the value", ["await Promise.resolve(5)"], "5"],
  ["const by await is there later", ["const aw = await Promise.resolve(6);", "aw"], "6"],
  [
    "destructuring with defaults and a rest",
    ["const { a, b: [c, ...d], e = 9 } = { a: 1, b: [2, 3, 4] } as any;", "[a, c, d, e]"],
    "[ 1, 2, [ 3, 4 ], 9 ]",
  ],
  ["destructuring by await", ["const [f, { g }] = await Promise.resolve([1, { g: 2 }] as const);", "f + g"], "3"],
  ...forms.map(
    (form): Row => [
      `${form} after every other form`,
      [
        ...forms.flatMap(other => [declaration(other, `re_${form}`), declaration(form, `re_${form}`)]),
        form === "function" ? `re_${form}()` : `(re_${form} as any).is`,
      ],
      `'${form}'`,
    ],
  ),
  ["a new type is no error", ["let t1 = 1;", "let t1 = 'text'; t1.toUpperCase()"], "'TEXT'"],
  [
    "an enum does not merge with the old one",
    ["enum Colour { Red, Green }", "enum Colour { Blue }", "Object.keys(Colour)"],
    "[ '0', 'Blue' ]",
  ],
  [
    "a namespace with a type and a value",
    ["namespace N { export const q = 9; export type T = number }", "const nq: N.T = N.q; nq"],
    "9",
  ],
  [
    "decorators of the standard kind",
    ["const mark = (v: any, ctx: any) => { v.kind = ctx.kind }; @mark class Marked {}", "(Marked as any).kind"],
    "'class'",
  ],
  ["const enum in a later cell", ["const enum CE { A = 4 }", "CE.A"], "4"],
  [
    "using is disposed at the end of the cell",
    ["let gone = 'no'; { using u = { [Symbol.dispose]() { gone = 'yes' } }; }", "gone"],
    "'yes'",
  ],
];

const closures: Row[] = [
  ["a closure sees a value that is assigned later", ["let n1 = 1; const read1 = () => n1;", "n1 = 2;", "read1()"], "2"],
  [
    "a closure sees a name that is declared anew",
    ["const n2 = 1; function read2() { return n2 }", "const n2 = 'new';", "read2()"],
    "'new'",
  ],
  [
    "a function calls the newest version of another",
    [
      "function inner1() { return 1 } function outer1() { return inner1() }",
      "function inner1() { return 2 }",
      "outer1()",
    ],
    "2",
  ],
  [
    "a name of a later cell",
    ["function ahead() { return lateBound() }", "function lateBound() { return 'bound' }", "ahead()"],
    "'bound'",
  ],
  ["functions are hoisted", ["const h1 = hoisted(); function hoisted() { return 'up' }", "h1"], "'up'"],
  [
    "functions are hoisted over an await",
    ["const h2 = await hoisted2(); async function hoisted2() { return 'up' }", "h2"],
    "'up'",
  ],
  [
    "var of a nested block belongs to the notebook",
    ["for (var vi = 0; vi < 3; vi++) { var inside = vi }", "[vi, inside]"],
    "[ 3, 2 ]",
  ],
  ["for await", ["let total = 0; for await (const z of [1, 2, 3]) total += z;", "total"], "6"],
];

const imports: Row[] = [
  ["node:", ["import { join } from 'node:path';", "join('a', 'b')"], "'a/b'"],
  ["default", ["import path from 'node:path';", "path.sep"], "'/'"],
  ["* as", ["import * as os from 'node:os';", "os.EOL.length"], "1"],
  ["import type", ["import type { Stats } from 'node:fs'; let st: Stats | undefined; 'typed'"], "'typed'"],
  ["an ESM-only package with top-level await", ["import { answer } from 'esm'; answer"], "42"],
  ["a CommonJS package", ["import cjs from 'cjs'; cjs.twice(4)"], "8"],
  ["a missing export", ["import { nothing } from 'esm'; nothing"], /^SyntaxError: .*no export named "nothing"/],
  ["import()", ["(await import('esm')).answer"], "42"],
  ["import.meta", ["import.meta.url.startsWith('file:') && import.meta.dirname === process.cwd()"], "true"],
  ["require", ["require('cjs').twice(5)"], "10"],
  ["JSON", ["import data from './data.json'; data.rows"], "3"],
  ["export is allowed", ["export const exported = 1;", "exported"], "1"],
];

const values: Row[] = [
  ["a value behind a semicolon is shown", ["1 + 1;"], "2"],
  ["void shows nothing", ["void 5"], ""],
  ["a lone object literal is an object", ["{ a: 1, b: 2 }"], "{ a: 1, b: 2 }"],
  ["cells are strict", ["(function () { return this })() === undefined"], "true"],
  ["an unknown name", ["noSuchName1"], "ReferenceError: noSuchName1 is not defined"],
  [
    "a name whose initialiser threw can be declared again",
    ["const bad1: number = (() => { throw new Error('first') })();"],
    "Error: first",
  ],
  ["... and is there then", ["const bad1 = 2; bad1"], "2"],
  ["a promise is not awaited", ["Promise.resolve(8)"], "Promise { 8 }"],
];

const shadowing: Row[] = [
  ["a cell may declare a built-in's name", ["const URL = 'mine';", "URL"], "'mine'"],
  ["globalThis keeps the built-in", ["typeof globalThis.URL"], "'function'"],
  [
    "packages keep the built-in",
    ["import { kindOfURL } from 'esm'; import { urlIs } from 'cjs'; [kindOfURL(), urlIs()]"],
    "[ 'function', 'function' ]",
  ],
];

describe.each([
  ["declarations", declarations],
  ["closures", closures],
  ["imports", imports],
  ["values", values],
  ["shadowing", shadowing],
] as const)("%s", (_, rows) => {
  test.each(rows)("%s", async (_name, cells, shown) => {
    const text = await last(cells);
    if (typeof shown === "string") expect(text).toBe(shown);
    else expect(text).toMatch(shown);
    expect(await last(["kept.rows++ >= 0"])).toBe("true");
  });
});

test("./x.ts is read again when it has changed", async () => {
  expect(await last(["import { version } from './local.ts'; version"])).toBe("1");
  put("local.ts", "export const version: number = 2;");
  expect(await last(["import { version } from './local.ts'; version"])).toBe("2");
});

test("a stack names the cell, the line and the column", async () => {
  const { error, reply } = await kernel.execute(
    "const before: number = 1;\nfunction boom(): never {\n  throw new Error('x');\n}\nboom();",
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
  const trace = error!.traceback.join("\n").replace(/\x1b\[\d+m/g, "");
  expect(trace).toContain(`In[${reply.execution_count}]:3:9`);
});

describe("what happens late belongs to the cell that began it", () => {
  test.each([
    ["a line", "setTimeout(() => console.log('late line'), 120);", "late line"],
    ["a throw in a timer", "setTimeout(() => { throw new Error('late throw') }, 120);", "late throw"],
    ["a rejection", "setTimeout(() => void Promise.reject(new Error('late rejection')), 120);", "late rejection"],
  ])("%s", async (_name, code, text) => {
    const id = kernel.start(code);
    await kernel.outcome(id);
    const next = kernel.start("await new Promise(done => setTimeout(done, 300));");
    const printed = (of: string) =>
      kernel
        .under(of)
        .map(m => (m.header.msg_type === "stream" ? String(m.content.text) : ""))
        .join("");
    await kernel.waitFor(() => printed(id).includes(text));
    await kernel.outcome(next);
    expect(printed(next)).toBe("");
  });
});

describe("Stop keeps the state", () => {
  const terminates = Number(process.versions.node.split(".")[0]) >= 24;
  const rows: [name: string, code: string][] = [
    ["while (true)", "while (true) {}"],
    ["a loop that catches", "while (true) { try { while (true) {} } finally { continue } }"],
    ["a regular expression", "/(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["a loop after an await", "await 0; while (true) {}"],
    ["a loop in a microtask", "queueMicrotask(() => { while (true) {} }); await new Promise(() => {})"],
    ["a loop in a timer", "setTimeout(() => { while (true) {} }, 1); await new Promise(() => {})"],
    ["a pending await", "await new Promise(() => {})"],
    ...(terminates
      ? ([["a regular expression after an await", "await 0; /(a+)+$/.test('a'.repeat(40) + 'b')"]] as [
          string,
          string,
        ][])
      : []),
  ];
  test.each(rows)("%s", async (_name, code) => {
    await kernel.execute("kept.rows = 1000");
    const id = kernel.start(code);
    await kernel.waitFor(() => kernel.under(id).find(m => m.header.msg_type === "execute_input"));
    await new Promise(done => setTimeout(done, 150));
    await kernel.request("interrupt_request", {}, "control");
    const { error } = await kernel.outcome(id);
    expect(error?.ename).toBe("KeyboardInterrupt");
    expect(await last(["[kept.rows, URL]"])).toBe("[ 1000, 'mine' ]");
  });

  test("also when the heap is under pressure afterwards", async () => {
    expect(
      await last([
        "let chunks: number[][] = []; for (let i = 0; i < 300; i++) chunks.push(new Array(20000).fill(i)); chunks = []; kept.rows",
      ]),
    ).toBe("1000");
  });
});
