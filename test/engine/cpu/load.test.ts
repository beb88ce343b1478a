import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const cpu = join(here, "..", "..", "..", "engine", "backend", "cpu");
const folder = mkdtempSync(join(tmpdir(), "gradbook-load-"));
const program = join(folder, "child.mjs");

beforeAll(() =>
  build({
    entryPoints: [join(here, "load-child.ts")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A package as npm would install it: the bundle deep below dist/, and these files. */
function install(name: string, files: Record<string, { from: string } | { text: string }>) {
  const root = join(folder, name);
  const bundle = join(root, "dist", "chunks", "child.mjs");
  const put = (path: string, write: (path: string) => void) => {
    mkdirSync(dirname(path), { recursive: true });
    write(path);
  };
  put(bundle, path => copyFileSync(program, path));
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "gradbook", version: "9.9.9" }));
  for (const [path, file] of Object.entries(files)) {
    put(join(root, path), to => ("text" in file ? writeFileSync(to, file.text) : copyFileSync(file.from, to)));
  }
  const { GRADBOOK_CPU: _, GRADBOOK_SANITIZED: __, ...env } = process.env;
  const cache = join(root, "cache");
  return spawnSync(process.execPath, [bundle], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...env, XDG_CACHE_HOME: cache },
  });
}

const wasm = { "engine/backend/cpu/wasm/kernels.wasm": { from: join(cpu, "wasm", "kernels.wasm") } };
const addon = "engine/backend/cpu/native/build/gradbook-cpu.node";

test("without an addon the WebAssembly kernels run, and the advice says how to get faster", () => {
  const { stdout, stderr } = install("no-addon", wasm);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({ kernels: "wasm simd", computed: [1, 2, 3] });
  expect(JSON.parse(stdout).advice).toMatch(/not built; .* npx gradbook install/);
});

test("an addon that is none is no reason to stop", () => {
  const { stdout } = install("broken-addon", { ...wasm, [addon]: { text: "not a library" } });
  expect(JSON.parse(stdout)).toMatchObject({ kernels: "wasm simd", computed: [1, 2, 3] });
  expect(JSON.parse(stdout).advice).toMatch(/do not load/);
});

test("with neither, one error names both and what to do", () => {
  const { status, stderr } = install("nothing", {});
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/DeviceError: cpu: the native kernels are not built; the WebAssembly kernels do not load/);
  expect(stderr).toMatch(/npx gradbook install/);
});
