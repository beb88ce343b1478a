import { describe, expect, test } from "vitest";
import { nn, randn, tensor, train } from "../../engine/index.js";
import { onTrainingRun } from "../../engine/train/events.js";
import { followWith } from "../../widgets/live.js";
import { views } from "../../widgets/show.js";
import { trainingBundle } from "../../widgets/views/training.js";
import { expectSound, shown, textOf } from "./markup.js";
import { trainingState } from "./samples.js";

describe("show.runs", () => {
  test("runs by name over each other, with the best and the last of each and lines to compare with", () => {
    const runs = {
      "lr 0.1": { loss: [2.3, 0.9, 1.2], val_accuracy: [0.2, 0.8, 0.7] },
      "lr 0.01": { loss: [2.3, 1.8, 1.4] },
    };
    const baselines = { val_accuracy: { chance: 0.1, "linear model": 0.92 } };
    const { html, text, plain } = shown(views.runs(runs, { baselines }));
    expect(text).toContain("2 runs");
    expect(html).toContain('aria-label="loss: lr 0.1 1.2, lr 0.01 1.4"');
    expect(html).toContain(">chance 0.1</text>");
    expect(html).toContain(">linear model 0.92</text>");
    expect(plain.split("\n")[2]).toMatch(/lr 0\.1 +0\.9 +1\.2 +0\.8 +0\.7 +3 values/);
    expect(text).toMatch(/lr 0\.01 1\.4 1\.4 3 values/);
  });

  test("what fit returns, and the runs that a notebook has shown", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 2));
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [x, y] = [randn([16, 3]), randn([16, 2])];
    const stop = onTrainingRun(run => followWith(run, () => undefined));
    const history = await model.fit(x, y, { epochs: 3, title: "a linear model" });
    for (const step of train.track(5, { title: "a loop" })) step.log({ loss: 1 / (1 + step.value) });
    stop();
    const { text } = shown(views.runs({ fit: history }));
    expect(text).toMatch(/3 epochs (0\.\d s|[\d.]+ ms) finished/);
    const notebook = shown(views.runs());
    expect(notebook.text).toMatch(/a linear model .* 3 epochs .* finished/);
    expect(notebook.text).toMatch(/a loop .* 5 steps .* finished/);
    expect(tensor([1]).size).toBe(1);
  });

  test("bad values, many runs and names with markup", () => {
    const bad = shown(
      views.runs({
        a: { loss: [Number.NaN, Number.NaN] },
        b: { loss: [] },
        c: { loss: [1, Number.POSITIVE_INFINITY] },
      }),
    );
    expect(bad.text).toContain("Inf");
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `<img src=x> ${i}`,
        { loss: Array.from({ length: 2000 }, (_, t) => Math.sin(t * i)) },
      ]),
    );
    const { html, text } = shown(views.runs(many));
    expect(text).toContain("the newest 12 of 30 runs");
    expect(html).not.toContain("<img src=x");
    const forced = (scale: "log" | "linear") => shown(views.runs({ a: { loss: [100, 1] } }, { scale })).text;
    expect(forced("log")).toContain("log scale");
    expect(forced("linear")).not.toContain("log scale");
  });

  test("wrong input is refused", () => {
    expect(() => views.runs({ a: 3 as never })).toThrow('the run "a" is no run');
    expect(() => views.runs({ a: { loss: ["x"] as never } })).toThrow("is no run");
    expect(() => views.runs({}, { scale: "cubic" as never })).toThrow("scale is cubic");
    expect(shown(views.runs({})).text).toContain("0 runs");
  });

  test("the panel of one run draws its baselines, for the metric and its validation", () => {
    const state = trainingState({ done: 1010 });
    state.baselines = { accuracy: { chance: 0.1 }, val_accuracy: 0.9, loss: { guess: Number.NaN } };
    const html = String(trainingBundle(state)["text/html"]);
    expectSound(html, 40 * 1024);
    expect(html).toContain(">chance 0.1</text>");
    expect(html).toContain(">baseline 0.9</text>");
    expect(textOf(html)).not.toContain("guess");
  });
});
