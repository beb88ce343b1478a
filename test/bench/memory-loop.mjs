// One loop of memory.mjs: reads {engine, name, compiled, steps, profile} from standard input and writes what it used as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { GCProfiler } from "node:v8";
import { allCases } from "./cases.mjs";
import { resetter, values } from "./values.mjs";

const { engine, name, compiled, steps, profile } = JSON.parse(readFileSync(0, "utf8"));
const gb = await import(pathToFileURL(engine).href);

const [benchCase] = await allCases([name]);
const { run } = benchCase.ours({ gb, values, reset: resetter(gb) });
const step = compiled ? gb.compile(run) : run;

let before = 0;
let profiler;
let started = performance.now();
for (let i = 1; i <= steps; i++) {
  const loss = step();
  // What everybody does in a loop: look at the loss now and then.
  if (i % 100 === 0) loss.item();
  if (i !== 500) continue;
  before = process.memoryUsage.rss();
  if (profile) {
    // Its records are memory, too: so it has a run of its own.
    profiler = new GCProfiler();
    profiler.start();
  }
  started = performance.now();
}
const took = performance.now() - started;
const pauses = profiler?.stop().statistics.reduce((sum, { cost }) => sum + cost, 0) ?? 0;
const result = {
  before,
  after: process.memoryUsage.rss(),
  peak: process.resourceUsage().maxRSS * 1024,
  storages: gb.memoryReport().storages,
  perStep: (took * 1000) / (steps - 500),
  share: pauses / 1000 / took,
};
process.stdout.write(JSON.stringify(result));
