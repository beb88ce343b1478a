import { describe, expect, test } from "vitest";
import { collate } from "../../../engine/data/collate.js";
import { DataLoader } from "../../../engine/data/data-loader.js";
import type { Dataset } from "../../../engine/data/dataset.js";
import { batches } from "../../../engine/data/loader.js";
import { dataset } from "../../../engine/data/make-dataset.js";
import { ShapeError, ValueError } from "../../../engine/errors.js";
import { ones, tensor, zeros } from "../../../engine/ops/create.js";
import "../../../engine/ops/index.js";

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
/** The same numbers as an indexable dataset and as one that comes in one order only. */
const both = (n: number): [string, Dataset<number>][] => [
  ["by index", dataset(count(n))],
  ["in one order", dataset(() => count(n))],
];
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe.each(both(7))("a dataset %s", (kind, numbers) => {
  const byIndex = kind === "by index";

  test("is gone through again and again", async () => {
    expect(await numbers.toArray()).toEqual(count(7));
    expect(await numbers.toArray()).toEqual(count(7));
    expect(numbers.length).toBe(byIndex ? 7 : undefined);
  });

  test("map, filter, take, skip, repeat, zip and enumerate", async () => {
    const of = (made: Dataset<unknown>) => made.toArray();
    expect(await of(numbers.map(async (n, i) => n * 10 + i))).toEqual(count(7).map(n => n * 11));
    expect(await of(numbers.filter(n => n % 2 === 1))).toEqual([1, 3, 5]);
    expect(await of(numbers.take(2))).toEqual([0, 1]);
    expect(await of(numbers.take(0))).toEqual([]);
    expect(await of(numbers.take(99))).toEqual(count(7));
    expect(await of(numbers.skip(5))).toEqual([5, 6]);
    expect(await of(numbers.skip(99))).toEqual([]);
    expect(await of(numbers.skip(2).take(3).repeat(2))).toEqual([2, 3, 4, 2, 3, 4]);
    expect(await of(numbers.repeat().skip(5).take(4))).toEqual([5, 6, 0, 1]);
    expect(await of(numbers.repeat(0))).toEqual([]);
    expect(await of(numbers.zip(dataset(["a", "b"])))).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
    expect(await of(dataset(["a", "b"]).zip(numbers.repeat()))).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect(await of(numbers.skip(5).enumerate())).toEqual([
      [0, 5],
      [1, 6],
    ]);
  });

  test("shuffle: all samples, the seed's order, another one in every pass when wanted", async () => {
    const order = (seed: number) => numbers.shuffle({ seed, buffer: 4 }).toArray();
    const first = await order(1);
    expect(sorted(first)).toEqual(count(7));
    expect(first).not.toEqual(count(7));
    expect(await order(1)).toEqual(first);
    expect(await order(2)).not.toEqual(first);
    const again = numbers.shuffle({ seed: 1, buffer: 4, reshuffle: true });
    const passes = [await again.toArray(), await again.toArray()];
    expect(passes[0]).not.toEqual(passes[1]);
    for (const pass of passes) expect(sorted(pass)).toEqual(count(7));
  });

  test("batch and dropLast", async () => {
    const of = async (made: Dataset<ReturnType<typeof ones>>) => (await made.toArray()).map(b => b.toArray());
    expect(await of(numbers.batch(3) as never)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await of(numbers.batch(3, { dropLast: true }) as never)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    const sums = numbers.batch(3, { collate: async part => part.reduce((a, b) => a + b, 0) });
    expect(await sums.toArray()).toEqual([3, 12, 6]);
    expect(sums.length).toBe(byIndex ? 3 : undefined);
  });

  test("prefetch keeps the order and runs ahead; cache makes each sample once", async () => {
    let made = 0;
    const counted = numbers.map(async n => {
      made++;
      await new Promise(resolve => setTimeout(resolve, n === 0 ? 5 : 0));
      return n;
    });
    const iterator = counted.prefetch(3)[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toBe(0);
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(made).toBe(4);
    const rest: number[] = [];
    for await (const n of iterator) rest.push(n);
    expect(rest).toEqual([1, 2, 3, 4, 5, 6]);
    made = 0;
    const cached = counted.cache();
    expect([await cached.toArray(), await cached.toArray()]).toEqual([count(7), count(7)]);
    expect(made).toBe(7);
  });

  test("a sample that cannot be made ends the pass with its error, and may succeed later", async () => {
    let broken = true;
    const fragile = numbers
      .map(n => {
        if (broken && n === 3) throw new Error("no 3");
        return n;
      })
      .cache();
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const n of fragile.prefetch(2)) seen.push(n);
      })(),
    ).rejects.toThrow("no 3");
    expect(seen).toEqual([0, 1, 2]);
    broken = false;
    expect(await fragile.toArray()).toEqual(count(7));
  });
});

