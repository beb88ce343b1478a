// The contenders beside us: how each is found or installed, and what runs it. Nothing of them is a dependency of the package.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "../../kernel/setup/spawn.mjs";
import { findTorch, installTorch } from "./torch.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * @typedef {object} Peer
 * @property {string} name as `--peers` takes it, and the field of a case that holds its program
 * @property {string} title the head of its column
 * @property {string} program
 * @property {string[]} args
 * @property {(cases: any[], request: object) => object} request what it reads from standard input
 */

const python = (name, title, program) => ({
  name,
  title,
  program,
  args: [join(here, "measure.py")],
  request: (cases, common) => ({ ...common, cases: cases.map(c => ({ name: c.name, source: c.torch })) }),
});

/** @returns a peer from npm, installed without its install scripts */
function script(name, title, packages, cache) {
  const modules = join(cache, name);
  const missing = packages.filter(p => !existsSync(join(modules, "node_modules", p, "package.json")));
  if (missing.length > 0) {
    process.stderr.write(`bench: installing ${missing.join(", ")}\n`);
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, "package.json"), '{ "private": true }\n');
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages];
    const { status, stderr } = spawnSync("npm", args, { cwd: modules, encoding: "utf8", timeout: 300_000 });
    if (status !== 0)
      throw new SetupError(`npm install ${packages.join(" ")} failed: ${stderr?.trim().split("\n")[0]}`);
  }
  return {
    name,
    title,
    program: process.execPath,
    args: [join(here, "peers", "measure.mjs"), name],
    request: (cases, common) => ({ ...common, modules, cases: cases.filter(c => c[name]).map(c => c.name) }),
  };
}

/** Debian's python3-torch: the one that GRADBOOK_DEBIAN_PYTHON names, else the system's. */
function debian() {
  const program = process.env.GRADBOOK_DEBIAN_PYTHON ?? "/usr/bin/python3";
  const from = spawnSync(program, ["-c", "import torch; print(torch.__file__)"], { encoding: "utf8", timeout: 60_000 });
  if (from.status !== 0 || !from.stdout.includes("dist-packages"))
    throw new SetupError(`${program} has no Debian PyTorch (apt install python3-torch libopenblas0)`);
  return python("debian", "Debian's PyTorch", program);
}

const peers = {
  torch: async cache => python("torch", "PyTorch", findTorch(cache) ?? (await installTorch(cache))),
  debian,
  tfjs: cache => script("tfjs", "TensorFlow.js", ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"], cache),
  "jax-js": cache => script("jax-js", "jax-js", ["@jax-js/jax"], cache),
  onnxruntime: cache => script("onnxruntime", "onnxruntime", ["onnxruntime-node"], cache),
};

/** What `--peers` takes. */
export const peerNames = Object.keys(peers);

/**
 * Finds or installs the peers.
 *
 * @param {readonly string[]} names
 * @param {string} cache where what is installed goes
 * @returns {Promise<{ found: Peer[], missing: string[] }>} `missing` says in words which cannot be had, and why
 * @throws SetupError when there is no peer of a name
 */
export async function findPeers(names, cache) {
  const unknown = names.find(name => !Object.hasOwn(peers, name));
  if (unknown !== undefined)
    throw new SetupError(`--peers ${unknown}: there are ${peerNames.join(", ")}; \`none\` measures us alone`);
  const found = [];
  const missing = [];
  for (const name of names) {
    try {
      found.push(await peers[name](cache));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      missing.push(`${name} is not compared with: ${error.message}`);
    }
  }
  return { found, missing };
}
