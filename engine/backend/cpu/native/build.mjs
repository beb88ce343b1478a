/**
 * Builds the native CPU kernels: `node build.mjs [--optional] [--force] [--sanitize]`. Needs only Node, a C++ compiler and npm
 * `node-api-headers`. Does nothing when the addon is up to date. With `--optional` it never fails: it says in one line what is
 * missing and what runs instead. `--sanitize` makes a debug build that looks for bad memory accesses and undefined behaviour, in
 * a folder of its own, for `npm run test:sanitized`. `buildAddon()` is the same for programs.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = import.meta.url.startsWith("file:") ? dirname(fileURLToPath(import.meta.url)) : "";
const addonName = "gradbook-cpu.node";

// With the dynamic cost model, -O2 vectorises what -O3 does and compiles in half the time.
const commonFlags = [
  "-O2",
  "-ftree-vectorize",
  "-fPIC",
  "-fvisibility=hidden",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=fast",
  "-DNDEBUG",
  "-w",
];

/** The debug build: bounds of the standard library's containers are checked, and the first bad access or overflow ends the process. */
const sanitizeFlags = [
  "-O1",
  "-g",
  "-fno-omit-frame-pointer",
  "-fPIC",
  "-fvisibility=hidden",
  "-ffp-contract=fast",
  "-D_GLIBCXX_ASSERTIONS",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=undefined",
  // Vectors are read as their elements and at any address; the vector extension defines both.
  "-fno-sanitize=alignment,vptr",
  "-w",
];

/** Instruction sets per processor, each compiled on its own; the slowest to compile first. */
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
  const named = process.env.CXX;
  for (const name of named ? [named] : ["c++", "g++", "clang++"]) {
    const probe = spawnSync(name, ["--version"], { encoding: "utf8" });
    if (probe.status === 0) {
      const version = probe.stdout.split("\n")[0];
      return { name, version, flags: /clang/i.test(version) ? [] : ["-fvect-cost-model=dynamic"] };
    }
  }
  throw new CannotBuild(
    named ? `the C++ compiler CXX=${named} does not run` : "no C++ compiler was found (c++, g++ or clang++)",
  );
}

function findHeaders(from) {
  try {
    return join(dirname(createRequire(join(from, "build.mjs")).resolve("node-api-headers/package.json")), "include");
  } catch {
    throw new CannotBuild("the npm package node-api-headers is not installed");
  }
}

/** Everything that the addon is made of, by path below `folder`. */
function sourcesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map(name => name.replaceAll("\\", "/"))
    .filter(name => /\.(cc|h|mjs)$/.test(name) && !/^(build|test)\//.test(name))
    .sort();
}

function fingerprint(folder, sources, rest) {
  const hash = createHash("sha256").update(JSON.stringify(rest));
  for (const name of sources) hash.update(`\n${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/** The folder that the addon is built into: inside the package, or the user's cache where that cannot be written. */
export function addonFolder(packageFolder, version) {
  const inPackage = join(packageFolder, "engine", "backend", "cpu", "native", "build");
  try {
    mkdirSync(inPackage, { recursive: true });
    accessSync(inPackage, constants.W_OK);
    // Nothing in it is for the repository.
    writeFileSync(join(inPackage, ".gitignore"), "*\n");
    return inPackage;
  } catch {
    return cachedAddonFolder(version);
  }
}

/** Where a missing addon is kept for this version, Node ABI and processor. `../load.ts` looks there too. */
export function cachedAddonFolder(version) {
  const caches = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  const name = `${version}-abi${process.versions.modules}-${process.platform}-${process.arch}`;
  return join(process.env.XDG_CACHE_HOME || caches, "gradbook", name);
}

/** Runs a compiler; what it says on failure becomes the reason. */
function runTool(command, args, what, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", text => {
      errors += text;
    });
    child.on("error", error => reject(new CannotBuild(`${command} does not run: ${error.message}`)));
    child.on("close", code => {
      if (code === 0) resolve();
      else
        reject(new CannotBuild(`${command} failed on ${what}:\n${errors.trim().split("\n").slice(0, 20).join("\n")}`));
    });
    // A compiler that could not start closes the pipe; its error arrives above.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** What has to be compiled: the kernels once per instruction set, and all the rest as one unit, which parses its headers once. */
function compilations(folder, headers) {
  const core = sourcesOf(folder).filter(name => name.endsWith(".cc") && name !== "kernels.cc");
  return [
    ...Object.entries(isaFlags[process.arch]).map(([isa, flags]) => ({
      name: `kernels-${isa}`,
      text: '#include "kernels.cc"\n',
      reads: sourcesOf(folder).filter(name => name === "kernels.cc" || name.endsWith(".h")),
      flags: ["-std=c++17", ...flags, `-DGRADBOOK_ISA=${isa}`],
    })),
    {
      name: "core",
      text: core.map(name => `#include "${name}"\n`).join(""),
      reads: sourcesOf(folder).filter(name => !name.startsWith("simd/")),
      // The experimental Node-API, for finalizers that run during the collection itself.
      flags: ["-std=c++20", "-DNAPI_VERSION=2147483647", `-I${headers}`],
    },
  ];
}

