import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginRun, cancelWords } from "../../engine/cancel.js";
import { endOpenRuns, TrainingRun } from "../../engine/train/events.js";
import { track } from "../../engine/train/track.js";
import {
  type DisplayOutput,
  displaySymbol,
  isDisplayable,
  type MimeBundle,
  setDisplaySink,
} from "../../widgets/display.js";
import { progressLine, showTrainingRuns } from "../../widgets/live.js";
import { expectSound, textOf } from "./markup.js";
import { trainingState } from "./samples.js";

interface Shown extends DisplayOutput {
  at: number;
}

let outputs: Shown[] = [];
let stop: () => void;

const lineOf = (output: { data: MimeBundle } | undefined): string => String(output?.data["text/plain"]);
const busy = (milliseconds: number): void => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
};

describe("the live panel", () => {
  beforeEach(() => {
    outputs = [];
    setDisplaySink({
      show: output => outputs.push({ ...output, at: performance.now() }),
      clear: () => undefined,
      format: value => (isDisplayable(value) ? value[displaySymbol]() : { "text/plain": String(value) }),
    });
    stop = showTrainingRuns();
  });

  afterEach(() => {
    stop();
    setDisplaySink(undefined);
  });

  test("a loop that never lets go of the thread is shown at 4 updates a second, in one place, its end last", () => {
    const started = performance.now();
    let during = 0;
    for (const step of track(500, { title: "loop" })) {
      busy(2);
      step.log({ loss: 1 / step.value });
      during = outputs.length;
    }
    const seconds = (performance.now() - started) / 1000;
    expect(during).toBeGreaterThanOrEqual(3);
    expect(outputs.length).toBeLessThanOrEqual(seconds * 4 + 3);
    expect(new Set(outputs.map(o => o.displayId)).size).toBe(1);
    expect(outputs.map(o => o.update)).toEqual(outputs.map((_, i) => i > 0));
    const last = outputs.at(-1)!;
    expect(textOf(String(last.data["text/html"]))).toMatch(/✓ finished · step 500 \/ 500/);
    expect(lineOf(last)).toContain("loss 0.002004");
    for (const output of outputs) expectSound(String(output.data["text/html"]), 40 * 1024);
  });

  test("a run has one panel, however often somebody asked for runs to be shown", () => {
    const again = showTrainingRuns();
    for (const step of track(3)) step.log({ loss: step.value });
    expect(new Set(outputs.map(o => o.displayId)).size).toBe(1);
    again();
    again();
    for (const step of track(3)) step.log({ loss: step.value });
    expect(new Set(outputs.map(o => o.displayId)).size).toBe(2);
  });

  test("after the end nothing changes any more", async () => {
    for (const step of track(3)) step.log({ loss: step.value });
    const count = outputs.length;
    await new Promise(resolve => setTimeout(resolve, 400));
    expect(outputs.length).toBe(count);
  });

  test("a loop that pauses shows its newest step without waiting for the next", async () => {
    const run = new TrainingRun({ title: "slow", totalSteps: 10 });
    run.emit({ kind: "step", step: 1, values: { loss: 2 } });
    run.emit({ kind: "step", step: 2, values: { loss: 1.5 } });
    await new Promise(resolve => setTimeout(resolve, 400));
    expect(lineOf(outputs.at(-1))).toContain("step 2/10, loss 1.5");
    run.end("finished");
  });

  test("break ends the run as stopped", async () => {
    for (const step of track(100)) {
      step.log({ loss: 1 });
      if (step.value === 4) break;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(lineOf(outputs.at(-1))).toMatch(/step 5\/100.*stopped early$/);
  });

  test("an error freezes the panel as failed, with the message", () => {
    const body = () => {
      for (const step of track(100)) {
        step.log({ loss: Number.NaN });
        if (step.value === 2) throw new Error("shapes differ");
      }
    };
    expect(body).toThrow("shapes differ");
    endOpenRuns("failed", "shapes differ");
    expect(textOf(String(outputs.at(-1)!.data["text/html"]))).toMatch(/✗ failed.*loss is NaN at step 1.*shapes differ/);
  });

  test("Stop freezes it as interrupted", () => {
    beginRun(7);
    try {
      for (const step of track(100)) {
        step.log({ loss: 1 });
        if (step.value !== 3) continue;
        Atomics.store(cancelWords, 0, 7);
        break;
      }
    } finally {
      Atomics.store(cancelWords, 0, 0);
      beginRun(0);
    }
    expect(lineOf(outputs.at(-1))).toMatch(/interrupted$/);
  });

  test("two runs at a time have a panel each", () => {
    const one = new TrainingRun({ title: "one" });
    const two = new TrainingRun({ title: "two" });
    one.end("finished");
    two.end("failed", "no");
    expect(new Set(outputs.map(o => o.displayId)).size).toBe(2);
    expect(lineOf(outputs.find(o => o.update && lineOf(o).startsWith("one")))).toMatch(/finished$/);
  });
});

describe("outside a notebook", () => {
  const terminal = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 60, write: (text: string) => written.push(text) };
  };

  test("a terminal's line is written over and fits; the last one stays", () => {
    const to = terminal(true);
    const draw = progressLine(to);
    draw(trainingState({ done: 400 }), false);
    draw(trainingState({ done: 1200, end: "finished" }), true);
    expect(to.written[0]).toContain("SmallConvNet: 33 %");
    // The carriage return and the code that clears the line take 5 characters.
    expect(to.written[0]!.length).toBeLessThanOrEqual(5 + 59);
    expect(to.written[1]).toMatch(/finished\n$/);
  });

  test("a file gets one line at the end", () => {
    const to = terminal(false);
    const draw = progressLine(to);
    draw(trainingState({ done: 400 }), false);
    expect(to.written).toEqual([]);
    draw(trainingState({ done: 1200, end: "finished" }), true);
    expect(to.written).toHaveLength(1);
    expect(to.written[0]).toMatch(/^SmallConvNet: 100 %.*finished\n$/);
  });
});
