import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type DType, io, nn, ones, type Tensor, tensor, zeros } from "../../../engine/index.js";

interface Fixture {
  all: { bytes: string; tensors: Record<string, { dtype: DType; shape: number[]; values: (number | string)[] }> };
  plain: string;
}

/** Made by test/fixtures/make_safetensors.py with the reference implementation. */
const fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/safetensors.json", import.meta.url), "utf8"),
) as Fixture;
const reference = new Uint8Array(Buffer.from(fixture.all.bytes, "base64"));

const folder = mkdtempSync(join(tmpdir(), "gradbook-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

const valuesOf = (x: Tensor) =>
  Array.from(x.data() as ArrayLike<number | bigint>, v => (typeof v === "bigint" ? String(v) : v));

function expectAll(read: Record<string, Tensor>) {
  expect(Object.keys(read).sort()).toEqual(Object.keys(fixture.all.tensors).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(fixture.all.tensors)) {
    const x = read[name]!;
    expect([x.dtype, x.shape, valuesOf(x)]).toEqual([dtype, shape, values]);
  }
}

test("reads what the reference wrote, from bytes and from a file, whole and one by one", async () => {
  expectAll(await io.safetensors.read(reference));
  writeFileSync(path, reference);
  expectAll(await io.safetensors.read(path));
  const file = await io.safetensors.open(path);
  expect(file.metadata).toEqual({ format: "pt" });
  expect(file.describe("long")).toEqual({ dtype: "int64", shape: [2, 1] });
  expect(valuesOf(await file.read("half"))).toEqual([0.5, -1, 65504]);
  await expect(file.read("missing")).rejects.toThrow('there is no tensor "missing"');
  await file.close();
});

test("writes byte for byte what the reference writes", async () => {
  const tensors = await io.safetensors.read(reference);
  expect(Buffer.from(io.safetensors.encode(tensors, { metadata: { format: "pt" } }))).toEqual(Buffer.from(reference));
  expect(Buffer.from(io.safetensors.encode({ a: ones([2]) }))).toEqual(Buffer.from(fixture.plain, "base64"));
  await io.safetensors.write(path, tensors, { metadata: { format: "pt" } });
  expect(readFileSync(path)).toEqual(Buffer.from(reference));
});

test("views are written as what they show", async () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const { t, part, row } = await io.safetensors.read(
    io.safetensors.encode({ t: x.transpose(), part: x.at("...", -1), row: zeros([1, 2]).expand([3, 2]) as Tensor }),
  );
  expect(t!.toArray()).toEqual(x.transpose().toArray());
  expect(part!.toArray()).toEqual([3, 6]);
  expect(row!.shape).toEqual([3, 2]);
});

test("a layer's state goes out and in", async () => {
  const layer = new nn.Linear(4, 3);
  await io.safetensors.write(path, layer.stateDict());
  const other = new nn.Linear(4, 3);
  other.loadStateDict(await io.safetensors.read(path));
  expect(valuesOf(other.weight as Tensor)).toEqual(valuesOf(layer.weight as Tensor));
});

test("a write that fails leaves the old file, and nothing beside it", async () => {
  await io.safetensors.write(path, { a: ones([2]) });
  await expect(io.safetensors.write(path, { a: ones([2]), b: 3 as never })).rejects.toThrow("expected a tensor");
  expect((await io.safetensors.read(path)).a!.toArray()).toEqual([1, 1]);
  expect(readdirSync(folder)).toEqual(["model.safetensors"]);
});

/** A file with this header. */
function fileOf(header: string, data = 0, length = Buffer.byteLength(header)): Uint8Array {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(header) + data);
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.write(header, 8);
  return new Uint8Array(bytes);
}

const entry = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

describe("hostile files", () => {
  const a = entry("F32", [2], [0, 8]);
  const cases: [what: string, file: Uint8Array, message: string][] = [
    ["nothing", new Uint8Array(0), "0 bytes are too few"],
    ["a header longer than the file", fileOf("{}", 0, 1000), "a header of 1000 bytes in a file of 10"],
    ["a header beyond the limit", fileOf("{}", 0, 2 ** 40), "over the limit"],
    ["no JSON", fileOf("{nope}"), "the header is no JSON"],
    ["no object", fileOf("[1, 2]"), "the header is no object"],
    ["an entry that is a text", fileOf('{"a": "b"}'), '"a" is no description of a tensor'],
    ["a negative length", fileOf(`{"a": ${entry("F32", [-2], [0, 8])}}`, 8), '"a" has no proper shape'],
    ["a fractional length", fileOf(`{"a": ${entry("F32", [0.5], [0, 2])}}`, 2), '"a" has no proper shape'],
    ["offsets backwards", fileOf(`{"a": ${entry("F32", [2], [8, 0])}}`, 8), "needs 8 bytes and has -8"],
    ["a shape too large for its bytes", fileOf(`{"a": ${entry("F32", [1e9, 1e9], [0, 8])}}`, 8), "and has 8"],
    [
      "data beyond the end",
      fileOf(`{"a": ${entry("F32", [4], [0, 16])}}`, 8),
      "its tensors take 16 bytes, but 8 are there",
    ],
    ["bytes that nobody names", fileOf(`{"a": ${a}}`, 12), "its tensors take 8 bytes, but 12 are there"],
    [
      "overlap",
      fileOf(`{"a": ${a}, "b": ${entry("F32", [2], [4, 12])}}`, 12),
      '"b" begins at byte 4 of the data instead of 8',
    ],
    ["a gap", fileOf(`{"a": ${a}, "b": ${entry("F32", [1], [12, 16])}}`, 16), '"b" begins at byte 12'],
    ["a name given twice", fileOf(`{"a": ${a}, "a": ${entry("F32", [2], [8, 16])}}`, 16), 'it names "a" twice'],
    [
      "names given twice for the same bytes, one of them in another spelling",
      fileOf(`{"a": ${a}, "b": ${entry("F32", [0], [8, 8])}, "\\u0061": ${a}, "b": ${entry("F32", [0], [8, 8])}}`, 8),
      'it names "a", "b" twice',
    ],
    ["metadata that is no list of texts", fileOf('{"__metadata__": {"a": 1}}'), "its metadata is no list of texts"],
    [
      "a dtype that the engine has not",
      fileOf(`{"a": ${entry("F8_E4M3", [1], [0, 1])}}`, 1),
      'no dtype for F8_E4M3 of "a"',
    ],
    ["a name of the prototype", fileOf(`{"__proto__": ${entry("F32", [2], [0, 7])}}`, 8), "needs 8 bytes and has 7"],
  ];
  test.each(cases)("%s", async (_, file, message) => {
    await expect(io.safetensors.read(file)).rejects.toThrow(message);
    writeFileSync(path, file);
    await expect(io.safetensors.read(path)).rejects.toThrow(message);
  });

  test("truth values other than 0 and 1 become 1", async () => {
    const file = fileOf(`{"a": ${entry("BOOL", [3], [0, 3])}}`, 3);
    file.set([0, 7, 255], file.length - 3);
    expect((await io.safetensors.read(file)).a!.cast("int32").sum().item()).toBe(2);
  });
});
