import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("`npm run docs` builds the reference: every export is documented", () => {
  const script = join(root, "kernel", "setup", "docs.mjs");
  const run = spawnSync(process.execPath, [script], { cwd: root, encoding: "utf8", timeout: 110_000 });
  expect(`${run.stdout}${run.stderr}`).not.toContain("[warning]");
  expect(run.status).toBe(0);
  const page = join(root, ".cache", "docs", "reference", "classes", "Tensor.html");
  expect(existsSync(page)).toBe(true);
});
