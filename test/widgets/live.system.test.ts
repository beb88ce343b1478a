import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../kernel/evaluator/frames.js";
import type { MimeBundle } from "../../widgets/display.js";
import { type CellOutcome, Evaluator } from "../kernel/evaluator/harness.js";
import { expectSound } from "./markup.js";

type Display = Extract<Reply, { type: "display" }>;

const displaysOf = (frames: readonly Reply[]): Display[] => frames.filter(frame => frame.type === "display");
const formOf = (frame: Display | undefined, type: string): string =>
  String((frame?.data as MimeBundle | undefined)?.[type]);
const lineOf = (frame: Display | undefined): string => formOf(frame, "text/plain");

/** A cell whose loop never lets go of the thread: a few milliseconds a step, for `milliseconds` or for ever. */
const busyLoop = (title: string, milliseconds = Number.MAX_SAFE_INTEGER) => `
  const until = Date.now() + ${milliseconds};
  for (const step of train.track(1_000_000, { title: "${title}" })) {
    const next = Date.now() + 2;
    while (Date.now() < next);
    step.log({ loss: 1 / (step.index + 1) });
    if (Date.now() > until) throw new Error("time is up");
  }`;

describe("the training panel in a real evaluator", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradbook-live-"));
  let evaluator: Evaluator;

  beforeAll(async () => {
    evaluator = new Evaluator({ cwd: folder });
    await evaluator.ready;
  });
  afterAll(async () => {
    await evaluator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One panel that is replaced in place. */
  function expectOnePanel(outcome: CellOutcome): Display {
    const displays = displaysOf(outcome.frames);
    expect(new Set(displays.map(d => d.displayId)).size).toBe(1);
    expect(displays.map(d => d.update)).toEqual(displays.map((_, i) => i > 0));
    for (const frame of displays) expectSound(formOf(frame, "text/html"), 40 * 1024);
    return displays.at(-1)!;
  }

  test("a synchronous loop is seen while it runs, and its error is the panel's end", async () => {
    const outcome = evaluator.execute(busyLoop("busy", 2500));
    const seen = () => displaysOf(evaluator.frames).length;
    await evaluator.waitFor(() => seen() >= 2);
    expect(evaluator.frames.some(frame => frame.type === "done" && frame.run === evaluator.lastRun)).toBe(false);
    const last = expectOnePanel(await outcome);
    expect(lineOf(last)).toMatch(/^busy: .*, failed: time is up$/);
    // 4 a second at most, besides the first and the last.
    expect(seen()).toBeLessThanOrEqual(4 * 3 + 3);
  });

  test("Stop freezes the panel as interrupted", async () => {
    const before = evaluator.frames.length;
    const outcome = evaluator.execute(busyLoop("stopped by hand"));
    await evaluator.waitFor(() => displaysOf(evaluator.frames.slice(before)).length >= 2);
    await evaluator.interrupt(evaluator.lastRun);
    expect(lineOf(expectOnePanel(await outcome))).toMatch(/^stopped by hand: .*, interrupted$/);
  });

  test("a loop of a real model ends with its last loss", async () => {
    const outcome = await evaluator.execute(`
      manualSeed(1);
      const model = new nn.Linear(4, 2);
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
      const x = randn([32, 4]);
      const y = tensor(Array.from({ length: 32 }, (_, i) => i % 2), { dtype: "int32" });
      let last = NaN;
      for (const step of train.track(20, { epochs: 2, title: "model" })) {
        optimizer.zeroGrad();
        const loss = gb.crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        step.log({ loss }, { samples: 32 });
        last = Number(loss.item());
      }
      last`);
    expect(outcome.traceback).toBe("");
    const line = lineOf(expectOnePanel(outcome));
    expect(line).toMatch(/^model: 100 % .*epoch 2\/2, step 40\/40, .*finished$/);
    // The loss falls, so the second epoch's mean is the best, and the last step's loss is below it.
    const html = formOf(displaysOf(outcome.frames).at(-1), "text/html");
    const best = Number(/★ best loss ([\d.]+) in epoch 2/.exec(html)?.[1]);
    expect(Number(outcome.text)).toBeLessThan(best);
  });
});
