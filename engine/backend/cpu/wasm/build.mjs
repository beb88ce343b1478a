/**
 * Builds the WebAssembly kernels from the sources of the native ones: `npm run build:wasm`. For who changes a kernel only: the
 * result is part of the repository, with the hash of what it was made from, and a test fails when that is stale.
 * Needs clang with wasm-ld and a WASI C++ library (Debian: apt install clang lld wasi-libc libc++-dev-wasm32
 * libc++abi-dev-wasm32 libclang-rt-dev-wasm32). `sourceHash()` is what the test compares.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "..", "native");

const flags = [
  "--target=wasm32-wasi",
  "-std=c++20",
  "-O3",
  "-msimd128",
  "-fno-exceptions",
  "-fno-rtti",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-DNDEBUG",
  "-DGRADBOOK_ISA=simd128",
  "-w",
  "-mexec-model=reactor",
  // Tapes keep their chunks on the stack.
  "-Wl,-z,stack-size=1048576",
  "-Wl,--max-memory=4294901760",
  "-Wl,--strip-all",
];

/** What the module is made of. The parts that only the addon has do not count. */
function sources() {
  const names = readdirSync(native, { recursive: true, encoding: "utf8" }).map(name => name.replaceAll("\\", "/"));
  const shared = names.filter(name => /\.(cc|h)$/.test(name) && !/^(build|test)\/|^(addon|threads)\./.test(name));
  return [join(here, "module.cc"), ...shared.sort().map(name => join(native, name))];
}

/** The hash of all sources and flags, in hexadecimal. */
export function sourceHash() {
  const hash = createHash("sha256").update(flags.join(" "));
  for (const path of sources()) hash.update("\n").update(readFileSync(path));
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const compiler = process.env.WASM_CXX ?? "clang++";
  const output = join(here, "kernels.wasm");
  const { status, error } = spawnSync(compiler, [...flags, "-o", output, join(here, "module.cc")], {
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`gradbook: WebAssembly kernels not built: ${error?.message ?? `${compiler} failed; see above`}`);
    process.exit(1);
  }
  writeFileSync(join(here, "kernels.hash"), `${sourceHash()}\n`);
  console.log(`gradbook: WebAssembly kernels built (${(readFileSync(output).length / 1024).toFixed(0)} KiB)`);
}
