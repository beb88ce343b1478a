import { describe, expect, test } from "vitest";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import {
  compile,
  crossEntropy,
  engineDescription,
  InterruptedError,
  manualSeed,
  memoryReport,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  type Tensor,
  tensor,
  ValueError,
} from "../../../engine/index.js";

type Step = (x: Tensor, y: Tensor) => Tensor;

function training(): { parameters: Tensor[]; step: Step } {
  manualSeed(4);
  const model = new nn.Sequential(new nn.Linear(10, 16), new nn.Dropout(0.2), new nn.ReLU(), new nn.Linear(16, 3));
  const optimizer = new optim.Adam(model.parameters());
  const step: Step = (x, y) => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model(x as never) as never, y as never) as Tensor;
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { parameters: model.parameters(), step };
}

const xs = Array.from({ length: 8 }, (_, i) => noGrad(() => randn([6, 10]).add(i / 8))) as Tensor[];
const ys = Array.from({ length: 8 }, (_, i) => tensor(Int32Array.from([0, 1, 2, i % 3, 1, 0]))) as Tensor[];
const bitsOf = (tensors: readonly Tensor[]) => tensors.map(x => [...x.data()].map(String));

/** Products of about 0.1 seconds on one core, as records of a millisecond or two, with a result that says whether all of them ran. */
const size = 512;
const averaging = () => ones([size, size]).mul(1 / size) as Tensor;
const products = compile((x: Tensor) => {
  let y = x;
  for (let i = 0; i < 50; i++) y = y.matmul(x as never) as Tensor;
  return y.mean() as Tensor;
});
for (let i = 0; i < 2; i++) products(averaging());
const longStep = products.async;

