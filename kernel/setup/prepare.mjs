// Brings a checkout to the point where dist/ runs: Node is new enough, the packages are those of the lockfile, the native
// addon and the bundles are built. Each step looks first, so that a second run costs a fraction of a second.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInForeground, SetupError } from "./spawn.mjs";

/** The folder of the package. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const oldestNode = [20, 19];

/** @throws SetupError when this Node is too old to run gradbook. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [needMajor, needMinor] = oldestNode;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new SetupError(
    `this is Node ${version}, and gradbook needs ${oldestNode.join(".")} or newer (24 is best).\n` +
      "  Get it from https://nodejs.org, or with a version manager: `nvm install 24`, `fnm install 24`.",
  );
}

/**
 * Compares what is installed with the lockfile, by content: time stamps lie after a checkout.
 *
 * @returns {string | undefined} why an install is needed
 */
export function whyInstall(folder = root) {
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(folder, path), "utf8")).packages ?? {};
  if (!existsSync(join(folder, "node_modules"))) return "node_modules is missing";
  let installed;
  try {
    installed = read("node_modules/.package-lock.json");
  } catch {
    return "node_modules was not finished";
  }
  for (const [path, wanted] of Object.entries(read("package-lock.json"))) {
    if (path === "" || wanted.optional || wanted.devOptional || wanted.peer) continue;
    if (installed[path]?.version !== wanted.version) return `${path} is not at ${wanted.version}`;
  }
  return undefined;
}

/** Installs the packages of the lockfile if they are not there. */
async function installPackages() {
  const why = whyInstall();
  if (!why) return;
  console.log(`gradbook: installing packages (${why})`);
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund"];
  const code = npm?.endsWith(".js")
    ? await runInForeground(process.execPath, [npm, ...args], { cwd: root })
    : await runInForeground("npm", args, { cwd: root, shell: process.platform === "win32" });
  if (code !== 0) {
    throw new SetupError(
      "`npm ci` failed; its message is above. Without a network it needs a filled npm cache; behind a proxy, set `npm config set proxy URL`.",
    );
  }
}

/** Builds the native kernels if their sources changed. Without a compiler this says so and the WebAssembly path runs. */
async function buildNative() {
  const script = join(root, "engine", "backend", "cpu", "native", "build.mjs");
  const code = await runInForeground(process.execPath, [script, "--optional"], { cwd: root });
  if (code !== 0)
    throw new SetupError(
      "the native build ended abnormally; see above. Run `node engine/backend/cpu/native/build.mjs` alone.",
    );
}

/** Makes the checkout ready to run. @throws SetupError with what is missing and how to mend it. */
export async function prepare() {
  checkNode();
  await installPackages();
  await buildNative();
  const { build } = await import("./build.mjs");
  try {
    await build();
  } catch (error) {
    throw new SetupError(`the build failed: ${error.message}`);
  }
}
