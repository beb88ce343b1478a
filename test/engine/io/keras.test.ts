import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EngineError, io, nn, type Tensor, tensor } from "../../../engine/index.js";
import { readHdf5 } from "../../../engine/io/hdf5/read.js";

interface Fixture {
  model: string;
  weights: string;
  x: number[][];
  y: number[][];
  numbers: { file: string; values: Record<string, { shape: number[]; values: string[] }> };
  weightsInChunks: string;
  chunks: { file: string; arrays: Record<string, { shape: number[]; values: number[] }> };
  lzf: string;
  holes: string;
  latest: string;
  text: string;
}

/** Made by test/fixtures/make_keras.py with Keras and h5py. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/keras.json", import.meta.url), "utf8")) as Fixture;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

const folder = mkdtempSync(join(tmpdir(), "gradbook-keras-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(["model", "weights", "weightsInChunks"] as const)(
  "a model filled from Keras' %s computes what Keras computes",
  async kind => {
    const path = join(folder, `${kind}.file`);
    writeFileSync(path, bytesOf(fixture[kind]));
    const { weights, config } = await io.keras.read(path);
    const of = (layer: string, i: number) => weights[`layers/${layer}/vars/${i}`] as Tensor;
    const model = new nn.Sequential(
      new nn.Linear(4, 5),
      new nn.ReLU(),
      new nn.BatchNorm1d(5, { epsilon: 1e-3 }),
      new nn.Linear(5, 3),
    );
    model.loadStateDict(
      {
        "0.weight": of("dense", 0).transpose() as Tensor,
        "0.bias": of("dense", 1),
        "2.weight": of("batch_normalization", 0),
        "2.bias": of("batch_normalization", 1),
        "2.running_mean": of("batch_normalization", 2),
        "2.running_var": of("batch_normalization", 3),
        "3.weight": of("dense_1", 0).transpose() as Tensor,
        "3.bias": of("dense_1", 1),
      },
      { strict: false },
    );
    (model.eval()(tensor(fixture.x)).toArray() as number[][]).flat().forEach((y, i) => {
      expect(y).toBeCloseTo(fixture.y.flat()[i]!, 5);
    });
    if (kind === "model") expect(config).toMatchObject({ class_name: "Sequential" });
    else expect(config).toBeUndefined();
  },
);

test("arrays of every kind of number, in many groups", () => {
  const read = readHdf5(bytesOf(fixture.numbers.file), "the file");
  expect(Object.keys(read).sort()).toEqual(Object.keys(fixture.numbers.values).sort());
  for (const [name, { shape, values }] of Object.entries(fixture.numbers.values)) {
    const x = read[name]!;
    expect([name, x.shape]).toEqual([name, shape]);
    const got = Array.from(x.data() as ArrayLike<number | bigint>, Number);
    expect([name, got]).toEqual([name, values.map(Number)]);
    if (/^u?int|^float/.test(name)) expect(x.dtype).toBe(name);
  }
});

test("arrays in chunks, packed and not, as h5py wrote them", () => {
  const read = readHdf5(bytesOf(fixture.chunks.file), "the file");
  expect(Object.keys(read).sort()).toEqual(Object.keys(fixture.chunks.arrays).sort());
  for (const [name, { shape, values }] of Object.entries(fixture.chunks.arrays)) {
    const x = read[name]!;
    expect([name, x.shape]).toEqual([name, shape]);
    expect([name, Array.from(x.data() as ArrayLike<number>, Number)]).toEqual([name, values]);
  }
});

test("a chunk that was changed in the file does not pass its checksum", () => {
  const bytes = bytesOf(fixture.chunks.file);
  // The first eight elements of "checked" stand in the file as they are.
  const start = Buffer.from(Int32Array.from([-100, -99, -98, -97]).buffer);
  const at = Buffer.from(bytes).indexOf(start);
  bytes[at + 5]! ^= 1;
  expect(() => readHdf5(bytes, "the file")).toThrow('a chunk of "checked" has a wrong checksum');
});

describe("what cannot be read says so", () => {
  test.each([
    ["lzf", '"a" is packed with lzf'],
    ["holes", '"a" has 1 of 5 chunks'],
    ["latest", "a file of version 3"],
    ["text", 'no dtype for "a"'],
  ] as const)("%s", async (kind, message) => {
    await expect(io.keras.read(bytesOf(fixture[kind]))).rejects.toThrow(message);
    await expect(io.keras.read(bytesOf(fixture[kind]))).rejects.toThrow(EngineError);
  });

  test("nothing, and an archive of something else", async () => {
    await expect(io.keras.read(new Uint8Array(0))).rejects.toThrow("does not begin as an HDF5 file");
    await io.numpy.writeArchive(join(folder, "x.npz"), { x: tensor([1]) });
    await expect(io.keras.read(join(folder, "x.npz"))).rejects.toThrow("there is no model.weights.h5 in it");
  });
});
