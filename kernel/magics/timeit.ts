import { duration } from "./duration.js";
import type { Magic, MagicHost } from "./magic.js";

export const timeit: Magic = {
  name: "timeit",
  line: "%timeit [-n LOOPS] [-r ROUNDS] STATEMENT",
  cell: "%%timeit [-n LOOPS] [-r ROUNDS]",
  summary: "Runs a statement, or the cell, many times and says how long one run takes.",
  details:
    "Without -n, as many loops make a round as fill a tenth of a second; without -r there are 7 rounds.\nA statement that has `await` in it is awaited each time.",
  code: "timeit",
};

/** Length of a round, in milliseconds, when the number of loops is not given. */
const roundMilliseconds = 100;
const defaultRounds = 7;

/** Runs `body` in rounds of many loops and prints the time of one: mean and deviation of the rounds, and the best. */
export async function runTimeit(args: string, body: () => unknown, host: MagicHost): Promise<void> {
  const given = (flag: string) => new RegExp(`-${flag}\\s*(\\d+)`).exec(args)?.[1];
  const loops = Number(given("n") ?? 0) || (await fittingLoops(body, host));
  const rounds = Number(given("r") ?? 0) || defaultRounds;
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push((await measure(body, loops, host)) / loops);
  const mean = times.reduce((sum, time) => sum + time, 0) / rounds;
  const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / rounds);
  const counts = `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${loops.toLocaleString("en")} ${loops === 1 ? "loop" : "loops"}`;
  host.print(`${duration(mean)} ± ${duration(deviation)} per loop, best ${duration(Math.min(...times))} (${counts})\n`);
}

/** How many loops fill a round: 1, 2, 5, 10, 20, ... */
async function fittingLoops(body: () => unknown, host: MagicHost): Promise<number> {
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) {
      const loops = factor * power;
      if ((await measure(body, loops, host)) >= roundMilliseconds) return loops;
    }
  }
}

/** Milliseconds of some loops. Between two of them a Stop is heard. */
async function measure(body: () => unknown, loops: number, host: MagicHost): Promise<number> {
  const started = performance.now();
  let awaited: unknown;
  for (let i = 0; i < loops; i++) {
    const result = body();
    if (result instanceof Promise) awaited = await result;
    if ((i & 1023) === 0) host.checkStopped();
  }
  const time = performance.now() - started;
  host.checkStopped();
  // Kept until here, so that no engine can find out that nobody wants it.
  void awaited;
  return time;
}
