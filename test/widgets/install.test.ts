import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import {
  type DisplayOutput,
  displaySymbol,
  isDisplayable,
  type MimeBundle,
  setDisplaySink,
} from "../../widgets/display.js";
import * as gb from "../../widgets/index.js";
import { expectSound, textOf } from "./markup.js";

/** Runs `body` as a cell would, and returns what it put on the page. */
function outputsOf(body: () => void): DisplayOutput[] {
  const outputs: DisplayOutput[] = [];
  setDisplaySink({
    show: output => outputs.push(output),
    clear: () => undefined,
    format: value => (isDisplayable(value) ? value[displaySymbol]() : { "text/plain": inspect(value) }),
  });
  body();
  return outputs;
}

afterEach(() => setDisplaySink(undefined));

describe("the package's main entry", () => {
  test("tensors of the engine show themselves, views and transposes too", () => {
    const x = gb.arange(6).reshape([2, 3]);
    for (const [tensor, corner] of [
      [x, "[[0, 1, 2],\n [3, 4, 5]]"],
      [x.transpose(), "[[0, 3],\n [1, 4],\n [2, 5]]"],
    ] as const) {
      expect(isDisplayable(tensor)).toBe(true);
      const bundle = (tensor as unknown as { [displaySymbol](): MimeBundle })[displaySymbol]();
      expectSound(String(bundle["text/html"]));
      expect(bundle["text/plain"]).toContain(corner);
    }
  });

  test("every dtype shows itself", () => {
    for (const dtype of gb.dtypes) {
      const [output] = outputsOf(() => gb.show(gb.tensor([[1, 0, 1]], { dtype })));
      expectSound(String(output!.data["text/html"]));
      expect(output!.data["text/plain"]).toContain(`Tensor[1, 3] ${dtype}`);
    }
  });

  test("a tensor alone in a log shows its values, inside an object only its shape", () => {
    const x = gb.tensor([1.5, 2.5]);
    expect(inspect(x)).toContain("[1.5, 2.5]");
    expect(inspect({ x })).toBe("{ x: Tensor[2] float32 }");
    const gone = gb.tensor([1, 2]);
    gone.dispose();
    expect(inspect(gone)).toContain("Tensor[2] float32");
  });

  test("show and views take the engine's tensors", () => {
    gb.manualSeed(1);
    const images = gb.rand([5, 28, 28]);
    const labels = gb.tensor([1, 2, 3, 4, 5], { dtype: "int32" });
    const outputs = outputsOf(() => {
      gb.show.image(images, { labels, predictions: labels });
      gb.show.heatmap(gb.randn([20, 20]));
      gb.show.hist(gb.randn([500]));
      gb.show.curve(gb.linspace(0, 1, 50), { a: gb.rand([50]) });
      gb.show.table(gb.eye(3));
      gb.show.tensor([
        [1, 2],
        [3, 4],
      ]);
    });
    expect(outputs).toHaveLength(6);
    for (const output of outputs) expectSound(String(output.data["text/html"]));
    expect(textOf(String(outputs[0]!.data["text/html"]))).toContain("5 of 5 right");
  });

  test("a training loop shows its panel, with losses that are tensors", () => {
    gb.manualSeed(2);
    const model = new gb.nn.Linear(3, 2);
    const optimizer = new gb.optim.SGD(model.parameters(), { lr: 0.1 });
    const x = gb.randn([16, 3]);
    const y = gb.tensor(
      Array.from({ length: 16 }, (_, i) => i % 2),
      { dtype: "int32" },
    );
    let last = Number.NaN;
    const outputs = outputsOf(() => {
      for (const step of gb.train.track(30, { title: "two classes" })) {
        optimizer.zeroGrad();
        const loss = gb.crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        last = Number(loss.item());
        step.log({ loss }, { samples: 16 });
      }
    });
    const text = String(outputs.at(-1)!.data["text/plain"]);
    expect(text).toMatch(/^two classes: 100 % .* step 30\/30, loss [\d.]+, .*finished$/);
    expect(Number(/loss ([\d.]+)/.exec(text)![1])).toBeCloseTo(last, 3);
  });
});

describe("a model", () => {
  const model = new gb.nn.Sequential(new gb.nn.Linear(4, 3), new gb.nn.ReLU());

  test("shows itself as its summary does, and a summary with shapes too", () => {
    for (const [value, part] of [
      [model, "train.summary(model, input)"],
      [gb.train.summary(model, [2, 4]), "[N, 3]"],
    ] as const) {
      const [output] = outputsOf(() => gb.display(value));
      const page = String(output!.data["text/html"]);
      expectSound(page);
      expect(textOf(page)).toContain("15 parameters");
      expect(textOf(page)).toContain(part);
    }
  });

  test("a log shows the table, and inside something else its name", () => {
    expect(inspect(model)).toBe(String(gb.train.summary(model)));
    expect(inspect({ model })).toContain("Sequential(15 parameters)");
  });
});
