// A GPU for the tests on WebGPU: the machine's own, or the software one that Chromium brings.
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./prepare.mjs";
import { runQuietly, SetupError } from "./spawn.mjs";

/** Where packages of Chromium put SwiftShader, a Vulkan driver that computes on the CPU. */
const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

const probe = `const { create, globals } = await import("webgpu");
Object.assign(globalThis, globals);
globalThis.gpu = create([]);
process.exit((await gpu.requestAdapter().catch(() => null)) ? 0 : 1);`;

/** Whether WebGPU finds an adapter with these variables set. */
function hasAdapter(/** @type {Record<string, string>} */ variables) {
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", probe], {
    cwd: root,
    env: { ...process.env, ...variables },
    timeout: 60_000,
    stdio: "ignore",
  });
  return status === 0;
}

/** Variables that make Vulkan load Chromium's SwiftShader. */
function swiftShader(/** @type {string | undefined} */ chromium) {
  const places = chromium ? [dirname(realpathSync(chromium)), ...folders] : folders;
  const driver = places.map(folder => join(folder, "vk_swiftshader_icd.json")).find(existsSync);
  // The first name is the one that Vulkan loaders older than 1.3.207 know.
  return driver ? { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver } : undefined;
}

/**
 * Finds a GPU; in CI, where root may, Debian's Vulkan loader is installed when it is missing.
 *
 * @param {{ ci?: boolean, chromium?: string | undefined }} [options]
 * @returns {Promise<Record<string, string> | undefined>} variables to run the tests with; undefined only outside CI
 * @throws SetupError in CI when there is no way to a GPU
 */
export async function ensureGpu({ ci = false, chromium } = {}) {
  if (hasAdapter({})) return {};
  const software = swiftShader(chromium);
  if (software && hasAdapter(software)) return software;
  if (!ci) return undefined;
  if (software && process.platform === "linux" && process.getuid?.() === 0) {
    console.log("gradbook: installing the Vulkan loader (apt-get)");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "libvulkan1"],
    ]) {
      const result = await runQuietly("apt-get", args, { env });
      if (result.code !== 0) throw new SetupError(`apt-get ${args.join(" ")} failed:\n${result.output.slice(-2000)}`);
    }
    if (hasAdapter(software)) return software;
  }
  throw new SetupError(
    "CI needs a GPU for the tests on WebGPU: a Vulkan driver, or Chromium's vk_swiftshader_icd.json and libvulkan.so.1.",
  );
}
