import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  Generator,
  grad,
  manualSeed,
  memoryReport,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  type Tensor,
  tensor,
} from "../../../engine/index.js";
import { numbers } from "../samples.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const block = () => new nn.Sequential(new nn.Linear(6, 24), new nn.ReLU(), new nn.Dropout(0.4), new nn.Linear(24, 6));

describe("checkpoint", () => {
  test("gives the same gradients to the last bit, with dropout", () => {
    const blocks = [block(), block(), block()];
    const x = tensor(randn([8, 6], { generator: new Generator(1) }).data(), { shape: [8, 6], requiresGrad: true });
    const run = (through: (layer: nn.Module, h: Tensor) => Tensor) => {
      manualSeed(3);
      for (const layer of blocks) layer.zeroGrad();
      x.grad = undefined;
      const y = blocks.reduce<Tensor>((h, layer) => through(layer, h), x);
      (y.square().sum() as Tensor).backward();
      const gradients = blocks.flatMap(layer => layer.parameters().map(p => numbers(p.grad!)));
      // What is drawn afterwards must not depend on the backward pass either.
      return { y: numbers(y), x: numbers(x.grad!), gradients, next: numbers(randn([2])) };
    };
    const call = (layer: nn.Module, h: Tensor) => (layer as unknown as (h: Tensor) => Tensor)(h);
    const plain = run(call);
    expect(run((layer, h) => checkpoint(call, layer, h))).toEqual(plain);
    // One inside another.
    expect(run((layer, h) => checkpoint(h => checkpoint(call, layer, h), h))).toEqual(plain);
  });

  test("generators of one's own are repeated, too", () => {
    const generator = new Generator(4);
    const w = tensor([1, 2, 3, 4], { requiresGrad: true }) as Tensor;
    const y = checkpoint((x: Tensor) => x.mul(randn([4], { generator }) as never) as Tensor, w);
    (y.sum() as Tensor).backward();
    expect(numbers(w.grad!)).toEqual(numbers(randn([4], { generator: new Generator(4) })));
    expect(generator.state.counter).toBe(1);
  });

  test("needs the memory of one block at a time", () => {
    const weights = Array.from({ length: 4 }, () => randn([256, 256], { requiresGrad: true }));
    const x = randn([512, 256], { requiresGrad: true });
    const most = (through: (block: (h: Tensor, w: Tensor) => Tensor, h: Tensor, w: Tensor) => Tensor) => {
      collect();
      const before = memoryReport().live;
      let bytes = 0;
      const measure = () => {
        collect();
        bytes = Math.max(bytes, memoryReport().live - before);
      };
      const block = (h: Tensor, w: Tensor) => {
        let y = h;
        for (let i = 0; i < 8; i++) {
          y = y
            .matmul(w as never)
            .mul(0.06)
            .tanh() as Tensor;
          // In the middle of the backward pass of a block.
          if (i === 4) y.registerHook(measure);
        }
        return y;
      };
      let y: Tensor = x;
      for (const w of weights) y = through(block, y, w);
      const loss = y.square().sum() as Tensor;
      loss.item();
      measure();
      loss.backward();
      const gradients = [x, ...weights].map(leaf => numbers(leaf.grad!));
      for (const leaf of [x, ...weights]) leaf.grad = undefined;
      return { results: bytes / (4 * 512 * 256), gradients };
    };
    const plain = most((block, h, w) => block(h, w));
    const less = most((block, h, w) => checkpoint(block, h, w));
    expect(less.gradients).toEqual(plain.gradients);
    // In results of one layer: 4 blocks of 8 layers, of which each keeps two or more, against one block and the borders.
    expect(plain.results).toBeGreaterThan(64);
    expect(less.results).toBeLessThan(plain.results / 2);
  });

  test("second derivatives, and what the function closes over", () => {
    const w = tensor(2, { requiresGrad: true }) as Tensor;
    const h = w.square() as Tensor;
    // h and w both are outside: w counts once directly and once by way of h.
    const f = (x: Tensor) => checkpoint((x: Tensor) => x.pow(3).mul(h).mul(w) as Tensor, x);
    f(tensor(2) as Tensor).backward();
    expect(w.grad!.item()).toBe(8 * 3 * 4);
    expect(grad((x: Tensor) => grad(f)(x))(2).item()).toBe(6 * 2 * 8);
  });

  test("inside a compiled step it trains as the eager one", () => {
    const train = (wrap: <F extends () => Tensor>(step: F) => () => Tensor) => {
      manualSeed(9);
      const layer = block();
      const x = randn([4, 6]);
      const optimizer = new optim.SGD(layer.parameters(), { lr: 0.01 });
      const step = wrap(() => {
        optimizer.zeroGrad();
        const loss = checkpoint(layer as unknown as (x: Tensor) => Tensor, x)
          .square()
          .mean() as Tensor;
        loss.backward();
        optimizer.step();
        return loss;
      });
      return Array.from({ length: 6 }, () => step().item());
    };
    expect(train(step => compile(step) as () => Tensor)).toEqual(train(step => step));
  });

  test("without gradients it only calls the function", () => {
    let calls = 0;
    const f = (x: Tensor) => {
      calls++;
      return x.mul(2) as Tensor;
    };
    expect(noGrad(() => checkpoint(f, ones([2]))).toArray()).toEqual([2, 2]);
    expect(checkpoint(f, ones([2])).requiresGrad).toBe(false);
    expect(calls).toBe(2);
  });

  test("refuses", () => {
    expect(() => checkpoint((() => 1) as never)).toThrow("checkpoint: the function returned number");
    let size = 2;
    const x = ones([4], { requiresGrad: true }) as Tensor;
    const y = checkpoint((x: Tensor) => x.reshape([size++, -1]) as Tensor, ones([6], { requiresGrad: true }) as Tensor);
    expect(() => (y.sum() as Tensor).backward()).toThrow(
      "checkpoint: the function gave [2, 3] and then [3, 2] in the backward pass",
    );
    expect(x.grad).toBeUndefined();
  });
});
