import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, optim, type Tensor, tensor } from "../../../engine/index.js";

interface Found {
  schedule: string;
  options: Record<string, unknown>;
  /** Rate and momentum of both groups before and after each step. */
  found: number[][];
}

/** By PyTorch; see make_optim.py and oracle/schedules.py. */
const { schedules } = JSON.parse(readFileSync(new URL("../../fixtures/optim.json", import.meta.url), "utf8")) as {
  schedules: Found[];
};

const parameter = () => tensor([1], { requiresGrad: true }) as Tensor;
const sgd = () =>
  new optim.SGD(
    [
      { parameters: [parameter()], lr: 0.1 },
      { parameters: [parameter()], lr: 0.4 },
    ],
    {
      lr: 1,
      momentum: 0.9,
    },
  );

type Make = new (optimizer: optim.Optimizer, options: unknown) => optim.Schedule;

function make({ schedule, options }: Found, optimizer: optim.Optimizer): optim.Schedule {
  if (schedule === "lambda") return new optim.LambdaLR(optimizer, t => 1 / (1 + t));
  if (schedule === "warm-up and cosine") {
    const parts = [
      new optim.LinearLR(optimizer, { from: 0.1, steps: 5 }),
      new optim.CosineAnnealingLR(optimizer, { steps: 12 }),
    ];
    return new optim.SequentialLR(optimizer, parts, [5]);
  }
  if (schedule === "constant times exponential") {
    const parts = [
      new optim.ConstantLR(optimizer, { factor: 0.1, steps: 4 }),
      new optim.ExponentialLR(optimizer, { gamma: 0.9 }),
    ];
    return new optim.ChainedLR(optimizer, parts);
  }
  return new (optim as unknown as Record<string, Make>)[schedule]!(optimizer, options);
}

const metric = (step: number) => (step < 6 ? 1 / (1 + step) : 0.2 + 0.01 * Math.sin(step));

function follow(schedule: optim.Schedule, optimizer: optim.SGD, from: number, to: number): number[][] {
  const found: number[][] = [];
  for (let step = from; step < to; step++) {
    schedule.step(metric(step));
    found.push(optimizer.groups.flatMap(({ lr, momentum }) => [lr, momentum]));
  }
  return found;
}

function expectClose(found: number[][], wanted: number[][]): void {
  expect(found.length).toBe(wanted.length);
  found.forEach((values, step) => {
    for (const [i, value] of values.entries()) {
      expect(value, `step ${step}, number ${i}`).toBeCloseTo(wanted[step]![i]!, 13);
    }
  });
}

const cases = schedules.map(each => [`${each.schedule} ${JSON.stringify(each.options)}`, each] as const);

test.each(cases)("as PyTorch: %s", (_, each) => {
  const optimizer = sgd();
  const schedule = make(each, optimizer);
  const before = optimizer.groups.flatMap(({ lr, momentum }) => [lr, momentum]);
  expectClose([before, ...follow(schedule, optimizer, 0, 24)], each.found);
});

test.each(cases)("continues from its state: %s", (_, each) => {
  const optimizer = sgd();
  const schedule = make(each, optimizer);
  follow(schedule, optimizer, 0, 9);
  const other = sgd();
  const later = make(each, other);
  other.loadStateDict(optimizer.stateDict());
  later.loadStateDict(JSON.parse(JSON.stringify(schedule.stateDict())));
  expectClose(follow(later, other, 9, 24), each.found.slice(10));
});

test("a plateau that has seen nothing yet survives JSON", () => {
  const optimizer = sgd();
  const state = JSON.parse(JSON.stringify(new optim.ReduceLROnPlateau(optimizer, { mode: "max" }).stateDict()));
  const schedule = new optim.ReduceLROnPlateau(optimizer, { mode: "max" });
  schedule.loadStateDict(state);
  expect(schedule.best).toBe(Number.NEGATIVE_INFINITY);
});

test("a compiled step follows without another plan, momentum included", () => {
  const run = (wrap: (f: (g: Tensor) => void) => (g: Tensor) => void) => {
    const p = parameter();
    const optimizer = new optim.SGD([p], { lr: 1, momentum: 0.9 });
    const schedule = new optim.OneCycleLR(optimizer, { maxLr: 0.5, steps: 12 });
    const step = wrap(g => optimizer.step([g]));
    for (let i = 0; i < 11; i++) {
      step(tensor([i]) as Tensor);
      schedule.step();
    }
    return p.item();
  };
  let use = { plans: 0 };
  const compiled = run(f => {
    const made = compile(f);
    return g => {
      made(g);
      use = made.use;
    };
  });
  expect(compiled).toBe(run(f => f));
  expect(use.plans).toBe(1);
});

describe("refused", () => {
  test.each([
    ["no optimizer", () => new optim.StepLR(undefined as never, { every: 1 }), "StepLR: no optimizer"],
    ["a fraction of steps", () => new optim.StepLR(sgd(), { every: 1.5 }), "every is 1.5"],
    ["a negative factor", () => new optim.ExponentialLR(sgd(), { gamma: -1 }), "gamma is -1"],
    [
      "a cycle of momentum without momentum",
      () => new optim.OneCycleLR(new optim.SGD([parameter()], { lr: 1 }), { maxLr: 1, steps: 5 }),
      "no momentum to cycle",
    ],
    ["no metric", () => new optim.ReduceLROnPlateau(sgd()).step(), "no metric"],
    ["functions for other groups", () => new optim.LambdaLR(sgd(), [() => 1]), "1 functions for 2 groups"],
    ["milestones that do not fit", () => new optim.SequentialLR(sgd(), [], [3]), "0 schedules and 1 milestones"],
    ["nothing to chain", () => new optim.ChainedLR(sgd(), []), "no schedules"],
    [
      "the state of another",
      () => new optim.LinearLR(sgd()).loadStateDict(new optim.ConstantLR(sgd()).stateDict()),
      "the state of ConstantLR",
    ],
    [
      "a step beyond the cycle",
      () => {
        const schedule = new optim.OneCycleLR(sgd(), { maxLr: 1, steps: 4 });
        for (let i = 0; i < 4; i++) schedule.step();
      },
      "step 4 of a cycle of 4",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
