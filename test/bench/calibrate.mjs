// What the machine can do at best right now: peak.c, compiled once for this machine into .cache.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("peak.c", import.meta.url));
const flags = ["-O3", "-march=native", "-ffp-contract=fast", "-pthread"];

/** @typedef {{ threads: number, gflops: number, copyGBs: number, vectorBits: number }} Peak */

/**
 * Compiles the calibration program unless this machine has it already.
 *
 * @returns {string | undefined} its path; undefined without a C compiler
 */
export function calibrationProgram(/** @type {string} */ cache) {
  const key = createHash("sha256")
    .update(readFileSync(source))
    .update(flags.join(" "))
    .update(cpus()[0]?.model ?? "");
  const program = join(cache, `peak-${key.digest("hex").slice(0, 12)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  for (const compiler of [process.env.CC, "gcc", "clang", "cc"]) {
    if (!compiler) continue;
    const result = spawnSync(compiler, [...flags, source, "-o", unfinished], { encoding: "utf8" });
    if (result.status !== 0) continue;
    renameSync(unfinished, program);
    return program;
  }
  return undefined;
}

/** Runs the calibration (a third of a second). @returns {Peak} */
export function calibrate(/** @type {string} */ program, /** @type {number} */ threads) {
  return JSON.parse(execFileSync(program, [String(threads)], { encoding: "utf8", timeout: 60_000 }));
}
