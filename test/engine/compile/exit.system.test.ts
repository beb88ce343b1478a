import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
// Inside the package, where the bundle finds the kernels.
const folder = mkdtempSync(join(root, "dist", "exit-"));
const program = join(folder, "child.mjs");

beforeAll(async () => {
  await build({
    entryPoints: [join(here, "exit-child.ts")],
    outfile: program,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (way: string) => spawnSync(process.execPath, [program, way], { encoding: "utf8", timeout: 30_000 });

test("a process lives until the step that it awaits is computed", () => {
  expect(run("await")).toMatchObject({ status: 0, signal: null, stdout: "0.001953", stderr: "" });
});

test("a process that exits in the middle of a step just ends", () => {
  expect(run("exit")).toMatchObject({ status: 3, signal: null, stdout: "", stderr: "" });
});

test("a process that fails in the middle of a step says why", () => {
  const { status, signal, stderr } = run("throw");
  expect([status, signal]).toEqual([1, null]);
  expect(stderr).toContain("thrown meanwhile");
});

test("a worker thread that is terminated in the middle of a step ends", () => {
  expect(run("worker")).toMatchObject({ status: 0, signal: null, stdout: "terminated", stderr: "" });
});
