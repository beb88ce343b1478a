import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";

const { nn, optim } = gb;

function problem(count = 100, seed = 3) {
  const generator = new gb.Generator(seed);
  const x = gb.randn([count, 4], { generator });
  const labels = x.matmul(gb.randn([4, 3], { generator })).argMax(-1) as Tensor;
  return { x: x as Tensor, labels, oneHot: labels.oneHot(3, { dtype: "float32" }) as Tensor };
}

function classifier(seed = 1) {
  const generator = new gb.Generator(seed);
  return new nn.Sequential(
    new nn.Linear(4, 8, { generator }),
    new nn.ReLU(),
    new nn.Linear(8, 3, { generator }),
    new nn.Softmax(),
  );
}

describe("fit", () => {
  test("does what the loop written by hand does", async () => {
    const { x, labels } = problem();
    const [mine, theirs] = [classifier(), classifier()];
    mine.compile({
      optimizer: new optim.SGD(mine.parameters(), { lr: 0.1 }),
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
    });
    const history = await mine.fit(x, labels, { epochs: 3, batchSize: 32, shuffle: false, verbose: 0 });
    const optimizer = new optim.SGD(theirs.parameters(), { lr: 0.1 });
    const losses: number[] = [];
    const accuracies: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      let [sum, right] = [0, 0];
      for (let i = 0; i < 100; i += 32) {
        const rows = gb.slice(i, Math.min(100, i + 32));
        const [bx, by] = [x.at(rows) as Tensor, labels.at(rows) as Tensor];
        optimizer.zeroGrad();
        const p = theirs(bx) as Tensor;
        const loss = gb.nllLoss(p.log() as Tensor, by) as Tensor;
        loss.backward();
        optimizer.step();
        sum += Number(loss.item()) * bx.shape[0]!;
        right += Number(
          p
            .argMax(-1)
            .eq(by as never)
            .cast("int32")
            .sum()
            .item(),
        );
      }
      losses.push(sum / 100);
      accuracies.push(right / 100);
    }
    expect(history.eager).toBeUndefined();
    expect(history.steps).toBe(12);
    expect(history.epochs).toEqual([0, 1, 2]);
    history.history.loss!.forEach((loss, i) => {
      expect(loss).toBeCloseTo(losses[i]!, 5);
    });
    history.history.accuracy!.forEach((a, i) => {
      expect(a).toBeCloseTo(accuracies[i]!, 6);
    });
  });
});
