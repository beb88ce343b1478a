import { describe, expect, test } from "vitest";
import { crossEntropy, data, manualSeed, nn, noGrad, optim, slice, type Tensor } from "../../../engine/index.js";

/** Trains on all samples at once, and gives the accuracy on them. */
function accuracyAfter(model: nn.Module, x: Tensor, y: Tensor, steps: number): number {
  const call = model as unknown as (x: Tensor) => Tensor;
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
  for (let step = 0; step < steps; step++) {
    optimizer.zeroGrad();
    crossEntropy(call(x), y as never).backward();
    optimizer.step();
  }
  return noGrad(() =>
    call(x)
      .argMax(-1)
      .eq(y as never)
      .cast("float32")
      .mean()
      .item(),
  ) as number;
}

const sets = {
  blobs: () => data.blobs({ count: 300, noise: 0.5 }),
  moons: () => data.moons({ count: 300 }),
  circles: () => data.circles({ count: 300 }),
  spirals: () => data.spirals({ count: 400, turns: 1 }),
  xor: () => data.xor({ count: 300 }),
};

describe.each(Object.entries(sets))("%s", (name, make) => {
  test("the same for a seed, every class equally often", () => {
    const [first, second] = [make(), make()];
    expect(first.x.toArray()).toEqual(second.x.toArray());
    const counts = first.y.bincount().toArray() as number[];
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  test("a small network learns it; a line does not where it should not", () => {
    manualSeed(0);
    const { x, y } = make();
    const classes = (y.max().item() as number) + 1;
    const accuracy = (model: nn.Module, steps: number) => accuracyAfter(model, x as Tensor, y as Tensor, steps);
    const network = new nn.Sequential(
      new nn.Linear(2, 32),
      new nn.Tanh(),
      new nn.Linear(32, 32),
      new nn.Tanh(),
      new nn.Linear(32, classes),
    );
    expect(accuracy(network, 400)).toBeGreaterThan(0.97);
    const line = accuracy(new nn.Linear(2, classes), 200);
    if (name === "blobs") expect(line).toBeGreaterThan(0.97);
    else expect(line).toBeLessThan(0.92);
  });
});

test("shapes: softly edged, of every class, within the picture, learnable by a small CNN", () => {
  const { images, labels } = data.shapes({ count: 240, size: 16 });
  expect(images.shape).toEqual([240, 16, 16]);
  expect(labels.bincount().toArray()).toEqual([60, 60, 60, 60]);
  expect([images.min().item(), images.max().item()]).toEqual([0, 1]);
  const border = images.at("...", 0).max().item();
  expect(border).toBeLessThan(1);
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(512, 4),
  );
  expect(accuracyAfter(model, images.unsqueeze(1) as Tensor, labels as Tensor, 120)).toBeGreaterThan(0.95);
});

test("waves continue as the sine does", () => {
  const { x, y } = data.waves({ count: 5, length: 40 });
  expect([x.shape, y.shape]).toEqual([
    [5, 40, 1],
    [5, 1],
  ]);
  // sin((t + 1) f) = 2 cos(f) sin(t f) - sin((t - 1) f)
  const rows = (x.squeeze(-1) as Tensor).toArray() as number[][];
  rows.forEach((row, i) => {
    const twoCos = (row[20]! + row[18]!) / row[19]!;
    expect(y.at(i, 0).item()).toBeCloseTo(twoCos * row[39]! - row[38]!, 3);
  });
});

test("adding: the target is the sum of the two marked numbers, one in each half", () => {
  const { x, y } = data.adding({ count: 20, length: 11 });
  const [numbers, marks] = [x.at("...", 0) as Tensor, x.at("...", 1) as Tensor];
  expect(marks.sum(1).toArray()).toEqual(new Array(20).fill(2));
  expect((marks.at("...", slice(0, 5)) as Tensor).sum(1).toArray()).toEqual(new Array(20).fill(1));
  const sums = (numbers.mul(marks as never) as Tensor).sum(1).toArray() as number[];
  (y.squeeze(-1).toArray() as number[]).forEach((value, i) => {
    expect(value).toBeCloseTo(sums[i]!, 5);
  });
});

describe("bad input is named", () => {
  const cases: [run: () => unknown, message: string][] = [
    [() => data.blobs({ count: 0 }), "blobs: count is 0"],
    [() => data.blobs({ classes: 1.5 }), "blobs: classes is 1.5"],
    [() => data.moons({ noise: -1 }), "moons: noise is -1"],
    [() => data.circles({ factor: 2 }), "circles: factor is 2"],
    [() => data.spirals({ classes: 0 }), "spirals: classes is 0"],
    [() => data.xor({ seed: 0.5 }), "xor: seed is 0.5"],
    [() => data.shapes({ size: 3 }), "shapes: size is 3"],
    [() => data.waves({ length: 1 }), "waves: length is 1"],
    [() => data.adding({ count: -1 }), "adding: count is -1"],
  ];
  test.each(cases)("%s %s", (run, message) => {
    expect(run).toThrow(message);
  });
});
