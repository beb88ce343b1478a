import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DeviceError } from "../../errors.js";
import { describeCommands } from "../commands.js";
import type { CpuBinding } from "./binding.js";
import { garbageCollector } from "./collector.js";
import { isNativeAddon, NativeBinding } from "./native-binding.js";
import { WasmBinding } from "./wasm/binding.js";

/** The kernels that run, and what the user could do for faster ones. */
export interface LoadedKernels {
  binding: CpuBinding;
  advice?: string;
}

interface PackageRoot {
  folder: string;
  version: string;
}

const addonName = "gradbook-cpu.node";

/** Share of the machine's memory that tensors may take; the rest is for JavaScript and everybody else. */
const memoryShare = 0.85;

/** The folder of this package: the code runs from its sources or from anywhere below `dist/`. */
function packageRoot(): PackageRoot {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
      if (name === "gradbook") return { folder, version: version ?? "0.0.0" };
    }
    if (dirname(folder) === folder) {
      throw new DeviceError(`no package.json of gradbook lies above ${start}`, {
        op: "cpu",
        hint: "Install the package again: npm install gradbook",
      });
    }
  }
}

/** Where `native/build.mjs` puts the addon: inside the package, or in the user's cache when that cannot be written. */
function addonPaths(root: PackageRoot): string[] {
  const caches = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  const { modules } = process.versions;
  const name = `${root.version}-abi${modules}-${process.platform}-${process.arch}`;
  const inPackage = join(root.folder, "engine", "backend", "cpu", "native", "build");
  if (process.env.GRADBOOK_SANITIZED) return [join(inPackage, "sanitized", addonName)];
  return [join(inPackage, addonName), join(process.env.XDG_CACHE_HOME || caches, "gradbook", name, addonName)];
}

/** Bytes that the kernels may allocate in all: of the machine, or of the container that we run in. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const total = totalmem();
  const usable = constrained > 0 && constrained < total ? constrained : total;
  return Math.floor(usable * memoryShare);
}

/** Loads the addon, or says in words for the user why it cannot be used. */
function loadNative(root: PackageRoot, isa: string): NativeBinding | string {
  const path = addonPaths(root).find(existsSync);
  if (path === undefined) return "the native kernels are not built";
  try {
    const addon: unknown = createRequire(import.meta.url)(path);
    if (!isNativeAddon(addon)) return `${path} is not an addon of gradbook`;
    if (addon.commands().trim() !== describeCommands()) {
      return "the native kernels were built from other sources than this version of gradbook";
    }
    return new NativeBinding(addon, isa, memoryLimit());
  } catch (error) {
    return `the native kernels do not load: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Loads the WebAssembly kernels, or says why they cannot be used. */
function loadWasm(root: PackageRoot): WasmBinding | string {
  const path = join(root.folder, "engine", "backend", "cpu", "wasm", "kernels.wasm");
  try {
    const binding = new WasmBinding(readFileSync(path), memoryLimit(), () => garbageCollector().complete());
    if (binding.commands === describeCommands()) return binding;
    return `${path} was built from other sources than this version of gradbook`;
  } catch (error) {
    return `the WebAssembly kernels do not load: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What the user of a slower path can do. */
function adviceAgainst(reason: string): string {
  return `${reason}; the WebAssembly kernels run instead, slower. Build the native ones: npx gradbook install (needs g++ or clang)`;
}

/**
 * Chooses the fastest kernels that run here: the native addon at its best instruction set, else WebAssembly.
 * `GRADBOOK_CPU` forces `avx512`, `avx2`, `baseline`, `neon` or `wasm`.
 * @throws DeviceError when what was forced cannot run here, or when nothing can
 */
export function loadKernels(): LoadedKernels {
  const forced = process.env.GRADBOOK_CPU ?? "";
  const root = packageRoot();
  const native = forced === "wasm" ? "" : loadNative(root, forced);
  if (typeof native !== "string") {
    return forced === "" ? { binding: native } : { binding: native, advice: `GRADBOOK_CPU=${forced} was asked for` };
  }
  if (forced !== "" && forced !== "wasm") {
    throw new DeviceError(`GRADBOOK_CPU=${forced} was asked for, but ${native}`, {
      op: "cpu",
      hint: "Unset GRADBOOK_CPU for the best kernels that run here, or set it to wasm",
    });
  }
  const wasm = loadWasm(root);
  if (typeof wasm !== "string") {
    return { binding: wasm, advice: forced ? "GRADBOOK_CPU=wasm was asked for" : adviceAgainst(native) };
  }
  throw new DeviceError([native, wasm].filter(Boolean).join("; "), {
    op: "cpu",
    hint: "Build the native kernels (npx gradbook install; needs g++ or clang), or install the package again",
  });
}
