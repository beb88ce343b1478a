import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type DType, EngineError, io, nn, type Tensor, tensor } from "../../../engine/index.js";

interface Fixture {
  tensors: { file: string; values: Record<string, { dtype: string; shape: number[]; values: (number | string)[] }> };
  protocol4: string;
  checkpoint: { file: string; x: number[][]; y: number[][] };
  module: string;
  evil: string;
  legacy: string;
  sparse: string;
}

/** Made by test/fixtures/make_pytorch.py with PyTorch. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/pytorch.json", import.meta.url), "utf8")) as Fixture;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

const folder = mkdtempSync(join(tmpdir(), "gradbook-pytorch-"));
afterAll(() => rmSync(folder, { recursive: true }));

const valuesOf = (x: Tensor) =>
  Array.from(x.data() as ArrayLike<number | bigint>, v => (typeof v === "bigint" ? String(v) : v));

test("reads tensors of every dtype, and views of one storage", async () => {
  const path = join(folder, "tensors.pt");
  writeFileSync(path, bytesOf(fixture.tensors.file));
  const read = await io.pytorch.readState(path);
  expect(Object.keys(read)).toEqual(Object.keys(fixture.tensors.values));
  for (const [name, { dtype, shape, values }] of Object.entries(fixture.tensors.values)) {
    const x = read[name]!;
    const ours: DType = dtype === "int16" ? "int32" : (dtype as DType);
    expect([name, x.dtype, x.shape, valuesOf(x)]).toEqual([name, ours, shape, values]);
  }
  expect(read.part!.storage).toBe(read.whole!.storage);
});

test("a state dict fills a model of ours, which then computes the same", async () => {
  const { file, x, y } = fixture.checkpoint;
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Tanh(), new nn.Linear(4, 2));
  model.loadStateDict(await io.pytorch.readState(bytesOf(file), { key: "model" }));
  (model.eval()(tensor(x)).toArray() as number[][]).flat().forEach((value, i) => {
    expect(value).toBeCloseTo(y.flat()[i]!, 5);
  });
});

test("a checkpoint's other parts are plain data", async () => {
  const all = (await io.pytorch.read(bytesOf(fixture.checkpoint.file))) as Record<string, never>;
  expect(all).toMatchObject({
    epoch: 3,
    loss: 0.5,
    note: "é",
    sizes: [[5, 3], 2n ** 70n, null, [true, { 7: "seven" }]],
  });
  const { state, param_groups: groups } = all.optimizer as unknown as {
    state: Record<string, { exp_avg: Tensor }>;
    param_groups: object[];
  };
  expect(state["0"]!.exp_avg.shape).toEqual([4, 3]);
  expect(groups[0]).toMatchObject({ lr: 0.001, betas: [0.9, 0.999] });
  await expect(io.pytorch.readState(bytesOf(fixture.checkpoint.file))).rejects.toThrow("no tensors: model, optimizer");
  await expect(io.pytorch.readState(bytesOf(fixture.checkpoint.file), { key: "ema" })).rejects.toThrow('no "ema"');
});

test("a newer pickle protocol", async () => {
  expect((await io.pytorch.readState(bytesOf(fixture.protocol4))).a!.toArray()).toEqual([1, 1]);
});

describe("nothing is executed", () => {
  test.each([
    ["a pickle with a system call", fixture.evil, /the pickle wants to call (posix|nt)\.system/],
    ["a whole module", fixture.module, "the pickle wants to call __main__.Net"],
    ["a sparse tensor", fixture.sparse, "the pickle wants to call torch.serialization._get_layout"],
    ["a file of before PyTorch 1.6", fixture.legacy, "it is no archive of PyTorch"],
    ["nothing", "", "it is no archive of PyTorch"],
  ])("%s", async (_, file, message) => {
    await expect(io.pytorch.read(bytesOf(file))).rejects.toThrow(message);
    await expect(io.pytorch.read(bytesOf(file))).rejects.toThrow(EngineError);
  });
});
