import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import "../../../engine/ops/index.js";
import { CsvSplitter } from "../../../engine/data/table/csv-splitter.js";
import { parseCsv, parseJsonLines, readCsv, readJsonLines, streamCsv } from "../../../engine/data/table/index.js";
import { ValueError } from "../../../engine/errors.js";

type Cells = (number | string | boolean | null)[];
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/tables.json"), "utf8")) as {
  cases: { name: string; text: string; columns: Record<string, Cells> }[];
  german: { text: string; columns: Record<string, Cells> };
};

const folder = mkdtempSync(join(tmpdir(), "gradbook-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
async function lengths(parts: AsyncIterable<{ length: number }>): Promise<number[]> {
  const found: number[] = [];
  for await (const part of parts) found.push(part.length);
  return found;
}
const columnsOf = (t: ReturnType<typeof parseCsv>) =>
  Object.fromEntries(
    t.names.map(name => [name, t.column(name).map(c => (Math.abs(Number(c)) === Infinity ? `${c}` : c))]),
  );
const infinities = (columns: Record<string, Cells>) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [
      name,
      cells.map(c => (typeof c === "string" ? c.replace(/^(-?)inf$/, "$1Infinity") : c)),
    ]),
  );

describe("parseCsv", () => {
  test.each(fixture.cases.map(c => [c.name, c] as const))("reads as pandas: %s", (_, { text, columns }) => {
    expect(columnsOf(parseCsv(text, { delimiter: "," }))).toEqual(infinities(columns));
  });

  test("semicolons and decimal commas, the delimiter found", () => {
    expect(columnsOf(parseCsv(fixture.german.text, { decimal: "," }))).toEqual(fixture.german.columns);
    expect(parseCsv('"a;b"\tc\n1\t2\n').names).toEqual(["a;b", "c"]);
  });

  test("digits that a number would lose stay text", () => {
    const t = parseCsv("zip,id,n\n00123,12345678901234567890,1\n99,2,2\n");
    expect(t.schema).toEqual({ zip: "text", id: "text", n: "number" });
    expect(t.column("zip")).toEqual(["00123", "99"]);
    expect(parseCsv("zip\n007\n", { schema: { zip: "number" } }).column("zip")).toEqual([7]);
  });

  test("a schema gives types, in TypeScript too", () => {
    const t = parseCsv("a,b\n1,2\n", { schema: { a: "text" } });
    expect(t.schema).toEqual({ a: "text", b: "number" });
    expectTypeOf(t.column("a")).toEqualTypeOf<(string | null)[]>();
  });

  test("without a header, and other words for missing", () => {
    expect(parseCsv("1,2\n", { header: false }).names).toEqual(["column1", "column2"]);
    const t = parseCsv("1,?\n2,3\n", { header: ["x", "y"], missing: ["?"] });
    expect(t.column("y")).toEqual([null, 3]);
  });

  test("every cut into pieces gives the same rows", () => {
    const text = 'a,"b\r\nc""",d\r\n"",x"y,\r\n\r1,2,3';
    const rowsOf = (pieces: string[]) => {
      const rows: string[][] = [];
      const splitter = new CsvSplitter(",", fields => rows.push(fields));
      for (const piece of pieces) splitter.push(piece);
      splitter.end();
      return rows;
    };
    const whole = rowsOf([text]);
    expect(whole).toEqual([
      ["a", 'b\r\nc"', "d"],
      ["", 'x"y', ""],
      ["1", "2", "3"],
    ]);
    for (let cut = 0; cut <= text.length; cut++) expect(rowsOf([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
    expect(rowsOf([...text])).toEqual(whole);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["a short row", () => parseCsv("a,b\n1,2\n3\n"), /line 3 has 1 fields, there are 2 columns/],
    ["a long row, after a field of two lines", () => parseCsv('a,b\n"x\ny",2\n1,2,3\n'), /line 4 has 3 fields/],
    ["an open quote", () => parseCsv('a,b\n1,"x\n2,y\n'), /quote in line 2 is never closed/],
    ["an empty file", () => parseCsv("\n \n"), /no row in it/],
    [
      "a value of another type",
      () => parseCsv("a\n1\nx\n", { schema: { a: "number" } }),
      /"x" in line 3, a, is no number/,
    ],
    ["an unknown column", () => parseCsv("a\n1\n", { schema: { b: "number" } }), /no column "b".*columns are a/],
    ["an unknown type", () => parseCsv("a\n1\n", { schema: { a: "int" as "number" } }), /type of a is "int"/],
    ["a wide delimiter", () => parseCsv("a\n1\n", { delimiter: "::" }), /delimiter is "::"/],
  ])("rejects %s", (_, parse, message) => {
    expect(parse).toThrow(ValueError);
    expect(parse).toThrow(message);
  });
});

describe("files", () => {
  const text = `n,s\n${Array.from({ length: 30_000 }, (_, i) => `${i},"row, ${i}"`).join("\n")}\n`;

  test("readCsv, plain and compressed, equals parseCsv", async () => {
    const expected = parseCsv(text);
    for (const path of [file("a.csv", text), file("a.csv.gz", gzipSync(text))]) {
      const read = await readCsv(path);
      expect([read.schema, read.length]).toEqual([expected.schema, 30_000]);
      expect(read.column("s")).toEqual(expected.column("s"));
    }
  });

  test("streamCsv gives parts of the asked size", async () => {
    const counts: number[] = [];
    let sum = 0;
    for await (const part of streamCsv(file("b.csv", text), { rows: 7000 })) {
      counts.push(part.length);
      sum += part
        .with("v", row => Number(row.n))
        .tensor("v", { dtype: "float64" })
        .sum()
        .item();
    }
    expect(counts).toEqual([7000, 7000, 7000, 7000, 2000]);
    expect(sum).toBe((29_999 * 30_000) / 2);
  });

  test("encodings", async () => {
    const latin = file("latin.csv", Buffer.from("stra\xdfe\n1\n", "latin1"));
    expect((await readCsv(latin, { encoding: "windows-1252" })).names).toEqual(["straße"]);
    await expect(readCsv(latin)).rejects.toThrow(/no utf-8 text.*windows-1252/);
    await expect(readCsv(latin, { encoding: "klingon" })).rejects.toThrow(/encoding is "klingon"/);
  });

  test("errors name the file", async () => {
    await expect(readCsv(join(folder, "none.csv"))).rejects.toThrow(/no file .*none\.csv/);
    await expect(readCsv(folder)).rejects.toThrow(/is a folder/);
    await expect(readCsv(file("cut.csv.gz", gzipSync(text).subarray(0, 500)))).rejects.toThrow(/gzip data is damaged/);
    const later = file("later.csv", "a\n1\n2\nx\n");
    await expect(lengths(streamCsv(later, { rows: 2 }))).rejects.toThrow(/"x" in line 4, a, is no number/);
    await expect(lengths(streamCsv(later, { rows: 0 }))).rejects.toThrow(/rows is 0/);
  });

  test("readJsonLines", async () => {
    const path = file("a.jsonl", '{"a": 1}\n{"a": 2, "b": "ü"}');
    expect([...(await readJsonLines(path))]).toEqual([
      { a: 1, b: null },
      { a: 2, b: "ü" },
    ]);
  });
});

describe("parseJsonLines", () => {
  test("types, missing keys, nulls, mixed kinds", () => {
    const t = parseJsonLines('{"a": 1, "b": null}\n\n{"a": "x", "c": true}\r\n{"__proto__": 3}\n');
    expect(t.schema).toEqual(
      Object.fromEntries([
        ["a", "text"],
        ["b", "number"],
        ["c", "boolean"],
        ["__proto__", "number"],
      ]),
    );
    expect(t.column("a")).toEqual(["1", "x", null]);
    expect(t.column("c")).toEqual([null, true, null]);
    expect(t.column("__proto__")).toEqual([null, null, 3]);
  });

  test("a schema adds columns and makes text", () => {
    const t = parseJsonLines('{"a": 1}\n', { schema: { a: "text", z: "number" } });
    expect([...t]).toEqual([{ a: "1", z: null }]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no JSON", () => parseJsonLines('{"a": 1}\n{"a": 1'), /line 2 is no JSON/],
    ["no object", () => parseJsonLines("[1]"), /line 1 is no JSON object/],
    ["a list", () => parseJsonLines('{"a": [1]}'), /"a" in line 1 is a list/],
    ["another type", () => parseJsonLines('{"a": "x"}', { schema: { a: "number" } }), /a of row 0 is "x", no number/],
    [
      "keys that are data",
      () => parseJsonLines(Array.from({ length: 5000 }, (_, i) => `{"k${i}":1}`).join("\n")),
      /\d+ rows have \d+ different keys/,
    ],
  ])("rejects %s", (_, parse, message) => {
    expect(parse).toThrow(ValueError);
    expect(parse).toThrow(message);
  });
});

describe("types are guessed of the first rows", () => {
  const rows = (...last: string[]) => `a,b\n${"1,x\n".repeat(1500)}${last.join("\n")}\n`;

  test.each([
    ["a text after 1,500 numbers", "hello", "text"],
    ["a number that would lose its zeros", "007", "text"],
    ["a truth value", "true", "text"],
    ["a missing one", "", "number"],
    ["an exponent", "-2.5e-3", "number"],
  ] as const)("%s", (_, value, type) => {
    const table = parseCsv(rows(`${value},y`));
    expect(table.schema).toEqual({ a: type, b: "text" });
    const column = table.column("a");
    expect(column.length).toBe(1501);
    expect(column[0]).toBe(type === "text" ? "1" : 1);
    expect(column[1500]).toBe(type === "text" ? value : value === "" ? null : -0.0025);
  });

  test("a column that begins with missing values only", () => {
    expect(parseCsv(rows().replaceAll("1,", ",").concat("yes,z\n")).schema).toEqual({ a: "text", b: "text" });
    expect(parseCsv(rows().replaceAll("1,", ",").concat("true,z\n")).schema).toEqual({ a: "boolean", b: "text" });
  });

  test("numbers that stand for a missing value", () => {
    expect(parseCsv("a\n1\n-999\n3\n", { missing: ["-999"] }).column("a")).toEqual([1, null, 3]);
  });

  test("short numbers are those of Number, digit by digit", () => {
    let state = 1;
    const next = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const texts = Array.from({ length: 20_000 }, () => {
      const digits = Array.from({ length: 1 + next(17) }, () => next(10))
        .join("")
        .replace(/^0+(?=\d)/, "");
      const at = next(digits.length + 1);
      const whole = digits.slice(0, at).replace(/^0+(?=\d)/, "");
      return `${next(3) === 0 ? "-" : ""}${next(4) === 0 ? whole || "0" : `${whole}.${digits.slice(at) || "0"}`}`;
    });
    const read = parseCsv(`a\n${texts.join("\n")}\n`, { schema: { a: "number" } }).column("a");
    expect(read).toEqual(texts.map(Number));
  });
});
