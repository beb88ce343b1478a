// `npm test`: sets up all that the tests drive, then format, types and every test. Arguments go to vitest.
// Outside CI a missing program means skipped tests and a line that says so; in CI it is a failure.
import { join } from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { ensureGpu } from "./gpu.mjs";
import { prepare, root } from "./prepare.mjs";
import { runInForeground, runScript, SetupError } from "./spawn.mjs";

const ci = !["", "0", "false", undefined].includes(process.env.CI);

/** Runs a program of node_modules by its script, which works on every platform. */
const runModule = (/** @type {string} */ script, /** @type {string[]} */ args, options = {}) =>
  runInForeground(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, ...options });

await runScript(async () => {
  await prepare();

  const env = { ...process.env };
  const skipped = [];
  const { ensureLab } = await import("./lab.mjs");
  const { ensureEnvironment, PythonMissing } = await import("./python.mjs");
  try {
    const { python } = await ensureLab([join(root, "test", "requirements.txt")]);
    env.GRADBOOK_TEST_PYTHON = python;
    const oldest = [join(root, "test", "requirements-oldest.txt")];
    env.GRADBOOK_TEST_OLDEST_PYTHON = await ensureEnvironment(join(root, ".venv-oldest"), oldest);
  } catch (error) {
    if (ci || !(error instanceof PythonMissing)) throw error;
    skipped.push(`the tests in real Jupyter: ${error.message}`);
  }
  const chromium = await ensureChromium({ ci });
  if (chromium) env.GRADBOOK_CHROMIUM = chromium;
  else skipped.push("the tests in a browser: no Chromium or Chrome was found (or set GRADBOOK_CHROMIUM to its path)");

  const gpu = await ensureGpu({ ci, chromium });
  if (gpu) Object.assign(env, gpu, { GRADBOOK_TEST_GPU: "required" });
  else
    skipped.push(
      "the tests on WebGPU: no adapter was found (a Vulkan driver, or Chromium, which brings one, and libvulkan1)",
    );

  if (!env.GRADBOOK_DATA) {
    skipped.push(
      "the tests on real MNIST files: set GRADBOOK_DATA to the folder that holds mnist/ (the drawn digits are tested)",
    );
  }

  console.log("gradbook: checking format and types");
  if ((await runModule("@biomejs/biome/bin/biome", ["check", "."])) !== 0) {
    throw new SetupError("biome has findings, see above; `npm run format` mends most of them");
  }
  if ((await runModule("typescript/bin/tsc", ["-b"])) !== 0) throw new SetupError("the type check failed; see above");

  for (const what of skipped) console.log(`gradbook: SKIPPING ${what}`);
  // A test that hangs in native code stops its worker, which vitest waits for without end; in CI somebody has to say so.
  const minutes = ci ? 40 : undefined;
  return runModule("vitest/vitest.mjs", ["run", "--config", "test/vitest.config.ts", ...process.argv.slice(2)], {
    env,
    minutes,
  });
});
