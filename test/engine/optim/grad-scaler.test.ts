import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, optim, type Tensor, tensor } from "../../../engine/index.js";

/** By PyTorch in float64; see make_optim.py. */
const { scaler: fixture } = JSON.parse(readFileSync(new URL("../../fixtures/optim.json", import.meta.url), "utf8")) as {
  scaler: { options: optim.GradScalerOptions; scales: number[]; after: number[][] };
};

const start = () => Float64Array.from({ length: 15 }, (_, i) => Math.cos(0.7 * i));
const parameter = () => tensor(start(), { shape: [5, 3], requiresGrad: true }) as Tensor;

test("scales, skipped steps and parameters are those of torch.amp.GradScaler", () => {
  const p = parameter();
  const optimizer = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
  let scaler = new optim.GradScaler(fixture.options);
  fixture.scales.forEach((scale, k) => {
    const step = k + 1;
    const factor = step % 7 === 0 ? Number.POSITIVE_INFINITY : step === 5 ? Number.NaN : 1;
    optimizer.zeroGrad();
    const slope = Float64Array.from(p.data() as Float64Array, (x, i) => {
      return 0.5 * Math.sin(0.7 * step + 1.3 * i) + 0.3 * (x - Math.cos(i));
    });
    scaler
      .scale(
        p
          .mul(tensor(slope, { shape: [5, 3] }))
          .mul(factor)
          .sum() as Tensor,
      )
      .backward();
    if (step === 3) scaler.unscale(optimizer);
    expect(scaler.step(optimizer)).toBe(factor === 1);
    scaler.update();
    expect(scaler.factor, `after step ${step}`).toBe(scale);
    const apart = Array.from(p.data() as Float64Array, (x, i) => Math.abs(x - fixture.after[k]![i]!));
    expect(Math.max(...apart), `after step ${step}`).toBeLessThan(1e-12);
    if (step === 10) {
      const state = scaler.stateDict();
      scaler = new optim.GradScaler(fixture.options);
      scaler.loadStateDict(state);
    }
  });
});

describe("refused", () => {
  const optimizer = () => new optim.SGD([parameter()], { lr: 1 });
  test.each([
    ["a scale of 0", () => new optim.GradScaler({ initialScale: 0 }), "initialScale is 0"],
    ["a factor that grows down", () => new optim.GradScaler({ growthFactor: 0.5 }), "growthFactor is 0.5"],
    ["a factor that backs off upwards", () => new optim.GradScaler({ backoffFactor: 2 }), "backoffFactor is 2"],
    ["update without a step", () => new optim.GradScaler().update(), "update without a step"],
    [
      "gradients unscaled twice",
      () => {
        const [scaler, sgd] = [new optim.GradScaler(), optimizer()];
        scaler.unscale(sgd);
        scaler.unscale(sgd);
      },
      "unscaled already",
    ],
    [
      "a compiled step",
      () => {
        const [scaler, sgd] = [new optim.GradScaler(), optimizer()];
        const step = compile((x: Tensor) => {
          scaler.step(sgd);
          return x.add(1) as Tensor;
        });
        for (let i = 0; i < 3; i++) step(tensor([1]) as Tensor);
      },
      "GradScaler",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
