// `npm run bench`: us beside the peers on this machine. It measures and prints; it never passes or fails.
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
import { findPeers, peerNames } from "./peers.mjs";
import { calmRounds } from "./statistics.mjs";
import { markdownTable } from "./table.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, ".cache", "bench");

const usage = `npm run bench -- [options]
  --only NAMES       cases, or beginnings of their names: gemm,train.mlp
  --threads COUNTS   default 1 and 2; both sides get the same count
  --rounds N         default 5; a round runs every contender once, in a process of its own
  --seconds S        of measuring per case in a round, default 0.5
  --json FILE        everything that was measured, also the rounds that were dropped
  --engine FILE      measures another build of the engine instead of dist/engine/index.js
  --peers NAMES      default ${peerNames.join(",")}; none measures us alone
A peer that is not there is installed into .cache/bench. GRADBOOK_TORCH_PYTHON or PYTHON names a Python with PyTorch,
GRADBOOK_DEBIAN_PYTHON one with Debian's. GRADBOOK_CPU=wasm measures our WebAssembly kernels.`;

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
        peers: { ...string, default: peerNames.join(",") },
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
    peers: parsed.peers === "none" ? [] : parsed.peers.split(","),
    threads: parsed.threads.split(",").map(t => number("threads", t, true)),
    rounds: number("rounds", parsed.rounds, true),
    seconds: number("seconds", parsed.seconds, false),
  };
}

/** Runs one contender for one round and reads its JSON. */
function contender(program, args, request) {
  return new Promise((done, fail) => {
    const env = { ...process.env, OMP_NUM_THREADS: String(request.threads) };
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env });
    let output = "";
    child.stdout.on("data", chunk => {
      output += chunk;
    });
    child.on("error", error => fail(new SetupError(`cannot start ${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code !== 0) fail(new SetupError(`${args.join(" ")} ended with ${signal ?? `exit code ${code}`}; see above`));
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
  const { found, missing } = await findPeers(chosen.peers, cache);
  const program = calibrationProgram(cache);

  const groups = chosen.threads.map(threads => ({ threads, rounds: [] }));
  for (let round = 1; round <= chosen.rounds; round++) {
    for (const { threads, rounds } of groups) {
      process.stderr.write(`bench: round ${round} of ${chosen.rounds}, ${threads} thread${threads > 1 ? "s" : ""}\n`);
      const here = fileURLToPath(new URL(".", import.meta.url));
      const common = { threads, seconds: chosen.seconds, engine };
      const before = program && calibrate(program, threads);
      const ours = await contender(process.execPath, [join(here, "measure.mjs")], {
        ...common,
        cases: cases.map(c => c.name),
      });
      const peers = {};
      for (const { name, program, args, request } of found)
        peers[name] = await contender(program, args, request(cases, common));
      rounds.push({ before, ours, peers, after: program && calibrate(program, threads) });
    }
  }

  const calm = groups.map(({ threads, rounds }) => ({ threads, ...calmRounds(rounds) }));
  const { ours, peers } = groups[0].rounds[0];
  const about = [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} logical cores, Node ${process.version}`,
    `ours: ${ours.version.kernels}`,
    ...found.map(({ name, title }) => {
      const { version, blas } = peers[name];
      return blas ? `${title} ${version} with ${blas}` : version;
    }),
    ...missing,
    ...calm.map(group => calibration(group, calm[0], chosen.rounds)),
  ];
  console.log(`\n${about.map(line => `- ${line}`).join("\n")}\n\n${markdownTable(cases, calm, found)}`);
  console.log(
    "\nMedians over the rounds; a ratio is the peer's time by ours, above 1 we are faster. Compiled: the runs as `compile(run)`.",
  );
  if (chosen.json) writeFileSync(chosen.json, `${JSON.stringify({ about, groups }, null, 1)}\n`);
  return 0;
});