/** Compiles what changed, as many at a time as there are processors. @returns the object files */
async function compile(compiler, sources, headers, folder, common) {
  mkdirSync(folder, { recursive: true });
  const jobs = compilations(sources, headers).map(job => {
    const flags = [...job.flags, ...common, ...compiler.flags];
    const mark = fingerprint(sources, job.reads, [compiler, flags, job.text]);
    return { ...job, flags, object: join(folder, `${job.name}-${mark.slice(0, 16)}.o`) };
  });
  const waiting = jobs.filter(job => !existsSync(job.object));
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const partial = `${job.object}.${process.pid}`;
      const args = [...job.flags, `-I${sources}`, "-o", partial, "-x", "c++", "-c", "-"];
      await runTool(compiler.name, args, job.name, job.text);
      renameSync(partial, job.object);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return jobs.map(job => job.object);
}

/**
 * Builds the addon if it is missing or older than its sources.
 * @returns {Promise<{ path: string, built: boolean }>}
 * @throws CannotBuild with a sentence for the user
 */
export async function buildAddon({
  sources = here,
  packageFolder = join(here, "../../../.."),
  force = false,
  sanitize = false,
} = {}) {
  if (process.platform === "win32" || !isaFlags[process.arch]) {
    throw new CannotBuild(`there are no native kernels for ${process.platform} on ${process.arch} yet`);
  }
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const compiler = findCompiler();
  const headers = findHeaders(packageFolder);
  const common = sanitize ? sanitizeFlags : commonFlags;
  const target = join(addonFolder(packageFolder, version), sanitize ? "sanitized" : "");
  const path = join(target, addonName);
  const stamp = `${path}.stamp`;
  const mark = fingerprint(sources, sourcesOf(sources), [compiler, common, process.arch, process.platform]);
  if (!force && existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === mark) {
    return { path, built: false };
  }

  console.log("gradbook: compiling the native CPU kernels, once (about a minute)");
  mkdirSync(target, { recursive: true });
  // Objects are kept where the sources are worked on, so that the next build compiles only what changed.
  const keep = existsSync(join(packageFolder, ".git"));
  const objects = keep ? join(target, "objects") : mkdtempSync(join(tmpdir(), "gradbook-build-"));
  try {
    if (force) rmSync(objects, { recursive: true, force: true });
    const files = await compile(compiler, sources, headers, objects, common);
    const system =
      process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-Wl,-z,nodelete", "-static-libgcc"];
    const partial = join(target, `.${process.pid}-${addonName}`);
    const linking = sanitize ? ["-fsanitize=address,undefined"] : [];
    await runTool(compiler.name, ["-shared", "-pthread", ...linking, ...system, "-o", partial, ...files], "linking");
    // Renaming replaces a file that a running process has mapped without touching its pages.
    renameSync(partial, path);
    writeFileSync(stamp, mark);
    for (const name of keep ? readdirSync(objects) : []) {
      if (name.endsWith(".o") && !files.includes(join(objects, name))) rmSync(join(objects, name), { force: true });
    }
  } finally {
    if (!keep) rmSync(objects, { recursive: true, force: true });
  }
  return { path, built: true };
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const started = performance.now();
  try {
    const { built, path } = await buildAddon({
      force: process.argv.includes("--force"),
      sanitize: process.argv.includes("--sanitize"),
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      built
        ? `gradbook: native CPU kernels built in ${seconds} s (${path})`
        : "gradbook: native CPU kernels are up to date",
    );
  } catch (error) {
    const optional = process.argv.includes("--optional");
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      `gradbook: native CPU kernels not built: ${reason}. The slower WebAssembly kernels run instead; ` +
        "with a C++ compiler (Debian: apt install g++; macOS: xcode-select --install) run: npx gradbook install",
    );
    if (!optional) process.exitCode = 1;
  }
}
