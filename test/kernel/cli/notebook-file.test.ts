import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CommandError } from "../../../kernel/cli/command.js";
import { readNotebookFile, writeNotebookFile } from "../../../kernel/cli/notebook-file.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (metadata: object = {}) => JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: [] });

function notebookAt(name: string, metadata?: object): string {
  const path = join(folder, name);
  writeFileSync(path, text(metadata), { mode: 0o640 });
  return path;
}

test("writes in place, keeps the mode, follows links and leaves no draft", () => {
  const path = notebookAt("a.ipynb");
  const link = join(folder, "link.ipynb");
  symlinkSync(path, link);
  expect(writeNotebookFile(readNotebookFile(link), link)).toBe(link);
  expect(readFileSync(path, "utf8")).toContain('\n "cells": []');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder).sort()).toEqual(["a.ipynb", "link.ipynb"]);
});

test("a file that changed during the run is left alone; the result goes beside it", () => {
  const path = notebookAt("a.ipynb");
  const file = readNotebookFile(path);
  writeFileSync(path, "someone else's work");
  expect(writeNotebookFile(file, path)).toBe(join(folder, "a.run.ipynb"));
  expect(writeNotebookFile(file, path)).toBe(join(folder, "a.run-2.ipynb"));
  expect(readFileSync(path, "utf8")).toBe("someone else's work");
});

test("a target that cannot be written is a clear error, and nothing is left behind", () => {
  const file = readNotebookFile(notebookAt("a.ipynb"));
  expect(() => writeNotebookFile(file, join(folder, "none", "out.ipynb"))).toThrow(/cannot write .*Name another file/);
  expect(readdirSync(folder)).toEqual(["a.ipynb"]);
});

test("a target that is a device or a pipe is written to, not replaced", () => {
  const file = readNotebookFile(notebookAt("a.ipynb"));
  const before = statSync("/dev/null");
  expect(writeNotebookFile(file, "/dev/null")).toBe("/dev/null");
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  expect(statSync("/dev/null").ino).toBe(before.ino);
});

test.each([
  ["missing.ipynb", /no such file \(looked in /],
  [".", /is a folder/],
])("%s is refused by name", (name, why) => {
  expect(() => readNotebookFile(join(folder, name))).toThrow(CommandError);
  expect(() => readNotebookFile(join(folder, name))).toThrow(why);
});

test("a notebook in another language is refused, one of ours in any spelling is not", () => {
  const python = { kernelspec: { name: "python3", language: "python" } };
  expect(() => readNotebookFile(notebookAt("p.ipynb", python))).toThrow(/is a notebook in python \(kernel python3\)/);
  for (const metadata of [
    {},
    { kernelspec: { name: "tslab", language: "TypeScript" } },
    { kernelspec: { name: "x" } },
  ]) {
    expect(readNotebookFile(notebookAt("t.ipynb", metadata)).notebook.cells).toEqual([]);
  }
});
