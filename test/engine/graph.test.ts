import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { data, graph, nn, ones, type Tensor, tensor, zeros } from "../../engine/index.js";

/** Softmax regression as the TensorFlow 1 tutorial writes it, line by line. */
function softmaxRegression() {
  const x = graph.placeholder([null, 784]);
  const y = graph.placeholder([null, 10]);
  const W = graph.variable(zeros([784, 10]));
  const b = graph.variable(zeros([10]));
  const yHat = graph.softmax(graph.matmul(x, W).add(b));
  const loss = graph.neg(graph.reduceSum(graph.mul(y, graph.log(yHat))));
  const optimizer = graph.gradientDescentOptimizer(0.1).minimize(loss);
  return { x, y, W, b, yHat, loss, optimizer };
}

const digits = data.digits({ count: 1250, seed: 3 });
const images = digits.train.images.reshape([-1, 784]) as Tensor<[number, 784]>;
const labels = digits.train.labels.oneHot(10) as Tensor<[number, 10]>;
const size = 100;
const batch = (step: number) => {
  const from = (step * size) % images.shape[0]!;
  const rows = tensor(Int32Array.from({ length: size }, (_, i) => from + i));
  return { xs: images.take(rows), ys: labels.take(rows) };
};

/** The same in float64 by plain loops. */
function reference(steps: number): number[] {
  const w = new Float64Array(784 * 10);
  const b = new Float64Array(10);
  return Array.from({ length: steps }, (_, step) => {
    const { xs, ys } = batch(step);
    const [x, y] = [xs.data(), ys.data()] as [Float32Array, Float32Array];
    const gw = new Float64Array(w.length);
    const gb = new Float64Array(10);
    let loss = 0;
    for (let row = 0; row < size; row++) {
      const z = Array.from({ length: 10 }, (_, c) => {
        let sum = b[c]!;
        for (let i = 0; i < 784; i++) sum += x[row * 784 + i]! * w[i * 10 + c]!;
        return sum;
      });
      const most = Math.max(...z);
      const log = most + Math.log(z.reduce((sum, v) => sum + Math.exp(v - most), 0));
      for (let c = 0; c < 10; c++) {
        const target = y[row * 10 + c]!;
        loss -= target * (z[c]! - log);
        const g = Math.exp(z[c]! - log) - target;
        gb[c]! += g;
        for (let i = 0; i < 784; i++) gw[i * 10 + c]! += x[row * 784 + i]! * g;
      }
    }
    for (let i = 0; i < w.length; i++) w[i]! -= 0.1 * gw[i]!;
    for (let c = 0; c < 10; c++) b[c]! -= 0.1 * gb[c]!;
    return loss;
  });
}

test("softmax regression: 20 steps as in float64, 1,000 steps finite and right", () => {
  const { x, y, yHat, loss, optimizer } = softmaxRegression();
  const session = graph.session();
  session.run(graph.globalVariablesInitializer());
  const losses: number[] = [];
  for (let step = 0; step < 1000; step++) {
    const { xs, ys } = batch(step);
    const [, value] = session.run(
      [optimizer, loss],
      [
        [x, xs],
        [y, ys],
      ],
    );
    losses.push(value);
  }
  reference(20).forEach((wanted, step) => {
    expect(Math.abs(losses[step]! - wanted) / wanted).toBeLessThan(1e-3);
  });
  expect(losses.every(Number.isFinite)).toBe(true);
  const guess = session.run(yHat, [[x, digits.test.images.reshape([-1, 784])]]) as Tensor;
  const right = guess.argMax(-1).eq(digits.test.labels).cast("float32").mean().item();
  expect(right).toBeGreaterThan(0.85);
});

test("nodes are typed as the tensors that they stand for, and fetched values by their shapes", () => {
  const { x, W, loss, optimizer } = softmaxRegression();
  expectTypeOf(x).toEqualTypeOf<Tensor<[number, 784], "float32">>();
  expectTypeOf(graph.matmul(x, W)).toEqualTypeOf<Tensor<[number, 10], "float32">>();
  // @ts-expect-error matmul: inner sizes differ: [..., 784] x [700, 10]
  const wrong = () => graph.matmul(x, graph.variable(zeros([700, 10])));
  expectTypeOf(wrong).toBeFunction();
  const run = () => graph.session().run([optimizer, loss, x]);
  expectTypeOf(run).returns.toEqualTypeOf<[undefined, number, Tensor<[number, 784], "float32">]>();
});

