// Brings pip into an environment that was made by a Python without `ensurepip` (Debian and Ubuntu ship it apart, as python3-venv).
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "./environment.mjs";
import { runQuietly, SetupError } from "./spawn.mjs";

/** The newest pip that still runs on Python 3.9. Its wheel can run from the archive, and so installs itself. */
const wheel = {
  name: "pip-25.3-py3-none-any.whl",
  sha256: "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd",
};

/**
 * Installs pip into an environment that has none.
 *
 * @param {string} python the environment's interpreter
 * @throws SetupError when the wheel cannot be fetched, is not the one that we know, or does not install
 */
export async function bringPip(python) {
  console.log(`gradbook: this Python has no ensurepip; fetching ${wheel.name}`);
  const bytes = await fetchWheel();
  const folder = mkdtempSync(join(tmpdir(), "gradbook-pip-"));
  try {
    const file = join(folder, wheel.name);
    writeFileSync(file, bytes);
    const args = [join(file, "pip"), "install", "--no-index", "--no-input", "--disable-pip-version-check", file];
    const result = await runQuietly(python, args, { env: cleanEnvironment() });
    if (result.code !== 0) throw new SetupError(`pip could not be installed:\n${result.output.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<Uint8Array>} the bytes, checked against the hash */
async function fetchWheel() {
  const index = (process.env.PIP_INDEX_URL ?? "https://pypi.org/simple").replace(/\/*$/, "/pip/");
  const page = await get(index);
  const base = page.url || index;
  const links = [...(await page.text()).matchAll(/(?:href="|"url"\s*:\s*")([^"#]+)/g)].map(m => m[1] ?? "");
  const link = links.find(each => each.endsWith(`/${wheel.name}`));
  if (!link) throw new SetupError(`${index} does not offer ${wheel.name}.\n${mend}`);
  const bytes = new Uint8Array(await (await get(new URL(link, base).href)).arrayBuffer());
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== wheel.sha256) throw new SetupError(`${link} is not the file that we know (SHA-256 ${hash}).\n${mend}`);
  return bytes;
}

async function get(/** @type {string} */ url) {
  let why;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (response.ok) return response;
    why = `HTTP ${response.status}`;
  } catch (error) {
    why = error.cause?.message ?? error.message;
  }
  throw new SetupError(`${url} cannot be read: ${why}.\n${mend}`);
}

const mend =
  "  Debian, Ubuntu: `sudo apt install python3-venv` makes this step unnecessary. Then run the same command again.";
