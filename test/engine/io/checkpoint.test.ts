import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { defaultGenerator, io, manualSeed, nn, optim, randn, type Tensor, ValueError } from "../../../engine/index.js";

const folder = mkdtempSync(join(tmpdir(), "gradbook-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

const make = () => {
  const model = new nn.Sequential(
    new nn.Linear(6, 16),
    new nn.BatchNorm1d(16),
    new nn.ReLU(),
    new nn.Dropout(0.3),
    new nn.Linear(16, 3),
  );
  return { model, optimizer: new optim.Adam(model.parameters(), { lr: 0.01, weightDecay: 0.01 }) };
};
type Trained = ReturnType<typeof make>;

function train({ model, optimizer }: Trained, steps: number): void {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    model(randn([8, 6]))
      .square()
      .mean()
      .backward();
    optimizer.step();
  }
}
const bits = (state: Record<string, Tensor>) =>
  Object.fromEntries(
    Object.entries(state).map(([name, x]) => [name, Array.from(x.data() as ArrayLike<number>, String)]),
  );

test("20 steps straight equal 10, save, load, 10, bit for bit, with dropout, batch norm and Adam", async () => {
  manualSeed(7);
  const straight = make();
  train(straight, 20);
  manualSeed(7);
  const first = make();
  train(first, 10);
  await io.save(first.model, path, { optimizer: first.optimizer, epoch: 10, extra: { losses: [1, Infinity, -0] } });
  manualSeed(12345);
  const second = make();
  second.optimizer.lr = 5;
  const { model, epoch, extra } = await io.load(path, { ...second, generator: defaultGenerator() });
  expect(model).toBe(second.model);
  expect(epoch).toBe(10);
  expect(extra).toEqual({ losses: [1, Infinity, -0] });
  train(second, 10);
  expect(bits(second.model.stateDict())).toEqual(bits(straight.model.stateDict()));
  expect(bits(second.optimizer.stateDict().tensors)).toEqual(bits(straight.optimizer.stateDict().tensors));
});

test("a model of layers of nn is made anew", async () => {
  const model = new nn.Sequential(
    new nn.Conv2d(2, 4, 3, { padding: 1, groups: 2, bias: false }),
    new nn.BatchNorm2d(4, { momentum: 0.2 }),
    new nn.GELU(),
    new nn.MaxPool2d(2, { stride: 2 }),
    new nn.Sequential(new nn.GroupNorm(2, 4), new nn.Tanh()),
    new nn.Flatten(),
    new nn.Linear(16, 5),
    new nn.LayerNorm(5, { epsilon: 1e-3 }),
    new nn.Dropout(0.25),
    new nn.LogSoftmax(1),
  );
  const x = randn([3, 2, 4, 4]);
  model(x);
  await io.save(model, path);
  const { model: other } = await io.load(path);
  expect((other.eval() as typeof model)(x).toArray()).toEqual(model.eval()(x).toArray());
  expect((other as typeof model).layers[0]!.describe()).toBe(model.layers[0]!.describe());
  expect((other as typeof model).layers[8]!.describe()).toBe(model.layers[8]!.describe());
});

test("a class of one's own is filled, not made", async () => {
  class Net extends nn.Module {
    out = new nn.Linear(2, 1);
    forward(x: Tensor) {
      return this.out(x);
    }
  }
  const net = new Net();
  await io.save(net, path);
  await expect(io.load(path)).rejects.toThrow("a Net cannot be made from the file. Make the model yourself");
  const { model } = await io.load(path, { model: new Net() });
  expect(model.out.weight.toArray()).toEqual(net.out.weight.toArray());
});

test("a class of one's own that is called as one of nn is not taken for it", async () => {
  const model = new (class Linear extends nn.Module {
    forward(x: Tensor) {
      return x;
    }
  })();
  await io.save(model, path);
  await expect(io.load(path)).rejects.toThrow("a Linear cannot be made from the file");
});

describe("nothing is half loaded", () => {
  test("an optimizer fits, the model does not", async () => {
    const saved = make();
    train(saved, 2);
    await io.save(saved.model, path, { optimizer: saved.optimizer });
    const other = make();
    train(other, 3);
    const before = [bits(other.model.stateDict()), bits(other.optimizer.stateDict().tensors)];
    const wrong = new nn.Sequential(new nn.Linear(6, 17));
    await expect(io.load(path, { model: wrong, optimizer: other.optimizer })).rejects.toThrow(
      "the parameters do not match",
    );
    expect([bits(other.model.stateDict()), bits(other.optimizer.stateDict().tensors)]).toEqual(before);
    expect(other.optimizer.stateDict().steps[0]).toBe(3);
    const sgd = new optim.SGD(other.model.parameters(), { lr: 1 });
    await expect(io.load(path, { model: other.model, optimizer: sgd })).rejects.toThrow("the state is that of Adam");
    expect(bits(other.model.stateDict())).toEqual(before[0]);
  });

  test("files that are no checkpoints, or damaged ones", async () => {
    const { model, optimizer } = make();
    await io.save(model, path);
    await expect(io.load(path, { model, optimizer })).rejects.toThrow("it was saved without an optimizer");
    const of = (gradbook: string) => io.safetensors.encode({}, { metadata: { gradbook } });
    const random = { seed: 1, counter: 0 };
    const cases: [Uint8Array, string][] = [
      [io.safetensors.encode({}), "it is no checkpoint, only tensors"],
      [of("{"), "its record is no JSON"],
      [of("[]"), "its record is no object"],
      [of('{"version": "1"}'), "its record has no version"],
      [of('{"version": 2}'), "it was written by a newer gradbook"],
      [of('{"version": 1, "random": {"seed": -1, "counter": 0}}'), "no random state"],
      [of(JSON.stringify({ version: 1, random })), "its record has no epoch"],
      [of(JSON.stringify({ version: 1, random, epoch: 0, optimizer: { groups: [1] } })), "of the optimizer is damaged"],
      [of(JSON.stringify({ version: 1, random, epoch: 0 })), "the architecture is damaged"],
      [
        of(JSON.stringify({ version: 1, random, epoch: 0, architecture: { class: "init", args: [] } })),
        "a init cannot",
      ],
      [
        of(JSON.stringify({ version: 1, random, epoch: 0, architecture: { class: "Linear", args: [1e9, -1] } })),
        "Linear",
      ],
    ];
    for (const [file, message] of cases) {
      await expect(io.load(file)).rejects.toThrow(message);
      await expect(io.load(file)).rejects.toThrow(ValueError);
    }
  });

  test("a save that fails leaves the old file, and nothing beside it", async () => {
    const { model } = make();
    await io.save(model, path);
    const before = readFileSync(path);
    await expect(io.save(model, path, { epoch: -1 })).rejects.toThrow("epoch is -1");
    await expect(io.save(model, path, { extra: 1n })).rejects.toThrow();
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  });
});
