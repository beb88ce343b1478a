// The private Python environment: Jupyter itself is a Python program, and the user's own Python is none of our business.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cleanEnvironment } from "./environment.mjs";
import { bringPip } from "./pip.mjs";
import { runQuietly, SetupError } from "./spawn.mjs";

const windows = process.platform === "win32";
const oldestPython = [3, 9];

/** No Python that can make the environment. The message says which command mends it. */
export class PythonMissing extends SetupError {}

/** The interpreter inside an environment. */
export const pythonOf = (/** @type {string} */ environment) =>
  join(environment, windows ? "Scripts" : "bin", windows ? "python.exe" : "python");

/** @returns {string[][]} the commands that may be a Python, best first */
function candidates() {
  const own = process.env.GRADBOOK_PYTHON;
  if (own) return [[own]];
  const minors = [14, 13, 12, 11, 10, 9].map(minor => [`python3.${minor}`]);
  return windows ? [["py", "-3"], ["python"], ["python3"]] : [["python3"], ["python"], ...minors];
}

const probe = `import sys, json
def has(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable, "venv": has("venv"), "pip": has("ensurepip")}))`;

/**
 * Finds a Python that can make an environment.
 *
 * @returns {{ executable: string, version: string, pip: boolean }} `pip`: it brings pip into the environments that it makes
 * @throws PythonMissing with what was found instead and the command that mends it
 */
export function findPython() {
  let old;
  let incomplete;
  for (const [program = "", ...args] of candidates()) {
    const result = spawnSync(program, [...args, "-c", probe], {
      encoding: "utf8",
      env: cleanEnvironment(),
      timeout: 20_000,
      windowsHide: true,
    });
    if (result.status !== 0) continue;
    let found;
    try {
      found = JSON.parse(result.stdout);
    } catch {
      continue;
    }
    const [major, minor] = found.version;
    const version = found.version.join(".");
    if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1]))
      old ??= `${found.executable} is Python ${version}`;
    else if (!found.venv) incomplete ??= { ...found, version, minor };
    else return { executable: found.executable, version, pip: found.pip };
  }
  const wanted = `Python ${oldestPython.join(".")} or newer`;
  if (incomplete) {
    throw new PythonMissing(
      `${incomplete.executable} (Python ${incomplete.version}) lacks the module venv, which makes environments.\n` +
        `  Debian, Ubuntu: sudo apt install python3-venv   (or python3.${incomplete.minor}-venv)`,
    );
  }
  const own = process.env.GRADBOOK_PYTHON;
  const what = own ? `GRADBOOK_PYTHON=${own} does not run as ${wanted}` : (old ?? `no Python was found`);
  throw new PythonMissing(
    `${what}; JupyterLab needs ${wanted}.\n` +
      "  Debian, Ubuntu: sudo apt install python3 python3-venv\n" +
      "  Fedora: sudo dnf install python3      macOS: brew install python      Windows: winget install Python.Python.3.13\n" +
      "  Or name one: GRADBOOK_PYTHON=/path/to/python3",
  );
}

/**
 * Makes the environment, or brings it up to date, and resolves to its interpreter. What is there already is not touched.
 *
 * @param {string} environment the folder
 * @param {string[]} requirements paths of requirement files
 * @returns {Promise<string>}
 * @throws PythonMissing | SetupError
 */
export async function ensureEnvironment(environment, requirements) {
  const python = pythonOf(environment);
  const stampFile = join(environment, "gradbook.json");
  let stamp = readStamp(stampFile);
  // An environment keeps absolute paths, and dies with the Python that it was made from.
  if (!existsSync(python) || stamp?.location !== realpathSync(environment)) stamp = undefined;

  const missing = requirements.filter(file => !stamp?.files.includes(hashOf(file)));
  if (stamp && missing.length === 0) return python;

  if (!stamp) {
    const { executable, version, pip } = findPython();
    console.log(`gradbook: making a private Python ${version} environment in ${environment}`);
    rmSync(environment, { recursive: true, force: true });
    mkdirSync(dirname(environment), { recursive: true });
    const made = await runQuietly(executable, ["-m", "venv", ...(pip ? [] : ["--without-pip"]), environment], {
      env: cleanEnvironment(),
    });
    if (made.code !== 0) {
      throw new PythonMissing(
        `${executable} -m venv failed:\n${indent(made.output)}\n  Debian, Ubuntu: sudo apt install python3-venv; then try again.`,
      );
    }
    if (!pip) await bringPip(python);
    stamp = { location: realpathSync(environment), python: version, files: [] };
  }

  for (const file of missing) {
    await install(python, file);
    stamp.files = [...stamp.files, hashOf(file)];
    // Written after every file, so that an interrupted set-up goes on where it was.
    writeFileSync(stampFile, JSON.stringify(stamp));
  }
  return python;
}

/** @returns {{ location: string, python: string, files: string[] } | undefined} */
function readStamp(/** @type {string} */ file) {
  try {
    const stamp = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(stamp.files) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

const hashOf = (/** @type {string} */ file) => createHash("sha256").update(readFileSync(file)).digest("hex");

const indent = (/** @type {string} */ text) => text.trim().replace(/^/gm, "    ");

async function install(/** @type {string} */ python, /** @type {string} */ file) {
  const names = readFileSync(file, "utf8").match(/^[a-z][\w-]*/gm) ?? [];
  console.log(`gradbook: installing ${[...new Set(names)].join(", ")} (once; about a minute)`);
  const started = Date.now();
  let collected = 0;
  const onLine = (/** @type {string} */ line) => {
    const what = /^(Collecting|Downloading|Using cached|Installing) \S+/.exec(line)?.[0];
    if (line.startsWith("Collecting")) collected++;
    if (what && process.stdout.isTTY) process.stdout.write(`\r\x1b[K  ${collected} packages: ${what.slice(0, 70)}`);
  };
  const args = [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar",
    "off",
    "-r",
    file,
  ];
  const result = await runQuietly(python, args, { env: cleanEnvironment(), onLine });
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  if (result.code !== 0) {
    const last = result.output.trim().split("\n").slice(-12).join("\n");
    throw new SetupError(
      `pip could not install ${file}:\n${indent(last)}\n` +
        "  Without a network it cannot; behind a proxy, set HTTPS_PROXY. Then run the same command again.",
    );
  }
  console.log(`gradbook: ${collected} Python packages in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
