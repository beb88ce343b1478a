import { describe, expect, test } from "vitest";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import {
  compile,
  crossEntropy,
  grad,
  InterruptedError,
  manualSeed,
  memoryReport,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  slice,
  type Tensor,
  tensor,
  ValueError,
} from "../../../engine/index.js";

type Step = (x: Tensor, y: Tensor) => Tensor;

interface Training {
  model: nn.Module;
  step: Step;
  optimizer: optim.Optimizer;
}

/** Twins with equal parameters, one trained eagerly and one compiled, must agree bit for bit after every step. */
function compare(
  make: () => Training,
  batch: (i: number) => [Tensor, Tensor],
  steps: number,
  change?: (t: Training, i: number) => void,
) {
  const run = (wrap: (step: Step) => Step) => {
    manualSeed(3);
    const training = make();
    const step = wrap(training.step);
    manualSeed(9);
    const found: unknown[] = [];
    for (let i = 0; i < steps; i++) {
      change?.(training, i);
      const loss = step(...batch(i));
      found.push(loss.item());
    }
    for (const [name, x] of Object.entries(training.model.stateDict())) found.push([name, [...x.data()].map(String)]);
    return found;
  };
  let use = { plans: 0, bytes: 0 };
  const eager = run(step => step);
  const compiled = run(step => {
    const made = compile(step);
    return (x, y) => {
      const loss = made(x, y);
      use = made.use;
      return loss;
    };
  });
  expect(compiled).toEqual(eager);
  return use;
}

function classifier(model: nn.Module, optimizer: optim.Optimizer): Training {
  const step: Step = (x, y) => {
    optimizer.zeroGrad();
    const loss = crossEntropy((model as unknown as (x: Tensor) => Tensor)(x) as never, y as never) as Tensor;
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, step, optimizer };
}

const xs = Array.from({ length: 8 }, (_, i) => noGrad(() => randn([6, 10]).add(i / 8))) as Tensor[];
const ys = Array.from({ length: 8 }, (_, i) => tensor(Int32Array.from([0, 1, 2, i % 3, 1, 0]))) as Tensor[];
const vectors = (i: number): [Tensor, Tensor] => [xs[i % 8]!, ys[i % 8]!];

const mlp = () => new nn.Sequential(new nn.Linear(10, 16), new nn.ReLU(), new nn.Linear(16, 3)) as unknown as nn.Module;

describe("a compiled training step has the numbers of the eager one", () => {
  test("MLP, Adam with a schedule", () => {
    const make = () => {
      const model = mlp();
      return classifier(model, new optim.Adam(model.parameters(), { lr: 0.01 }));
    };
    const use = compare(make, vectors, 12, (t, i) => {
      t.optimizer.lr = 0.01 / (1 + i);
    });
    expect(use.plans).toBe(1);
  });

  test("MLP, SGD with momentum; parameters loaded in between are seen", () => {
    const make = () => {
      const model = mlp();
      return classifier(model, new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }));
    };
    compare(make, vectors, 8, ({ model }, i) => {
      if (i !== 5) return;
      model.loadStateDict(
        Object.fromEntries(Object.entries(model.stateDict()).map(([k, x]) => [k, x.mul(0.5)])) as Record<
          string,
          Tensor
        >,
      );
    });
  });

  test("CNN with batch norm and dropout, in training and evaluation", () => {
    const make = () => {
      const model = new nn.Sequential(
        new nn.Conv2d(2, 4, 3, { padding: 1 }),
        new nn.BatchNorm2d(4),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Dropout(0.3),
        new nn.Flatten(),
        new nn.Linear(16, 3),
      ) as unknown as nn.Module;
      return classifier(model, new optim.AdamW(model.parameters(), { lr: 0.01 }));
    };
    const images = Array.from({ length: 4 }, () => rand([6, 2, 4, 4])) as Tensor[];
    compare(
      make,
      i => [images[i % 4]!, ys[i % 8]!],
      12,
      ({ model }, i) => {
        if (i === 5) model.eval();
        if (i === 8) model.train();
      },
    );
  });

  test("LSTM", () => {
    const make = () => {
      const lstm = new nn.LSTM(5, 7);
      const head = new nn.Linear(7, 3);
      class Net extends nn.Module {
        lstm = lstm;
        head = head;
        forward(x: Tensor): Tensor {
          const out = (this.lstm as unknown as (x: Tensor) => unknown)(x) as { output?: Tensor } | [Tensor];
          const y = Array.isArray(out) ? out[0] : out.output!;
          return this.head(y.mean(0) as never) as Tensor;
        }
      }
      const model = new Net();
      return classifier(model as unknown as nn.Module, new optim.Adam(model.parameters(), { lr: 0.01 }));
    };
    const texts = Array.from({ length: 4 }, () => randn([4, 6, 5])) as Tensor[];
    compare(make, i => [texts[i % 4]!, ys[i % 8]!], 8);
  });
});

