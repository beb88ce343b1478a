// `npm run bench`: us beside PyTorch on this machine. It measures and prints; it never passes or fails.
//   npm run bench -- --only gemm,train.mlp --rounds 5 --threads 1,2 --json out.json
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "../../kernel/setup/build.mjs";
import { runScript, SetupError } from "../../kernel/setup/spawn.mjs";
import { calibrate, calibrationProgram } from "./calibrate.mjs";
import { allCases } from "./cases.mjs";
import { calmRounds } from "./statistics.mjs";
import { markdownTable } from "./table.mjs";
import { findTorch, installTorch } from "./torch.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, ".cache", "bench");

const usage = `npm run bench -- [options]
  --only NAMES       cases, or beginnings of their names: gemm,train.mlp
  --threads COUNTS   default 1 and 2; both sides get the same count
  --rounds N         default 5; a round runs every contender once, in a process of its own
  --seconds S        of measuring per case in a round, default 0.5
  --json FILE        everything that was measured, also the rounds that were dropped
  --engine FILE      measures another build of the engine instead of dist/engine/index.js
  --install-torch    puts PyTorch into .cache/bench/torch first
  --no-torch         measures us alone
GRADBOOK_TORCH_PYTHON or PYTHON names the Python whose PyTorch to compare with.`;

function options() {
  const string = { type: /** @type {const} */ ("string") };
  const flag = { type: /** @type {const} */ ("boolean"), default: false };
  let parsed;
  try {
    parsed = parseArgs({
      options: {
        only: string,
        threads: { ...string, default: "1,2" },
        rounds: { ...string, default: "5" },
        seconds: { ...string, default: "0.5" },
        json: string,
        engine: string,
        "install-torch": flag,
        "no-torch": flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new SetupError(`${error.message}\n${usage}`);
  }
  const number = (name, text, whole) => {
    const value = Number(text);
    if (text.trim() === "" || !(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
      throw new SetupError(`--${name} ${text}: give a ${whole ? "whole " : ""}number above 0`);
    return value;
  };
  return {
    ...parsed,
    names: parsed.only?.split(","),
    threads: parsed.threads.split(",").map(t => number("threads", t, true)),
    rounds: number("rounds", parsed.rounds, true),
    seconds: number("seconds", parsed.seconds, false),
  };
}

/** Runs one contender for one round and reads its JSON. */
function contender(program, script, request) {
  return new Promise((done, fail) => {
    const env = { ...process.env, OMP_NUM_THREADS: String(request.threads) };
    const child = spawn(program, [script], { stdio: ["pipe", "pipe", "inherit"], env });
    let output = "";
    child.stdout.on("data", chunk => {
      output += chunk;
    });
    child.on("error", error => fail(new SetupError(`cannot start ${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code !== 0) fail(new SetupError(`${script} ended with ${signal ?? `exit code ${code}`}; see above`));
      else done(JSON.parse(output));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(request));
  });
}

/** What the calibration says about the machine, in words. */
function calibration({ threads, kept, peak }, first, rounds) {
  const where = `${threads} thread${threads > 1 ? "s" : ""}`;
  if (!peak) return `${where}: no C compiler, so no calibrated peak`;
  const line = `peak at ${where}: ${peak.gflops} GF, copying 4 MB ${peak.copyGBs} GB/s; ${kept.length} of ${rounds} rounds were calm and count`;
  const share = peak.gflops / threads / (first.peak.gflops / first.threads);
  if (share >= 0.75) return line;
  // A machine that is busy all the time has no calm round to compare with.
  return `${line}. A thread got ${(100 * share).toFixed(0)} % of what it gets in the first line: cores are shared or busy, and these figures say little`;
}

await runScript(async () => {
  const chosen = options();
  if (chosen.help) {
    console.log(usage);
    return 0;
  }
  const cases = await allCases(chosen.names).catch(error => {
    throw new SetupError(error.message);
  });
  if (!chosen.engine) await build({ quiet: true, types: false });
  const engine = resolve(chosen.engine ?? join(root, "dist", "engine", "index.js"));
  let python;
  if (chosen["install-torch"]) python = await installTorch(cache);
  else if (!chosen["no-torch"]) python = findTorch(cache);
  const program = calibrationProgram(cache);

  const groups = chosen.threads.map(threads => ({ threads, rounds: [] }));
  for (let round = 1; round <= chosen.rounds; round++) {
    for (const { threads, rounds } of groups) {
      process.stderr.write(`bench: round ${round} of ${chosen.rounds}, ${threads} thread${threads > 1 ? "s" : ""}\n`);
      const here = fileURLToPath(new URL(".", import.meta.url));
      const common = { threads, seconds: chosen.seconds };
      const before = program && calibrate(program, threads);
      const ours = await contender(process.execPath, join(here, "measure.mjs"), {
        ...common,
        engine,
        cases: cases.map(c => c.name),
      });
      const torch =
        python &&
        (await contender(python, join(here, "measure.py"), {
          ...common,
          cases: cases.map(c => ({ name: c.name, source: c.torch })),
        }));
      rounds.push({ before, ours, torch, after: program && calibrate(program, threads) });
    }
  }

  const calm = groups.map(({ threads, rounds }) => ({ threads, ...calmRounds(rounds) }));
  const { ours, torch } = groups[0].rounds[0];
  const about = [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} logical cores, Node ${process.version}`,
    `ours: ${ours.version.kernels}`,
    torch
      ? `PyTorch ${torch.version} with ${torch.blas}`
      : "PyTorch: none was found; `npm run bench -- --install-torch` brings one, GRADBOOK_TORCH_PYTHON names one",
    ...calm.map(group => calibration(group, calm[0], chosen.rounds)),
  ];
  console.log(`\n${about.map(line => `- ${line}`).join("\n")}\n\n${markdownTable(cases, calm)}`);
  console.log(
    "\nMedians over the rounds; a ratio is PyTorch's time by ours, above 1 we are faster. Compiled: the runs as `compile(run)`.",
  );
  if (chosen.json) writeFileSync(chosen.json, `${JSON.stringify({ about, groups }, null, 1)}\n`);
  return 0;
});
