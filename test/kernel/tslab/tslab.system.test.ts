import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "../client.js";
import { evaluatorInFolder } from "../evaluator/in-folder.js";

describe("module cells", () => {
  const here = evaluatorInFolder("gradbook-tslab-");
  const { run } = here;

  const traceback = async (code: string) => (await here.evaluator.execute(code)).traceback;

  test("are imported by name, after a change too", async () => {
    const { text } = await run(
      "/** @module shapes */\nexport const sides: number = 3;",
      "import { sides } from './shapes'; sides",
    );
    expect(text).toBe("3");
    expect((await run("/** @module shapes */ export const sides = 4;", "sides")).text).toBe("3");
    expect((await run("import * as s from './shapes'; s.sides")).text).toBe("4");
    expect((await run("(await import('./shapes.js')).sides")).text).toBe("4");
  });

  test("run when they are imported, once, and import each other, files and packages", async () => {
    writeFileSync(join(here.folder, "file.ts"), "export const fromFile: string = 'file';");
    mkdirSync(join(here.folder, "node_modules/pack"), { recursive: true });
    writeFileSync(
      join(here.folder, "node_modules/pack/package.json"),
      '{"name":"pack","type":"module","exports":"./i.js"}',
    );
    writeFileSync(join(here.folder, "node_modules/pack/i.js"), "export const fromPack = 'pack';");
    const silent = await run(
      "/** @module inner */\nimport { fromFile } from './file'; export const inner = [fromFile, 1];",
      "/** @module outer */\nimport { fromPack } from 'pack'; import { inner } from './inner'; console.log('once'); export default [...inner, fromPack];",
    );
    expect(silent.stdout).toBe("");
    const first = await run("import outer from './outer'; outer");
    expect(first.stdout).toBe("once\n");
    expect(first.text).toBe("[ 'file', 1, 'pack' ]");
    expect((await run("import again from './outer'; again === outer")).text).toBe("true");
    await run("/** @module inner */\nexport const inner = [2];");
    expect((await run("import third from './outer'; third")).text).toBe("[ 2, 'pack' ]");
  });

  test("are files of their own: nothing of other cells is in them", async () => {
    await run(
      "const secret = 1",
      "/** @module apart */ export const seen = typeof secret; export const top = import.meta.url;",
    );
    const { text } = await run("import { seen, top } from './apart'; [seen, top.includes('apart.ts')]");
    // The names of cells are globals here; where Node keeps them elsewhere a module does not see them either way.
    expect(text).toMatch(/^\[ '(number|undefined)', true \]$/);
  });

  test("may be written with JSX", async () => {
    const { text } = await run(
      "/** @module view @jsx */\nconst React = { createElement: (tag: string, _: unknown, ...inner: string[]) => `<${tag}>${inner.join('')}</${tag}>` };\nexport const hello = (name: string) => <b>hello {name}</b>;",
      "import { hello } from './view'; hello('you')",
    );
    expect(text).toBe("'<b>hello you</b>'");
  });

  test("tell mistakes where they are", async () => {
    expect(await traceback("/** @module broken */\nexport const = 1;")).toContain("In[1]:2:14");
    await run("/** @module thrower */\nexport function fail(): never {\n  throw new Error('inside');\n}");
    const thrown = await traceback("import { fail } from './thrower'; fail()");
    expect(thrown).toContain("./thrower.ts:3:9");
    expect(thrown).toContain("throw new Error('inside')");
    expect(await traceback("import './nobody'")).toContain('Cannot find "./nobody"');
  });

  test("for browsers are bundled with what they import, and know their place in the page", async () => {
    await run("/** @module words */\nexport const word: string = 'from a module </script>';");
    const { frames, text } = await run(
      "/** @browser */\nimport { word } from './words';\ndocument.title = word;\nelement.append(word);",
    );
    expect(text).toBeUndefined();
    const shown = frames.find(f => f.type === "display")!.data as Record<string, string>;
    const page = { document: { title: "" }, element: { inner: "", append: (t: string) => (page.element.inner += t) } };
    runInNewContext(shown["application/javascript"]!, page);
    expect(page.document.title).toBe("from a module </script>");
    expect(page.element.inner).toBe("from a module </script>");
    expect(shown["application/javascript"]).not.toContain("</script>");
    const failed = await traceback("/** @browser */\nimport fs from 'node:fs';\nfs;");
    expect(failed).toContain("SyntaxError");
    expect(failed).toMatch(/In\[\d+\]:2:16/);
  });
});

