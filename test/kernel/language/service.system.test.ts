import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLanguageService } from "../../../kernel/language/index.js";

const typesFolder = fileURLToPath(new URL("types", import.meta.url));
const timeout = 20_000;

let cwd: string;
let service: ReturnType<typeof createLanguageService>;

/** The session of all tests that do not end it; each begins without cells. */
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "gradbook-language-"));
  service = createLanguageService({ cwd, typesFolder });
  service.start();
  // The first answer may need longer than a question normally has, on a machine that is busy with other tests.
  await service.diagnostics("0", { timeout });
});

beforeEach(() => service.reset());

afterAll(() => {
  service.dispose();
  rmSync(cwd, { recursive: true });
});

/** Completes at `|`. */
async function complete(marked: string): Promise<string[]> {
  const offset = marked.indexOf("|");
  const { items, start, end } = await service.complete(marked.replace("|", ""), offset);
  expect(end).toBe(offset);
  expect(start).toBeLessThanOrEqual(offset);
  return items.map(i => i.text);
}

function inspect(marked: string) {
  return service.inspect(marked.replace("|", ""), marked.indexOf("|"));
}

async function messages(code: string): Promise<string[]> {
  return (await service.diagnostics(code, { timeout })).map(d => `${d.line}:${d.column} ${d.code} ${d.message}`);
}

describe("completion", () => {
  test("offers the members of a preloaded name and of a value of an earlier cell", async () => {
    expect(await complete("nn.|")).toEqual(["Linear", "Module"]);
    service.commit("const x = zeros([2, 3]);", 1);
    expect(await complete("x.|")).toEqual(["add", "dot", "dtype", "item", "matmul", "shape"]);
    expect(await complete("const y = [1]\nx.sh|")).toEqual(["shape"]);
  });

  test("says what kind and type an entry has", async () => {
    const ofModule = (await service.complete("nn.Lin", 6)).items;
    expect(ofModule).toEqual([{ text: "Linear", kind: "class", detail: "class Linear" }]);
    const { start, end, items } = await service.complete("const t = zeros([2]); t.it", 26);
    expect({ start, end }).toEqual({ start: 24, end: 26 });
    expect(items).toEqual([{ text: "item", kind: "method", detail: expect.stringContaining("item(): number") }]);
  });

  test("offers names of earlier cells, preloaded names and keywords, and nothing of its own", async () => {
    service.commit("const zebra = 1; function zero() {} let zoo = 2; class Zed {}", 1);
    expect(await complete("ze|")).toEqual(["zebra", "zero", "zeros", "Zed"]);
    expect(await complete("whi|")).toEqual(["while"]);
    expect(await complete("const q = ten|")).toEqual(["tensor"]);
    expect((await complete("|")).filter(name => /gradbook/.test(name))).toEqual([]);
  });

  test("replaces what stands in a string, and counts in UTF-16 units", async () => {
    expect(await complete('const c: "aaa" | "abc" = "x"; const s = "😀"; s.toUpp|'.replace("| ", "& "))).toEqual([
      "toUpperCase",
    ]);
    expect(await complete('import { x } from "node:fs/prom|"')).toEqual(["promises"]);
  });

  test("in a string offers the members of the union that is expected there", async () => {
    service.commit(
      "type Mode = 'train' | 'eval' | 'test'; const options: { mode: Mode } = { mode: 'train' as Mode };",
      1,
    );
    service.commit("function run(mode: Mode, more?: { mode: Mode }) {}", 2);
    const all = ["eval", "test", "train"];
    expect(await complete('run("|")')).toEqual(all);
    expect(await complete("run('t|')")).toEqual(["test", "train"]);
    expect(await complete('run("|')).toEqual(all);
    expect(await complete('run("eval", { mode: "|" })')).toEqual(all);
    expect(await complete('options.mode === "|"')).toEqual(all);
    expect(await complete("options.mode = `|`")).toEqual(all);
    expect(await complete('switch (options.mode) { case "|" }')).toEqual(all);
    expect(await complete('const d: DType = "in|"')).toEqual(["int32"]);
    expect(await complete('options["|"]')).toEqual(["mode"]);
  });

  test("works in a cell whose other lines are unfinished", async () => {
    service.commit("const data = { loss: 1 };", 1);
    expect(await complete("function f() {\n  data.l|\n")).toEqual(["loss"]);
    expect(await complete("zeros(data.l|")).toEqual(["loss"]);
  });
});

