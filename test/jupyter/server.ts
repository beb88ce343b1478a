import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type JupyterHome, python } from "./environment.js";

export interface JupyterServer {
  /** Ends in a slash. */
  url: string;
  token: string;
  /** What it said so far. */
  log(): string;
}

/**
 * Starts a real Jupyter server of `.venv` on a free port; it ends with its home.
 *
 * @param module `jupyter_server`, or `jupyterlab` for the whole application
 * @param folder what it serves
 * @param interpreter the Python of another environment than `.venv`
 * @param alone without the kernel and the extensions of that environment, where `npm start` puts ours: with those of the home only
 */
export async function startServer(
  home: JupyterHome,
  module: "jupyter_server" | "jupyterlab",
  folder = home.work,
  interpreter = python!,
  alone = false,
): Promise<JupyterServer> {
  const token = randomUUID();
  const child = home.start(interpreter, [
    "-m",
    module,
    "--no-browser",
    "--allow-root",
    "--ServerApp.port=0",
    "--ServerApp.ip=127.0.0.1",
    `--IdentityProvider.token=${token}`,
    `--ServerApp.root_dir=${folder}`,
    ...(alone
      ? [
          `--KernelSpecManager.kernel_dirs=${join(home.prefixData, "kernels")}`,
          `--LabApp.labextensions_path=${join(home.prefixData, "labextensions")}`,
        ]
      : []),
  ]);
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (bytes: Buffer) => {
      said += bytes;
    });
  }
  const runtime = join(home.folder, "runtime");
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break;
    const file = readdirSync(runtime).find(name => name === `jpserver-${child.pid}.json`);
    const url = file && urlIn(join(runtime, file));
    if (url && (await answers(`${url}api/status`, token))) return { url, token, log: () => said };
    await sleep(100);
  }
  throw new Error(`${module} did not start:\n${said}`);
}

function urlIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { url: string }).url;
  } catch {
    // It is just being written.
    return undefined;
  }
}

async function answers(url: string, token: string): Promise<boolean> {
  try {
    return (await fetch(url, { headers: { authorization: `token ${token}` } })).ok;
  } catch {
    return false;
  }
}
