// The browser that drives JupyterLab in the tests.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runQuietly, SetupError } from "./spawn.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** @returns {string | undefined} the path of an installed Chromium or Chrome; GRADBOOK_CHROMIUM names one */
export function findChromium() {
  const own = process.env.GRADBOOK_CHROMIUM;
  if (own) return existsSync(own) ? own : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...folders.flatMap(folder => names.map(name => join(folder, name))), ...places].find(existsSync);
}

/**
 * Finds Chromium; in CI, where root may, Debian's package is installed when it is missing.
 *
 * @returns {Promise<string | undefined>} undefined only outside CI
 * @throws SetupError in CI when there is no way to a browser
 */
export async function ensureChromium({ ci = false } = {}) {
  const found = findChromium();
  if (found || !ci) return found;
  const apt =
    process.platform === "linux" && process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (!apt)
    throw new SetupError("CI needs Chromium for the browser tests: install it, or set GRADBOOK_CHROMIUM to its path.");
  console.log("gradbook: installing Chromium (apt-get)");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ]) {
    const result = await runQuietly("apt-get", args, { env });
    if (result.code !== 0) throw new SetupError(`apt-get ${args.join(" ")} failed:\n${result.output.slice(-2000)}`);
  }
  const installed = findChromium();
  if (!installed) throw new SetupError("apt-get installed the package chromium, but no browser is on the PATH");
  return installed;
}
