import { describe, expect, test } from "vitest";
import { nn, ones, optim, type Tensor, train, zeros } from "../../engine/index.js";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import "../../widgets/install.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { trainDigits } from "./trained.js";

/** A model with one matrix whose gradient is `factor` everywhere. */
class One extends nn.Module {
  readonly "<img src=x onerror=alert(1)>" = new nn.Linear(3, 2, { bias: false });
  readonly unused = new nn.Linear(2, 2, { bias: false });

  get weight(): Tensor {
    return this.parameters()[0]!;
  }

  forward(factor: number): Tensor {
    return this.weight.sum().mul(factor) as Tensor;
  }
}

function logged(factors: readonly number[], lr: number): string {
  const model = new One();
  const optimizer = new optim.SGD(model.parameters(), { lr });
  const log = new train.WeightLog(model);
  for (const factor of factors) {
    optimizer.zeroGrad();
    model(factor).backward();
    optimizer.step();
    log.record();
  }
  return shown(views.weights(log)).text;
}

describe("show.weights", () => {
  test("of a network in training: the norms and the update ratio are those of the tensors", () => {
    let log: train.WeightLog | undefined;
    let [norm, gradient, moved] = [0, 0, 0];
    let before: Float32Array | undefined;
    trainDigits(40, undefined, (_, net) => {
      log ??= new train.WeightLog(net);
      log.record();
      const now = net.fc2.weight.data() as Float32Array;
      norm = Math.hypot(...now);
      gradient = Math.hypot(...(net.fc2.weight.grad!.data() as Float32Array));
      if (before) moved = Math.hypot(...now.map((x, i) => x - before![i]!)) / norm;
      before = now.slice();
    });
    const records = log!.entries().find(([name]) => name === "fc2.weight")![1];
    const last = records.at(-1)!;
    expect(last.step).toBe(40);
    expect(last.weights.norm).toBeCloseTo(norm, 4);
    expect(last.gradients!.norm).toBeCloseTo(gradient, 4);
    expect(last.weights.counts.reduce((a, b) => a + b)).toBe(320);
    // Memory is bounded: after 33 steps every second is noted.
    expect(records.length).toBeLessThan(25);
    expect(last.updateRatio! / moved).toBeGreaterThan(0.3);
    expect(last.updateRatio! / moved).toBeLessThan(3);
    const { html, plain } = shown(views.weights(log!));
    expect(Buffer.byteLength(html)).toBeLessThan(80_000);
    expect(plain).toContain("Weights and gradients of 8 parameters at step 40");
    expect((log as unknown as Record<symbol, () => MimeBundle>)[displaySymbol]!()["text/plain"]).toBe(plain);
  });

  test("with a step each, the update ratio is exact", () => {
    const model = new One();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.5 });
    const log = new train.WeightLog(model);
    for (let i = 0; i < 2; i++) {
      optimizer.zeroGrad();
      model(1).backward();
      optimizer.step();
      log.record();
    }
    const norm = Math.hypot(...(model.weight.data() as Float32Array));
    expect(log.entries()[0]![1][1]!.updateRatio).toBeCloseTo((0.5 * Math.sqrt(6)) / norm, 5);
  });

  test("what is wrong is said in words", () => {
    expect(logged([1], 0)).toContain("no gradient: is it in the loss?");
    expect(logged([0, 0], 0.1)).toContain("dead: every gradient is 0");
    expect(logged([1, 1000], 0)).toContain("exploding: the gradient grew 1000 times");
    expect(logged([1e-12], 0.1)).toContain("vanishing");
    expect(logged([Number.NaN], 0)).toContain("6 weights are NaN or Inf");
    expect(logged([1, 1], 0)).toContain("hardly moves");
    expect(logged([1, 1], 100)).toContain("large updates");
  });

  test("names are inert; no parameters, nothing noted, constants and 1,000 layers are fine", () => {
    expect(shown(views.weights(new One())).html).not.toContain("<img src=x");
    expect(shown(views.weights(new nn.ReLU())).text).toContain("the model has no parameters");
    expect(shown(views.weights(new train.WeightLog(new One()))).text).toContain("nothing was noted yet");
    const flat = new nn.Linear(2, 2);
    Object.assign(flat, { weight: zeros([2, 2], { requiresGrad: true }), bias: ones([2], { requiresGrad: true }) });
    shown(views.weights(flat));
    const deep = new nn.Sequential(...Array.from({ length: 1000 }, () => new nn.Linear(2, 2)));
    const { html, text } = shown(views.weights(deep));
    expect(text).toContain("60 of 2,000 in the table");
    expect(Buffer.byteLength(html)).toBeLessThan(80_000);
  });

  test("wrong input is refused", () => {
    expect(() => views.weights(3 as never)).toThrow("expected a train.WeightLog or a model, got number");
    expect(() => new train.WeightLog({} as never)).toThrow("expected a model");
    expect(() => new train.WeightLog(new nn.ReLU(), { every: 0 })).toThrow("every is 0");
  });
});
