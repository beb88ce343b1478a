import { describe, expect, test } from "vitest";
import { enterCell } from "../../engine/cell.js";
import {
  beta,
  crossEntropy,
  debug,
  dirichlet,
  EngineError,
  exponential,
  eye,
  full,
  gamma,
  gumbel,
  linspace,
  memoryReport,
  nn,
  normal,
  OutOfMemoryError,
  ones,
  optim,
  rand,
  randint,
  randn,
  randperm,
  type Tensor,
  tensor,
  truncatedNormal,
  uniform,
  zeros,
} from "../../engine/index.js";

test("a plain training loop that disposes of nothing does not gather storages", () => {
  const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const optimizer = new optim.Adam(model.parameters());
  const labels = randint(0, 10, [64]);
  let most = 0;
  for (let step = 0; step < 2000; step++) {
    optimizer.zeroGrad();
    crossEntropy(model(randn([64, 784])) as Tensor, labels).backward();
    optimizer.step();
    if (step % 100 === 99) most = Math.max(most, memoryReport().storages);
  }
  // A step makes four small results that minor collections find old; without full ones there would be 7,400.
  expect(most).toBeLessThan(5000);
});

test("what a training step holds for its backward pass does not grow old", () => {
  const layers = Array.from({ length: 6 }, () => [new nn.Linear(64, 64), new nn.ReLU()]).flat();
  const model = new nn.Sequential(...layers);
  const optimizer = new optim.SGD(model.parameters(), { lr: 1e-3 });
  const x = randn([8192, 64]);
  const held = memoryReport().live;
  let most = 0;
  for (let step = 0; step < 200; step++) {
    optimizer.zeroGrad();
    (model(x) as Tensor).square().mean().backward();
    optimizer.step();
    if (step >= 10) most = Math.max(most, memoryReport().live - held);
  }
  // 12 results of 2 MiB each: those of this step and of the last, and 64 MiB that may be old before somebody looks.
  expect(most).toBeLessThan(5.5 * 12 * 8192 * 64 * 4);
}, 600_000);

describe("memoryReport", () => {
  const shareOf = (cell: number) => memoryReport().cells.find(share => share.cell === cell);

  test("counts by the cell that made a tensor, small and large, also where it is computed later", () => {
    enterCell(7);
    const large = ones([1 << 18]);
    const small = Array.from({ length: 50 }, (_, i) => full([4], i));
    const pending = large.mul(2) as Tensor;
    enterCell(8);
    pending.data();
    const other = ones([1 << 16]);
    enterCell(0);
    const [seven, eight] = [shareOf(7)!, shareOf(8)!];
    expect(seven.storages).toBeGreaterThanOrEqual(52);
    expect(seven.bytes).toBeGreaterThanOrEqual(2 * 4 * (1 << 18) + 50 * 64);
    expect(eight.bytes).toBeGreaterThanOrEqual(4 * (1 << 16));
    expect(eight.bytes).toBeLessThan(4 * (1 << 18));
    const { cells, live, storages } = memoryReport();
    expect(cells.map(share => share.bytes)).toEqual(cells.map(share => share.bytes).sort((a, b) => b - a));
    expect(cells.reduce((sum, share) => sum + share.storages, 0)).toBeLessThanOrEqual(storages + 50);
    expect(live).toBeGreaterThan(seven.bytes);
    for (const x of [large, pending, other, ...small]) x.dispose();
    expect(shareOf(7)?.bytes ?? 0).toBeLessThan(4 * (1 << 16));
  });

  test("counts by line of code under debug(true) only", () => {
    expect(memoryReport().sites).toBeUndefined();
    debug(true);
    const kept = randn([1000, 10]);
    debug(false);
    const [site] = memoryReport().sites!;
    expect(site!.site).toMatch(/memory\.test\.ts:\d+:\d+$/);
    expect(site!.bytes).toBeGreaterThanOrEqual(kept.size * 4);
    kept.dispose();
    expect(memoryReport().sites).toBeUndefined();
  });
});

describe("sizes that cannot be", () => {
  type Sizes = (shape: number[]) => unknown;
  const x = ones([2]);
  const creators: [string, Sizes][] = [
    ["zeros", shape => zeros(shape)],
    ["ones", shape => ones(shape)],
    ["full", shape => full(shape, 2)],
    ["rand", shape => rand(shape)],
    ["randn", shape => randn(shape)],
    ["normal", shape => normal(shape)],
    ["uniform", shape => uniform(shape)],
    ["randint", shape => randint(0, 5, shape)],
    ["exponential", shape => exponential(shape)],
    ["gumbel", shape => gumbel(shape)],
    ["truncatedNormal", shape => truncatedNormal(shape)],
    ["gamma", shape => gamma(shape, 2)],
    ["beta", shape => beta(shape, 2, 2)],
    ["dirichlet", shape => dirichlet(shape, [1, 1])],
    ["tensor", shape => tensor(new Float32Array(2), { shape })],
    ["expand", shape => x.expand([...shape, 2])],
    ["eye", ([n]) => eye(n!)],
    ["linspace", ([n]) => linspace(0, 1, n!)],
    ["randperm", ([n]) => randperm(n!)],
  ];
  test.each(creators)("%s: negative, fractional, not a number, beyond all memory", (_name, make) => {
    for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 60]) {
      expect(() => make([size]), `${size}`).toThrow(EngineError);
    }
  });

  const allocating = creators.filter(([name]) => !["tensor", "expand"].includes(name));
  test.each(allocating)("%s: what does not fit into memory names function, shape and bytes", (name, make) => {
    const size = ["eye"].includes(name) ? 2 ** 21 : 2 ** 42;
    expect(() => make([size])).toThrow(EngineError);
    let message = "";
    try {
      make([size]);
    } catch (error) {
      message = (error as Error).message;
    }
    // randperm and linspace refuse what their numbers cannot count before they ask for memory.
    if (!["randperm", "dirichlet"].includes(name)) {
      expect(message).toMatch(
        new RegExp(`^${name}: no memory for a tensor of shape \\[${size}.*\\] \\w+ \\(\\d+ bytes\\)`),
      );
    }
  });

  test("an operation names itself", () => {
    const wide = ones([1]).expand([2 ** 21]);
    expect(() => wide.outer(wide)).toThrow(
      /^outer: no memory for a tensor of shape \[2097152, 2097152\] float32 \(17592186044416 bytes\). Use smaller/,
    );
    expect(() =>
      ones([1])
        .expand([2 ** 42])
        .cumSum(0),
    ).toThrow(/^cumSum: no memory for a tensor of shape \[4398046511104\]/);
    // Computed when it is read.
    expect(() =>
      (
        ones([1])
          .expand([2 ** 42])
          .add(1) as Tensor
      )
        .sum()
        .item(),
    ).toThrow(OutOfMemoryError);
    expect(ones([3]).add(1).toArray()).toEqual([2, 2, 2]);
  });

  test("axes of 2^31 and more, where there is nothing on them", () => {
    const empty = zeros([2 ** 31, 0]);
    expect(empty.add(1).shape).toEqual([2 ** 31, 0]);
    expect(empty.transpose().reshape([0]).size).toBe(0);
    expect(() => zeros([2 ** 31, 2 ** 31])).toThrow("more elements than any memory holds");
    expect(() =>
      ones([1])
        .expand([2 ** 31])
        .sort(),
    ).toThrow("more places than int32 counts");
    expect(() => ones([2]).repeat([-1])).toThrow(EngineError);
    expect(() => ones([2]).tile([2 ** 50])).toThrow(/^tile: no memory for a tensor of shape \[1125899906842624, 2\]/);
  });
});