describe("compiled.async", () => {
  test("gives the bits of the plain call, awaited or not", async () => {
    const plain = training();
    const step = compile(plain.step);
    const losses = [];
    for (let i = 0; i < 12; i++) losses.push(step(xs[i % 8]!, ys[i % 8]!).item());
    const wanted = [losses, bitsOf(plain.parameters)];

    const awaited = training();
    const each = compile(awaited.step);
    const found = [];
    for (let i = 0; i < 12; i++) found.push((await each.async(xs[i % 8]!, ys[i % 8]!)).item());
    expect([found, bitsOf(awaited.parameters)]).toEqual(wanted);

    const queued = training();
    const all = compile(queued.step);
    const promises = Array.from({ length: 12 }, (_, i) => all.async(xs[i % 8]!, ys[i % 8]!));
    // A read in the middle of it all waits.
    const parameters = bitsOf(queued.parameters);
    expect([(await Promise.all(promises)).map(loss => loss.item()), parameters]).toEqual(wanted);
  });

  test("eager work on what a call changes comes in its place", async () => {
    const w = tensor([1, 1], { requiresGrad: true }) as Tensor;
    const optimizer = new optim.SGD([w], { lr: 1 });
    const f = compile((x: Tensor) => {
      optimizer.zeroGrad();
      w.mul(x).sum().backward();
      optimizer.step();
      return w.sum() as Tensor;
    });
    const one = ones([2]) as Tensor;
    const seen: Tensor[] = [];
    const promises = [];
    for (let i = 0; i < 5; i++) {
      promises.push(f.async(one));
      seen.push(noGrad(() => w.mul(10)) as Tensor);
    }
    expect(seen.map(x => x.toArray())).toEqual([0, -1, -2, -3, -4].map(x => [10 * x, 10 * x]));
    expect((await Promise.all(promises)).map(x => x.item())).toEqual([0, -2, -4, -6, -8]);
  });

  test("the event loop goes on during a long replay", async () => {
    const x = averaging();
    const lags: number[] = [];
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      lags.push(now - last);
      last = now;
    }, 2);
    const started = performance.now();
    last = started;
    const result = await longStep(x);
    const took = performance.now() - started;
    clearInterval(timer);
    expect(result.item()).toBeCloseTo(1 / size, 6);
    lags.sort((a, b) => a - b);
    expect(took).toBeGreaterThan(20);
    // The longest may be another process's turn, so the middle counts; a call that blocked would leave one lag, of the whole time.
    // WebAssembly has no second thread: there a turn waits for a slice of 5 ms and the record that ends it.
    const slices = engineDescription().kernels.startsWith("wasm");
    expect(lags.length).toBeGreaterThan(3);
    expect(lags[lags.length >> 1]).toBeLessThan(slices ? 50 : 25);
  });

  test("tensors are made and dropped meanwhile, and a read waits", async () => {
    const promise = longStep(averaging());
    const kept = [];
    for (let i = 0; i < 3000; i++) {
      const made = tensor(Float32Array.from([i, 2 * i]));
      if (i % 3 === 0) kept.push(made.add(1));
    }
    expect(kept.map(x => x.data()[1])).toEqual(kept.map((_, k) => 6 * k + 1));
    expect((await promise).item()).toBeCloseTo(1 / size, 6);
  });

  test("a bad index rejects the call that met it, and the next works", async () => {
    const table = tensor([[1], [2], [3]]) as Tensor;
    const f = compile((index: Tensor) => table.take(index as never, 0).sum() as Tensor);
    const good = tensor(Int32Array.of(0, 2)) as Tensor;
    for (let i = 0; i < 3; i++) expect((await f.async(good)).item()).toBe(4);
    const bad = f.async(tensor(Int32Array.of(0, 3)) as Tensor);
    const after = f.async(good);
    await expect(bad).rejects.toThrow(ValueError);
    expect((await after).item()).toBe(4);
  });

  test("what cannot be captured rejects", async () => {
    const f = compile((x: Tensor) => x.mul(Number(x.sum().item())) as Tensor);
    await f.async(ones([2]) as Tensor).catch(() => {});
    await expect(f.async(ones([2]) as Tensor)).rejects.toThrow("a value was read inside");
  });

  describe("a Stop", () => {
    const stopAfter = (run: number, ms: number) => setTimeout(() => requestCancel(cancelWords, run), ms);

    test("ends the call soon, and the next computes everything anew", async () => {
      beginRun(7);
      try {
        const promise = longStep(averaging());
        const started = performance.now();
        stopAfter(7, 10);
        await expect(promise).rejects.toThrow(InterruptedError);
        expect(performance.now() - started).toBeLessThan(10 + 500);
      } finally {
        acknowledgeCancel();
        beginRun(0);
      }
      expect((await longStep(averaging())).item()).toBeCloseTo(1 / size, 6);
    });

    test("of a cell that has ended reaches its calls, waiting ones too, and no others", async () => {
      beginRun(7);
      const promises = [longStep(averaging()), longStep(averaging())];
      beginRun(8);
      const other = longStep(averaging());
      requestCancel(cancelWords, 7);
      acknowledgeCancel();
      beginRun(0);
      for (const promise of promises) await expect(promise).rejects.toThrow(InterruptedError);
      expect((await other).item()).toBeCloseTo(1 / size, 6);
    });

    test("of a cell that waits for another's call ends the wait", async () => {
      beginRun(7);
      const promise = longStep(averaging());
      beginRun(8);
      requestCancel(cancelWords, 8);
      const started = performance.now();
      expect(() => ones([3]).mul(2).data()).toThrow(InterruptedError);
      expect(performance.now() - started).toBeLessThan(500);
      acknowledgeCancel();
      beginRun(0);
      await expect(promise).rejects.toThrow(InterruptedError);
    });
  });

  test("2,000 awaited steps keep the memory flat", async () => {
    const { step } = training();
    const f = compile(step);
    for (let i = 0; i < 500; i++) await f.async(xs[i % 8]!, ys[i % 8]!);
    const before = memoryReport();
    for (let i = 0; i < 2000; i++) await f.async(xs[i % 8]!, ys[i % 8]!);
    const after = memoryReport();
    expect(after.live + after.pooled).toBeLessThanOrEqual((before.live + before.pooled) * 1.05 + (2 << 20));
  });
});

test("read() lets the event loop go on and gives what data() gives", async () => {
  const x = averaging();
  const product = x.matmul(x as never).matmul(x as never);
  const values = await product.read();
  expect(values).toEqual(product.data());
  const gone = tensor([1]);
  gone.dispose();
  await expect(gone.read()).rejects.toThrow("disposed");
});
