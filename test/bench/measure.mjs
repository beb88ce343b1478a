// Our side of a round: reads {threads, seconds, cases: [names], engine} from standard input and writes {version, results}.
// measure.py mirrors it: three warm-ups, batches of half a millisecond to one, the result of the third warm-up as a sample.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { allCases } from "./cases.mjs";
import { resetter, values } from "./values.mjs";

const request = JSON.parse(readFileSync(0, "utf8"));
const gb = await import(pathToFileURL(request.engine).href);
gb.setThreads(request.threads);

/** Seconds that a batch takes at least. */
const shortest = 0.0005;

/** Reading any value waits for all that was recorded before. */
const gate = gb.tensor([0]);

const reset = resetter(gb);

/** @param {(run: () => any) => () => any} as what the runs of the case are turned into */
function measure(benchCase, as) {
  const made = benchCase.ours({ gb, values, reset });
  const { check } = made;
  const run = as(made.run);
  let result;
  for (let i = 0; i < 3; i++) result = run();
  const flat = Float64Array.from(check(result).data());
  const stride = Math.max(1, Math.floor(flat.length / 64));
  const sample = [...flat].filter((_, i) => i % stride === 0);
  result = undefined;

  let inner = 1;
  const times = [];
  const end = performance.now() + 1000 * request.seconds;
  while (performance.now() < end || times.length < 5) {
    const seconds = secondsOf(run, inner);
    // Code that the engine of JavaScript has not optimised yet says nothing about how many runs make a batch.
    if (inner * seconds < shortest) inner *= 2;
    else times.push(seconds);
  }
  times.sort((a, b) => a - b);
  return { best: times[0], median: times[Math.floor(times.length / 2)], sample };
}

/** An elementwise result is computed when somebody needs it: that is part of a run. */
const need = result => void result?.storage?.id;

/** Seconds of one run, on the mean of `inner`. Nothing is left to do when the clock stops. */
function secondsOf(run, inner) {
  const start = performance.now();
  for (let i = 0; i < inner; i++) need(run());
  gate.item();
  return (performance.now() - start) / 1000 / inner;
}

const results = {};
for (const benchCase of await allCases(request.cases)) {
  results[benchCase.name] = {
    ...measure(benchCase, run => run),
    // An older build of the engine has no compile.
    ...(gb.compile ? { compiled: measure(benchCase, gb.compile) } : {}),
  };
}
process.stdout.write(JSON.stringify({ version: gb.engineDescription(), results }));
