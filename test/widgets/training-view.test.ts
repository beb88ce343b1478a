import { describe, expect, test } from "vitest";
import { trainingBundle } from "../../widgets/views/training.js";
import { TrainingState } from "../../widgets/views/training-state.js";
import { expectSound, textOf } from "./markup.js";
import { trainingState } from "./samples.js";

/** The most bytes of one update of the panel. */
const mostPanelBytes = 40 * 1024;

const shown = (state: TrainingState) => {
  const bundle = trainingBundle(state);
  return {
    html: String(bundle["text/html"]),
    text: textOf(String(bundle["text/html"])),
    line: String(bundle["text/plain"]),
  };
};

describe("the training panel", () => {
  test("before the first step it waits", () => {
    const { text, line, html } = shown(trainingState({ done: 0 }));
    expectSound(html, mostPanelBytes);
    expect(text).toMatch(/SmallConvNet.*running.*step 0 \/ 1,200.*waiting for the first logged step/);
    expect(line).toMatch(/^SmallConvNet: 0 % \[·{20}\] step 0\/1,200/);
  });

  test("while it runs: epoch, step, rate, learning rate, time left, curves, epochs", () => {
    const { text, line, html } = shown(trainingState({ done: 1010 }));
    expectSound(html, mostPanelBytes);
    // 34 ms a step of 64 samples: 1,882 samples a second and 6.5 s for the 190 steps that are left.
    expect(text).toMatch(/epoch 9 \/ 10 · step 1,010 \/ 1,200 · 1,882 samples\/s · lr 0\.0003 · 0:34 · ETA 6\.5 s/);
    expect(text).toContain("★ best val_loss 0.6674 in epoch 5");
    expect(html.match(/<svg viewBox/g)).toHaveLength(2);
    expect(html.match(/<th scope="row">/g)).toHaveLength(8);
    expect(html).toMatch(/<progress[^>]* value="84" max="100"/);
    expect(line).toMatch(/84 % \[█{17}···\] epoch 9\/10, step 1,010\/1,200, loss 0\.\d+, .*ETA 6\.5 s$/);
  });

  test.each([
    ["finished", "✓ finished"],
    ["stopped", "■ stopped early"],
    ["interrupted", "■ interrupted"],
    ["failed", "✗ failed"],
  ] as const)("ended as %s it says so, and nothing of the time left", (reason, words) => {
    const { text, line, html } = shown(trainingState({ done: 500, end: reason, message: "the <b>reason</b>" }));
    expectSound(html, mostPanelBytes);
    expect(text).toContain(words);
    expect(`${text} ${line}`).not.toMatch(/ETA|running/);
    expect(text.includes("the <b>reason</b>")).toBe(reason === "failed");
    expect(line.includes(": the <b>reason</b>")).toBe(reason === "failed");
  });

  test("NaN is marked at its step, in words, and breaks no path", () => {
    const state = trainingState({ epochs: 1, stepsPerEpoch: 600, done: 420, nanAt: 300, end: "finished" });
    const { text, line, html } = shown(state);
    expectSound(html, mostPanelBytes);
    expect(text).toContain("⚠ loss is NaN at step 300");
    expect(html).toContain(">NaN at step 300</text>");
    expect(line).toContain("loss is NaN at step 300!");
    expect(state.best?.value).toBeGreaterThan(0);
  });

  test("a run of NaN alone has no chart but says what happened", () => {
    const state = new TrainingState();
    state.add({ kind: "begin", at: 0, title: "bad" });
    for (let step = 1; step <= 50; step++) state.add({ kind: "step", at: step, step, values: { loss: Number.NaN } });
    const { text, html } = shown(state);
    expectSound(html, mostPanelBytes);
    expect(text).toContain("loss is NaN at step 1");
    expect(text).toContain("no finite values to draw");
  });

  test("long runs, many epochs and many metrics stay within the bytes of an update", () => {
    expectSound(shown(trainingState({ epochs: 300, stepsPerEpoch: 100 })).html, mostPanelBytes);
    expectSound(shown(trainingState({ epochs: 1, stepsPerEpoch: 200_000 })).html, mostPanelBytes);
    const many = new TrainingState();
    many.add({ kind: "begin", at: 0, title: "many", totalSteps: 2000, totalEpochs: 50, stepsPerEpoch: 40 });
    for (let step = 1; step <= 2000; step++) {
      const values = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`metric${i}`, Math.sin(step * i)]));
      many.add({ kind: "step", at: step * 10, step, values, epoch: Math.ceil(step / 40) });
      if (step % 40 === 0) many.add({ kind: "epoch", at: step * 10, step, epoch: step / 40, values });
    }
    const { html, text } = shown(many);
    expectSound(html, mostPanelBytes);
    expect(text).toContain("more metrics are not drawn");
    expect(many.steps.size).toBeLessThanOrEqual(64);
  });

  test("what a user wrote stays text", () => {
    const evil = `<img src=x onerror="alert(1)"> </figure>`;
    const state = new TrainingState();
    state.add({ kind: "begin", at: 0, title: evil, totalSteps: 9 });
    for (let step = 1; step <= 3; step++)
      state.add({ kind: "step", at: step, step, values: { [evil]: step, [`val_${evil}`]: 2 } });
    state.add({ kind: "epoch", at: 4, epoch: 1, step: 3, values: { [evil]: 1 } });
    state.add({ kind: "end", at: 5, reason: "failed", message: `${evil}\x1b[31m\n` });
    const { html, line } = shown(state);
    expectSound(html, mostPanelBytes);
    expect(html).not.toContain("<img src=x");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the line must not carry any to a terminal.
    expect(line).not.toMatch(/[\x00-\x1f]/);
  });

  test("a learning rate that changes has a chart, a constant one has not", () => {
    const cosine = shown(trainingState({ done: 500, rate: t => 1e-3 * (1 + Math.cos(Math.PI * t)) }));
    expectSound(cosine.html, mostPanelBytes);
    expect(cosine.html.match(/<svg viewBox/g)).toHaveLength(3);
    expect(cosine.html).toContain("learning rate 0.00");
    expect(shown(trainingState({ done: 500 })).html.match(/<svg viewBox/g)).toHaveLength(2);
  });

  test("an epoch without validation does not become the best", () => {
    const state = new TrainingState();
    state.add({ kind: "begin", at: 0, title: "t" });
    const epoch = (n: number, values: Record<string, number>) =>
      state.add({ kind: "epoch", at: n, epoch: n, step: n, values });
    epoch(1, { loss: 3, val_loss: 2 });
    epoch(2, { loss: 0.1 });
    epoch(3, { loss: 1, val_loss: Number.NaN });
    expect(state.best).toMatchObject({ metric: "val_loss", value: 2, epoch: 1 });
    epoch(4, { loss: 1, val_loss: 1.5 });
    expect(state.best).toMatchObject({ metric: "val_loss", value: 1.5, epoch: 4 });
  });

  test("the rate follows a loop that slows down", () => {
    const state = new TrainingState();
    state.add({ kind: "begin", at: 0, title: "t", totalSteps: 2000 });
    let at = 0;
    for (let step = 1; step <= 1100; step++) {
      at += step <= 1000 ? 1 : 50;
      state.add({ kind: "step", at, step, values: {} });
    }
    expect(state.rate()!.steps).toBeGreaterThan(19);
    expect(state.rate()!.steps).toBeLessThan(30);
    state.add({ kind: "end", at, reason: "finished" });
    expect(state.rate()!.steps).toBeCloseTo(1100 / 6, 5);
  });
});
