// node test/bench/memory.mjs [STEPS] [mlp|cnn] [eager|compiled]: plain loops that train and dispose of nothing. Says whether resident
// memory is flat after the first 500 steps, what its peak is beside PyTorch's, and the collector's share of the time.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../kernel/setup/build.mjs";
import { runScript, SetupError } from "../../kernel/setup/spawn.mjs";
import { allCases } from "./cases.mjs";
import { findTorch } from "./torch.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const megabytes = bytes => (bytes / 1e6).toFixed(1).padStart(9);

/** Runs a program with a request as its input and reads the JSON that it prints. */
function ask(program, args, request) {
  const { status, stdout, signal } = spawnSync(program, args, {
    input: JSON.stringify(request),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "inherit"],
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new SetupError(`${args[0]} ended with ${signal ?? `exit code ${status}`}; see above`);
  return JSON.parse(stdout);
}

function chosen(what, given, all) {
  if (given === undefined) return all;
  if (!all.includes(given)) throw new SetupError(`${given} is no ${what}; there are ${all.join(", ")}`);
  return [given];
}

await runScript(async () => {
  const [count = "10000", model, way] = process.argv.slice(2);
  const steps = Number(count);
  if (!Number.isInteger(steps) || steps <= 500) throw new SetupError(`${count} steps: give a whole number above 500`);
  const models = chosen("model", model, ["mlp", "cnn"]);
  const ways = chosen("way", way, ["eager", "compiled"]);
  if (!process.env.GRADBOOK_ENGINE) await build({ quiet: true, types: false });
  const engine = process.env.GRADBOOK_ENGINE ?? join(root, "dist", "engine", "index.js");
  const python = findTorch(join(root, ".cache", "bench"));

  console.log("loop              at 500   at the end     change     peak MB   storages   us a step   collector");
  for (const name of models) {
    const [benchCase] = await allCases([`train.${name}`]);
    for (const compiled of ways.map(w => w === "compiled")) {
      const loop = { engine, name: benchCase.name, compiled };
      const child = join(here, "memory-loop.mjs");
      const found = ask(process.execPath, [child], { ...loop, steps, profile: false });
      const { share } = ask(process.execPath, [child], { ...loop, steps: Math.min(steps, 1000), profile: true });
      const cells = [
        `${name} ${compiled ? "compiled" : "eager"}`.padEnd(14),
        megabytes(found.before),
        `   ${megabytes(found.after)}`,
        `${((found.after / found.before - 1) * 100).toFixed(1)} %`.padStart(10),
        `  ${megabytes(found.peak)}`,
        String(found.storages).padStart(10),
        found.perStep.toFixed(0).padStart(11),
        `${(100 * share).toFixed(1)} %`.padStart(11),
      ];
      console.log(cells.join(" "));
    }
    if (!python) continue;
    const cases = [{ name: benchCase.name, source: benchCase.torch }];
    const { version, peak } = ask(python, [join(here, "measure.py")], { threads: 2, seconds: 5, cases });
    console.log(`${name} PyTorch ${version}`.padEnd(49) + megabytes(peak));
  }
  if (!python) console.log("PyTorch: none was found; GRADBOOK_TORCH_PYTHON names one");
  return 0;
});
