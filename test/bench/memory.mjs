// node test/bench/memory.mjs [STEPS]: a plain loop that trains a small network and disposes of nothing. Prints resident
// memory as it goes; flat means that the collector gives storages back inside a synchronous loop.
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "../../kernel/setup/build.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const steps = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(steps) || steps < 1) {
  console.error(`steps is ${process.argv[2]}; give a whole number above 0`);
  process.exit(2);
}
if (!process.env.GRADBOOK_ENGINE) await build({ quiet: true, types: false });
const engine = process.env.GRADBOOK_ENGINE ?? join(root, "dist", "engine", "index.js");
const gb = await import(pathToFileURL(engine).href);

const megabytes = bytes => (bytes / 1e6).toFixed(1).padStart(8);

gb.manualSeed(0);
const model = new gb.nn.Sequential(new gb.nn.Linear(784, 128), new gb.nn.ReLU(), new gb.nn.Linear(128, 10));
const optimizer = new gb.optim.Adam(model.parameters(), { lr: 1e-3 });
const lossOf = new gb.nn.CrossEntropyLoss();
const labels = gb.tensor(
  Int32Array.from({ length: 64 }, (_, i) => i % 10),
  { shape: [64] },
);

console.log("   step   resident MB   heap MB  tensors MB   pooled MB  storages       loss");
let before = 0;
const started = performance.now();
for (let step = 1; step <= steps; step++) {
  const x = gb.randn([64, 784]);
  optimizer.zeroGrad();
  const loss = lossOf(model(x), labels);
  loss.backward();
  optimizer.step();
  if (step !== 500 && step % 1000 !== 0 && step !== steps) continue;
  const value = loss.item();
  const { rss, heapUsed } = process.memoryUsage();
  if (step === 500) before = rss;
  const { live, pooled, storages } = gb.memoryReport();
  const cells = [
    String(step).padStart(7),
    ...[rss, heapUsed, live, pooled].map(megabytes),
    String(storages).padStart(7),
  ];
  console.log(`${cells.join("   ")}   ${Number(value).toFixed(5)}`);
}
const grown = process.memoryUsage().rss - before;
const perStep = ((performance.now() - started) / steps) * 1000;
if (steps > 500)
  console.log(`resident memory since step 500: ${(grown / 1e6).toFixed(1)} MB; ${perStep.toFixed(0)} us a step`);
