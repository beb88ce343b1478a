import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { duration } from "./duration.js";
import { type Magic, MagicError, type MagicHost } from "./magic.js";
import { runProgram } from "./program.js";

export const install: Magic = {
  name: "install",
  line: "%install PACKAGE ...",
  summary: "Installs packages with npm into the notebook's folder; the next line may import them.",
  details: "Versions and flags are npm's own: `%install zod@4`, `%install -D @types/d3`.",
  async run({ args }, host) {
    const wanted = args.split(/\s+/).filter(Boolean);
    if (!wanted.some(word => !word.startsWith("-"))) {
      throw new MagicError("%install: which package? Write %install PACKAGE, as after `npm install`.");
    }
    const folder = host.installFolder();
    const progress = new Progress(host, wanted.filter(word => !word.startsWith("-")).join(" "));
    const [program, ...before] = npm();
    const end = await runProgram(
      program!,
      [...before, "install", "--no-fund", "--no-audit", "--prefix", folder, ...wanted],
      {
        host,
        cwd: folder,
        // One line for each file that comes, whatever a user's own settings say; the notebook turns them into one.
        env: { ...process.env, npm_config_loglevel: "http", npm_config_progress: "false", npm_config_color: "false" },
        onText: (text, stream) => progress.take(text, stream),
      },
    );
    progress.end(end);
  },
};

/** How npm is started: the one beside this Node, else the one on the path. */
function npm(): string[] {
  const script = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  if (existsSync(script)) return [process.execPath, script];
  return process.platform === "win32" ? ["cmd.exe", "/c", "npm"] : ["npm"];
}

/** One line that counts what has come, in place of the hundreds that npm writes. */
class Progress {
  readonly #host: MagicHost;
  readonly #what: string;
  readonly #started = performance.now();
  #fetched = 0;
  #shown = 0;
  #said = "";
  #partial = "";

  constructor(host: MagicHost, what: string) {
    this.#host = host;
    this.#what = what;
    host.print(`installing ${what} ...`);
  }

  take(text: string, _stream: "stdout" | "stderr"): void {
    const lines = (this.#partial + text).split(/\r?\n/);
    this.#partial = lines.pop()!;
    for (const line of lines) {
      if (/^npm http /.test(line)) this.#fetched++;
      else if (line.trim() !== "" && !/^npm (info|verbose|timing) /.test(line)) this.#said += `${line}\n`;
    }
    const now = performance.now();
    if (now - this.#shown < 200) return;
    this.#shown = now;
    this.#host.print(`\rinstalling ${this.#what} ... ${this.#fetched} files, ${duration(now - this.#started)}   `);
  }

  end(how: string): void {
    const said = this.#said + (this.#partial ? `${this.#partial}\n` : "");
    this.#host.print("\n");
    if (how === "exit code 0") {
      this.#host.print(said);
      return;
    }
    this.#host.print(said, "stderr");
    const why = /npm (?:error|ERR!) code (\w+)/.exec(said)?.[1];
    const hint = why === "E404" ? " There is no package of that name; check its spelling." : "";
    throw new MagicError(`%install ${this.#what}: npm ended with ${how}${why ? ` (${why})` : ""}.${hint}`);
  }
}
