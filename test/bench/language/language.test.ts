import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";

const load = (name: string) => import(new URL(name, import.meta.url).href);
const { corpusOf, entropies, passes, pieces } = await load("corpus.mjs");
const { characterLoss, languageModels, write } = await load("models.mjs");

/** A text that is there on every machine: the engine's operations. */
const folder = new URL("../../../engine/ops/", import.meta.url);
const sources = readdirSync(folder)
  .filter(name => name.endsWith(".ts"))
  .sort()
  .map(name => readFileSync(new URL(name, folder), "utf8"));
const corpus = corpusOf(gb, sources.join("\n"));

test("entropies of a text's own frequencies", () => {
  const { unigram, bigram } = entropies(Int32Array.from({ length: 1001 }, (_, i) => i % 2));
  expect(unigram).toBeCloseTo(Math.log(2), 12);
  expect(bigram).toBeCloseTo(0, 12);
  // After 0 comes 0 or 1, after 1 comes 0: of 4 pairs 2 begin with 0 and are of two kinds.
  const pairs = entropies(Int32Array.from({ length: 3001 }, (_, i) => (i % 3 === 2 ? 1 : 0)));
  expect(pairs.unigram).toBeCloseTo(Math.log(3) - (2 / 3) * Math.log(2), 12);
  expect(pairs.bigram).toBeCloseTo((2 / 3) * Math.log(2), 12);
});

test("a pass over the validation text meets every whole batch once, in order", () => {
  const tokens = Int32Array.from({ length: 41 }, (_, i) => i);
  const pass = passes(gb, tokens, { size: 2, length: 5 });
  const batches = [...pass].map(([x, y]) => [x.toArray(), y.toArray()]);
  expect(batches).toHaveLength(pass.length);
  expect(batches.flatMap(([x]) => x.flat())).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(batches.flatMap(([, y]) => y.flat())).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

describe("a short training gets below the entropy of single characters", () => {
  const { CharLSTM, GPT } = languageModels(gb);
  test.each([
    ["char LSTM", () => new CharLSTM(corpus.tokenizer.size, { size: 32, hidden: 128 }), 0.01],
    ["GPT of 4 layers", () => new GPT(corpus.tokenizer.size, { size: 64, length: 32 }), 0.004],
  ])("%s", async (_name, make, lr) => {
    gb.manualSeed(1);
    const model = make();
    model.compile({ optimizer: new gb.optim.AdamW(model.parameters(), { lr }), loss: characterLoss(gb) });
    const form = { size: 16, length: 32 };
    const history = await model.fit(pieces(gb, corpus.training, { ...form, seed: 2 }), {
      stepsPerEpoch: 200,
      validationData: passes(gb, corpus.validation.subarray(0, 20_000), form),
      verbose: 0,
    });
    // Steps were replayed, not run one operation at a time.
    expect(history.eager).toBeUndefined();
    expect(history.history.val_loss[0]).toBeLessThan(corpus.unigram - 0.3);
    const text = write(gb, model, corpus.tokenizer, { start: "import ", count: 20, length: 32 });
    expect(text).toMatch(/^import .{20}$/s);
  });
});
