import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "../../kernel/setup/chromium.mjs";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The command line of gradbook, as built. */
export const gradbook = join(root, "dist", "kernel", "main.js");

const ci = !["", "0", "false", undefined].includes(process.env.CI);

/** The Python of `.venv` that `npm test` made; undefined where there is no Python, and then the tests that need it are skipped. */
export const python = demandInCi(
  "the Python environment .venv",
  process.env.GRADBOOK_TEST_PYTHON ??
    [join(root, ".venv", "bin", "python"), join(root, ".venv", "Scripts", "python.exe")].find(existsSync),
);

/** The Python of `.venv-oldest`, with the oldest JupyterLab 4 and Notebook 7 that the extension is for. */
export const oldestPython = demandInCi(
  "the Python environment .venv-oldest",
  process.env.GRADBOOK_TEST_OLDEST_PYTHON ??
    [join(root, ".venv-oldest", "bin", "python"), join(root, ".venv-oldest", "Scripts", "python.exe")].find(existsSync),
);

/** The browser that drives JupyterLab; undefined where there is none, and then its tests are skipped. */
export const chromium = demandInCi("Chromium", findChromium());

/** In CI nothing is skipped: what is missing there is an error. */
function demandInCi(what: string, found: string | undefined): string | undefined {
  if (!found && ci) throw new Error(`${what} is missing, and in CI no test may be skipped. \`npm test\` sets it up.`);
  return found;
}

/** What a program left when it ended. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** A home folder of its own with the kernel installed, so that nothing of the machine's Jupyter takes part. */
export class JupyterHome {
  readonly folder = mkdtempSync(join(tmpdir(), "gradbook-jupyter-"));
  readonly env: NodeJS.ProcessEnv;
  #children = new Set<ChildProcess>();

  constructor() {
    const { folder } = this;
    for (const name of ["home", "work", "runtime"]) mkdirSync(join(folder, name));
    this.env = {
      ...process.env,
      HOME: join(folder, "home"),
      XDG_DATA_HOME: join(folder, "home", ".local", "share"),
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(folder, "home", ".cache"),
      JUPYTER_PATH: this.prefixData,
      JUPYTER_DATA_DIR: join(folder, "data"),
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
      IPYTHONDIR: join(folder, "ipython"),
      PYTHONUNBUFFERED: "1",
    };
  }

  /** Where notebooks of the test go. */
  get work(): string {
    return join(this.folder, "work");
  }

  /** The prefix that the kernel is installed into. */
  get prefix(): string {
    return join(this.folder, "prefix");
  }

  get prefixData(): string {
    return join(this.prefix, "share", "jupyter");
  }

  /** Installs the kernelspec. @throws Error when the command failed */
  async install(): Promise<void> {
    const { code, stderr } = await this.gradbook(["install", "--prefix", this.prefix]);
    if (code !== 0) throw new Error(`gradbook install failed:\n${stderr}`);
  }

  /** Runs `gradbook ARGS` in the work folder. */
  gradbook(args: string[], cwd = this.work): Promise<Finished> {
    return this.execute(process.execPath, [gradbook, ...args], cwd);
  }

  /** Runs Python of `.venv`. */
  python(args: string[], cwd = this.work): Promise<Finished> {
    return this.execute(python!, args, cwd);
  }

  /** Runs a program to its end. */
  execute(program: string, args: string[], cwd = this.work): Promise<Finished> {
    return new Promise(resolve => {
      const options = { cwd, env: this.env, maxBuffer: 64 << 20, encoding: "utf8" as const };
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        this.#children.delete(child);
        resolve({ code: error ? (typeof error.code === "number" ? error.code : 1) : 0, stdout, stderr });
      });
      this.#children.add(child);
    });
  }

  /** Starts a program that lives until `close`. */
  start(program: string, args: string[], cwd = this.work): ChildProcess {
    const child = spawn(program, args, { cwd, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    child.once("exit", () => this.#children.delete(child));
    this.#children.add(child);
    return child;
  }

  /** Ends what still runs and removes the folder. */
  async close(): Promise<void> {
    const ended = [...this.#children].map(child => new Promise(resolve => child.once("exit", resolve)));
    for (const child of this.#children) child.kill("SIGTERM");
    const patience = setTimeout(() => {
      for (const child of this.#children) child.kill("SIGKILL");
    }, 5000);
    await Promise.all(ended);
    clearTimeout(patience);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
