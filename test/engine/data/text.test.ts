import "../../../engine/ops/index.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainBpe } from "../../../engine/data/text/bpe-train.js";
import {
  CharTokenizer,
  padSequences,
  SubwordTokenizer,
  Vocabulary,
  WordTokenizer,
} from "../../../engine/data/text/index.js";
import { ValueError } from "../../../engine/errors.js";

interface Case {
  json: { model: { vocab: Record<string, number>; merges: [string, string][] } };
  texts: { text: string; ids: number[]; tokens: string[]; decoded: string }[];
}
const path = join(import.meta.dirname, "../../fixtures/tokenizers.json");
const fixture = JSON.parse(readFileSync(path, "utf8")) as { corpus: string[]; cases: Record<string, Case> };

describe("SubwordTokenizer", () => {
  describe.each(Object.entries(fixture.cases))("%s equals Python's tokenizers", (_, { json, texts }) => {
    const tokenizer = new SubwordTokenizer(json);
    test.each(texts.map(t => [JSON.stringify(t.text), t] as const))("%s", (_name, { text, ids, tokens, decoded }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.tokens(text)).toEqual(tokens);
      expect(tokenizer.decode(ids)).toBe(decoded);
    });
  });

  test("training gives the tokens and merges of BpeTrainer", () => {
    const { model } = fixture.cases["byte-level BPE"]!.json;
    const trained = trainBpe(fixture.corpus, { size: 400, special: ["<|endoftext|>"] });
    expect(trained.merges).toEqual(model.merges);
    expect(Object.fromEntries(trained.tokens.map((t, id) => [t, id]))).toEqual(model.vocab);
  });

  test("a trained tokenizer encodes every text and survives its JSON", () => {
    const tokenizer = SubwordTokenizer.train(fixture.corpus, { size: 300, special: ["<|endoftext|>"] });
    expect(tokenizer.size).toBe(300);
    const again = SubwordTokenizer.parse(tokenizer.toJson());
    for (const text of ["the other cat", "🎉\u0000\n Ω", "日本"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      expect(again.encode(text)).toEqual(tokenizer.encode(text));
    }
    expect(tokenizer.encode("the<|endoftext|>").at(-1)).toBe(0);
  });

  test("special tokens on request, padding with the tokenizer's own", () => {
    const tokenizer = new SubwordTokenizer(fixture.cases.WordPiece!.json);
    expect(tokenizer.encode("the cat")).toHaveLength(tokenizer.encode("the cat", { special: false }).length + 2);
    const { ids, mask } = tokenizer.batch(["the cat sat", ""]);
    expect(ids.toArray()[1]).toEqual([2, 3, 0, 0, 0]);
    expect(mask.toArray()[1]).toEqual([true, true, false, false, false]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no JSON", () => SubwordTokenizer.parse("{"), /no tokenizer\.json/],
    ["null", () => SubwordTokenizer.parse("null"), /no model with a vocabulary/],
    ["an unknown model", () => new SubwordTokenizer({ model: { type: "Magic", vocab: {} } }), /its model is "Magic"/],
    ["a number that is no token's", () => SubwordTokenizer.train(["a"], { size: 256 }).decode([999]), /number 999/],
    ["too small a size", () => SubwordTokenizer.train(["a"], { size: 10 }), /size is 10.*256 or more/],
  ])("rejects %s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  test("names a file that is not there", async () => {
    await expect(SubwordTokenizer.load("/no/such/tokenizer.json")).rejects.toThrow(/no file .*tokenizer\.json/);
  });
});

describe("characters and words", () => {
  test("characters are code points in order", () => {
    const tokenizer = CharTokenizer.of(["b🎉", "a"], { special: ["<pad>", "?"], unknown: "?" });
    expect(tokenizer.vocabulary.tokens).toEqual(["<pad>", "?", "a", "b", "🎉"]);
    expect(tokenizer.encode("a🎉z")).toEqual([2, 4, 1]);
    expect(tokenizer.decode(padSequences([[2, 4]]).ids.reshape([2]))).toBe("a🎉");
    expect(() => CharTokenizer.of("ab").encode("c")).toThrow(/"c" is not in the vocabulary/);
    expect(() => CharTokenizer.of("ab").decode([7])).toThrow(/no token has the number 7/);
  });

  test("words by frequency, then the alphabet", () => {
    const tokenizer = WordTokenizer.of(["The cat's mat.", "The cat, 12 cats", "Straße"], { maxSize: 6 });
    expect(tokenizer.vocabulary.tokens).toEqual(["<pad>", "<unk>", "the", ",", ".", "12"]);
    expect(tokenizer.encode("THE 12.")).toEqual([2, 5, 4]);
    expect(tokenizer.decode([2, 5, 4, 0, 0])).toBe("the 12.");
    expect(WordTokenizer.of(["A a"], { lowercase: false }).vocabulary.size).toBe(4);
    expect(WordTokenizer.of(["a b b"], { minCount: 2 }).encode("a b")).toEqual([1, 2]);
  });

  test("a vocabulary refuses tokens that are there twice, and an unknown token that is not", () => {
    expect(() => new Vocabulary(["a", "a"])).toThrow(/"a" is there twice/);
    expect(() => new Vocabulary(["a"], { unknown: "u" })).toThrow(/unknown token "u" is not/);
  });
});

describe("padSequences", () => {
  test("sides", () => {
    const lists = [[1, 2, 3], [4]];
    expect(padSequences(lists, { length: 2 }).ids.toArray()).toEqual([
      [1, 2],
      [4, 0],
    ]);
    const start = padSequences(lists, { length: 2, side: "start", truncate: "start", value: 9 });
    expect(start.ids.toArray()).toEqual([
      [2, 3],
      [9, 4],
    ]);
    expect(start.mask.toArray()).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(padSequences([]).ids.shape).toEqual([0, 0]);
  });

  test("refuses what makes no sense", () => {
    expect(() => padSequences([[1]], { length: -1 })).toThrow(/length is -1/);
    expect(() => padSequences([[1, 1.5]])).toThrow(/element 1 of sequence 0 is 1.5/);
  });
});
