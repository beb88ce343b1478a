import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const addon = fileURLToPath(new URL("../../../engine/backend/cpu/native/build/gradbook-cpu.node", import.meta.url));
const folder = mkdtempSync(join(here, "..", "..", "..", "node_modules", ".gradbook-budget-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

if (!existsSync(addon)) console.log("skipped: without native kernels their budget is not tested");

test.skipIf(!existsSync(addon))(
  "under a budget of 64 MiB: an error that says what holds it, and work goes on",
  async () => {
    const program = join(folder, "child.mjs");
    const entry = join(here, "budget-child.ts");
    await build({ entryPoints: [entry], outfile: program, bundle: true, format: "esm", platform: "node" });
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, addon], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(status, stderr).toBe(0);
    const { refused, blocks, peak, alive } = JSON.parse(stdout);
    expect(refused).toMatch(
      /^OutOfMemoryError: allocate: no memory for 4194304 bytes \(4\.0 MiB\); \d+ tensors hold \d+\.\d MiB\. /,
    );
    expect(blocks).toBeGreaterThan(8);
    expect(blocks).toBeLessThan(16);
    expect(peak).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(alive).toEqual([4, 5]);
  },
);
