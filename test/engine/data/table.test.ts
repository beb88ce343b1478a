import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import { parseCsv, type Table, table } from "../../../engine/data/table/index.js";
import { ValueError } from "../../../engine/errors.js";

const people = table({ name: ["Ada", "Bo", null, "Cy"], age: [36, null, 20, 41], left: [true, false, false, null] });

describe("table", () => {
  test("types, rows and columns", () => {
    expect(people.schema).toEqual({ name: "text", age: "number", left: "boolean" });
    expect([people.length, people.names]).toEqual([4, ["name", "age", "left"]]);
    expect(people.row(-1)).toEqual({ name: "Cy", age: 41, left: null });
    expect([...people].map(row => row.name)).toEqual(["Ada", "Bo", null, "Cy"]);
    expectTypeOf(people.column("age")).toEqualTypeOf<(number | null)[]>();
    expectTypeOf(people.dropMissing().column("name")).toEqualTypeOf<string[]>();
    expectTypeOf(table({ a: [1, 2] }).column("a")).toEqualTypeOf<number[]>();
  });

  test("NaN is missing; mixed kinds become text", () => {
    const mixed = table({ a: [1, Number.NaN], b: [1, "x"] });
    expect(mixed.column("a")).toEqual([1, null]);
    expect(mixed.column("b")).toEqual(["1", "x"]);
  });

  test("select, drop, filter, slice, sortBy, with", () => {
    expect(people.select("age", "name").names).toEqual(["age", "name"]);
    expect(people.drop("age").names).toEqual(["name", "left"]);
    expect(people.filter(row => (row.age ?? 0) > 30).column("name")).toEqual(["Ada", "Cy"]);
    expect(people.slice(1, -1).column("age")).toEqual([null, 20]);
    expect(people.head(1).length).toBe(1);
    expect(people.sortBy("age").column("age")).toEqual([20, 36, 41, null]);
    expect(people.sortBy("age", { descending: true }).column("age")).toEqual([41, 36, 20, null]);
    const older = people.with("next", row => (row.age === null ? null : row.age + 1));
    expect(older.column("next")).toEqual([37, null, 21, 42]);
    expect(people.with("age", [1, 2, 3, 4]).names).toEqual(["name", "age", "left"]);
  });

  test("missing values are counted, dropped and filled", () => {
    expect(people.missing()).toEqual({ name: 1, age: 1, left: 1 });
    expect(people.dropMissing().column("name")).toEqual(["Ada"]);
    expect(people.dropMissing("age").column("name")).toEqual(["Ada", null, "Cy"]);
    expect(people.fillMissing({ age: 0, name: "?" }).column("name")).toEqual(["Ada", "Bo", "?", "Cy"]);
    expect(people.fillValues("median")).toEqual({ age: 36 });
    expect(people.fillValues("mean")).toEqual({ age: 97 / 3 });
    expect(people.fillValues("mostFrequent", "left")).toEqual({ left: false });
    expect(people.fillMissing(people.fillValues("mostFrequent")).missing()).toEqual({ name: 0, age: 0, left: 0 });
    expect(people.column("age")[1]).toBe(null);
  });

  test("tensors of columns", () => {
    const whole = people.dropMissing("age", "left");
    expect(whole.tensor("age").toArray()).toEqual([36, 20]);
    const both = whole.tensor(["left", "age"], { dtype: "int32" });
    expect([both.dtype, both.toArray()]).toEqual([
      "int32",
      [
        [1, 36],
        [0, 20],
      ],
    ]);
  });

  test("text for people, CSV for other programs", () => {
    expect(people.toString()).toBe(
      "name  age   left\nAda    36   true\nBo      -  false\n-      20  false\nCy     41      -\n4 rows x 3 columns",
    );
    const odd = table({ a: ['say "hi"', " x", null, "two\nlines"], b: [1, null, 0.1, -3] });
    const again = parseCsv(odd.toCsv());
    expect([...again]).toEqual([...odd]);
    const lone = table({ a: [1, null, 3] });
    expect([...parseCsv(lone.toCsv())]).toEqual([...lone]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["unequal columns", () => table({ a: [1], b: [1, 2] }), /b has 2 values, a has 1/],
    ["an unknown column", () => people.column("agee" as "age"), /no column "agee".*name, age, left/],
    ["a row beyond", () => people.row(4), /no row 4.*4 rows/],
    ["a wrong number of values", () => people.with("x", [1]), /1 values for 4 rows/],
    ["text in a tensor", () => people.tensor("name" as "age"), /name holds text.*LabelEncoder/],
    ["missing values in a tensor", () => people.tensor("age"), /age has no value in 1 of 4 rows \(1\)/],
    ["fractions in an int32", () => table({ a: [1, 2.5] }).tensor("a", { dtype: "int32" }), /a is 2.5 in row 1/],
    ["a fill of another type", () => people.fillMissing({ age: "x" as unknown as number }), /"x" for age/],
    ["the mean of text", () => people.fillValues("mean", "name"), /name holds text, which has no mean/],
    ["the mean of nothing", () => table({ a: [null, Number.NaN] }).fillValues("mean"), /a has no value at all/],
  ])("rejects %s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });
});

interface Expected {
  rows: number;
  missing: Record<string, number>;
  means: Record<string, number>;
  medians: Record<string, number>;
  complete: number;
}
const { real } = JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/tables.json"), "utf8")) as {
  real: Record<string, Expected>;
};

describe.skipIf(!process.env.GRADBOOK_DATA)("real tables (in GRADBOOK_DATA), as pandas reads them", () => {
  test.each(Object.entries(real))("%s", async (name, expected) => {
    const { readCsv } = await import("../../../engine/data/table/index.js");
    const read: Table = await readCsv(join(process.env.GRADBOOK_DATA!, "tables", `${name}.csv`));
    expect([read.length, read.dropMissing().length]).toEqual([expected.rows, expected.complete]);
    expect(read.missing()).toEqual(expected.missing);
    const means = read.fillValues("mean");
    expect(Object.keys(means)).toEqual(Object.keys(expected.means));
    for (const [column, mean] of Object.entries(expected.means)) expect(means[column]).toBeCloseTo(mean, 10);
    expect(read.fillValues("median")).toEqual(expected.medians);
  });
});
