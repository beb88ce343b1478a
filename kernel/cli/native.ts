import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ownPackage } from "./package-root.js";

/**
 * Builds the native CPU kernels if they are missing. Package managers that skip install scripts leave that to us; without a
 * compiler gradbook works on its slower path, so this never fails.
 *
 * @returns what there is now, in one line for the user
 */
export function buildNativeKernels(): string {
  const script = join(ownPackage().root, "engine", "backend", "cpu", "native", "build.mjs");
  const { error, stdout, stderr } = spawnSync(process.execPath, [script, "--optional"], { encoding: "utf8" });
  const said = `${stdout ?? ""}${stderr ?? ""}`.trim().replace(/^gradbook: /gm, "");
  return said || `the native CPU kernels could not be built: ${error?.message ?? "the build ended without a word"}`;
}
