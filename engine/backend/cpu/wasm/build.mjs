/**
 * Builds the WebAssembly kernels from the sources of the native ones: `npm run build:wasm`. For who changes a kernel only: the
 * result is part of the repository, with the hash of what it was made from, and a test fails when that is stale.
 * Needs clang 19 or later (14 makes products a fifth slower) with wasm-ld and a WASI C++ library (Debian: apt install clang-19
 * lld-19 wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 libclang-rt-19-dev-wasm32). `WASM_CXX` names another compiler.
 * `sourceHash()` is what the test compares.
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
  // Products by fused multiply-add, which takes a quarter less time. Node 20 must be told to allow it: see `compile.ts`.
  "-mrelaxed-simd",
  "-matomics",
  "-mbulk-memory",
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
  "-Wl,--initial-memory=4194304",
  "-Wl,--max-memory=4294901760",
  // Workers run the module on the same memory, each on its own stack. The C library was built without threads, and is used so.
  "-Wl,--import-memory",
  "-Wl,--shared-memory",
  "-Wl,--no-check-features",
  "-Wl,--export=__stack_pointer",
  "-Wl,--export=__wasm_init_tls",
  "-Wl,--strip-all",
];

/** What the module is made of. The parts that only the addon has do not count. */
function sources() {
  const names = readdirSync(native, { recursive: true, encoding: "utf8" }).map(name => name.replaceAll("\\", "/"));
  const shared = names.filter(name => /\.(cc|h)$/.test(name) && !/^(addon|build|test)\/|^threads\.cc$/.test(name));
  return [join(here, "module.cc"), join(here, "threads.cc"), ...shared.sort().map(name => join(native, name))];
}

/** The hash of all sources and flags, in hexadecimal. */
export function sourceHash() {
  const hash = createHash("sha256").update(flags.join(" "));
  for (const path of sources()) hash.update("\n").update(readFileSync(path));
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const compiler = process.env.WASM_CXX ?? "clang++-19";
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