describe("inspection", () => {
  test("gives signature and documentation of a preloaded name and of an earlier cell's", async () => {
    expect(await inspect("zer|os([1])")).toEqual({
      signature: 'function zeros(shape: [1]): Tensor<[1], "float32">',
      documentation: expect.stringContaining("Zeros of a shape."),
    });
    service.commit("/** Half of it. */\nfunction half(n: number) { return n / 2 }", 1);
    expect(await inspect("half|")).toEqual({
      signature: "function half(n: number): number",
      documentation: "Half of it.",
    });
  });

  test("shows shapes as types", async () => {
    service.commit("const x = zeros([2, 3]);", 1);
    const inspection = await inspect("const y = x.matmul(ones([3, 4])); |y");
    expect(inspection?.signature).toBe('const y: Tensor<[2, 4], "float32">');
  });

  test("inside of the arguments it tells about the function", async () => {
    expect((await inspect("zeros(|"))?.signature).toContain("zeros(shape:");
    expect(await inspect("1 + |")).toBeUndefined();
    service.commit(
      "/** Adds.\n * @param a the left one\n * @param b the right one */\nfunction add(a: number, b = 2) { return a }",
      1,
    );
    for (const [code, here] of [
      ["add(|)", "`a: number`. the left one"],
      ["add(1|, 2)", "`a: number`. the left one"],
      ["add(1, |", "`b?: number`. the right one"],
      ["add(add(1), |2)", "`b?: number`. the right one"],
      ["add(add(|1), 2)", "`a: number`. the left one"],
    ] as const) {
      expect(await inspect(code), code).toEqual({
        signature: "add(a: number, b?: number): number",
        documentation: `Here: ${here}\n\nAdds.`,
      });
    }
  });

  test("in a call of a function with several forms they are all told, the one that fits first", async () => {
    service.commit(
      "function pick(a: string): string;\nfunction pick(a: number, b: number): number;\nfunction pick(a: unknown) { return a as never }",
      1,
    );
    expect((await inspect("pick(1, |"))?.signature).toBe("pick(a: number, b: number): number\npick(a: string): string");
  });

  test("a variable of an earlier cell has its comment", async () => {
    service.commit("/** Learning rate. */\nconst rate = 0.1, /** Epochs. */ epochs = 3;", 1);
    expect((await inspect("ra|te"))?.documentation).toBe("Learning rate.");
    expect((await inspect("epo|chs"))?.documentation).toBe("Epochs.");
  });
});

