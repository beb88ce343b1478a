/**
 * Builds the native CPU kernels: `node build.mjs [--optional] [--force]`. Needs only Node, a C++ compiler and npm `node-api-headers`.
 * Does nothing when the addon is up to date. With `--optional` it never fails: it says in one line what is missing and what runs
 * instead. `buildAddon()` is the same for programs.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = import.meta.url.startsWith("file:") ? dirname(fileURLToPath(import.meta.url)) : "";
const addonName = "gradbook-cpu.node";

const commonFlags = ["-O3", "-fPIC", "-fvisibility=hidden", "-fno-math-errno", "-fno-trapping-math", "-DNDEBUG", "-w"];

/** Instruction sets per processor, each compiled on its own. */
const isaFlags = {
  x64: {
    avx512: ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mavx2", "-mfma", "-mprefer-vector-width=512"],
    avx2: ["-mavx2", "-mfma"],
    baseline: [],
  },
  arm64: { neon: [] },
};

/** A reason why the addon cannot be built here, in words for the user. */
class CannotBuild extends Error {}

function findCompiler() {
  const named = process.env["CXX"];
  for (const name of named ? [named] : ["c++", "g++", "clang++"]) {
    const probe = spawnSync(name, ["--version"], { encoding: "utf8" });
    if (probe.status === 0) return { name, version: probe.stdout.split("\n")[0] };
  }
  throw new CannotBuild(named ? `the C++ compiler CXX=${named} does not run` : "no C++ compiler was found (c++, g++ or clang++)");
}

function findHeaders(from) {
  try {
    return join(dirname(createRequire(join(from, "build.mjs")).resolve("node-api-headers/package.json")), "include");
  } catch {
    throw new CannotBuild("the npm package node-api-headers is not installed");
  }
}

function sourcesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(cc|h|mjs)$/.test(name))
    .sort();
}

function fingerprint(folder, sources, rest) {
  const hash = createHash("sha256").update(JSON.stringify(rest));
  for (const name of sources) hash.update(`\n${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/** The folder that the addon is built into: inside the package, or the user's cache where that cannot be written. */
export function addonFolder(packageFolder, version) {
  const inPackage = join(packageFolder, "dist", "native");
  try {
    mkdirSync(inPackage, { recursive: true });
    accessSync(inPackage, constants.W_OK);
    return inPackage;
  } catch {
    return cachedAddonFolder(version);
  }
}

/** Where a missing addon is kept for this version, Node ABI and processor. */
export function cachedAddonFolder(version) {
  const cache =
    process.env["XDG_CACHE_HOME"] ||
    (process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache"));
  return join(cache, "gradbook", `${version}-abi${process.versions.modules}-${process.platform}-${process.arch}`);
}

function runTool(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new CannotBuild(`${command} failed on ${basename(args.at(-1))}:\n${errors.trim().split("\n").slice(0, 20).join("\n")}`));
    });
  });
}

/** What has to be compiled: source, name of its object file, flags. */
function compilations(folder, headers) {
  const shared = sourcesOf(folder).filter((name) => name.endsWith(".cc") && name !== "kernels.cc" && !name.startsWith("test"));
  const jobs = Object.entries(isaFlags[process.arch]).map(([isa, flags]) => ({
    source: "kernels.cc",
    object: `kernels-${isa}.o`,
    flags: ["-std=c++17", ...flags, `-DGRADBOOK_ISA=${isa}`],
  }));
  for (const name of shared) {
    // The experimental Node-API, for finalizers that run during the collection itself.
    const flags = name === "addon.cc" ? ["-DNAPI_VERSION=2147483647", `-I${headers}`] : [];
    jobs.push({ source: name, object: name.replace(/\W/g, "-") + ".o", flags: ["-std=c++20", ...flags] });
  }
  return jobs;
}

/**
 * Builds the addon if it is missing or older than its sources.
 * @returns {Promise<{ path: string, built: boolean }>}
 * @throws CannotBuild with a sentence for the user
 */
export async function buildAddon({ sources = here, packageFolder = join(here, "../../../.."), force = false } = {}) {
  if (process.platform === "win32" || !isaFlags[process.arch]) {
    throw new CannotBuild(`the native kernels are not built for ${process.platform} on ${process.arch} yet`);
  }
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const compiler = findCompiler();
  const headers = findHeaders(packageFolder);
  const target = addonFolder(packageFolder, version);
  const path = join(target, addonName);
  const stamp = `${path}.stamp`;
  const mark = fingerprint(sources, sourcesOf(sources), [compiler, commonFlags, isaFlags, process.arch, process.platform]);
  if (!force && existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === mark) return { path, built: false };

  mkdirSync(target, { recursive: true });
  const objects = mkdtempSync(join(tmpdir(), "gradbook-build-"));
  try {
    const jobs = compilations(sources, headers);
    await Promise.all(
      jobs.map((job) =>
        runTool(compiler.name, [...job.flags, ...commonFlags, "-o", join(objects, job.object), "-c", join(sources, job.source)]),
      ),
    );
    const system = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-Wl,-z,nodelete", "-static-libgcc"];
    const partial = join(target, `.${process.pid}-${addonName}`);
    await runTool(compiler.name, ["-shared", "-pthread", ...system, "-o", partial, ...jobs.map((job) => join(objects, job.object))]);
    // Renaming replaces a file that a running process has mapped without touching its pages.
    renameSync(partial, path);
    writeFileSync(stamp, mark);
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
  return { path, built: true };
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const started = performance.now();
  try {
    const { built, path } = await buildAddon({ force: process.argv.includes("--force") });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(built ? `gradbook: native CPU kernels built in ${seconds} s (${path})` : "gradbook: native CPU kernels are up to date");
  } catch (error) {
    const optional = process.argv.includes("--optional");
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`gradbook: native CPU kernels not built: ${reason}. The slower WebAssembly kernels run instead.`);
    if (!optional) process.exitCode = 1;
  }
}