describe("tslab's module", () => {
  let client: KernelClient;
  beforeAll(async () => {
    client = await KernelClient.start({ arguments: ["--tslab"] });
  });
  afterAll(() => client.stop());

  test("shows every kind of content", async () => {
    const { messages, error } = await client.execute(
      [
        "import * as tslab from 'tslab';",
        "const { display } = tslab;",
        "display.html('<b>h</b>'); display.markdown('# m'); display.latex('$l$'); display.svg('<svg/>');",
        "display.text('t'); display.javascript('j'); display.png(new Uint8Array([1, 2])); display.jpeg(new Uint8Array([3]));",
        "display.gif(new Uint8Array([4])); display.pdf(new Uint8Array([5])); display.raw('application/json', '{\"a\": 1}');",
      ].join("\n"),
    );
    expect(error).toBeUndefined();
    const data = messages.filter(m => m.header.msg_type === "display_data").map(m => m.content.data);
    expect(data).toEqual([
      { "text/html": "<b>h</b>" },
      { "text/markdown": "# m" },
      { "text/latex": "$l$" },
      { "image/svg+xml": "<svg/>" },
      { "text/plain": "t" },
      { "text/javascript": "j" },
      { "image/png": "AQI=" },
      { "image/jpeg": "Aw==" },
      { "image/gif": "BA==" },
      { "application/pdf": "BQ==" },
      { "application/json": { a: 1 } },
    ]);
  });

  test("updates what a display showed, and knows versions", async () => {
    const { messages } = await client.execute(
      "import { newDisplay, versions } from 'tslab';\nconst d = newDisplay(); d.text('one'); d.html('two'); d.text('three');",
    );
    const shown = messages.filter(m => /display_data$/.test(m.header.msg_type));
    expect(shown.map(m => m.header.msg_type)).toEqual(["display_data", "update_display_data", "update_display_data"]);
    const ids = shown.map(m => (m.content.transient as { display_id: string }).display_id);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(ids).size).toBe(1);
    const { text } = await client.execute("[versions.tslab, versions.node === process.version]");
    expect(text).toBe("[ '1.0.22', true ]");
  });

  test("a type error keeps the whole cell from running", async () => {
    const { reply, error, stdout } = await client.execute("console.log('ran');\nlet notSo: number = 'text';");
    expect(stdout).toBe("");
    expect(reply.status).toBe("error");
    expect(error!.ename).toBe("TypeCheckError");
    expect(error!.traceback.join("\n")).toContain(":2:5");
    expect((await client.execute("typeof notSo")).reply.status).toBe("error");
    expect((await client.execute("const fine: number = 7; fine")).text).toBe("7");
    const { error: wrongDisplay } = await client.execute("tslab.display.html(3)");
    expect(wrongDisplay!.traceback.join("\n")).toContain("not assignable to parameter of type 'string'");
  });

  test("types are as loose as tslab has them", async () => {
    const { error, text } = await client.execute(
      "function twice(x) { return x * 2 }\nlet maybe: string = null;\ntwice(4)",
    );
    expect(error).toBeUndefined();
    expect(text).toBe("8");
  });

  test("module cells are typed where they are imported, and checked apart", async () => {
    expect((await client.execute("import { area } from './figures'")).error!.ename).toBe("TypeCheckError");
    expect(
      (await client.execute("/** @module figures */\nexport function area(r: number): number { return r * r * 3; }"))
        .error,
    ).toBeUndefined();
    expect((await client.execute("import { area } from './figures';\narea(2)")).text).toBe("12");
    expect((await client.execute("area('2')")).error!.ename).toBe("TypeCheckError");
    expect(
      (await client.execute("/** @module other */\nexport const uses: string = area;")).error!.traceback.join("\n"),
    ).toContain("Cannot find name 'area'");
  });

  test("a browser cell knows the page, other cells do not", async () => {
    const page = await client.execute(
      "/** @browser */\nconst box: HTMLElement = element;\nbox.textContent = document.title;",
    );
    expect(page.error).toBeUndefined();
    expect((await client.execute("/** @browser */\ndocument.title = 3;")).error!.traceback.join("\n")).toContain(
      ":2:1",
    );
    expect((await client.execute("document.title")).error!.ename).toBe("TypeCheckError");
  });
});

describe("jslab", () => {
  let client: KernelClient;
  beforeAll(async () => {
    client = await KernelClient.start({ arguments: ["--jslab"] });
  });
  afterAll(() => client.stop());

  test("says that its language is JavaScript", async () => {
    const { content } = await client.request("kernel_info_request", {});
    expect(content.language_info).toMatchObject({
      name: "javascript",
      file_extension: ".js",
      mimetype: "text/javascript",
    });
  });

  test("lets be what is right in JavaScript, and stops what is not", async () => {
    const { error, text } = await client.execute(
      "const o = {}; o.added = 1;\nclass A { constructor() { this.x = 2 } }\nfunction f(a, b) { return a }\nlet v = 1; v = 'two';\n[o.added, new A().x, f(3), v]",
    );
    expect(error).toBeUndefined();
    expect(text).toBe("[ 1, 2, 3, 'two' ]");
    expect((await client.execute("console.lag('x')")).error!.ename).toBe("TypeError");
    expect((await client.execute("undeclared + 1")).error!.ename).toBe("TypeCheckError");
  });
});
