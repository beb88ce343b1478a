// A JavaScript peer's side of a round: reads {threads, seconds, engine, modules, cases: [names]} and writes {version, results}.
// `node measure.mjs PEER`; it mirrors ../measure.mjs: three warm-ups, batches of half a millisecond to one; the
// result of the third is the sample.
import { readFileSync } from "node:fs";
import { allCases } from "../cases.mjs";
import { startingValues, values } from "../values.mjs";

const request = JSON.parse(readFileSync(0, "utf8"));
const name = process.argv[2];
const peer = await (await import(`./${name}.mjs`)).open(request);

/** Seconds that a batch takes at least. */
const shortest = 0.0005;

async function measure(benchCase) {
  const { run, check } = await benchCase[name]({ ...peer.scope, values, startingValues });
  await peer.release(await run());
  const second = await secondsOf(run, 1);
  const start = performance.now();
  const result = await run();
  const third = (performance.now() - start) / 1000;
  const flat = await peer.read(check(result));
  const stride = Math.max(1, Math.floor(flat.length / 64));
  const sample = Array.from(flat).filter((_, i) => i % stride === 0);
  // Convolutions of jax-js take seconds: what warmed up is measure enough.
  if (third > request.seconds) return { best: Math.min(second, third), median: (second + third) / 2, sample };
  let inner = 1;
  const times = [];
  const end = performance.now() + 1000 * request.seconds;
  while (performance.now() < end || times.length < 5) {
    const seconds = await secondsOf(run, inner);
    if (inner * seconds < shortest) inner *= 2;
    else times.push(seconds);
  }
  times.sort((a, b) => a - b);
  return { best: times[0], median: times[Math.floor(times.length / 2)], sample };
}

async function secondsOf(run, inner) {
  const start = performance.now();
  for (let i = 0; i < inner; i++) {
    const result = run();
    await peer.release(peer.waits ? await result : result);
  }
  return (performance.now() - start) / 1000 / inner;
}

const results = {};
for (const benchCase of await allCases(request.cases)) {
  if (benchCase[name]) results[benchCase.name] = await measure(benchCase);
}
process.stdout.write(JSON.stringify({ version: peer.version, results }));
