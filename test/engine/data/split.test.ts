import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, data, type Tensor, tensor, zeros } from "../../../engine/index.js";

interface Fixture {
  splits: Record<string, { labels: number[]; test: number; drawn: number[]; folds: number[]; stratified: number[][] }>;
  x: number[][];
  other: number[][];
  scalers: Record<"StandardScaler" | "MinMaxScaler" | "RobustScaler", number[][]>;
}

/** Made by test/fixtures/make_splits.py with scikit-learn. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/splits.json", import.meta.url), "utf8")) as Fixture;

const samples = (labels: number[]) => ({
  id: arange(labels.length),
  y: tensor(labels, { dtype: "int32" }) as Tensor<[number]>,
});
const list = (x: Tensor) => x.toArray() as number[];
const countsOf = (y: Tensor, classes: number) =>
  Array.from({ length: classes }, (_, c) => list(y).filter(label => label === c).length);
const sorted = (values: number[]) => [...values].sort((a, b) => a - b);

describe.each(Object.entries(fixture.splits))("%s classes, in scikit-learn's numbers", (_, c) => {
  const { labels } = c;
  const columns = samples(labels);
  const classes = c.drawn.length;
  const everyone = labels.map((_, i) => i);

  test("a stratified split", () => {
    const [train, held] = data.split(columns, 0.3, { stratify: "y", seed: 5 });
    // Of classes that lose equally much by rounding, chance decides which gets one more.
    countsOf(held.y, classes).forEach((count, i) => {
      expect(Math.abs(count - c.drawn[i]!)).toBeLessThanOrEqual(1);
    });
    expect(held.y.size).toBe(c.test);
    expect(sorted([...list(train.id), ...list(held.id)])).toEqual(everyone);
  });

  test("three stratified parts", () => {
    const parts = data.splitThree(columns, { validation: 0.2, test: 0.2 }, { stratify: "y" });
    const ids = [parts.train, parts.validation, parts.test].flatMap(part => list(part.id));
    expect(sorted(ids)).toEqual(everyone);
    const shares = countsOf(parts.test.y, classes).map((count, i) => count / countsOf(columns.y, classes)[i]!);
    for (const share of shares) expect(Math.abs(share - 0.2)).toBeLessThan(0.5);
  });

  test.each([true, false])("folds, by chance: %s", shuffle => {
    const folds = [...data.kFold(columns, 4, { shuffle })];
    expect(folds.map(({ validation }) => validation.y.size)).toEqual(c.folds);
    expect(sorted(folds.flatMap(({ validation }) => list(validation.id)))).toEqual(everyone);
    for (const { train, validation } of folds) {
      expect(sorted([...list(train.id), ...list(validation.id)])).toEqual(everyone);
    }
  });

  test.each([true, false])("stratified folds, by chance: %s", shuffle => {
    const folds = [...data.kFold(columns, 4, { shuffle, stratify: "y" })];
    // Which fold gets which count is the only thing left open.
    const asTexts = (counts: number[][]) => counts.map(String).sort();
    expect(asTexts(folds.map(({ validation }) => countsOf(validation.y, classes)))).toEqual(asTexts(c.stratified));
    expect(sorted(folds.flatMap(({ validation }) => list(validation.id)))).toEqual(everyone);
  });
});

test("a seed gives the same parts, another seed others", () => {
  const draw = (seed: number) => list(data.split(samples(new Array(40).fill(0)), 0.5, { seed, stratify: "y" })[1].id);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

describe.each(["StandardScaler", "MinMaxScaler", "RobustScaler"] as const)("%s", name => {
  const x = tensor(fixture.x, { dtype: "float64" }) as Tensor;
  const other = tensor(fixture.other, { dtype: "float64" }) as Tensor;

  test("as scikit-learn's, and back", () => {
    const scaler = new data[name]().fit(x);
    const scaled = scaler.transform(other);
    (scaled.toArray() as number[][]).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(fixture.scalers[name][i]![j]!, 10);
      });
    });
    (scaler.inverse(scaled).toArray() as number[][]).flat().forEach((value, i) => {
      expect(value).toBeCloseTo(fixture.other.flat()[i]!, 10);
    });
  });

  test("refuses what it cannot learn from or apply to", () => {
    const scaler = new data[name]();
    expect(() => scaler.transform(x)).toThrow("nothing was learned yet");
    expect(() => scaler.fit(tensor([[1], [Number.NaN], [2], [Number.NaN]]))).toThrow("NaN in rows 1, 3");
    expect(() => scaler.fit(zeros([0, 2]))).toThrow("samples of shape [0, 2]");
    scaler.fit(x);
    expect(() => scaler.transform(zeros([3, 2]))).toThrow("learned from features [3]");
  });
});

test("labels by number and back", () => {
  const encoder = new data.LabelEncoder<string>().fit(["b", "a", "c", "a"]);
  expect(encoder.classes).toEqual(["a", "b", "c"]);
  expect(encoder.encode(["c", "a"]).toArray()).toEqual([2, 0]);
  expect(encoder.oneHot(["b"]).toArray()).toEqual([[0, 1, 0]]);
  expect(encoder.decode(tensor([1, 2], { dtype: "int32" }))).toEqual(["b", "c"]);
  expect(() => encoder.encode(["a", "d"])).toThrow('"d" in row 1 is no known class');
  expect(() => encoder.decode([3])).toThrow("3 in row 0 is no class");
  expect(new data.LabelEncoder<number>().fit([10, 9, 1]).classes).toEqual([1, 9, 10]);
});

describe("bad input is named", () => {
  const columns = samples([0, 1, 0, 1]);
  const cases: [what: string, run: () => unknown, message: string][] = [
    ["a column that is not there", () => data.split(columns, 0.5, { stratify: "z" }), 'there is no column "z"'],
    ["stratified without chance", () => data.split(columns, 0.5, { stratify: "y", shuffle: false }), "drawn by chance"],
    ["classes of two axes", () => data.split({ y: zeros([4, 2]) }, 0.5, { stratify: "y" }), "y has 2 axes"],
    ["nothing left to train on", () => data.splitThree(columns, { validation: 0.5, test: 0.5 }), "leave nothing of 4"],
    ["a share beyond 1", () => data.splitThree(columns, { validation: 2, test: 0 }), "the validation share is 2"],
    ["one fold", () => [...data.kFold(columns, 1)], "1 folds"],
    ["more folds than samples", () => [...data.kFold(columns, 5)], "5 folds"],
    ["more folds than samples of any class", () => [...data.kFold(columns, 3, { stratify: "y" })], "3 folds"],
  ];
  test.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
