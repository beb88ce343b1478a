import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const native = fileURLToPath(new URL("../../../engine/backend/cpu/native", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gradbook-sanitizer-"));
const compiler = process.env.CXX ?? "c++";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a program that this compiler instruments for data races also runs here. */
function sanitizerWorks(): boolean {
  const source = join(folder, "probe.cc");
  const program = join(folder, "probe");
  writeFileSync(source, "int main() { return 0; }\n");
  const built = spawnSync(compiler, ["-fsanitize=thread", "-o", program, source], { timeout: 60_000 });
  return built.status === 0 && spawnSync(program, { timeout: 20_000 }).status === 0;
}

const works = sanitizerWorks();
if (!works) console.log(`skipped: ${compiler} has no working -fsanitize=thread, so data races are not looked for here`);

test.skipIf(!works)(
  "the thread pool, the background thread and the release queue are free of data races",
  { timeout: 300_000 },
  () => {
    const program = join(folder, "stress");
    const sources = ["test/stress.cc", "background.cc", "threads.cc", "heap.cc"].map(name => join(native, name));
    const flags = ["-std=c++20", "-O1", "-g", "-fsanitize=thread", "-pthread"];
    const built = spawnSync(compiler, [...flags, "-o", program, ...sources], { encoding: "utf8", timeout: 120_000 });
    expect(built.status, built.stderr).toBe(0);
    // A synchronous call has to end by itself: the runner cannot stop it, and a deadlock is what this looks for.
    const ran = spawnSync(program, {
      encoding: "utf8",
      timeout: 120_000,
      killSignal: "SIGKILL",
      env: { ...process.env, TSAN_OPTIONS: "halt_on_error=1" },
    });
    expect(ran.error, "a deadlock").toBeUndefined();
    expect(ran.stdout + ran.stderr).toBe("ok\n");
    expect(ran.status).toBe(0);
  },
);
