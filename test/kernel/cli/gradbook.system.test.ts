import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradbook, JupyterHome } from "../../jupyter/environment.js";
import { plainOutput, readNotebook, writeNotebook } from "../../jupyter/notebooks.js";

let home: JupyterHome;
beforeAll(() => {
  home = new JupyterHome();
});
afterAll(() => home.close());

const file = (name: string) => join(home.work, name);

describe("the command line", () => {
  test.each([
    [[], 2, "usage: gradbook COMMAND"],
    [["frobnicate"], 2, "unknown command frobnicate; there are install, uninstall, doctor"],
    [["instal"], 2, "unknown command instal; did you mean install?"],
    [["--colour"], 2, "unknown flag --colour"],
    [["run"], 2, "gradbook run: NOTEBOOK.ipynb is missing"],
    [["run", "--timeuot", "3", "a.ipynb"], 2, "unknown flag --timeuot; did you mean --timeout?"],
    [["run", "--timeout", "soon", "a.ipynb"], 2, "--timeout soon: give a number of seconds above 0"],
    [["install", "--user", "--prefix", "x"], 2, "--user and --prefix contradict each other"],
    [["install", "--name", "a b"], 2, 'a kernel\'s name has letters, digits, "-", "_" and "." only'],
    [["install", "--tslab", "--name", "x"], 2, "--tslab and --name contradict each other"],
    [["install", "--binary", "tslab"], 2, "--binary goes with --tslab"],
    [["kernel"], 2, "CONNECTION_FILE is missing"],
    [["kernel", "--js", "none.json"], 2, "--js goes with --tslab"],
    [["kernel", "--config-path", "none.json", "--js"], 1, "none.json: no such connection file"],
    [["kernel", "none.json"], 1, "none.json: no such connection file"],
    [["uninstall", "--prefix", "nowhere"], 1, "no kernel gradbook in"],
  ])("%j ends with %i", async (args, code, words) => {
    const finished = await home.gradbook(args);
    expect(finished.stderr).toContain(words);
    expect(finished.stderr).not.toMatch(/\n {4}at /);
    expect(finished.code).toBe(code);
  });

  test("--version and --help answer on standard output", async () => {
    const version = await home.gradbook(["--version"]);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^gradbook \d+\.\d+\.\d+\n$/) });
    for (const name of ["install", "uninstall", "doctor", "run", "kernel"]) {
      const { code, stdout } = await home.gradbook([name, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain(`usage: gradbook ${name}`);
    }
  });
});

describe("install and uninstall", () => {
  test("write and remove the kernelspec, and leave another kernel of that name alone", async () => {
    const prefix = join(home.folder, "p");
    const folder = join(prefix, "share", "jupyter", "kernels", "mine");
    const installed = await home.gradbook(["install", "--prefix", prefix, "--name", "mine"]);
    expect(installed).toMatchObject({ code: 0, stderr: "" });
    expect(installed.stdout).toContain(`Installed the kernel mine in ${folder}`);
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    expect(spec).toMatchObject({
      language: "typescript",
      interrupt_mode: "message",
      display_name: "TypeScript (mine)",
    });
    for (const program of spec.argv.slice(0, 2)) expect(existsSync(program)).toBe(true);
    const extension = join(prefix, "share", "jupyter", "labextensions", "gradbook");
    const { jupyterlab } = JSON.parse(readFileSync(join(extension, "package.json"), "utf8"));
    expect(existsSync(join(extension, jupyterlab._build.load))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);

    expect(await home.gradbook(["uninstall", "--prefix", prefix, "--name", "mine"])).toMatchObject({ code: 0 });
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(extension)).toBe(false);

    mkdirSync(folder, { recursive: true });
    const other = JSON.stringify({ argv: ["x"], display_name: "Other", language: "x" });
    writeFileSync(join(folder, "kernel.json"), other);
    for (const command of ["install", "uninstall"]) {
      const refused = await home.gradbook([command, "--prefix", prefix, "--name", "mine"]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("holds another kernel (Other)");
    }
    expect(readFileSync(join(folder, "kernel.json"), "utf8")).toBe(other);
  });
});

test("doctor names versions, CPU kernels and what is missing, with the command that mends it", async () => {
  const { code, stdout } = await home.gradbook(["doctor"]);
  expect(stdout).toMatch(/^ok +gradbook \d+\.\d+\.\d+ in /m);
  expect(stdout).toContain(`Node ${process.versions.node}`);
  expect(stdout).toMatch(/^ok +TypeScript 7\.0\.2/m);
  expect(stdout).toMatch(/^ok +ZeroMQ \d/m);
  expect(stdout).toMatch(/CPU kernels: (native|wasm) .*, \d+ threads?/);
  expect(stdout).toMatch(/^ok +devices: cpu/m);
  expect(stdout).toContain("Everything that gradbook needs works.");
  expect(code).toBe(0);
});

