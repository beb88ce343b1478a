// Builds dist/: a few bundled files that share one engine instance (esbuild), and the declarations that the language
// service and users of the package read (tsc -b). Skips what is up to date.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLabextension } from "./labextension.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What runs or is imported on its own. Everything they share lands in common chunks, so there is one engine. */
const entryPoints = [
  "kernel/main.ts",
  "kernel/kernel.ts",
  "kernel/evaluator/main.ts",
  "kernel/evaluator/watchdog.ts",
  "kernel/evaluator/local-hooks.ts",
  "widgets/index.ts",
  "engine/index.ts",
  "engine/backend/webgpu/worker.ts",
];

/** Packages with native parts or programs of their own; they stay where npm put them. */
const external = ["zeromq", "typescript", "esbuild", "oxc-transform", "oxc-parser", "webgpu"];

/** The newest modification time below a folder, for the given endings. */
function newest(folder, endings) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(path, endings));
    else if (endings.some(e => entry.name.endsWith(e))) time = Math.max(time, statSync(path).mtimeMs);
  }
  return time;
}

/** Removes the chunks of earlier builds; a kernel that runs may still load those of the last day. */
function removeOldChunks(outputs) {
  const current = new Set(outputs.map(path => basename(path)));
  const folder = join(root, "dist", "chunks");
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (!current.has(name) && statSync(path).mtimeMs < yesterday) rmSync(path, { force: true });
  }
}

/**
 * Makes `npx gradbook` run the checkout itself. npm links the commands of dependencies only; for its own package npx would
 * install a copy into its cache, build it there, and stumble over the mode of a rebuilt file.
 */
function makeCommand(script) {
  chmodSync(script, 0o755);
  const link = join(root, "node_modules", ".bin", "gradbook");
  if (process.platform === "win32" || existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), script), link);
}

/** Builds if anything changed since the last build. @returns whether it had to. */
export async function build({ quiet = false, types = true } = {}) {
  const stamp = join(root, "dist", types ? ".built" : ".bundled");
  const sources = Math.max(
    ...["engine", "widgets", "kernel"].map(f => newest(join(root, f), [".ts", ".json", ".mjs"])),
    ...["package.json", "package-lock.json", "tsconfig.base.json"].map(f => statSync(join(root, f)).mtimeMs),
  );
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= sources) return false;

  if (!quiet) console.log("gradbook: building");
  const started = new Date();
  const { build: bundle, stop } = await import("esbuild");
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints,
    outdir: "dist",
    outbase: ".",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: true,
    external,
    chunkNames: "chunks/[name]-[hash]",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
    metafile: true,
  });
  await buildLabextension(root).finally(stop);
  removeOldChunks(Object.keys(metafile.outputs));
  makeCommand(join(root, "dist", "kernel", "main.js"));
  if (types) {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const result = spawnSync(process.execPath, [tsc, "-b", "engine", "widgets", "widgets/client", "kernel"], {
      cwd: root,
      stdio: "inherit",
    });
    if (result.status !== 0) throw new Error("the type check failed; see the messages above");
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
  utimesSync(stamp, started, started);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const did = await build({ types: !process.argv.includes("--no-types") });
  console.log(did ? "gradbook: built" : "gradbook: up to date");
}
