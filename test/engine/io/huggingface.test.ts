import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { io, ShapeError, type Tensor, tensor, ValueError } from "../../../engine/index.js";

type Files = Record<string, string>;
interface Fixture {
  tokens: number[][];
  types: number[][];
  mask: number[][];
  gpt2: { files: Files; logits: number[][][] };
  sharded: Files;
  bert: { files: Files; hidden: number[][][]; pooled: number[][] };
  masked: { files: Files; logits: number[][][] };
}

/** Made by test/fixtures/make_huggingface.py with transformers. */
const fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/huggingface.json", import.meta.url), "utf8"),
) as Fixture;

const root = mkdtempSync(join(tmpdir(), "gradbook-huggingface-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
function folderOf(files: Files, change: Record<string, string | undefined> = {}): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), Buffer.from(text, "base64"));
  for (const [name, text] of Object.entries(change)) {
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return folder;
}

const tokens = tensor(fixture.tokens, { dtype: "int32" }) as Tensor;
const flat = (values: unknown) => (values as number[]).flat(Infinity) as number[];
function expectClose(x: Tensor, wanted: unknown) {
  const got = flat(x.toArray());
  const want = flat(wanted);
  expect(got.length).toBe(want.length);
  expect(Math.max(...got.map((value, i) => Math.abs(value - want[i]!)))).toBeLessThan(2e-5);
}

test.each([
  ["one file", fixture.gpt2.files],
  ["several files and an index", fixture.sharded],
])("GPT-2 from %s gives transformers' logits", async (_, files) => {
  expect(Object.keys(files).length).toBeGreaterThan(1);
  const model = (await io.huggingface.load(folderOf(files))) as io.huggingface.GPT2;
  expectClose(model(tokens), fixture.gpt2.logits);
});

test("GPT-2 trains: gradients reach every parameter", async () => {
  const model = (await io.huggingface.load(folderOf(fixture.gpt2.files))) as io.huggingface.GPT2;
  model.train()(tokens).square().mean().backward();
  for (const [name, x] of model.namedParameters()) expect(x.grad, name).toBeDefined();
});

test("BERT gives transformers' hidden states, pooled ones, and logits of masked tokens", async () => {
  const model = (await io.huggingface.load(folderOf(fixture.bert.files))) as io.huggingface.BERT;
  const { hidden, pooled, logits } = model(tokens, {
    types: tensor(fixture.types, { dtype: "int32" }),
    mask: tensor(fixture.mask),
  });
  expectClose(hidden, fixture.bert.hidden);
  expectClose(pooled!, fixture.bert.pooled);
  expect(logits).toBeUndefined();
  const masked = (await io.huggingface.load(folderOf(fixture.masked.files))) as io.huggingface.BERT;
  expectClose(masked(tokens).logits!, fixture.masked.logits);
});

describe("bad folders and inputs", () => {
  const config = JSON.parse(Buffer.from(fixture.gpt2.files["config.json"]!, "base64").toString()) as object;
  const changed = (more: object) => ({ "config.json": JSON.stringify({ ...config, ...more }) });
  const index = JSON.parse(Buffer.from(fixture.sharded["model.safetensors.index.json"]!, "base64").toString()) as {
    weight_map: Record<string, string>;
  };
  const mapped = (more: Record<string, unknown>) => ({
    "model.safetensors.index.json": JSON.stringify({ weight_map: { ...index.weight_map, ...more } }),
  });
  const first = Object.values(index.weight_map)[0]!;
  const cases: [string, Files, Record<string, string | undefined>, string][] = [
    ["no config", fixture.gpt2.files, { "config.json": undefined }, "there is no config.json"],
    ["a config that is no JSON", fixture.gpt2.files, { "config.json": "{" }, "it is no JSON"],
    ["no weights", fixture.gpt2.files, { "model.safetensors": undefined }, "there is no model.safetensors"],
    ["another kind of model", fixture.gpt2.files, changed({ model_type: "llama" }), "no model of type llama"],
    [
      "a kind named as a method of objects",
      fixture.gpt2.files,
      changed({ model_type: "toString" }),
      "no model of type",
    ],
    ["sizes that are none", fixture.gpt2.files, changed({ n_layer: -1 }), "n_layer is -1"],
    ["a config that lies about its sizes", fixture.gpt2.files, changed({ n_layer: 1e6 }), "its weights are 2"],
    ["an inner size that is a lie", fixture.gpt2.files, changed({ n_inner: 1e7 }), "its weights are 2"],
    ["an activation that is not here", fixture.gpt2.files, changed({ activation_function: "relu" }), 'is "relu"'],
    ["fewer layers than in the file", fixture.gpt2.files, changed({ n_layer: 1 }), "unknown h.1.attn.c_attn.bias"],
    ["more layers than in the file", fixture.gpt2.files, changed({ n_layer: 3 }), "missing h.2.ln_1.weight"],
    ["a shard outside of the folder", fixture.sharded, mapped({ x: "../x.safetensors" }), "its index is damaged"],
    ["a tensor that its shard has not", fixture.sharded, mapped({ x: first }), `not there: x in ${first}`],
  ];
  test.each(cases)("%s", async (_, files, change, message) => {
    const folder = folderOf(files, change);
    await expect(io.huggingface.load(folder)).rejects.toThrow(message);
    await expect(io.huggingface.load(folder)).rejects.toThrow(ValueError);
  });

  test("more tokens than places", async () => {
    const model = (await io.huggingface.load(folderOf(fixture.gpt2.files))) as io.huggingface.GPT2;
    expect(() => model(tensor([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]))).toThrow(ShapeError);
  });
});