describe("datasets", () => {
  test("a reader that leaves early ends the generators below", async () => {
    let ended = 0;
    const stream = dataset(function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        ended++;
      }
    });
    const mapped = stream
      .map(n => n + 1)
      .prefetch(2)
      .zip(stream.filter(n => n > 3));
    for await (const [a, b] of mapped) {
      expect([a, b]).toEqual([1, 4]);
      break;
    }
    expect(ended).toBe(2);
    expect(await stream.take(2).toArray()).toEqual([0, 1]);
    expect(ended).toBe(3);
  });

  test("by index: views of columns, and what follows from them", async () => {
    const samples = dataset({
      x: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      y: Int32Array.of(7, 8, 9),
      name: ["a", "b", "c"],
    });
    const last = await samples.at(2);
    expect([last.x.toArray(), last.y.item(), last.y.dtype, last.name]).toEqual([[5, 6], 9, "int32", "c"]);
    expect((await samples.skip(1).at(0)).name).toBe("b");
    expect((await samples.repeat(2).at(4)).name).toBe("b");
    const batch = await samples.shuffle({ seed: 2 }).skip(1).batch(2).at(0);
    const names = batch.name.map(name => "abc".indexOf(name));
    expect(batch.y.toArray()).toEqual(names.map(i => 7 + i));
    expect(batch.x.toArray()).toEqual(names.map(i => [2 * i + 1, 2 * i + 2]));
    expect(
      (
        await dataset(tensor([[1], [2]]))
          .batch(2)
          .at(0)
      ).toArray(),
    ).toEqual([[1], [2]]);
  });

  test("refuse what makes no sense", async () => {
    const numbers = dataset([1, 2, 3]);
    for (const wrong of [-1, 0.5, Number.NaN]) {
      expect(() => numbers.take(wrong)).toThrow(ValueError);
      expect(() => numbers.skip(wrong)).toThrow(ValueError);
      expect(() => numbers.repeat(wrong)).toThrow(ValueError);
      expect(() => numbers.batch(wrong)).toThrow(`Dataset.batch: size is ${wrong}`);
      expect(() => numbers.prefetch(wrong)).toThrow(ValueError);
      await expect(numbers.at(wrong)).rejects.toThrow("of 3 samples");
    }
    expect(() => numbers.batch(0)).toThrow(ValueError);
    expect(() => numbers.shuffle({ seed: 0.5 })).toThrow("seed is 0.5");
    expect(() => numbers.shuffle({ buffer: 0 })).toThrow("buffer is 0");
    await expect(numbers.at(3)).rejects.toThrow("index 3 of 3 samples");
    await expect(numbers.filter(() => true).at(0)).rejects.toThrow("one order only");
    await expect(numbers.repeat().toArray()).rejects.toThrow("has no end");
    expect(() => dataset(5 as never)).toThrow("nothing to take samples from");
    expect(() => dataset({})).toThrow("nothing to take samples from");
    expect(() => dataset({ x: zeros([2]), y: [1] })).toThrow(ShapeError);
    expect(() => dataset({ x: zeros([]) })).toThrow("x is a scalar");
    expect(() => dataset({ x: 3 } as never)).toThrow("x is neither a tensor nor a list");
    await expect(dataset(() => 3 as never).toArray()).rejects.toThrow("nothing to go through");
  });
});

