import { duration } from "./duration.js";
import type { Magic } from "./magic.js";

export const time: Magic = {
  name: "time",
  line: "%time STATEMENT",
  cell: "%%time",
  summary: "Says how long a statement, or the cell, took: on the clock, and on all processor cores together.",
  details:
    "The statement stays part of the cell: what it declares is declared, and a value at the end of the cell is shown.\nA promise is not waited for: `%time await model.fit(x, y)` times the whole training, without `await` only its start.",
  code: "time",
};

/** Starts a clock. The function it returns prints the time since and gives its last argument back. */
export function startClock(print: (text: string) => void): (...values: unknown[]) => unknown {
  const cpu = process.cpuUsage();
  const started = performance.now();
  return (...values) => {
    const wall = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    print(`time: ${duration(wall)} (processor: ${duration((user + system) / 1000)})\n`);
    return values.at(-1);
  };
}