describe("compile", () => {
  test("captures again for another shape or dtype, and another number", () => {
    const f = compile((x: Tensor, k: number) => x.mul(k).sum() as Tensor);
    for (const x of [tensor([1, 2]), tensor([1, 2, 3]), tensor([1, 2], { dtype: "float64" })] as Tensor[]) {
      for (const k of [2, 3]) for (let i = 0; i < 3; i++) expect(f(x, k).item()).toBe((x.sum().item() as number) * k);
    }
    expect(f.use.plans).toBe(6);
    f.dispose();
    expect(f.use).toEqual({ plans: 0, bytes: 0 });
    expect(f(tensor([5]) as Tensor, 2).item()).toBe(10);
  });

  test("a function of more records than the command buffer holds", () => {
    const long = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 4000; i++)
        y = (i % 2 === 0 ? y.cumSum(0).div(3) : y.sum(0, { keepDims: true }).mul(x)) as Tensor;
      return y;
    };
    const f = compile(long);
    const x = tensor([0.5, -1, 2]) as Tensor;
    const wanted = long(x).toArray();
    for (let i = 0; i < 4; i++) expect(f(x).toArray()).toEqual(wanted);
  });

  test("takes views anywhere in their memory, and gives an argument back", () => {
    const f = compile((x: Tensor) => [x.square().add(1), x.at(0)] as [Tensor, Tensor]);
    const all = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]) as Tensor;
    for (let i = 0; i < 4; i++) {
      const [y, first] = f(all.at(i));
      expect([y.toArray(), first.item()]).toEqual([[(2 * i + 1) ** 2 + 1, (2 * i + 2) ** 2 + 1], 2 * i + 1]);
    }
    const turned = f(all.transpose() as Tensor);
    expect(turned[1].toArray()).toEqual([1, 3, 5, 7]);
  });

  test("results of earlier calls keep their values", () => {
    const f = compile((x: Tensor) => x.mul(2).add(tensor([1, 2])) as Tensor);
    const results = [0, 1, 2, 3].map(i => f(tensor([i, i]) as Tensor));
    expect(results.map(r => r.toArray())).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
  });

  test("refuses to read a value, naming operation and line, and leaves nothing broken", () => {
    let reads = true;
    const f = compile((x: Tensor) => (reads ? x.mul(x.sum().item() as number) : x.mul(3)) as Tensor);
    const caught = [0, 1].map(() => {
      try {
        f(tensor([1, 2]) as Tensor);
      } catch (error) {
        return error as Error;
      }
      return undefined;
    });
    for (const error of caught) {
      expect(error).toBeInstanceOf(ValueError);
      expect(error!.message).toContain("item: a value was read inside a compiled function");
      expect(error!.stack).toContain("compile.test.ts");
    }
    reads = false;
    for (let i = 0; i < 3; i++) expect(f(tensor([1, i]) as Tensor).toArray()).toEqual([3, 3 * i]);
    expect(() => compile((() => 3) as never)()).toThrow("returned a number");
    expect(() => compile(3 as never)).toThrow("got a number");
  });

  test("adds to gradients that were there, and sees when they were not", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const f = compile((x: Tensor) => w.mul(x).sum().backward());
    for (let i = 1; i <= 5; i++) {
      f(tensor([1, 10]) as Tensor);
      expect(w.grad!.toArray()).toEqual([i, 10 * i]);
    }
    w.grad = undefined;
    for (let i = 1; i <= 3; i++) {
      f(tensor([1, 10]) as Tensor);
      expect(w.grad!.toArray()).toEqual([i, 10 * i]);
    }
  });

  test("a gradient may be an argument, the same argument may come twice or be a view with gaps", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const f = compile((x: Tensor, y: Tensor) => {
      w.grad = undefined;
      w.backward(x as never);
      return x.add(y) as Tensor;
    });
    for (let i = 0; i < 4; i++) {
      const x = tensor([i, 5]) as Tensor;
      expect(f(x, x).toArray()).toEqual([2 * i, 10]);
      expect(w.grad!.toArray()).toEqual([i, 5]);
      const gaps = tensor([
        [i, 0],
        [7, 0],
      ]).at(slice(), 0) as Tensor;
      expect(f(gaps, x).toArray()).toEqual([2 * i, 12]);
      expect(w.grad!.toArray()).toEqual([i, 7]);
    }
  });

  test("leaves and constants that the function makes itself", () => {
    const w = tensor([10, 10], { requiresGrad: true });
    const optimizer = new optim.SGD([w], { lr: 1 });
    const f = compile((x: Tensor) => {
      const own = tensor([1, 2], { requiresGrad: true });
      own.square().mul(x).sum().backward();
      const given = tensor([1, 2]) as Tensor;
      optimizer.step([given]);
      return [own.grad!, given] as Tensor[];
    });
    for (let i = 1; i <= 4; i++) {
      const [gradient, given] = f(tensor([i, i]) as Tensor);
      expect([gradient!.toArray(), given!.toArray()]).toEqual([
        [2 * i, 4 * i],
        [1, 2],
      ]);
      expect(w.toArray()).toEqual([10 - i, 10 - 2 * i]);
    }
    expect(f.use.plans).toBe(1);
  });

  test("second order, and a compiled function inside another", () => {
    const inner = compile((x: Tensor) => x.pow(3).sum() as Tensor);
    const f = compile(
      (x: Tensor) => grad((y: Tensor) => grad((z: Tensor) => inner(z))(y).sum() as Tensor)(x) as Tensor,
    );
    for (const v of [1, 2, 3, 4]) expect(f(tensor([v]) as Tensor).toArray()).toEqual([6 * v]);
    expect(grad((x: Tensor) => inner(x))(tensor([2]) as Tensor).toArray()).toEqual([12]);
  });

  test("pending results outside keep the value of their time", () => {
    const w = tensor([1], { requiresGrad: true });
    const optimizer = new optim.SGD([w], { lr: 1 });
    const f = compile((x: Tensor) => optimizer.step([x]));
    const before: Tensor[] = [];
    for (let i = 0; i < 5; i++) {
      before.push(noGrad(() => w.mul(10)) as Tensor);
      f(tensor([1]) as Tensor);
      // Whatever was given back too early is used again by these.
      for (let k = 0; k < 5; k++) expect(tensor([k]).mul(1).exp().item()).toBeGreaterThan(0);
    }
    expect(before.map(x => x.item())).toEqual([10, 0, -10, -20, -30]);
  });

  test("after a Stop the next call computes everything anew", () => {
    const f = compile((x: Tensor) => {
      const y = x.mul(2).matmul(
        tensor([
          [1, 0],
          [0, 1],
        ]),
      ) as Tensor;
      return y.transpose().softmax(0).matmul(y).sum() as Tensor;
    });
    const x = tensor([
      [1, 2],
      [3, 4],
    ]) as Tensor;
    const wanted = [0, 1, 2].map(() => f(x).item())[0];
    beginRun(7);
    requestCancel(cancelWords, 7);
    try {
      expect(() => f(x).item()).toThrow(InterruptedError);
    } finally {
      acknowledgeCancel();
      beginRun(0);
    }
    expect(f(x).item()).toBe(wanted);
    expect(f(x).item()).toBe(wanted);
  });

  test("dropout draws anew in every replay, from the generator's stream", () => {
    const draws = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) => {
      manualSeed(5);
      const f = wrap(x => x.dropout(0.5) as Tensor);
      return [0, 1, 2, 3, 4].map(() => f(ones([32]) as Tensor).toArray());
    };
    const compiled = draws(f => compile(f));
    expect(compiled).toEqual(draws(f => f));
    expect(new Set(compiled.map(String)).size).toBe(5);
  });

  test("what a function leaks is refused, and so is disposed state", () => {
    let leaked: Tensor | undefined;
    const w = tensor([2]) as Tensor;
    const f = compile((x: Tensor) => {
      leaked = x.mul(w).exp() as Tensor;
      return leaked.sum() as Tensor;
    });
    for (let i = 0; i < 3; i++) f(tensor([1]) as Tensor);
    expect(() => leaked!.item()).toThrow("A compiled function must return what is used outside");
    w.dispose();
    expect(() => f(tensor([1]) as Tensor)).toThrow("disposed");
  });

  test("2,000 steps keep the number of storages and the memory flat", () => {
    const model = mlp();
    const { step } = classifier(model, new optim.Adam(model.parameters()));
    const f = compile(step);
    for (let i = 0; i < 500; i++) f(...vectors(i)).dispose();
    const before = memoryReport();
    for (let i = 0; i < 2000; i++) f(...vectors(i)).dispose();
    const after = memoryReport();
    expect(after.live + after.pooled).toBeLessThanOrEqual((before.live + before.pooled) * 1.05 + (2 << 20));
  });
});