describe("run", () => {
  test("executes a notebook, writes it in place and tells of each cell", async () => {
    const path = file("good.ipynb");
    writeNotebook(path, [
      'console.log("hello");\nconst n: number = 20;',
      "n * 2 + (await Promise.resolve(2))",
      "",
      'console.error("careful")',
    ]);
    const { code, stdout, stderr } = await home.gradbook(["run", path]);
    expect(stderr).toMatch(/\[1\/3\] +\d+\.\d\d s {2}console\.log\("hello"\);\n\[2\/3\]/);
    expect(stderr).toContain(`gradbook: wrote ${path}`);
    expect(stdout).toBe("");
    expect(code).toBe(0);

    const { cells, metadata } = readNotebook(path);
    expect(cells.map(c => c.execution_count)).toEqual([1, 2, null, 3]);
    expect(cells.map(plainOutput)).toEqual(["hello\n", "42", "", "careful\n"]);
    expect(cells[1]!.outputs![0]).toMatchObject({ output_type: "execute_result", execution_count: 2 });
    expect(cells[3]!.outputs![0]).toMatchObject({ output_type: "stream", name: "stderr" });
    expect(metadata.language_info).toMatchObject({ name: "typescript" });
  });

  test("-o writes there and leaves the original alone; a relative import is found beside the notebook", async () => {
    const path = file("in.ipynb");
    writeFileSync(file("local.ts"), "export const answer: number = 42;");
    const before = writeNotebook(path, ['import { answer } from "./local.ts";\nanswer']);
    const { code, stderr } = await home.gradbook(["run", "work/in.ipynb", "-o", "out.ipynb"], home.folder);
    expect(stderr).toContain("gradbook: wrote out.ipynb");
    expect(code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(plainOutput(readNotebook(join(home.folder, "out.ipynb")).cells[0]!)).toBe("42");
  });

  test("a failing cell: exit 1, the cell and its traceback on stderr, nothing written, the rest not run", async () => {
    const path = file("bad.ipynb");
    const before = writeNotebook(path, [
      "1",
      'function deep(): never {\n  throw new RangeError("too deep");\n}\ndeep()',
      'process.stdout.write("never")',
    ]);
    const { code, stderr } = await home.gradbook(["run", path, "-o", "bad-out.ipynb"]);
    expect(code).toBe(1);
    expect(stderr).toContain("code cell 2 of 3");
    expect(stderr).toContain("RangeError: too deep");
    expect(stderr).toContain('throw new RangeError("too deep")');
    expect(stderr).not.toContain("[3/3]");
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(existsSync(file("bad-out.ipynb"))).toBe(false);
  });

  test("--allow-errors goes on and keeps the error; the tags raises-exception and skip-execution count", async () => {
    const path = file("errors.ipynb");
    writeNotebook(path, [
      { source: 'throw new Error("expected")', tags: ["raises-exception"] },
      { source: 'console.log("skipped")', tags: ["skip-execution"] },
      "1 + 1",
    ]);
    expect((await home.gradbook(["run", path])).code).toBe(0);
    const { cells } = readNotebook(path);
    expect(cells[0]!.outputs!.at(-1)).toMatchObject({ output_type: "error", ename: "Error", evalue: "expected" });
    expect(cells[1]!.outputs).toEqual([]);
    expect(plainOutput(cells[2]!)).toBe("2");

    writeNotebook(path, ['throw new Error("x")', "3"]);
    expect((await home.gradbook(["run", path, "--allow-errors"])).code).toBe(0);
    expect(readNotebook(path).cells[0]!.outputs!.at(-1)).toMatchObject({ output_type: "error", evalue: "x" });
    expect(plainOutput(readNotebook(path).cells[1]!)).toBe("3");
  });

  test.each([
    ["a loop that never ends", "while (true) {}"],
    ["a promise that never settles", "await new Promise(() => {})"],
  ])("--timeout stops %s", async (_, source) => {
    const path = file("slow.ipynb");
    const before = writeNotebook(path, ["1", source]);
    const started = performance.now();
    const { code, stderr } = await home.gradbook(["run", path, "--timeout", "1"]);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(stderr).toContain("code cell 2 of 2 took longer than 1 s (--timeout)");
    expect(code).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("an interrupt from the keyboard stops the cell and writes nothing", async () => {
    const path = file("stopped.ipynb");
    const before = writeNotebook(path, ["1", 'console.log("on"); while (true) {}', "3"]);
    const child = home.start(process.execPath, [gradbook, "run", path]);
    let said = "";
    child.stderr!.on("data", (bytes: Buffer) => {
      said += bytes;
    });
    await expect.poll(() => said, { timeout: 20_000 }).toContain("[1/3]");
    await sleep(500);
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect(said).toContain("code cell 2 of 3 was interrupted; nothing was written");
    expect(code).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("a cell that kills its process is an error of that cell, and ends the run with 1", async () => {
    const path = file("crash.ipynb");
    const before = writeNotebook(path, ["const kept = 1;", "process.abort()"]);
    const { code, stderr } = await home.gradbook(["run", path]);
    expect(code).toBe(1);
    expect(stderr).toContain("code cell 2 of 2");
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test.each([
    ["missing.ipynb", undefined, "missing.ipynb: no such file"],
    ["empty.ipynb", "", "empty.ipynb is empty"],
    ["text.ipynb", '{\n "cells": [\n', "text.ipynb is not JSON: it ends too early, at line 3, column 1"],
    ["other.ipynb", '{"a": 1}', "other.ipynb is JSON, but not a notebook"],
  ])("%s is refused with a clear message", async (name, content, words) => {
    if (content !== undefined) writeFileSync(file(name), content);
    const { code, stderr } = await home.gradbook(["run", name]);
    expect(stderr).toContain(`gradbook: ${words}`);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(1);
    if (content !== undefined) expect(readFileSync(file(name), "utf8")).toBe(content);
  });
});
