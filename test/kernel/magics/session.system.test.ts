import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "../client.js";

let client: KernelClient;
beforeAll(async () => {
  client = await KernelClient.start();
  // On a busy machine the start of the type service takes longer than one question waits.
  for (let i = 0; i < 20; i++) {
    const { content } = await client.request("inspect_request", { code: "Array.of", cursor_pos: 8, detail_level: 0 });
    if (JSON.stringify(content.data).includes("ArrayConstructor")) break;
  }
});
afterAll(() => client.stop());

async function complete(code: string, cursor = code.length) {
  const { content } = await client.request("complete_request", { code, cursor_pos: cursor });
  return content as { matches: string[]; cursor_start: number; cursor_end: number };
}

const isComplete = async (code: string) => (await client.request("is_complete_request", { code })).content.status;

describe("?name", () => {
  test("pages type, documentation and value, also of what the same cell declares", async () => {
    type Page = { source: string; data: Record<string, string>; start: number };
    let page: Page | undefined;
    // On a busy machine the types of a cell may come later than the page waits for them.
    for (let i = 0; i < 5 && !page?.data["text/plain"]?.includes("number"); i++) {
      const { reply } = await client.execute("/** How many there are. */\nconst count: number = 41 + 1;\n?count");
      [page] = reply.payload as Page[];
    }
    expect(page).toMatchObject({ source: "page", start: 0 });
    expect(page!.data["text/plain"]).toContain("count: number");
    expect(page!.data["text/plain"]).toContain("value: 42");
    expect(page!.data["text/html"]).toContain("<code>");
  });

  test("says so when there is nothing", async () => {
    const { reply, stderr } = await client.execute("nowhere.at.all?");
    expect(reply).toMatchObject({ status: "ok", payload: [] });
    expect(stderr).toBe("nothing is known about nowhere.at.all\n");
  });
});

describe("types", () => {
  test("magic lines are no errors, and what they time is checked", async () => {
    expect((await client.execute("%env GRADBOOK_X=1\nconst ok: number = 1;\n!echo $GRADBOOK_X")).stderr).toBe("");
    const id = client.start("%time const wrong: string = 1");
    // On a busy machine the check may be done after the cell.
    const note = await client.waitFor(() =>
      client.under(id).find(m => String(m.content.text).includes("Type 'number' is not assignable to type 'string'")),
    );
    expect(note.content).toMatchObject({ name: "stderr", text: expect.stringContaining(":1:13") });
    expect((await client.execute("%%bash\necho 'const x: number = \"\"'")).stderr).toBe("");
  });

  test("a timed declaration has its type in later cells; %reset forgets types too", async () => {
    await client.execute("%time const timed = { deep: 1 }");
    expect((await complete("timed.de")).matches).toEqual(["deep"]);
    await client.execute("%reset");
    const { content } = await client.request("inspect_request", { code: "timed", cursor_pos: 5, detail_level: 0 });
    expect(content.found).toBe(false);
  });
});

describe("completion", () => {
  test("of the names of magics", async () => {
    expect(await complete("%ti")).toMatchObject({
      matches: ["%time", "%%time", "%timeit", "%%timeit"],
      cursor_start: 0,
      cursor_end: 3,
    });
    expect((await complete("const a = 1;\n  %ti")).matches).toEqual(["%time", "%timeit"]);
    expect((await complete("%%wri")).matches).toEqual(["%%writefile"]);
    expect((await complete("const a = 5 %ti")).matches).not.toContain("%time");
  });

  test("of TypeScript where a magic is followed by it", async () => {
    expect((await complete("%time Math.cbr")).matches).toEqual(["cbrt"]);
    expect((await complete("%%time\nMath.cbr")).matches).toEqual(["cbrt"]);
    expect((await complete("?Math.cbr")).matches).toEqual(["cbrt"]);
  });

  test("of files where a path belongs", async () => {
    mkdirSync(join(client.folder, "folder"));
    writeFileSync(join(client.folder, "folder", "file.ts"), "");
    expect((await complete("%cd fold")).matches).toEqual(["folder/"]);
    expect(await complete("!cat folder/fi")).toMatchObject({ matches: ["file.ts"], cursor_start: 12 });
  });
});

test("the name of a magic is explained", async () => {
  const { content } = await client.request("inspect_request", { code: "%timeit f()", cursor_pos: 4, detail_level: 0 });
  expect((content.data as Record<string, string>)["text/plain"]).toContain("Runs a statement");
});

test("a console knows when a cell with magics is complete", async () => {
  expect(await isComplete("%who")).toBe("complete");
  expect(await isComplete("%time f(")).toBe("incomplete");
  expect(await isComplete("!ls -la /")).toBe("complete");
  expect(await isComplete("!ls \\")).toBe("incomplete");
  expect(await isComplete("%%bash")).toBe("incomplete");
  expect(await isComplete("%%bash\nls")).toBe("incomplete");
  expect(await isComplete("%%bash\nls\n")).toBe("complete");
  expect(await isComplete("%tiem x")).toBe("invalid");
  expect(await isComplete("const = 3\n%who")).toBe("invalid");
});
