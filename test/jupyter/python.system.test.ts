import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JupyterHome, python } from "./environment.js";
import { plainOutput, readNotebook, writeNotebook } from "./notebooks.js";

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe.skipIf(!python)("the Python programs of Jupyter", () => {
  let home: JupyterHome;
  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
  });
  afterAll(() => home.close());

  test("`jupyter kernelspec list` sees the installed kernel", async () => {
    const { code, stdout, stderr } = await home.python(["-m", "jupyter", "kernelspec", "list", "--json"]);
    expect(code, stderr).toBe(0);
    const { gradbook } = JSON.parse(stdout).kernelspecs;
    expect(gradbook.resource_dir).toBe(join(home.prefixData, "kernels", "gradbook"));
    expect(gradbook.spec).toMatchObject({
      display_name: "TypeScript (gradbook)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  test("nbclient executes a notebook through it", async () => {
    const path = join(home.work, "nbclient.ipynb");
    writeNotebook(path, ['const who: string = "nbclient";\nconsole.log("hello", who);', "who.length", "6 * 7"]);
    const { code, stderr } = await home.python([
      "-m",
      "jupyter",
      "execute",
      "--inplace",
      "--kernel_name=gradbook",
      path,
    ]);
    expect(code, stderr).toBe(0);
    const { cells, metadata } = readNotebook(path);
    expect(cells.map(plainOutput)).toEqual(["hello nbclient\n", "8", "42"]);
    expect(cells.map(c => c.execution_count)).toEqual([1, 2, 3]);
    expect(metadata.language_info?.name).toBe("typescript");
  });

  test("nbconvert reports a failing cell by its error", async () => {
    const path = join(home.work, "failing.ipynb");
    writeNotebook(path, ["1", 'throw new RangeError("out of bounds")']);
    const { code, stderr } = await home.python(["-m", "nbconvert", "--to", "notebook", "--execute", path]);
    expect(code).not.toBe(0);
    expect(stripVTControlCharacters(stderr)).toContain("RangeError: out of bounds");
  });

  test("what `gradbook run` writes is valid for nbformat, and byte for byte what nbformat would write", async () => {
    const path = join(home.work, "ours.ipynb");
    writeNotebook(path, [
      'console.log("a\\u2028b\\nc"); console.error("err")',
      "({ nested: [1, 2, { deep: new Map([[1, 2]]) }] })",
      "[NaN, 1e300, 'ü']",
      { source: 'throw new TypeError("kept")', tags: ["raises-exception"] },
    ]);
    const run = await home.gradbook(["run", path]);
    expect(run.code, run.stderr).toBe(0);
    const copy = join(home.work, "copy.ipynb");
    const { code, stderr } = await home.python([script("rewrite_notebook.py"), path, copy]);
    expect(code, stderr).toBe(0);
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(path, "utf8"));
  });

  test("jupyter_client: kernel_info, execute, interrupt with state kept, restart", async () => {
    const { code, stdout, stderr } = await home.python([script("drive_kernel.py"), "gradbook"]);
    expect(code, stderr).toBe(0);
    const seen = JSON.parse(stdout);
    expect(seen.kernel_info).toMatchObject({
      status: "ok",
      protocol_version: "5.5",
      implementation: "gradbook",
      language_info: { name: "typescript", file_extension: ".ts" },
    });
    expect(seen.execute).toMatchObject({ status: "ok", stdout: "out\n", stderr: "err\n", result: "42" });
    expect(seen.expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "84" } },
      bad: { status: "error", ename: "ReferenceError" },
    });
    expect(seen.error).toMatchObject({ status: "error", ename: "TypeError", evalue: "on purpose" });
    expect(seen.error.traceback).toMatch(/In\[\d+\].*2/);
    for (const interrupted of [seen.interrupt_loop, seen.interrupt_await]) {
      expect(interrupted.status).toBe("error");
      expect(interrupted.ename).toBe("KeyboardInterrupt");
      expect(interrupted.seconds).toBeLessThan(3);
    }
    expect(seen.after_interrupt).toMatchObject({ status: "ok", result: "42" });
    expect(seen.complete.matches).toContain("toFixed");
    expect(seen.restarted).toMatchObject({ status: "ok", result: "'undefined'" });
  });

  test("the conformance tests of jupyter_kernel_test pass", async () => {
    const { code, stderr } = await home.python([script("conformance.py"), "-v"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Ran \d+ tests/);
  });
});
