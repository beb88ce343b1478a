// Finds a Python that has PyTorch, or installs one into .cache on request.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment, pythonOf } from "../../kernel/setup/python.mjs";
import { SetupError } from "../../kernel/setup/spawn.mjs";

/**
 * The Python to compare with: GRADBOOK_TORCH_PYTHON, else PYTHON, else what installTorch made, else the system's own.
 *
 * @param {string} cache where installTorch puts it
 * @returns {string | undefined} undefined when none of them can import torch
 * @throws SetupError when the one that was named cannot
 */
export function findTorch(cache) {
  const named = process.env.GRADBOOK_TORCH_PYTHON;
  if (named) {
    if (hasTorch(named)) return named;
    throw new SetupError(`GRADBOOK_TORCH_PYTHON=${named} cannot import torch.\n  ${named} -m pip install torch`);
  }
  const candidates = [process.env.PYTHON, pythonOf(join(cache, "torch")), "python3", "/usr/bin/python3", "python"];
  return candidates.find(python => python && hasTorch(python));
}

const hasTorch = (/** @type {string} */ python) =>
  (existsSync(python) || !python.includes("/")) &&
  spawnSync(python, ["-c", "import torch"], { timeout: 60_000 }).status === 0;

/**
 * Installs PyTorch into an environment of its own. Which build is pip's choice; PIP_INDEX_URL leads it to another.
 *
 * @returns {Promise<string>} the Python in it
 * @throws SetupError when there is no Python, or pip fails
 */
export function installTorch(/** @type {string} */ cache) {
  console.log("bench: on Linux the usual build of PyTorch is about 3 GB");
  return ensureEnvironment(join(cache, "torch"), [fileURLToPath(new URL("requirements.txt", import.meta.url))]);
}
