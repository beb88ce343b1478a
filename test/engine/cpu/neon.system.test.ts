import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const native = fileURLToPath(new URL("../../../engine/backend/cpu/native", import.meta.url));
// Below the package, as a bundle in dist/ is: the addon is found from there.
const folder = mkdtempSync(join(here, "..", "..", "..", "node_modules", ".gradbook-neon-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compiler = "aarch64-linux-gnu-g++";
const emulator = "qemu-aarch64";
const there = [compiler, emulator].every(name => spawnSync(name, ["--version"]).status === 0);
if (!there)
  console.log(`skipped: without ${compiler} and ${emulator} (Debian: qemu-user) NEON is neither compiled nor run`);

/** The program's output. @throws Error with what it wrote when it fails */
function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args);
    let text = "";
    const add = (part: Buffer) => {
      text += part.toString();
    };
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    child.on("error", reject);
    child.on("close", code =>
      code === 0 ? resolve(text) : reject(new Error(text || `${program} ended with ${code}`)),
    );
  });
}

async function recorded(): Promise<string> {
  const program = join(folder, "child.mjs");
  const entry = join(here, "record-child.ts");
  await build({ entryPoints: [entry], outfile: program, bundle: true, format: "esm", platform: "node" });
  await run(process.execPath, program, join(folder, "recording"));
  return join(folder, "recording");
}

/** The kernels for 64-bit ARM with the program that replays, by the flags of build.mjs at a lower level. */
async function compiled(): Promise<string> {
  const flags = [
    "-std=c++20",
    "-O1",
    "-march=armv8-a",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-w",
  ];
  const sources = ["dispatch.cc", "executor.cc", "heap.cc", "layout.cc", "threads.cc", "test/replay.cc"];
  const commands = readdirSync(join(native, "command")).filter(name => name.endsWith(".cc"));
  const program = join(folder, "replay");
  const all = [...sources, ...commands.map(name => `command/${name}`), "kernels.cc"].map(name => join(native, name));
  await run(compiler, ...flags, "-static", "-pthread", "-DGRADBOOK_ISA=neon", "-o", program, ...all);
  return program;
}

test.skipIf(!there)(
  "the NEON kernels compile, and compute in an emulator what the kernels here compute",
  { timeout: 900_000 },
  async () => {
    const [recording, program] = await Promise.all([recorded(), compiled()]);
    expect(await run(emulator, program, recording)).toMatch(/^ok neon \d{7,}\n$/);
  },
);