describe("sessions", () => {
  const w = graph.variable(tensor([1, 2]), { name: "w" });
  const x = graph.placeholder([null, 2], { name: "x" });
  const open: ReturnType<typeof graph.session>[] = [];
  const session = () => {
    open.push(graph.session());
    return open.at(-1)!;
  };
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });

  test("hold their own values", () => {
    const [first, second] = [session(), session()];
    for (const each of [first, second]) each.run(graph.globalVariablesInitializer());
    const step = graph.gradientDescentOptimizer(1).minimize(w.sum());
    const before = first.run(w);
    first.run(step);
    expect(first.run(w).toArray()).toEqual([0, 1]);
    expect(second.run(w).toArray()).toEqual([1, 2]);
    expect(before.toArray()).toEqual([1, 2]);
    first.run(graph.globalVariablesInitializer());
    expect(first.run(w).toArray()).toEqual([1, 2]);
  });

  test("compute a shared node once a run, and what is not fetched never", () => {
    const own = session();
    const noise = graph.dropout(graph.variable(ones([1000])), 0.5, { training: true });
    own.run(graph.globalVariablesInitializer());
    expect(own.run(noise.sub(noise)).toArray()).toEqual(new Array(1000).fill(0));
    const broken = graph.matmul(x, graph.variable(zeros([3, 1])) as never);
    own.run(graph.globalVariablesInitializer());
    expect(own.run(x.mul(2), [[x, [[1, 2]]]])).toBeDefined();
    expect(() => own.run(broken, [[x, [[1, 2]]]])).toThrow(
      /inner sizes differ.*\(graph: matmul of placeholder x, variable/,
    );
  });

  test("a variable may begin as a node, or stay out of training", () => {
    const own = session();
    const fixed = graph.variable(tensor([3, 4]), { trainable: false });
    const begun = graph.variable(graph.add(tensor([1, 1]), 1) as Tensor<[2]>);
    own.run(graph.globalVariablesInitializer());
    expect(own.run(begun).toArray()).toEqual([2, 2]);
    own.run(graph.gradientDescentOptimizer(0.5).minimize(begun.mul(fixed).sum()));
    expect(own.run(begun).toArray()).toEqual([0.5, 0]);
    expect(own.run(fixed).toArray()).toEqual([3, 4]);
  });

  const cases: [what: string, run: () => unknown, message: string][] = [
    ["a missing feed", () => session().run(x), "placeholder x was not fed"],
    ["a fed shape", () => session().run(x, [[x, [[1, 2, 3]]]]), "placeholder x: takes [null, 2], got [1, 3]"],
    ["a variable without a value", () => session().run(w), "variable w has no value"],
    ["a feed of something else", () => session().run(x, [[w, 1]]), "only placeholders are fed"],
    ["a fetch of something else", () => session().run(tensor(1) as never), "a fetch is no node"],
    ["reading a node", () => x.toArray(), "a node has no toArray"],
    ["a rate of 0", () => graph.gradientDescentOptimizer(0), "the learning rate is 0"],
    ["a loss without variables", () => graph.gradientDescentOptimizer(1).minimize(x.sum()), "no trainable variable"],
    ["a loss that is no node", () => graph.gradientDescentOptimizer(1).minimize(tensor(1)), "the loss is no node"],
  ];
  test.each(cases)("%s is a clear error", (_, run, message) => {
    expect(run).toThrow(message);
  });

  test("whole numbers are not made of floats", () => {
    const indices = graph.placeholder([null], { dtype: "int32", name: "indices" });
    expect(() => session().run(indices, [[indices, tensor([0.5])]])).toThrow(
      "placeholder indices: takes int32, got float32",
    );
  });
});

test("layers of nn do not take nodes, and say so", () => {
  expect(() => new nn.Linear(2, 1)(graph.placeholder([null, 2]))).toThrow();
});
