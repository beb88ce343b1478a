import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { io, ones, type Tensor, tensor, zeros } from "../../../engine/index.js";

interface Fixture {
  arrays: Record<string, { bytes: string; shape: number[]; values: (number | string)[] }>;
  versions: string[];
  objects: string;
  structured: string;
  complex: string;
  stored: string;
  compressed: string;
}

/** Made by test/fixtures/make_numpy.py with NumPy. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/numpy.json", import.meta.url), "utf8")) as Fixture;
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

const folder = mkdtempSync(join(tmpdir(), "gradbook-numpy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const valuesOf = (x: Tensor) =>
  Array.from(x.data() as ArrayLike<number | bigint>, v => (typeof v === "bigint" ? String(v) : v));

/** What the engine has in the place of some of NumPy's dtypes and orders. */
const dtypeOf: Record<string, string> = {
  int16: "int32",
  uint16: "int32",
  bigEndian: "int32",
  bigEndianDouble: "float64",
  fortran: "float32",
  scalar: "float32",
  empty: "float32",
};

describe("arrays of NumPy", () => {
  for (const [name, { bytes, shape, values }] of Object.entries(fixture.arrays)) {
    test(name, () => {
      const x = io.numpy.decode(bytesOf(bytes));
      expect([x.dtype, x.shape]).toEqual([dtypeOf[name] ?? name, shape]);
      expect(valuesOf(x)).toEqual(values);
      // What we write of it is what NumPy writes, where the engine holds it as NumPy does.
      if (!(name in dtypeOf)) expect(Buffer.from(io.numpy.encode(x))).toEqual(Buffer.from(bytes, "base64"));
    });
  }

  test("every version of the format", () => {
    for (const bytes of fixture.versions) expect(io.numpy.decode(bytesOf(bytes)).shape).toEqual([2, 3]);
  });

  test.each(["stored", "compressed"] as const)("an archive, %s", async kind => {
    const { x, y } = await io.numpy.readArchive(bytesOf(fixture[kind]));
    expect(valuesOf(y!)).toEqual(["1099511627776", "-1"]);
    expect(x!.shape).toEqual(kind === "stored" ? [2, 3] : [50, 50]);
  });
});

test("files and archives go out and in", async () => {
  const path = join(folder, "x.npy");
  await io.numpy.write(path, tensor([[1, 2]]).transpose());
  expect((await io.numpy.read(path)).toArray()).toEqual([[1], [2]]);
  for (const compress of [false, true]) {
    const archive = join(folder, "x.npz");
    await io.numpy.writeArchive(archive, { a: ones([30, 30]), "ünï/b": zeros([2], { dtype: "bool" }) }, { compress });
    const back = await io.numpy.readArchive(archive);
    expect(Object.keys(back)).toEqual(["a", "ünï/b"]);
    expect(back.a!.sum().item()).toBe(900);
    expect(readFileSync(archive).length < 1000).toBe(compress);
  }
});

describe("bad files", () => {
  const good = bytesOf(fixture.arrays.float32!.bytes);
  const changed = (from: string, to: string) =>
    new Uint8Array(Buffer.from(Buffer.from(good).toString("latin1").replace(from, to), "latin1"));
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    ["nothing", new Uint8Array(0), "does not begin as one"],
    ["another format", new Uint8Array(100), "does not begin as one"],
    ["an unknown version", good.map((b, i) => (i === 6 ? 9 : b)), "version 9 is not known"],
    ["a header cut off", good.subarray(0, 40), "the header is cut off"],
    ["too little data", good.subarray(0, good.length - 1), "needs 24 bytes and has 23"],
    ["a shape that lies", changed("(2, 3)", "(9, 9)"), "needs 324 bytes and has 24"],
    ["a negative shape", changed("(2, 3)", "(-2,3)"), "the header cannot be read"],
    ["a huge shape", changed("(2, 3), }   ", "(99999999,9)"), "needs"],
    ["no order", changed("False", "Maybe"), "the header cannot be read"],
    ["Python objects", bytesOf(fixture.objects), "an array of Python objects"],
    ["a structured array", bytesOf(fixture.structured), "a structured array"],
    ["complex numbers", bytesOf(fixture.complex), "no dtype for c16"],
  ];
  test.each(cases)("%s", (_, bytes, message) => {
    expect(() => io.numpy.decode(bytes)).toThrow(message);
  });

  test("bfloat16 is not NumPy's", () => {
    expect(() => io.numpy.encode(zeros([2], { dtype: "bfloat16" }))).toThrow("NumPy has no bfloat16");
  });

  const archive = bytesOf(fixture.compressed);
  const broken = (change: (bytes: Buffer) => void) => {
    const copy = Buffer.from(archive);
    change(copy);
    return new Uint8Array(copy);
  };
  const directory = Buffer.from(archive).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const archives: [what: string, bytes: Uint8Array, message: string][] = [
    ["no archive", new Uint8Array(200), "it has no directory"],
    ["cut off", archive.subarray(0, archive.length - 30), "it has no directory"],
    ["a wrong checksum", broken(b => b.writeUInt32LE(1, directory + 16)), "wrong checksum"],
    ["a size that lies", broken(b => b.writeUInt32LE(7, directory + 24)), "cannot be unpacked"],
    [
      "a size that no file can have",
      broken(b => b.writeUInt32LE(0xfffffff0, directory + 24)),
      "promises 4294967280 bytes",
    ],
    ["an unknown method", broken(b => b.writeUInt16LE(12, directory + 10)), "packed by method 12"],
    ["encrypted", broken(b => b.writeUInt16LE(1, directory + 8)), "is encrypted"],
    ["an entry outside", broken(b => b.writeUInt32LE(0x7fffffff, directory + 42)), "is missing"],
  ];
  test.each(archives)("an archive: %s", async (_, bytes, message) => {
    await expect(io.numpy.readArchive(bytes)).rejects.toThrow(message);
    const path = join(folder, "bad.npz");
    writeFileSync(path, bytes);
    await expect(io.numpy.readArchive(path)).rejects.toThrow("bad.npz");
  });
});
