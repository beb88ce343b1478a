import { describe, expect, test } from "vitest";
import { batches } from "../../../engine/data/loader.js";
import { split } from "../../../engine/data/split.js";
import { ShapeError, ValueError } from "../../../engine/errors.js";
import { tensor } from "../../../engine/ops/create.js";
import { track } from "../../../engine/train/track.js";

/** Sample i has the picture [i, i + 0.5] and the label 10 i. */
function samples(count: number) {
  return {
    images: tensor(
      Float32Array.from({ length: 2 * count }, (_, i) => i / 2),
      { shape: [count, 2] as [number, 2] },
    ),
    labels: tensor(
      Int32Array.from({ length: count }, (_, i) => 10 * i),
      { shape: [count] as [number] },
    ),
  };
}

/** Which samples a batch holds, after a check that their parts stayed together. */
function members({ images, labels }: ReturnType<typeof samples>): number[] {
  const numbers = [...labels.data()].map(label => label / 10);
  expect(images.shape).toEqual([numbers.length, 2]);
  expect(images.toArray()).toEqual(numbers.map(n => [n, n + 0.5]));
  return numbers;
}

const passOver = (source: Iterable<unknown>) => [...source].map(b => members(b as ReturnType<typeof samples>));

describe("batches", () => {
  test("go through all samples in order; the last may be smaller", () => {
    const all = batches(samples(7), { size: 3 });
    expect(all.length).toBe(3);
    expect(passOver(all)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(passOver(all)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(passOver(batches(samples(7), { size: 3, dropLast: true }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(passOver(batches(samples(2)))).toEqual([[0, 1]]);
    expect(passOver(batches(samples(0)))).toEqual([]);
  });

  test("shuffled: every sample once, another order in every pass, the same with the same seed", () => {
    const shuffled = () => batches(samples(50), { size: 8, shuffle: true, seed: 3 });
    const source = shuffled();
    const first = passOver(source).flat();
    const second = passOver(source).flat();
    const ordered = Array.from({ length: 50 }, (_, i) => i);
    for (const pass of [first, second]) expect([...pass].sort((a, b) => a - b)).toEqual(ordered);
    expect(first).not.toEqual(ordered);
    expect(second).not.toEqual(first);
    const again = shuffled();
    expect([passOver(again).flat(), passOver(again).flat()]).toEqual([first, second]);
    expect(passOver(batches(samples(50), { size: 8, shuffle: true, seed: 4 })).flat()).not.toEqual(first);
  });

  test("track knows their number", () => {
    const steps = [...track(batches(samples(5), { size: 2 }), { epochs: 2 })];
    expect(steps.map(s => `${s.epoch}:${s.value.labels.size}`)).toEqual(["1:2", "1:2", "1:1", "2:2", "2:2", "2:1"]);
  });

  test("refuse what does not fit, by name", () => {
    const { images } = samples(4);
    const { labels } = samples(3);
    expect(() => batches({ images, labels })).toThrow(ShapeError);
    expect(() => batches({ images, labels })).toThrow(
      "batches: images [4, 2] and labels [3] have different numbers of samples. Their first axes",
    );
    expect(() => batches({ loss: tensor(1) })).toThrow("batches: loss is a scalar");
    expect(() => batches({})).toThrow("batches: there are no tensors");
    expect(() => batches({ images: [1, 2] as never })).toThrow("batches: images is no tensor");
    for (const size of [0, -1, 2.5, Number.NaN]) expect(() => batches({ images }, { size })).toThrow(ValueError);
    expect(() => batches({ images }, { seed: 0.5 })).toThrow("batches: seed is 0.5");
  });
});

describe("split", () => {
  test("in order: the end is the second part", () => {
    const [first, second] = split(samples(10), 0.2, { shuffle: false });
    expect(members(first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(members(second)).toEqual([8, 9]);
  });

  test("drawn: each sample in one part, the same with the same seed", () => {
    const draw = (seed: number) => split(samples(40), 0.25, { seed }).map(part => members(part as never));
    const [first, second] = draw(1);
    expect([first!.length, second!.length]).toEqual([30, 10]);
    expect([...first!, ...second!].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(draw(1)).toEqual([first, second]);
    expect(draw(2)).not.toEqual([first, second]);
  });

  test("all or nothing, and what makes no sense", () => {
    expect(members(split(samples(3), 1)[0] as never)).toEqual([]);
    expect(members(split(samples(3), 0)[1] as never)).toEqual([]);
    for (const share of [-0.1, 1.1, Number.NaN]) expect(() => split(samples(3), share)).toThrow(ValueError);
  });
});
