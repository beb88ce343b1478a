// JupyterLab from the private environment, with the kernel installed into it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./environment.mjs";
import { ensureEnvironment, PythonMissing } from "./python.mjs";
import { runInForeground, runQuietly, SetupError } from "./spawn.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));

/** A checkout has the notebooks; an installed package does not. */
const isCheckout = existsSync(join(root, "package-lock.json"));

/** Where the private environment lives: in a checkout beside the code, else in the user's cache folder. */
export function environmentFolder() {
  if (isCheckout) return join(root, ".venv");
  const caches =
    process.platform === "win32"
      ? (process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : process.platform === "darwin"
        ? join(homedir(), "Library", "Caches")
        : process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(caches, "gradbook", "venv");
}

/**
 * Makes the environment with JupyterLab and installs the kernelspec of this very copy of gradbook into it.
 *
 * @param {string[]} [more] further requirement files
 * @returns {Promise<{ python: string, environment: string }>}
 */
export async function ensureLab(more = []) {
  const environment = environmentFolder();
  const python = await ensureEnvironment(environment, [requirements, ...more]);
  quietNews(environment);
  shelterScripts(environment);
  const main = join(root, "dist", "kernel", "main.js");
  const installed = await runQuietly(process.execPath, [main, "install", "--prefix", environment]);
  if (installed.code !== 0)
    throw new SetupError(`could not install the kernelspec into ${environment}:\n${installed.output}`);
  return { python, environment };
}

/** The private JupyterLab does not ask at its first start whether it may fetch news. */
function quietNews(/** @type {string} */ environment) {
  const wanted = { "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false } };
  writeJson(join(environment, "share", "jupyter", "lab", "settings", "overrides.json"), wanted);
}

/** JupyterLab runs CommonJS scripts with Node, and `.venv` lies below our own package.json, which says "module". */
function shelterScripts(/** @type {string} */ environment) {
  writeJson(join(environment, "package.json"), { private: true, type: "commonjs" });
}

/** Writes the file unless it says that already. */
function writeJson(/** @type {string} */ file, /** @type {object} */ value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * The arguments of `jupyter lab`: the user's own come last and win; a notebook or folder of theirs replaces the tour.
 *
 * @param {string[]} args what the user gave
 * @param {string} cwd where they stand
 */
export function labArguments(args, cwd, { admin = process.getuid?.() === 0, tour = isCheckout } = {}) {
  const gives = (/** @type {RegExp} */ flag) => args.some(a => flag.test(a));
  const ours = ["--ServerApp.answer_yes=True"];
  // JupyterLab refuses to run as root without being told so; in containers everybody is root.
  if (admin && !gives(/^--allow-root$|allow_root/)) ours.push("--allow-root");
  const picked = args.some((a, i) => !a.startsWith("-") && !isValue(args[i - 1]) && existsSync(join(cwd, a)));
  if (!picked && !gives(/root_dir|^--notebook-dir|^--preferred-dir/)) {
    ours.push(`--ServerApp.root_dir=${tour ? root.replace(/[\\/]$/, "") : cwd}`);
    if (tour && !gives(/default_url/)) ours.push("--LabApp.default_url=/lab/tree/notebooks/00-tour.ipynb");
  }
  return [...ours, ...args];
}

/** Whether the argument before this one was a flag that takes it as its value, as in `--port 9999`. */
const isValue = (/** @type {string | undefined} */ before) =>
  /^--(port|ip|log-level|config|transport|browser|gateway-url)$/.test(before ?? "");

/**
 * Runs JupyterLab until it ends. Without Python it says what is missing and which ways lead on.
 *
 * @param {string[]} args flags of `jupyter lab`
 * @returns {Promise<number>} the exit code
 */
export async function runLab(args, cwd = process.cwd()) {
  let python;
  try {
    ({ python } = await ensureLab());
  } catch (error) {
    if (!(error instanceof PythonMissing)) throw error;
    throw new SetupError(`${error.message}\n\n${waysOnWithoutPython()}`);
  }
  console.log("gradbook: starting JupyterLab; stop it with Ctrl+C");
  return runInForeground(python, ["-m", "jupyterlab", ...labArguments(args, cwd)], { cwd, env: cleanEnvironment() });
}

/** What gradbook does on a machine without Python. */
export function waysOnWithoutPython() {
  const example = isCheckout ? relative(process.cwd(), join(root, "notebooks", "00-tour.ipynb")) : "NOTEBOOK.ipynb";
  return [
    "gradbook itself is built and works without Python. You can go on with",
    `  npx gradbook run ${example} -o out.ipynb     run a notebook here, outputs written into out.ipynb`,
    "  npx gradbook install --user                               then open a notebook in VS Code (extension: Jupyter) or in any",
    "                                                            other JupyterLab, and choose the kernel TypeScript (gradbook)",
  ].join("\n");
}
