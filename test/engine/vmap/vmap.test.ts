import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  add,
  arange,
  checkpoint,
  compile,
  concat,
  crossEntropy,
  customGrad,
  detectAnomaly,
  einsum,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacobian,
  jvp,
  nn,
  ones,
  randn,
  stack,
  Tensor,
  tensor,
  VmapError,
  vjp,
  vmap,
  zeros,
} from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";

const wanted = JSON.parse(readFileSync(new URL("../../fixtures/autograd.json", import.meta.url), "utf8"));
const wide = (values: unknown): Tensor => tensor(values as number[], { dtype: "float64" }) as Tensor;
const double = (shape: number[]) => randn(shape, { dtype: "float64" }) as Tensor;

function expectSame(found: Tensor, each: Tensor[], tolerance = 1e-12): void {
  const all = stack(each) as Tensor;
  expect(found.shape).toEqual(all.shape);
  expect(distance(numbers(found), numbers(all))).toBeLessThan(tolerance);
}

const rows = (x: Tensor): Tensor[] => [...x];

describe("axes", () => {
  const x = arange(6).reshape([2, 3]) as Tensor;

  test("of arguments and results", () => {
    expect(vmap((row: Tensor) => row.sum() as Tensor)(x).toArray()).toEqual([3, 12]);
    expect(vmap((column: Tensor) => column.sum() as Tensor, { inAxes: 1 })(x).toArray()).toEqual([3, 5, 7]);
    expect(vmap((column: Tensor) => column.sum() as Tensor, { inAxes: -1 })(x).toArray()).toEqual([3, 5, 7]);
    expect(vmap((row: Tensor) => row.mul(2) as Tensor, { outAxes: 1 })(x).toArray()).toEqual([
      [0, 6],
      [2, 8],
      [4, 10],
    ]);
    const dot = vmap((a: Tensor, b: Tensor) => a.dot(b as never) as Tensor, { inAxes: [0, null] });
    expect(dot(x, tensor([1, 0, 2], { dtype: "int32" })).toArray()).toEqual([4, 13]);
  });

  test("of trees, and results that are the same for all", () => {
    type P = { a: Tensor; b: [Tensor] };
    const f = vmap(
      (p: P, by: number) => ({ sum: add(p.a, p.b[0] as never).mul(by) as Tensor, one: ones([2]) as Tensor }),
      {
        inAxes: [{ a: 0, b: [null] }, null],
        outAxes: { sum: 0, one: -1 },
      },
    );
    const result = f({ a: x, b: [tensor([10, 20, 30], { dtype: "int32" })] }, 2);
    expect(result.sum.toArray()).toEqual([
      [20, 42, 64],
      [26, 48, 70],
    ]);
    expect(result.one.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("inside the function a tensor is one sample", () => {
    vmap((row: Tensor) => {
      expect(row.shape).toEqual([3]);
      expect(row.size).toBe(3);
      expect(row.device).toBe("cpu");
      expect(String(row)).toBe("Tensor[3] int32, one of 2 samples in vmap");
      expect([...row]).toHaveLength(3);
      return row.at(0) as Tensor;
    })(x);
  });
});

describe("functions over samples", () => {
  const [a, b] = [double([4, 3]), double([4, 3])];

  test("that join, and einsum", () => {
    const f = (a: Tensor, b: Tensor) => concat([a, b.mul(2), ones([1])] as Tensor[]) as Tensor;
    expectSame(
      vmap(f)(a, b),
      rows(a).map((row, i) => f(row, b.at(i))),
    );
    const outer = (a: Tensor, b: Tensor) => einsum("i,j->ij", a, b) as Tensor;
    expectSame(
      vmap(outer)(a, b),
      rows(a).map((row, i) => outer(row, b.at(i))),
    );
    const pairs = (a: Tensor, b: Tensor) => stack([a, b], 1) as Tensor;
    expectSame(
      vmap(pairs)(a, b),
      rows(a).map((row, i) => pairs(row, b.at(i))),
    );
  });

  test("inside each other", () => {
    const distances = vmap((x: Tensor) =>
      vmap(
        (y: Tensor) =>
          x
            .sub(y as never)
            .square()
            .sum() as Tensor,
      )(b),
    )(a);
    expect(distances.shape).toEqual([4, 4]);
    const expected = rows(a).map(
      x =>
        stack(
          rows(b).map(
            y =>
              x
                .sub(y as never)
                .square()
                .sum() as Tensor,
          ),
        ) as Tensor,
    );
    expectSame(distances, expected);
    const products = vmap((x: Tensor) =>
      vmap((y: Tensor) => x.matmul(y.softmax() as never).add(y.at(0) as never) as Tensor, { inAxes: 1 })(x),
    )(double([2, 3, 3]));
    expect(products.shape).toEqual([2, 3, 3]);
  });

  test("modules", () => {
    const block = new nn.Sequential(
      new nn.Conv2d(2, 4, 3),
      new nn.GroupNorm(2, 4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(4, 3),
    );
    const x = randn([5, 1, 2, 4, 4]) as Tensor;
    const call = (image: Tensor) => (block as unknown as (x: Tensor) => Tensor)(image);
    expectSame(vmap(call)(x), rows(x).map(call), 1e-5);
  });

  test("compiled, and with anomalies looked for", () => {
    const f = vmap(
      (row: Tensor) =>
        row
          .softmax()
          .mul(row as never)
          .sum() as Tensor,
    );
    const compiled = compile((x: Tensor) => f(x));
    for (let i = 0; i < 4; i++) expect(numbers(compiled(a))).toEqual(numbers(f(a)));
    expect(numbers(detectAnomaly(() => f(a)))).toEqual(numbers(f(a)));
    expect(() => detectAnomaly(() => vmap((row: Tensor) => row.sub(100).log() as Tensor)(a))).toThrow(
      "log: the result [4, 3] holds NaN (12 of 12",
    );
    expect(() => vmap((row: Tensor) => detectAnomaly(() => row.sub(100).log()) as Tensor)(a)).toThrow("holds NaN");
  });
});

describe("with derivatives", () => {
  test("the gradient of each sample, as torch.func", () => {
    const { w, x, labels, grad: gradients } = wanted.perSample;
    const params = { first: wide(w.first), second: wide(w.second) };
    const loss = (p: typeof params, x: Tensor, label: Tensor) => {
      return crossEntropy(
        x
          .matmul(p.first)
          .relu()
          .matmul(p.second as never) as Tensor,
        label,
      );
    };
    const each = vmap(grad(loss), { inAxes: [null, 0, 0] })(params, wide(x), tensor(labels, { dtype: "int32" }));
    for (const name of ["first", "second"] as const) {
      expect(each[name].shape).toEqual([6, ...params[name].shape]);
      expect(distance(numbers(each[name]), gradients[name].flat(3))).toBeLessThan(1e-12);
    }
  });

  test("of every kind, as a loop", () => {
    const x = double([3, 4]);
    const w = double([4, 2]);
    const f = (x: Tensor) =>
      x
        .matmul(w)
        .tanh()
        .mul(x.logSumExp() as never) as Tensor;
    const loss = (x: Tensor) => f(x).square().sum() as Tensor;
    const v = double([3, 4]);
    const each = <T>(g: (x: Tensor, v: Tensor) => T) => rows(x).map((row, i) => g(row, v.at(i)));
    const cases: ((x: Tensor, v: Tensor) => Tensor)[] = [
      x => grad(loss)(x),
      x => jacobian(f)(x) as Tensor,
      x => jacfwd(f)(x) as Tensor,
      x => hessian(loss)(x) as Tensor,
      (x, v) => jvp(f, x, v)[1],
      (x, v) => hvp(loss, x, v)[1],
      x => {
        const [y, pullback] = vjp(f, x);
        return pullback(y.mul(2) as Tensor);
      },
      x => grad((x: Tensor) => grad(loss)(x).square().sum() as Tensor)(x),
    ];
    for (const g of cases) expectSame(vmap(g)(x, v), each(g));
  });

  test("a gradient of a mapped function, and of samples in samples", () => {
    const [x, w] = [double([5, 3]), double([3])];
    const loss = (w: Tensor) => vmap((row: Tensor) => row.dot(w as never).sin() as Tensor)(x).sum() as Tensor;
    expect(
      distance(
        numbers(grad(loss)(w)),
        numbers(
          grad(
            (w: Tensor) =>
              x
                .matmul(w as never)
                .sin()
                .sum() as Tensor,
          )(w),
        ),
      ),
    ).toBeLessThan(1e-12);
    const y = double([2, 3]);
    const both = vmap((a: Tensor) =>
      vmap((b: Tensor) => grad((w: Tensor) => a.dot(b.mul(w as never) as never).sin() as Tensor)(w))(y),
    )(x);
    expectSame(
      both,
      rows(x).map(
        a =>
          stack(rows(y).map(b => grad((w: Tensor) => a.dot(b.mul(w as never) as never).sin() as Tensor)(w))) as Tensor,
      ),
    );
  });

  test("parameters that are closed over get the sum, by backward", () => {
    const w = tensor([1, 2, 3], { requiresGrad: true }) as Tensor;
    const x = tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]) as Tensor;
    (vmap((row: Tensor) => row.dot(w as never).square() as Tensor)(x).sum() as Tensor).backward();
    expect(w.grad!.toArray()).toEqual([2, 4, 0]);
  });

  test("with gradients of one's own, and checkpoints", () => {
    const x = double([3, 4]);
    const w = double([4]);
    const product = customGrad({
      forward: (x: Tensor, w: Tensor) => x.mul(w as never) as Tensor,
      backward: (g, { inputs: [x, w] }) => {
        expect(g.shape).toEqual([4]);
        return [g.mul(w as never) as Tensor, g.mul(x as never) as Tensor];
      },
    });
    const loss = (w: Tensor, x: Tensor) => product(x, w).sin().sum() as Tensor;
    expectSame(
      vmap(grad(loss), { inAxes: [null, 0] })(w, x),
      rows(x).map(row => grad(loss)(w, row)),
    );
    const total = (w: Tensor) => vmap((row: Tensor) => loss(w, row))(x).sum() as Tensor;
    expectSame(grad(total)(w).reshape([1, 4]) as Tensor, [
      rows(x)
        .map(row => grad(loss)(w, row))
        .reduce((a, b) => add(a, b as never) as Tensor),
    ]);
    const kept = (w: Tensor, x: Tensor) => checkpoint((x: Tensor) => loss(w, x), x);
    expectSame(
      vmap(grad(kept), { inAxes: [null, 0] })(w, x),
      rows(x).map(row => grad(loss)(w, row)),
    );
  });

  test("the gradients of a convolutional network's parameters, sample by sample", () => {
    const x = double([3, 2, 5, 5]);
    const params = { kernel: double([4, 2, 3, 3]), bias: double([4]), scale: double([4]), out: double([2, 4]) };
    const loss = (p: typeof params, image: Tensor) => {
      const maps = image.reshape([1, 2, 5, 5]).conv2d(p.kernel as never, { bias: p.bias }) as Tensor;
      const normal = maps.groupNorm(2, { weight: p.scale }).relu().mean([2, 3]) as Tensor;
      return normal
        .linear(p.out as never)
        .square()
        .sum() as Tensor;
    };
    const found = vmap(grad(loss), { inAxes: [null, 0] })(params, x);
    const each = rows(x).map(image => grad(loss)(params, image));
    for (const name of Object.keys(params) as (keyof typeof params)[]) {
      expectSame(
        found[name],
        each.map(g => g[name]),
        1e-10,
      );
    }
  });
});

describe("refuses", () => {
  const x = ones([3, 2]) as Tensor;

  test("arguments that do not fit", () => {
    expect(() => vmap((a: Tensor, _: Tensor) => a)(x, ones([2, 2]))).toThrow(
      "vmap: argument 1 of shape [2, 2] has 2 samples on axis 0. The others have 3",
    );
    expect(() => vmap((a: Tensor) => a, { inAxes: null })(x)).toThrow("vmap: no argument has samples");
    expect(() => vmap((a: number) => a as never)(5)).toThrow("no argument has samples");
    expect(() => vmap((a: Tensor) => a, { inAxes: 2 })(x)).toThrow("axis 2 does not exist");
    expect(() => vmap((a: Tensor) => a)(tensor(1))).toThrow("axis 0 does not exist");
    expect(() => vmap((p: { a: Tensor }) => p.a, { inAxes: [{}] })({ a: x })).toThrow("the axes have no entry a");
    expect(() => vmap((a: Tensor) => a, { inAxes: [[0]] })(x)).toThrow("a tree of axes for a single value");
    expect(() => vmap(5 as never)).toThrow("f is number");
  });

  test("results that are no tensors or cannot be the same for all", () => {
    expect(() => vmap((_: Tensor) => 5 as never)(x)).toThrow("vmap: the function returned number");
    expect(() => vmap((async (a: Tensor) => a) as never)(x as never)).toThrow("the function returned object");
    expect(() => vmap((a: Tensor) => a, { outAxes: null })(x)).toThrow("outAxes is null for a result that differs");
    expect(vmap((_: Tensor) => zeros([2]) as Tensor, { outAxes: null })(x).shape).toEqual([2]);
  });

  test("reading, backward and hooks inside, and samples that got out", () => {
    expect(() => vmap((row: Tensor) => tensor(Number(row.sum().item())))(x)).toThrow(
      "vmap: a sample has no values of its own",
    );
    expect(() => vmap((row: Tensor) => void row.toArray() as never)(x)).toThrow("a sample has no values of its own");
    let out: Tensor | undefined;
    vmap((row: Tensor) => {
      out = row;
      return row;
    })(x);
    expect(() => out!.toArray()).toThrow("a sample has no values of its own");
    const w = ones([3, 2], { requiresGrad: true });
    expect(() => vmap((row: Tensor) => void (row.sum() as Tensor).backward() as never)(w)).toThrow(
      "Use grad or valueAndGrad",
    );
    expect(() => vmap((row: Tensor) => void row.registerHook(() => undefined) as never)(w)).toThrow(
      "registerHook: inside vmap there is one gradient of all samples",
    );
    expect(() => vmap((row: Tensor) => row.add(1) as Tensor)(x)).not.toThrow();
  });

  test("running means in training, and cotangents with samples of their own", () => {
    const norm = new nn.BatchNorm1d(2);
    expect(() => vmap((row: Tensor) => norm(row) as Tensor)(randn([3, 4, 2]))).toThrow(VmapError);
    norm.eval();
    expect(vmap((row: Tensor) => norm(row) as Tensor)(randn([3, 4, 2])).shape).toEqual([3, 4, 2]);
    const [, pullback] = vjp((x: Tensor) => x.mul(2) as Tensor, ones([2]));
    expect(() => vmap((g: Tensor) => pullback(g))(x)).toThrow("Call vjp inside the function that vmap maps");
  });
});

describe("layers, and the gradients of their parameters", () => {
  const cases: [string, nn.Module, number[]][] = [
    ["LSTM", new nn.LSTM(3, 4), [2, 5, 3]],
    ["GRU", new nn.GRU(3, 4), [2, 5, 3]],
    ["RNN", new nn.RNN(3, 4), [2, 5, 3]],
    ["LayerNorm", new nn.LayerNorm(3), [2, 3]],
    ["RMSNorm", new nn.RMSNorm(3), [2, 3]],
    ["GroupNorm", new nn.GroupNorm(3, 6), [2, 6, 4]],
    ["InstanceNorm2d", new nn.InstanceNorm2d(3), [2, 3, 4, 4]],
    ["BatchNorm2d in evaluation", new nn.BatchNorm2d(3).eval(), [2, 3, 4, 4]],
    ["ConvTranspose2d", new nn.ConvTranspose2d(3, 2, 3), [1, 3, 4, 4]],
    ["Conv3d", new nn.Conv3d(2, 2, 2), [1, 2, 3, 3, 3]],
    ["Linear", new nn.Linear(3, 2), [4, 3]],
  ];

  test.each(cases)("%s as a loop", (_, layer, shape) => {
    const x = randn([3, ...shape]) as Tensor;
    const parameters = Object.fromEntries(layer.namedParameters().map(([name, p]) => [name, p.detach() as Tensor]));
    const call = (p: Record<string, Tensor>, sample: Tensor) => {
      const result = nn.functionalCall(layer, p, sample as never) as object;
      // A recurrent layer gives several tensors: the first is its sequence.
      return (result instanceof Tensor ? result : Object.values(result)[0]) as Tensor;
    };
    const one = (sample: Tensor) => call({}, sample);
    expectSame(vmap(one)(x), rows(x).map(one), 1e-5);
    const loss = (p: Record<string, Tensor>, sample: Tensor) => call(p, sample).square().sum() as Tensor;
    const found = vmap(grad(loss), { inAxes: [null, 0] })(parameters, x);
    const each = rows(x).map(sample => grad(loss)(parameters, sample));
    for (const name of Object.keys(parameters)) {
      expectSame(
        found[name]!,
        each.map(g => g[name]!),
        1e-4,
      );
    }
  });

  test("attention, embedding; dropout draws anew for each sample", () => {
    const attention = new nn.MultiheadAttention(8, 2);
    const attend = (x: Tensor) => {
      const result = (attention as unknown as (...xs: Tensor[]) => object)(x, x, x);
      return (result instanceof Tensor ? result : Object.values(result)[0]) as Tensor;
    };
    const x = randn([3, 2, 5, 8]) as Tensor;
    expectSame(vmap(attend)(x), rows(x).map(attend), 1e-5);
    const embedding = new nn.Embedding(10, 4);
    const indices = arange(12).reshape([3, 4]).mod(10) as Tensor;
    const loss = (p: Record<string, Tensor>, i: Tensor) => {
      return (nn.functionalCall(embedding, p, i as never) as Tensor).pow(3).sum() as Tensor;
    };
    const found = vmap(grad(loss), { inAxes: [null, 0] })(embedding.stateDict(), indices);
    const each = rows(indices).map(i => grad(loss)(embedding.stateDict(), i));
    expectSame(
      found.weight!,
      each.map(g => g.weight!),
      1e-5,
    );
    const [first, second] = rows(vmap((row: Tensor) => row.dropout(0.5) as Tensor)(ones([2, 64])));
    expect(numbers(first!)).not.toEqual(numbers(second!));
  });
});
