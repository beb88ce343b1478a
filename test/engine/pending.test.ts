import { beforeAll, describe, expect, test } from "vitest";
import { opcodes } from "../../engine/backend/commands.js";
import { defaultBackend } from "../../engine/device.js";
import {
  add,
  memoryReport,
  mul,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  relu,
  type Tensor,
  tensor,
} from "../../engine/index.js";

const backend = defaultBackend() as { recordsSmall: boolean } & ReturnType<typeof defaultBackend>;

/** How many records `work` adds to the command buffer, by opcode; nothing must be flushed meanwhile. */
function recorded(work: () => void): number[] {
  backend.flush();
  work();
  const { commands } = backend;
  const found: number[] = [];
  for (let at = 0; at < commands.used; at += commands.words[at + 1]!) found.push(commands.words[at]!);
  return found;
}

const compute = (x: Tensor) => void x.storage.id;

// What other files have allocated counts towards a flush: it is due now, not in the middle of a test.
beforeAll(() => {
  // Few values stand for many here; as few as these are recorded at once otherwise.
  backend.recordsSmall = false;
  compute(tensor([1]).mul(2) as Tensor);
  backend.flush();
});

describe("a chain of elementwise operations", () => {
  const x = tensor([1, -2, 3]);
  const y = tensor([4, 5, -6]);

  test("is one tape when its end is needed, none before", () => {
    expect(recorded(() => relu(mul(x, y).add(x)).mul(0.5))).toEqual([]);
    let end = x as Tensor;
    expect(
      recorded(() => {
        end = relu(mul(x, y).add(x)).mul(0.5);
        compute(end);
      }),
    ).toEqual([opcodes.tape]);
    expect(end.toArray()).toEqual([2.5, 0, 0]);
  });

  test("ends at an operation of another kind", () => {
    expect(recorded(() => x.mul(y).add(1).sum())).toEqual([opcodes.tape, opcodes.reduce]);
  });

  test("gives its parts, too, when they are asked for", () => {
    const product = mul(x, y);
    const sum = product.add(x);
    expect(sum.toArray()).toEqual([5, -12, -15]);
    expect(product.toArray()).toEqual([4, -10, -18]);
    expect(sum.add(product).toArray()).toEqual([9, -22, -33]);
  });

  test("computes a part once that two operations take", () => {
    const shared = x.exp();
    expect(recorded(() => [shared.add(1), shared.mul(2)].forEach(compute))).toEqual([
      opcodes.tape,
      opcodes.tape,
      opcodes.tape,
    ]);
  });

  test("that takes the same value twice", () => {
    const product = x.mul(y);
    expect(product.mul(product).toArray()).toEqual([16, 100, 324]);
  });

  test("of any length", () => {
    let chain: Tensor = x;
    for (let i = 0; i < 500; i++) chain = chain.mul(0.5).add(y);
    const expected = [4, 5, -6].map(b => 2 * b);
    (chain.toArray() as number[]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  test("does not run on where a dtype in between would round or wrap", () => {
    const big = tensor([2 ** 31 - 1], { dtype: "int32" });
    expect(big.add(1).sub(big).toArray()).toEqual([-(2 ** 31) - (2 ** 31 - 1) + 2 ** 32]);
    const half = tensor([2048], { dtype: "float16" });
    expect(half.add(1).sub(half).toArray()).toEqual([0]);
    const mixed = tensor([1 / 3])
      .mul(tensor([3.1]))
      .add(tensor([0], { dtype: "float64" }));
    expect(mixed.item()).toBe(Math.fround(Math.fround(1 / 3) * Math.fround(3.1)));
  });

  test("over a part that is broadcast or transposed", () => {
    const row = tensor([1, 2]).mul(10);
    expect(
      tensor([[1], [2]])
        .add(row)
        .toArray(),
    ).toEqual([
      [11, 21],
      [12, 22],
    ]);
    const square = tensor([
      [1, 2],
      [3, 4],
    ]).mul(2);
    expect(square.transpose().add(square).toArray()).toEqual([
      [4, 10],
      [10, 16],
    ]);
  });
});

describe("a result keeps the value that it had when it was asked for", () => {
  test("when an optimizer steps before it is read", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const optimizer = new optim.SGD([w], { lr: 1 });
    const doubled = w.mul(2);
    const later = doubled.add(1);
    w.sum().backward();
    optimizer.step();
    expect(w.toArray()).toEqual([0, 1]);
    expect(later.toArray()).toEqual([3, 5]);
    expect(doubled.toArray()).toEqual([2, 4]);
    expect(w.mul(2).toArray()).toEqual([0, 2]);
  });

  test("when a gradient is computed from the parameter that the step changes", () => {
    const w = tensor([3, -4], { requiresGrad: true });
    const optimizer = new optim.SGD([w], { lr: 0.25 });
    w.square().sum().backward();
    optimizer.step();
    expect(w.toArray()).toEqual([1.5, -2]);
  });

  test("when new parameters are loaded", () => {
    const layer = new nn.Linear(2, 1);
    layer.loadStateDict({ weight: tensor([[1, 2]]), bias: tensor([5]) });
    const before = layer.weight.add(layer.bias!);
    layer.loadStateDict({ weight: tensor([[7, 8]]), bias: tensor([9]) });
    expect(before.toArray()).toEqual([[6, 7]]);
    expect(layer.weight.add(layer.bias!).toArray()).toEqual([[16, 17]]);
  });

  test("when an input is disposed", () => {
    const x = randn([1024, 256]);
    const values = x.data();
    const doubled = x.mul(2);
    x.dispose();
    // Memory that was given back would be taken and written here.
    const others = Array.from({ length: 4 }, () => ones([1024, 256]));
    expect(doubled.data()).toEqual(values.map(v => v * 2));
    expect(others.length).toBe(4);
    expect(() => x.mul(2)).toThrow("disposed");
  });

  test("when a part is disposed, before or after it was computed", () => {
    const x = tensor([1, 2]);
    const early = x.mul(3);
    const sum = early.add(1);
    early.dispose();
    expect(() => early.toArray()).toThrow("disposed");
    expect(sum.toArray()).toEqual([4, 7]);
    const late = x.mul(3);
    const other = late.add(1);
    compute(late);
    late.dispose();
    expect(other.toArray()).toEqual([4, 7]);
  });
});

test("an input that was disposed is free once it was read", () => {
  const x = ones([1 << 20]);
  backend.flush();
  const before = memoryReport().live;
  const sum = x.add(1);
  x.dispose();
  compute(sum);
  backend.flush();
  // One block of 4 MiB came, one went.
  expect(memoryReport().live).toBeLessThanOrEqual(before + 4096);
});

test("gradients of a chain", () => {
  const x = tensor([0.5, -1, 2], { requiresGrad: true });
  const h = x.mul(x).add(x);
  relu(h).mul(0.5).sum().backward();
  expect(x.grad!.toArray()).toEqual([1, 0, 2.5]);
  noGrad(() => expect(h.toArray()).toEqual([0.75, 0, 6]));
});

test("errors of shape come from the operation itself", () => {
  expect(() => add(tensor([1, 2]) as Tensor, tensor([1, 2, 3]) as Tensor)).toThrow("cannot broadcast");
});

test("a result that nobody reads is never computed, and holds no memory", () => {
  const x = ones([1 << 20]);
  backend.flush();
  const before = memoryReport().live;
  expect(recorded(() => void x.mul(2).add(x))).toEqual([]);
  expect(memoryReport().live).toBeLessThanOrEqual(before);
});
