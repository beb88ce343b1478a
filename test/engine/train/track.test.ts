import { afterEach, describe, expect, test } from "vitest";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import { InterruptedError, ValueError } from "../../../engine/errors.js";
import { tensor } from "../../../engine/ops/create.js";
import { endOpenRuns, onTrainingRun, settleRuns, type TrainingEvent } from "../../../engine/train/events.js";
import { track } from "../../../engine/train/track.js";

/** Events of every run that begins, in order, without their times. */
let events: Record<string, unknown>[] = [];
let stopListening = watch();
function watch(): () => void {
  return onTrainingRun(run => {
    run.subscribe((event: TrainingEvent) => {
      const { at, ...rest } = event;
      expect(Math.abs(Date.now() - at)).toBeLessThan(5000);
      events.push(rest);
    });
  });
}
afterEach(() => {
  endOpenRuns("stopped");
  stopListening();
  stopListening = watch();
  events = [];
});
const kinds = () => events.map(e => (e.kind === "end" ? `end: ${e.reason}` : e.kind));

describe("track", () => {
  test("counts, tells what is logged, and ends", () => {
    const seen: number[] = [];
    for (const step of track(3, { title: "a loop" })) {
      seen.push(step.index, step.value, step.epoch);
      step.log({ loss: 1 / (step.index + 1) }, { learningRate: 0.1, samples: 64 });
    }
    expect(seen).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 1]);
    expect(events).toEqual([
      { kind: "begin", title: "a loop", totalSteps: 3, stepsPerEpoch: 3 },
      { kind: "step", step: 1, values: { loss: 1 }, learningRate: 0.1, samples: 64 },
      { kind: "step", step: 2, values: { loss: 0.5 }, learningRate: 0.1, samples: 64 },
      { kind: "step", step: 3, values: { loss: 1 / 3 }, learningRate: 0.1, samples: 64 },
      { kind: "end", reason: "finished" },
    ]);
  });

  test("numbers are told at once", () => {
    for (const step of track(2)) {
      step.log({ loss: step.index });
      expect(events.at(-1)).toEqual({ kind: "step", step: step.index + 1, values: { loss: step.index } });
    }
  });

  test("epochs go through the items again and have means", () => {
    const items = ["a", "b"];
    const seen: string[] = [];
    for (const step of track(items, { epochs: 2 })) {
      seen.push(`${step.epoch}${step.value}${step.index}`);
      step.log({ loss: step.index, ...(step.value === "b" ? { accuracy: 0.5 } : {}) }, { learningRate: step.epoch });
    }
    expect(seen).toEqual(["1a0", "1b1", "2a2", "2b3"]);
    expect(events[0]).toEqual({ kind: "begin", title: "training", totalSteps: 4, totalEpochs: 2, stepsPerEpoch: 2 });
    expect(events.filter(e => e.kind === "epoch")).toEqual([
      { kind: "epoch", epoch: 1, step: 2, values: { loss: 0.5, accuracy: 0.5 }, learningRate: 1 },
      { kind: "epoch", epoch: 2, step: 4, values: { loss: 2.5, accuracy: 0.5 }, learningRate: 2 },
    ]);
    expect(events.at(-1)).toEqual({ kind: "end", reason: "finished" });
  });

  test("a generator has no known length and may be empty", () => {
    function* some() {
      yield* [5, 6];
    }
    expect([...track(some())].map(s => s.value)).toEqual([5, 6]);
    expect(events[0]).toEqual({ kind: "begin", title: "training" });
    events = [];
    expect([...track(0)]).toEqual([]);
    expect(kinds()).toEqual(["begin", "end: finished"]);
  });

  test("tensors are read in order, the last at the latest when the loop ends", () => {
    for (const step of track(5)) step.log({ loss: tensor(step.index * 0.5), twice: 2 * step.index });
    expect(events.filter(e => e.kind === "step").map(e => e.values)).toEqual(
      [0, 1, 2, 3, 4].map(i => ({ loss: i * 0.5, twice: 2 * i })),
    );
    expect(kinds().at(-1)).toBe("end: finished");
  });

  test("without a listener no value is read", () => {
    stopListening();
    let read = 0;
    const value = { size: 1, shape: [], item: () => ++read };
    for (const step of track(4, { epochs: 2 })) step.log({ loss: value });
    expect(read).toBe(0);
  });

  test("break: the run ends as stopped, with all values, at the end of the turn or of the cell", async () => {
    const leave = () => {
      for (const step of track(10)) {
        step.log({ loss: tensor(step.index) });
        if (step.index === 2) break;
      }
    };
    leave();
    expect(kinds()).toEqual(["begin", "step", "step", "step"]);
    settleRuns();
    expect(kinds().at(-1)).toBe("end: stopped");

    events = [];
    leave();
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(kinds()).toEqual(["begin", "step", "step", "step", "end: stopped"]);
  });

  test("an exception in the loop: the kernel says that it failed, and it has ended once", async () => {
    const fail = () => {
      for (const step of track(10)) {
        step.log({ loss: step.index });
        throw new Error("a bad batch");
      }
    };
    expect(fail).toThrow("a bad batch");
    endOpenRuns("failed", "a bad batch");
    await new Promise(resolve => setTimeout(resolve, 5));
    settleRuns();
    expect(events.filter(e => e.kind === "end")).toEqual([{ kind: "end", reason: "failed", message: "a bad batch" }]);
  });

  test("items that fail, and a Stop inside them", () => {
    const items = (error: Error) => ({
      *[Symbol.iterator]() {
        yield 1;
        throw error;
      },
    });
    expect(() => [...track(items(new Error("no such file")))]).toThrow("no such file");
    expect(events.at(-1)).toEqual({ kind: "end", reason: "failed", message: "no such file" });
    expect(() => [...track(items(new InterruptedError("stopped", { op: "load" })))]).toThrow(InterruptedError);
    expect(events.at(-1)).toEqual({ kind: "end", reason: "interrupted" });
  });

  test("Stop: the run ends as interrupted", () => {
    beginRun(3);
    try {
      const loop = () => {
        for (const step of track(10)) {
          step.log({ loss: step.index });
          requestCancel(cancelWords, 3);
          throw new InterruptedError("stopped", { op: "cell" });
        }
      };
      expect(loop).toThrow(InterruptedError);
      expect(kinds()).toEqual(["begin", "step", "end: interrupted"]);
    } finally {
      acknowledgeCancel();
      beginRun(0);
    }
  });

  test("two loops at once are two runs", () => {
    const outer = track(1, { title: "outer" })[Symbol.iterator]();
    outer.next();
    for (const step of track(1, { title: "inner" })) step.log({ loss: 1 });
    outer.next();
    expect(kinds()).toEqual(["begin", "begin", "step", "end: finished", "end: finished"]);
  });

  test("refuses what makes no sense, before anything begins", () => {
    expect(() => track(-1)).toThrow("track: steps is -1. Give a whole number of steps, 0 or more.");
    expect(() => track(2.5)).toThrow(ValueError);
    expect(() => track(5, { epochs: Number.NaN })).toThrow("track: epochs is NaN");
    expect(events).toEqual([]);
    const log = (value: unknown) => () => {
      for (const step of track(1)) step.log({ loss: value as number });
    };
    expect(log(tensor([1, 2]))).toThrow(
      "track.log: loss is a tensor of shape [2]. Log one number, for example loss.mean().",
    );
    expect(log("0.5")).toThrow("track.log: loss is a string. Log numbers, or tensors with one element.");
    expect(log(null)).toThrow("track.log: loss is null");
  });
});
