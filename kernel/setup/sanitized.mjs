// `npm run test:sanitized`: the engine's tests on a debug build of the native kernels that looks for bad memory accesses
// (AddressSanitizer) and undefined behaviour. Arguments go to vitest. Linux with g++; takes a quarter of an hour.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAddon } from "../../engine/backend/cpu/native/build.mjs";
import { runInForeground, runScript, SetupError } from "./spawn.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The sanitizer has to be there before anything allocates: Node itself knows nothing of it. */
function runtime() {
  const compiler = process.env.CXX ?? "c++";
  const found = spawnSync(compiler, ["-print-file-name=libasan.so"], { encoding: "utf8", timeout: 20_000 });
  const path = found.stdout?.trim() ?? "";
  if (path.includes("/")) return path;
  throw new SetupError(`${compiler} has no AddressSanitizer; install g++ with its libasan`);
}

await runScript(async () => {
  await buildAddon({ sanitize: true });
  const args = process.argv.slice(2);
  return runInForeground(
    process.execPath,
    [
      join(root, "node_modules", "vitest", "vitest.mjs"),
      ...["run", "--config", "test/vitest.config.ts", "--project", "quick-engine", "--testTimeout", "600000"],
      ...args,
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        GRADBOOK_SANITIZED: "1",
        LD_PRELOAD: runtime(),
        // What V8 holds to the end is no leak of ours. Containers of V8 are not annotated.
        ASAN_OPTIONS: "detect_leaks=0:halt_on_error=1:detect_container_overflow=0",
        UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
      },
    },
  );
});
