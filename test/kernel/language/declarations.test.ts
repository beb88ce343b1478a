import { expect, test } from "vitest";
import { declaredNames, readCell } from "../../../kernel/language/cell-source.js";
import { planDeclarations } from "../../../kernel/language/declarations.js";

/** The declarations of a cell, given the type of each name or expression that is asked about. */
function declarations(code: string, types: Record<string, string> = {}): string {
  const source = readCell(code);
  const plan = planDeclarations(source);
  const answers = plan.questions.map(offset => {
    const rest = (source.text + plan.probes).slice(offset);
    const asked = /^__asked_\d+ = \(([^\n]*)\);\n/.exec(rest)?.[1];
    return types[asked ?? /^[\w$]+/.exec(rest)![0]];
  });
  return plan.write(answers).replaceAll("\t", "  ");
}

test("constants that are literals stay ones that widen", () => {
  const types = { a: "1", b: '"x"', c: "1 | 2", d: "-1", e: "Color.Red", f: "1" };
  expect(declarations("const a = 1, b = 'x', c = q ? 1 : 2, d = -1, e = Color.Red, f = 1 as const", types)).toBe(
    [
      "export declare const a = 1;",
      'export declare const b = "x";',
      "export declare const c: 1 | 2;",
      "export declare const d = -1;",
      "export declare const e = Color.Red;",
      "export declare const f: 1;",
    ].join("\n"),
  );
});

test("a written type is kept as it is written", () => {
  expect(declarations("let a: Map<Id, number> = f()")).toBe("export declare let a: Map<Id, number>;");
});

test("functions keep what is written and get the rest", () => {
  expect(declarations("/** Doc. */\nasync function f(x: number): Promise<void> { g() }")).toBe(
    "/** Doc. */\nexport declare function f(x: number): Promise<void>;",
  );
  expect(declarations("function f<T>(x: T, n = 1) { return [x] }", { f: "<T>(x: T, n?: number) => T[]" })).toBe(
    "export declare function f<T>(x: T, n?: number): T[];",
  );
  expect(declarations("function f() {} f.p = 1", { f: "{ (): void; p: number; }" })).toBe(
    "export declare const f: { (): void; p: number; };",
  );
});

test("classes are declared without their code", () => {
  const code = `class A<T> extends mix(B) {
  #a = 1;
  private b = secret();
  /** Doc of c. */
  c = f();
  static d = 2;
  constructor(public e = 3, { f }) { super(); }
  get g() { return this.c; }
  h(i = this.c) { return i; }
  [Symbol.iterator]() { return this; }
}`;
  const types = {
    "mix(B)": "typeof Mixed",
    c: "Date",
    d: "number",
    e: "number",
    g: "Date",
    h: "(i?: Date) => Date",
    "A.prototype[Symbol.iterator]": "() => this",
  };
  const text = declarations(code, types);
  expect(text).toContain("declare const __base_of_A: typeof Mixed;\nexport declare class A<T> extends __base_of_A {");
  for (const line of [
    "#private;",
    "private b;",
    "/** Doc of c. */\n  c: Date;",
    "static d: number;",
    "constructor(e: number | undefined, { f }: any);",
    "get g(): Date;",
    "h(i?: Date): Date;",
    "[Symbol.iterator](): this;",
  ]) {
    expect(text).toContain(line);
  }
  expect(text).not.toMatch(/secret|return|super/);
});

test("without any answer everything inferred is any and nothing fails", () => {
  const code = "const a = f(), { b, c: [d] } = g(); function e(x) {} class F { g = 1; h(i) {} } enum G { H = x() }";
  expect(declarations(code)).toContain("export declare const a: any;");
  expect(declarations(code)).toContain("export declare const d: any;");
  expect(declarations(code)).toContain("export declare function e(...args: any[]): any;");
  expect(declarations(code)).toContain("g: any;");
});

test("a type that cannot be written in TypeScript becomes any", () => {
  expect(declarations("const a = f()", { a: "typeof (Anonymous class)" })).toBe("export declare const a: any;");
});

test("imports are passed on", () => {
  expect(declarations('import a, { b as c } from "x"; import * as d from "y"; import type { E } from "z";')).toBe(
    [
      'import a, { b as c } from "x";',
      'import * as d from "y";',
      'import type { E } from "z";',
      "export { a, c, d, E };",
    ].join("\n"),
  );
});

test("names of a cell, and of one that is not finished", () => {
  const code = "const a = 1, { b, c: [d = 1] } = x; for (var e of y) {} namespace N { export const no = 1 } type T = 1";
  expect([...declaredNames(readCell(code)).keys()]).toEqual(["a", "b", "d", "e", "N", "T"]);
  const open = "const a = f(\nlet { b } = c;\nimport { d } from 'x';\nclass E {";
  expect([...declaredNames(readCell(open)).keys()].sort()).toEqual(["E", "a", "b", "d"]);
});

test("a name keeps the comment before its statement or before itself", () => {
  expect(
    declarations("/** One. */ let a = 1, /** Two. */ b = 2, c = 3;", { a: "number", b: "number", c: "number" }),
  ).toBe(
    [
      "/** One. */\nexport declare let a: number;",
      "/** Two. */\nexport declare let b: number;",
      "export declare let c: number;",
    ].join("\n"),
  );
});

test("what is assigned to globalThis is a variable, unless it is declared or every realm has it", () => {
  const code =
    "globalThis.a = 1; globalThis.b = [f()]; globalThis.fetch = g; let c; globalThis.c = 2; globalThis[d] = 3";
  expect(declarations(code, { "1": "1", "[f()]": "Date[]", c: "any" })).toBe(
    ["export declare let c: any;", "export declare var a: number;", "export declare var b: Date[];"].join("\n"),
  );
  expect([...declaredNames(readCell(code))].sort()).toEqual([
    ["a", "var"],
    ["b", "var"],
    ["c", "let"],
  ]);
});

test("a constant of the cell's own class or interface needs no question: there is nothing to narrow to", () => {
  const source = readCell("class P { x = 1 } interface Q {} const p: P = new P(), q: Q = {}, r: Other = f()");
  const asked = (name: string) => planDeclarations(source).probes.includes(`(${name})`);
  expect([asked("p"), asked("q"), asked("r")]).toEqual([false, false, true]);
});
