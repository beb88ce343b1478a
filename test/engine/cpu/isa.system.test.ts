import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Device, worstError } from "./device.js";
import { everything, type Results } from "./everything.js";

const here = fileURLToPath(new URL(".", import.meta.url));
// Below the package, as a bundle in dist/ is: the addon is found from there.
const folder = mkdtempSync(join(here, "..", "..", "..", "node_modules", ".gradbook-isa-"));
const program = join(folder, "child.mjs");
const device = new Device();
const ours = device.backend.describe().kernels;

beforeAll(() =>
  build({ entryPoints: [join(here, "isa-child.ts")], outfile: program, bundle: true, format: "esm", platform: "node" }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runWith(choice: string) {
  return spawnSync(process.execPath, [program], {
    env: { ...process.env, GRADBOOK_CPU: choice },
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 110_000,
  });
}

describe.each(["avx512", "avx2", "baseline", "neon", "wasm"])("GRADBOOK_CPU=%s", choice => {
  test("computes what the kernels chosen here compute, or says that the machine cannot", () => {
    const { status, stdout, stderr } = runWith(choice);
    if (status !== 0) {
      expect(["baseline", "wasm"].includes(choice) && process.arch === "x64", stderr).toBe(false);
      expect(stderr).toMatch(/cannot run on this machine/);
      return;
    }
    const { kernels, results } = JSON.parse(stdout) as { kernels: string; results: Results };
    expect(kernels).toBe(choice === "wasm" ? "wasm simd" : `native ${choice}`);
    for (const [name, want] of Object.entries(everything(device))) {
      // NaN becomes null on the way through JSON.
      const got = (results[name] as (number | null)[]).map(v => v ?? Number.NaN);
      expect(worstError(got, want), `${name}: ${choice} against ${ours}`).toBeLessThan(1e-4);
    }
  });
});

test("a choice that does not exist says which there are", () => {
  const { status, stderr } = runWith("sse9");
  expect(status).not.toBe(0);
  expect(stderr).toContain('"sse9"');
  expect(stderr).toContain("baseline");
});
