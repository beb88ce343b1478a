// Starts programs for the set-up scripts: with the terminal, or quietly with a bounded memory of what they said.
import { spawn, spawnSync } from "node:child_process";

/** A failure that needs no stack trace: the message says what, where and what to do. */
export class SetupError extends Error {}

/**
 * Runs a program and resolves to its exit code. It owns the terminal; Ctrl+C and SIGTERM reach it and we wait for it to end, so
 * nothing of ours outlives us. If whoever started us is gone (npm was killed), the program is asked to end.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { minutes?: number }} [options] after `minutes` it is killed, and what ran below it is said
 * @returns {Promise<number>} the exit code; 128 + n when signal n ended it
 * @throws SetupError when it cannot be started
 */
export function runInForeground(program, args, { minutes, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options });
    const onOverdue = () => {
      const below = descendants(child.pid ?? 0);
      console.error(`gradbook: ${args[0]} did not end within ${minutes} minutes. Below it run:`);
      for (const { pid, what } of below) console.error(`${pid} ${what}`);
      child.kill("SIGKILL");
      for (const { pid } of below) kill(pid);
    };
    const overdue = minutes === undefined ? undefined : setTimeout(onOverdue, minutes * 60_000);
    const parent = process.ppid;
    const orphaned = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 1000).unref();
    // A terminal sends SIGINT to the whole group, so the child has it already; we only must not die before it.
    const onInterrupt = () => {
      if (!process.stdin.isTTY) child.kill("SIGINT");
    };
    const onTerminate = () => child.kill("SIGTERM");
    const stop = () => {
      clearInterval(orphaned);
      clearTimeout(overdue);
      process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onTerminate);
    };
    process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onTerminate);
    child.on("error", error => {
      stop();
      reject(new SetupError(`cannot start ${program}: ${error.message}`));
    });
    child.on("exit", (code, signal) => {
      stop();
      resolve(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0));
    });
  });
}

/** The processes below one, each with its elapsed time and command line; none where there is no `ps`. */
function descendants(/** @type {number} */ root) {
  const listed = spawnSync("ps", ["-A", "-o", "ppid=,pid=,etime=,args="], { encoding: "utf8", timeout: 10_000 });
  const above = new Set([root]);
  const found = [];
  for (const line of (listed.stdout ?? "").split("\n")) {
    const [, parent, pid, what] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (!above.has(Number(parent))) continue;
    above.add(Number(pid));
    found.push({ pid: Number(pid), what: what?.slice(0, 200) });
  }
  return found;
}

function kill(/** @type {number} */ pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/**
 * Runs a program without the terminal.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { onLine?: (line: string) => void }} [options] `onLine` sees every line
 * @returns {Promise<{ code: number, output: string }>} the last 16 KB of standard output and standard error together
 */
export function runQuietly(program, args, { onLine, ...options } = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let line = "";
    const take = (/** @type {Buffer} */ chunk) => {
      const text = chunk.toString();
      output = (output + text).slice(-16_384);
      if (!onLine) return;
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      for (const each of lines) onLine(each);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", error => resolve({ code: 127, output: error.message }));
    child.on("close", code => resolve({ code: code ?? 1, output }));
  });
}

/** Runs the body of a set-up script: a SetupError is one message on stderr, and every failure is an exit code. */
export async function runScript(/** @type {() => Promise<number>} */ body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    console.error(`gradbook: ${error instanceof SetupError ? error.message : (error?.stack ?? error)}`);
    process.exitCode = 1;
  }
}
