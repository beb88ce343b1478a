import { describe, expect, test } from "vitest";
import { DataLoader } from "../../../engine/data/data-loader.js";
import { dataset } from "../../../engine/data/make-dataset.js";
import type { LoadContext } from "../../../engine/data/workers.js";
import { EngineError, ValueError } from "../../../engine/errors.js";
import "../../../engine/ops/index.js";

const shared = new Float32Array(new SharedArrayBuffer(4 * 4));
shared.set([1, 2, 3, 4]);
const samples = dataset(Array.from({ length: 23 }, (_, i) => ({ values: shared, n: i })));

/** Stands alone, as workers want it. Later samples take less time, so that threads overtake each other. */
async function load({ values, n }: { values: Float32Array; n: number }, { index, random }: LoadContext) {
  await new Promise(resolve => setTimeout(resolve, n < 6 ? 6 - n : 0));
  return { x: values.map(v => v * n + random()), y: index };
}

describe("loading in worker threads", () => {
  test("gives the same batches, bit for bit and in order, for 0, 1 and 2 workers", async () => {
    const passes: unknown[][] = [];
    for (const workers of [0, 1, 2]) {
      const loader = new DataLoader(samples, { batchSize: 4, shuffle: true, seed: 9, workers, load });
      const seen: unknown[] = [];
      for (let pass = 0; pass < 2; pass++) {
        for await (const { x, y } of loader) seen.push([x.toArray(), y.toArray()]);
      }
      passes.push(seen);
    }
    expect(passes[0]!.length).toBe(12);
    expect(passes[1]).toEqual(passes[0]);
    expect(passes[2]).toEqual(passes[0]);
    expect(passes[0]![0]).not.toEqual(passes[0]![6]);
  });

  test("really uses other threads, and shares memory with them", async () => {
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const loader = new DataLoader([counter, counter, counter, counter], {
      batchSize: 1,
      workers: 2,
      load: async (shared: Int32Array) => {
        Atomics.add(shared, 0, 1);
        const threads = process.getBuiltinModule("node:worker_threads");
        return threads.threadId;
      },
    });
    const threads = new Set<number>();
    for await (const id of loader) threads.add(id.at(0).item() as number);
    expect(counter[0]).toBe(4);
    expect(threads.size).toBe(2);
    expect(threads.has(0)).toBe(false);
  });

  test("a loading function that fails, or looks around, says so; threads end with the pass", async () => {
    const outside = 3;
    const passOver = async (run: (n: number) => unknown) => {
      for await (const batch of new DataLoader([1, 2, 3], { batchSize: 2, workers: 2, load: run })) void batch;
    };
    await expect(passOver(n => n + outside)).rejects.toThrow("outside is not defined. A function for workers sees");
    const failing = passOver(() => {
      throw new Error("no such picture");
    });
    await expect(failing).rejects.toThrow("DataLoader: the loading function failed: no such picture");
    await expect(failing).rejects.toBeInstanceOf(EngineError);
    await expect(passOver(() => process.exit(3))).rejects.toThrow("a worker ended");
    const functions = new DataLoader([() => 1], { workers: 1, load: f => f() });
    await expect(functions[Symbol.asyncIterator]().next()).rejects.toThrow("Samples for workers are plain data");
    for await (const _ of new DataLoader(samples, { batchSize: 1, workers: 2, load })) break;
    const threads = process.getActiveResourcesInfo().filter(name => name === "MessagePort" || name === "Worker");
    expect(threads).toEqual([]);
  });

  test("refuses what makes no sense", () => {
    expect(() => new DataLoader([1], { workers: 1 })).toThrow("the workers have nothing to do. Give load");
    expect(() => new DataLoader([1], { workers: -1, load: n => n })).toThrow(ValueError);
    expect(
      () =>
        new DataLoader(
          dataset(() => [1]),
          { load: n => n },
        ),
    ).toThrow("one order only. Change them with");
  });
});