describe("collate", () => {
  test("puts parts of every kind together", () => {
    const made = collate([
      {
        t: ones([2]),
        n: 1,
        flag: true,
        big: 1n,
        text: "a",
        row: [1, 2],
        bytes: Uint8Array.of(1, 2),
        pair: [ones([1]), "x"] as const,
      },
      {
        t: zeros([2]),
        n: 2,
        flag: false,
        big: 2n,
        text: "b",
        row: [3, 4],
        bytes: Uint8Array.of(3, 4),
        pair: [zeros([1]), "y"] as const,
      },
    ]);
    expect(made.t.toArray()).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect([made.n.toArray(), made.n.dtype]).toEqual([[1, 2], "float32"]);
    expect([made.flag.toArray(), made.flag.dtype]).toEqual([[true, false], "bool"]);
    expect([made.big.dtype, made.text]).toEqual(["int64", ["a", "b"]]);
    expect([made.row.toArray(), made.bytes.toArray(), made.bytes.dtype]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      "uint8",
    ]);
    expect([made.pair[0].toArray(), made.pair[1]]).toEqual([
      [[1], [0]],
      ["x", "y"],
    ]);
  });

  test("names the part that does not fit", () => {
    expect(() => collate([])).toThrow("collate: there are no samples");
    expect(() => collate([{ x: ones([2]) }, { x: ones([3]) }])).toThrow("x is [2] in sample 0 and [3] in sample 1");
    expect(() => collate([{ x: 1 }, { x: "a" }])).toThrow("x is a number in sample 0 and a string in sample 1");
    expect(() => collate([{ x: 1 }, {}])).toThrow("sample 1 has no x");
    expect(() => collate([[1, 2], [1]])).toThrow("2 entries in sample 0 and 1 entries in sample 1");
    expect(() => collate([ones([1]), null])).toThrow(ValueError);
  });
});

describe("DataLoader", () => {
  const columns = {
    x: tensor(Float32Array.from(count(50)), { shape: [25, 2] }),
    y: tensor(Int32Array.from(count(25))),
  };
  const passOf = async (loader: AsyncIterable<{ x: { toArray(): unknown }; y: { toArray(): unknown } }>) => {
    const seen: unknown[] = [];
    for await (const { x, y } of loader) seen.push([x.toArray(), y.toArray()]);
    return seen;
  };

  test("gives the batches of `batches`, pass by pass, however much it prefetches", async () => {
    for (const dropLast of [false, true]) {
      const options = { shuffle: true, seed: 5, dropLast };
      const wanted = batches(columns, { size: 8, ...options });
      for (const prefetch of [0, 1, 7]) {
        const loader = new DataLoader(dataset(columns), { batchSize: 8, prefetch, ...options });
        const changed = new DataLoader(
          dataset(columns).map(async s => s),
          { batchSize: 8, prefetch, ...options },
        );
        expect(loader.length).toBe(wanted.length);
        const again = batches(columns, { size: 8, ...options });
        for (let pass = 0; pass < 2; pass++) {
          const expected = [...again].map(b => [b.x.toArray(), b.y.toArray()]);
          expect(await passOf(loader)).toEqual(expected);
          expect(await passOf(changed)).toEqual(expected);
        }
      }
    }
  });

  test("streams, own collate, lists", async () => {
    const stream = new DataLoader(
      dataset(() => count(5)),
      { batchSize: 2, collate: async part => part.join("+") },
    );
    const seen: string[] = [];
    for await (const part of stream) seen.push(part);
    expect(seen).toEqual(["0+1", "2+3", "4"]);
    expect(stream.length).toBeUndefined();
    expect(new DataLoader([1, 2, 3], { batchSize: 2 }).length).toBe(2);
    for await (const nothing of new DataLoader([])) expect(nothing).toBe("never");
  });

  test("refuses what makes no sense", () => {
    expect(() => new DataLoader([1], { batchSize: 0 })).toThrow("DataLoader: batchSize is 0");
    expect(() => new DataLoader([1], { prefetch: -1 })).toThrow("prefetch is -1");
    expect(() => new DataLoader([1], { seed: 0.5 })).toThrow("seed is 0.5");
    expect(
      () =>
        new DataLoader(
          dataset(() => [1]),
          { shuffle: true },
        ),
    ).toThrow("one order only. Shuffle the dataset itself");
  });
});