describe("diagnostics", () => {
  test("have the cell's own lines and columns", async () => {
    expect(await service.diagnostics('const a = 1;\nconst b: string = a;\n  zeros("x")')).toEqual([
      expect.objectContaining({ severity: "error", code: 2322, line: 2, column: 7, endLine: 2, endColumn: 8 }),
      expect.objectContaining({ severity: "error", code: 2345, line: 3, column: 9, endLine: 3, endColumn: 12 }),
    ]);
  });

  test("are none for what is normal in a notebook", async () => {
    for (const code of [
      "await Promise.resolve(1)",
      "const unused = 1; function alsoUnused(x, y) { return y }\nunused",
      "{ a: 1, b: [2] }",
      "for await (const x of [1]) x;",
      'import { readFile } from "node:fs/promises";\nconst text = await readFile("x", "utf8"); text.length',
      "const el = <b>text</b>; el",
      'import * as all from "gradbook"; import { zeros as z } from "gradbook/engine"; all.ones([1]); z([1])',
      "class Net extends nn.Module { l: nn.Linear = new nn.Linear(1, 2); forward(x: gb.Tensor) { return this.l.forward(x) } }",
      'const name = prompt("who?"); console.log(name?.length, setTimeout, process.pid)',
      "",
      "// nothing",
    ]) {
      expect(await messages(code), code).toEqual([]);
    }
  });

  test("of an earlier cell never come again, and what it got wrong is any", async () => {
    service.commit("const broken = missing.thing;\nconst fine: string = 1;", 1);
    expect(await messages("broken.whatever; fine.length")).toEqual([]);
  });

  test("a shape mistake is one before the cell runs", async () => {
    service.commit("const x = zeros([2, 3]);", 1);
    const [first] = await messages("x.matmul(zeros([5, 6]))");
    expect(first).toMatch(/^1:10 2345 Argument of type 'Tensor<\[5, 6\]/);
  });

  test("what the types say about shapes is the message", async () => {
    expect(await messages("zeros([1]).dot(zeros([1, 2]))")).toEqual(["1:16 2345 dot: 1 and 2 axes"]);
  });

  test("what is assigned to globalThis is a variable of later cells", async () => {
    const code = "globalThis.zz = 1; globalThis.list = [1]; zz + globalThis.zz; globalThis['other'] = 2";
    expect(await messages(code)).toEqual([]);
    service.commit(code, 1);
    expect(await messages("zz = 2; zz.toFixed(); globalThis.zz; list[0]!.toFixed()")).toEqual([]);
    expect(await messages("zz = 'x'; list.gone")).toEqual([
      expect.stringContaining("1:1 2322"),
      expect.stringContaining("1:16 2339"),
    ]);
  });

  test("a declaration of a name again gives it the new type", async () => {
    service.commit("let value = 1; class Box { a = 1 } const box = new Box();", 1);
    expect(await messages("value = 2; value.toFixed()")).toEqual([]);
    expect(await messages("value = 'x'")).toEqual([expect.stringContaining("1:1 2322")]);
    expect(await messages("const value = 'x'; value.length; class Box { b = 1 } const box = new Box(); box.b")).toEqual(
      [],
    );
    service.commit("const value = 'x'; class Box { b = 1 }", 2);
    expect(await messages("value.toUpperCase(); new Box().b; box.a")).toEqual([]);
    expect(await messages("value.toFixed()")).toEqual([expect.stringContaining("1:7 ")]);
    expect(await messages("value = 'y'")).toEqual(["1:1 2588 Cannot assign to 'value' because it is a constant."]);
    service.commit("function zeros() { return 'mine' }", 3);
    expect(await messages("zeros().toUpperCase()")).toEqual([]);
  });

  test("a name keeps its meaning inside of cells that ran before it was declared again", async () => {
    service.commit("type Id = number; interface User { id: Id }", 1);
    service.commit("const users: User[] = []; function byId(id: Id): User | undefined { return users[id] }", 2);
    service.commit("type Id = string; interface User { name: string }", 3);
    expect(await messages("byId(3)?.id.toFixed(); const u: User = { name: 'x' }; const i: Id = 'y'")).toEqual([]);
  });

  test("types of cells and of the package are the same however a cell comes to them", async () => {
    service.commit("class Own { private a = 1 } const whole: gb.Tensor = zeros([1]);", 1);
    service.commit("import { sep } from 'node:path'; const own = new Own(); let t = whole; const list = [own];", 2);
    service.commit("class Own { private b = 1 } const copy = list.map(o => ({ o, t })); enum Kind { A }", 3);
    service.commit("const kinds = [Kind.A]; const mine: Own = new Own(); declare global { var planted: Kind }", 4);
    expect(
      await messages("copy[0]!.t.item(); t = whole; own; kinds[0] === Kind.A; sep.length; planted = Kind.A"),
    ).toEqual([]);
    expect(await messages("const o: Own = copy[0]!.o;\nlet k: Kind = mine")).toEqual([
      expect.stringContaining("1:7 2741"),
      expect.stringContaining("2:5 2322"),
    ]);
  });

  test("what cannot be frozen exactly is any, and never an error", async () => {
    service.commit("function make() { class Hidden { inner = 1 } return new Hidden() }\nconst made = make();", 1);
    service.commit("const { a, ...rest } = JSON.parse('{}'), loop = () => loop;", 2);
    expect(await messages("made.inner; make().inner; a.b.c; rest.d; loop()")).toEqual([]);
  });

  test("messages never name the service's own files", async () => {
    service.commit("class One { private p = 1 }", 1);
    service.commit("class One { private q = 2 } const two = new One();", 2);
    const found = await messages("const x: { p: 1 } = two;\ntwo.q; import { y } from './gone'");
    expect(found).toHaveLength(3);
    expect(found.join("\n")).not.toMatch(/gradbook|import\("/);
  });

  test("what stands behind a cell to ask for its types is no part of it", async () => {
    // The computed base is asked about once more there, with the same mistake.
    expect(await messages("class Mixed extends missing(Object) {}")).toEqual([expect.stringMatching(/^1:21 2304 /)]);
  });

  test("the same cell again is judged by what the cells between them declared", async () => {
    service.commit("const size: string = 'big'", 1);
    expect(await messages("size.toFixed()")).toHaveLength(1);
    expect(await messages("size.toFixed()")).toHaveLength(1);
    service.commit("const size = 5", 2);
    expect(await messages("size.toFixed()")).toEqual([]);
  });

  test("syntax errors are left to the evaluator", async () => {
    expect(await service.diagnostics("const = 1")).toEqual([]);
  });
});

describe("files of the notebook's folder", () => {
  test("local modules are typed, and typed anew when they change", async () => {
    const file = join(cwd, "local.ts");
    writeFileSync(file, "export const value = 1;");
    const code = 'import { value } from "./local.ts"; value.toFixed()';
    expect(await messages(code)).toEqual([]);
    writeFileSync(file, "export const value = 'text';");
    utimesSync(file, new Date(), new Date(Date.now() + 5_000));
    expect(await messages(code)).toEqual([expect.stringContaining("toFixed")]);
    service.commit('import { value } from "./local.ts"', 1);
    expect(await messages("value.toUpperCase()")).toEqual([]);
  });

  test("a package is found once it is installed", async () => {
    const code = 'import { answer } from "late-package"; answer.toFixed()';
    expect(await messages(code)).toEqual([expect.stringContaining("2307")]);
    const folder = join(cwd, "node_modules", "late-package");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"name":"late-package","types":"index.d.ts"}');
    writeFileSync(join(folder, "index.d.ts"), "export declare const answer: 42;");
    expect(await messages(code)).toEqual([]);
  });

  test("a tsconfig.json there does not change how cells are read", async () => {
    writeFileSync(join(cwd, "tsconfig.json"), '{"compilerOptions":{"lib":["es5"],"types":[]},"files":[]}');
    const other = createLanguageService({ cwd, typesFolder });
    try {
      expect(await other.diagnostics("await Promise.resolve(new Map([[1, 2]]).size)", { timeout })).toEqual([]);
    } finally {
      other.dispose();
      rmSync(join(cwd, "tsconfig.json"));
    }
  });

  test("what a tsconfig.json says of paths, decorators and JSX is no error, from when it is there to when it goes", async () => {
    mkdirSync(join(cwd, "lib"), { recursive: true });
    writeFileSync(join(cwd, "lib", "tool.ts"), "export const tool = (n: number) => n;");
    const alias = "import { tool } from '@lib/tool'; tool('x')";
    const based = "import { tool } from 'lib/tool'; tool('x')";
    const old =
      "const note = (target: object, key: string, more?: unknown) => {}; class A { @note m() {} n(@note p: number) {} }";
    const jsx =
      "namespace h { export namespace JSX { export type Element = string; export interface IntrinsicElements { b: { size: number } } } }\nfunction h(tag: string, props: object): string { return tag }\n<b size='x' />";
    expect(await messages(alias)).toEqual([expect.stringContaining("1:22 2307")]);
    expect(await messages(old)).not.toEqual([]);
    expect(await messages(jsx)).toEqual([]);
    const file = join(cwd, "tsconfig.json");
    writeFileSync(
      file,
      '{ "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["lib/*"] }, // old\n "experimentalDecorators": true, "jsx": "react", "jsxFactory": "h" } }',
    );
    try {
      expect(await messages(alias)).toEqual([expect.stringContaining("1:40 2345")]);
      expect(await messages(based)).toEqual([expect.stringContaining("1:39 2345")]);
      expect(await messages(old)).toEqual([]);
      expect(await messages(jsx)).toEqual([expect.stringContaining("3:4 2322")]);
      expect(await messages("zeros([1]).item().toFixed()")).toEqual([]);
    } finally {
      rmSync(file);
    }
    expect(await messages(old)).not.toEqual([]);
    expect(await messages(alias)).toEqual([expect.stringContaining("1:22 2307")]);
  });
});

describe("life", () => {
  test("a killed server comes back and knows the cells", async () => {
    service.commit("const x = zeros([2, 3]); let n = 1;", 1);
    expect(await messages("x.shape; n = 2")).toEqual([]);
    const before = service.pid!;
    process.kill(before, "SIGKILL");
    service.commit("const later = x.shape[1];", 2);
    await expect
      .poll(() => messages("n = 'x'; later.toFixed()"), { timeout })
      .toEqual([expect.stringContaining("1:1 2322")]);
    expect(service.pid).not.toBe(before);
    expect((await inspect("la|ter"))?.signature).toBe("const later: 3");
  });

  test("reset forgets all cells", async () => {
    service.commit("const gone = 1; const zeros = 2;", 1);
    service.reset();
    expect(await messages("zeros([1])")).toEqual([]);
    expect(await messages("gone")).toEqual([expect.stringContaining("2304")]);
  });

  test("an answer that does not come in time is empty, and the next one is right", async () => {
    expect(await service.diagnostics("const x: string = 1", { timeout: 0 })).toEqual([]);
    expect(await messages("const x: string = 1")).toHaveLength(1);
  });

  test("after dispose everything is empty and the process is gone", async () => {
    const other = createLanguageService({ cwd, typesFolder });
    expect(await other.diagnostics("const x: string = 1", { timeout })).toHaveLength(1);
    const { pid } = other;
    other.dispose();
    expect(await other.diagnostics("const x: string = 1")).toEqual([]);
    expect(await other.complete("ze", 2)).toEqual({ start: 2, end: 2, items: [] });
    expect(await other.inspect("zeros", 1)).toBeUndefined();
    await expect.poll(() => isRunning(pid!), { timeout: 5_000 }).toBe(false);
  });

  test("without built declarations the package is any", async () => {
    const bare = createLanguageService({ cwd, typesFolder: join(cwd, "nowhere") });
    try {
      const code = 'import { x } from "gradbook"; import "gradbook/engine"; tensor([1]).foo; nn.Linear; gb.bar; x.y';
      expect(await bare.diagnostics(code, { timeout })).toEqual([]);
      expect(await bare.diagnostics("const n: number = 'x'", { timeout })).toHaveLength(1);
    } finally {
      bare.dispose();
    }
  });

  test("after a hundred cells answers come as fast as after one", async () => {
    for (let i = 0; i < 100; i++) {
      const before = i === 0 ? "[0]" : `v${i - 1}.map(x => x + 1)`;
      service.commit(`const v${i} = ${before}; class C${i} { private p = ${i}; m() { return zeros([${i}]) } }`, i);
    }
    expect(await messages("v99[0]!.toFixed(); new C42().m().shape")).toEqual([]);
    const times: number[] = [];
    for (let i = 0; i < 11; i++) {
      const began = performance.now();
      expect(await messages(`const w${i} = v${i * 9}; new C${i}().gone`)).toHaveLength(1);
      expect((await service.complete(`const w${i} = v9; w${i}.ma`, 19 + 2 * `${i}`.length)).items).toHaveLength(1);
      times.push(performance.now() - began);
    }
    // 10 ms for both on an idle machine; the bound is for one that runs other tests.
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(250);
    expect(service.cells).toBe(100);
  });

  test("whatever a cell contains, the answers come", async () => {
    const deep = `${"[".repeat(300)}${"]".repeat(300)}`;
    for (const code of [
      "\ud800",
      "\u0000",
      "\ufeffzeros",
      "x\u2028y",
      "`${",
      "#!/x",
      "/*",
      deep,
      "a".repeat(100_000),
    ]) {
      service.commit(code, 1);
      await service.diagnostics(code, { timeout });
      await service.complete(code, code.length);
      await service.inspect(code, 0);
      await service.complete(code, -5);
      await service.inspect(code, 1e9);
    }
    expect(await messages("const x: string = 1")).toEqual([expect.stringContaining("1:7 2322")]);
  });

  test("running one cell again and again does not slow the session down", async () => {
    for (let i = 0; i < 50; i++) service.commit(`const again = ${i}; class Again { n = again }`, i);
    expect(await messages("new Again().n.toFixed(); again.toFixed()")).toEqual([]);
    expect(service.cells).toBe(1);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
