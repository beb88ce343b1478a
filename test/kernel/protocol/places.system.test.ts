import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KernelClient } from "../client.js";

let root: string;
let kernels: KernelClient[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gradbook places "));
  kernels = [];
});
afterEach(async () => {
  await Promise.all(kernels.map(kernel => kernel.stop()));
  rmSync(root, { recursive: true, force: true });
});

async function start(options: Parameters<typeof KernelClient.start>[0]): Promise<KernelClient> {
  const kernel = await KernelClient.start(options);
  kernels.push(kernel);
  return kernel;
}

/** Runs a cell that gives a number the type of a string. On a loaded machine the type service is slow to come up. */
async function expectTypeError(kernel: KernelClient, code: string): Promise<void> {
  for (let found = false; !found; ) {
    const { content } = await kernel.request("inspect_request", { code: "Math.sqrt", cursor_pos: 9 });
    found = content.found === true && JSON.stringify(content.data).includes("square root");
  }
  const id = kernel.start(code);
  await kernel.waitFor(() =>
    kernel.under(id).find(m => String(m.content.text).includes("is not assignable to type 'string'")),
  );
}

describe("places", () => {
  test("a notebook in a folder with spaces, umlauts, quotes, percent signs and 漢字", async () => {
    const cwd = join(root, "Übung 1 – it's 100% 漢字 #2");
    mkdirSync(cwd);
    writeFileSync(
      join(cwd, "größe.ts"),
      "export function boom(): number {\n  throw new Error('here');\n}\nexport const n = 7;",
    );
    const kernel = await start({ cwd, env: { GRADBOOK_STATE: join(cwd, "Zustand é") } });
    expect((await kernel.execute("process.cwd() === __dirname && __dirname.endsWith('漢字 #2')")).text).toBe("true");
    expect((await kernel.execute("import { n, boom } from './größe'; n")).text).toBe("7");
    const { error } = await kernel.execute("boom()");
    expect(stripVTControlCharacters(error!.traceback.join("\n"))).toContain("./größe.ts:2:9");
    expect((await kernel.execute("import.meta.url.includes('%20')")).text).toBe("true");
    await expectTypeError(kernel, "const wrong: string = n; 'ran'");
    const { content } = await kernel.request("complete_request", { code: "n.toF", cursor_pos: 5 });
    expect(content.matches).toContain("toFixed");
    const history = await kernel.request("history_request", { hist_access_type: "tail", n: 1 });
    expect(history.content.history).toMatchObject([[1, expect.any(Number), expect.stringContaining("wrong")]]);
  });

  test("several kernels at once keep to themselves", async () => {
    const env = { GRADBOOK_STATE: join(root, "state") };
    const [a, b, c] = await Promise.all([
      start({ cwd: root, env }),
      start({ cwd: root, env }),
      start({ cwd: root, env }),
    ]);
    const all = [a!, b!, c!];
    await Promise.all(all.map((kernel, i) => kernel.execute(`const mine = ${i}`)));
    const values = await Promise.all(all.map(kernel => kernel.execute("mine")));
    expect(values.map(v => v.text)).toEqual(["0", "1", "2"]);
    const sessions = await Promise.all(
      all.map(async kernel => {
        const { content } = await kernel.request("history_request", { hist_access_type: "range", session: 0 });
        return content.history as [number, number, string][];
      }),
    );
    for (const [i, entries] of sessions.entries())
      expect(entries.map(e => e[2])).toEqual([`const mine = ${i}`, "mine"]);
    a!.child.kill("SIGKILL");
    await a!.gone();
    expect((await b!.execute("mine")).text).toBe("1");
  });

  test("a home where nothing can be written", async () => {
    const kernel = await start({ cwd: root, env: { HOME: "/dev/null/home", GRADBOOK_STATE: "", XDG_STATE_HOME: "" } });
    expect((await kernel.execute("import { tmpdir } from 'node:os'; const x: number = 41; x + 1")).text).toBe("42");
    await expectTypeError(kernel, "const y: string = x; 'ran'");
    expect(kernel.log).toContain("history is not kept");
  });
});
