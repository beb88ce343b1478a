import { AsyncResource } from "node:async_hooks";
import { StringDecoder } from "node:string_decoder";
import { MagicError, type MagicHost } from "./magic.js";

export interface ProgramOptions {
  host: MagicHost;
  /** Hands the command to the shell of the system. */
  shell?: boolean;
  /** What it reads as its input; nothing by default. */
  input?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Takes the text it prints; goes to the cell's output by default. */
  onText?(text: string, stream: "stdout" | "stderr"): void;
}

/** How long a program that was told to stop may take to end, in milliseconds. */
const patience = 2000;

/** Programs that run; they must not outlive this process. */
const running = new Set<() => void>();
process.on("exit", () => {
  for (const kill of running) kill();
});

/**
 * Runs a program, printing as it prints, and ends it when the cell is stopped.
 *
 * @returns how it ended: `exit code 0`, `signal SIGTERM`
 * @throws MagicError when it could not be started
 */
export async function runProgram(command: string, args: string[], options: ProgramOptions): Promise<string> {
  const { host, input } = options;
  const onText = options.onText ?? ((text, stream) => host.print(text, stream));
  const own = process.platform !== "win32";
  // Loaded by the first magic that needs it: most notebooks start no program.
  const { spawn } = await import("node:child_process");
  const child = spawn(command, args, {
    shell: options.shell ?? false,
    stdio: ["pipe", "pipe", "pipe"],
    env: options.env ?? process.env,
    windowsHide: true,
    // A group of its own, so that what the shell has started ends with it.
    detached: own,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (own && child.pid !== undefined) process.kill(-child.pid, name);
      else child.kill(name);
    } catch {
      // It ended by itself meanwhile.
    }
  };
  const kill = () => signal("SIGKILL");
  running.add(kill);
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    // The text belongs to the cell that started the program, whatever runs when it comes.
    child[name].on(
      "data",
      AsyncResource.bind((bytes: Buffer) => onText(decoder.write(bytes), name)),
    );
  }
  return new Promise((resolve, reject) => {
    const stopped = host.signal();
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      signal("SIGINT");
      timer = setTimeout(kill, patience);
    };
    const finish = (): void => {
      clearTimeout(timer);
      running.delete(kill);
      stopped.removeEventListener("abort", stop);
    };
    if (stopped.aborted) stop();
    else stopped.addEventListener("abort", stop);
    child.once("error", error => {
      finish();
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      reject(new MagicError(missing ? `the program ${command} is not there; is it installed?` : error.message));
    });
    child.once("close", (code, name) => {
      finish();
      try {
        host.checkStopped();
      } catch (error) {
        reject(error);
      }
      resolve(name === null ? `exit code ${code}` : `signal ${name}`);
    });
  });
}
