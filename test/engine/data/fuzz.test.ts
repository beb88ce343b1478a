import "../../../engine/ops/index.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseIdx } from "../../../engine/data/idx.js";
import { parseCifar10 } from "../../../engine/data/sets/cifar.js";
import { tarEntries } from "../../../engine/data/sets/tar.js";
import { RandomStream } from "../../../engine/data/stream.js";
import { parseCsv, parseJsonLines, type Table } from "../../../engine/data/table/index.js";
import { SubwordTokenizer } from "../../../engine/data/text/index.js";
import { ValueError } from "../../../engine/errors.js";

/** Mutated inputs per format: a few in the suite, 20,000 with GRADBOOK_FUZZ=20000. */
const rounds = Number(process.env.GRADBOOK_FUZZ ?? 300);
/** No input here is large; one that takes this long hangs. */
const patience = 2000;

/** Bytes with a few things wrong: flipped, cut, doubled, replaced, or with signs that mean something put in. */
function mutated(bytes: Uint8Array, random: RandomStream, signs: string): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let n = 1 + random.below(4); n > 0 && out.length > 0; n--) {
    const at = random.below(out.length);
    const length = 1 + random.below(Math.min(64, out.length));
    const parts = [
      () => out.with(at, random.below(256)),
      () => out.slice(0, at),
      () => Uint8Array.from([...out.subarray(0, at), ...out.subarray(at + length)]),
      () => Uint8Array.from([...out.subarray(0, at + length), ...out.subarray(at)]),
      () => out.with(at, signs.charCodeAt(random.below(signs.length))),
      () => out.map((byte, i) => (i >= at && i < at + 4 ? 255 : byte)),
    ];
    out = parts[random.below(parts.length)]!();
  }
  return out;
}

/** Feeds mutations of `seeds`; what is refused must be refused with the engine's own error. */
async function fuzz(
  seeds: readonly Uint8Array[],
  signs: string,
  read: (bytes: Uint8Array) => unknown,
): Promise<{ read: number; refused: number }> {
  const random = new RandomStream(7);
  const seen = { read: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const bytes = mutated(seeds[round % seeds.length]!, random, signs);
    const started = performance.now();
    try {
      await read(bytes);
      seen.read++;
    } catch (error) {
      if (!(error instanceof ValueError)) {
        throw new Error(`round ${round}: ${JSON.stringify(Buffer.from(bytes).toString("latin1"))}`, { cause: error });
      }
      seen.refused++;
    }
    expect(performance.now() - started).toBeLessThan(patience);
  }
  return seen;
}

const text = (s: string) => new TextEncoder().encode(s);
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const cellsOf = (table: Table) => table.length * table.names.length;
const timeout = Math.max(20_000, rounds * 40);

describe(`${rounds} mutated inputs of each format are read or refused, never more`, () => {
  test("CSV", { timeout }, async () => {
    const seeds = [
      'a,b,c\n1,"x,y",true\n2.5,,False\n-3e2,"say ""hi""",NA\n',
      "n;m\r\n1,5;007\r\n\r\n2;x\r\n",
      `k\tv\n${'"two\nlines"\t1\n'.repeat(20)}`,
    ].map(text);
    const seen = await fuzz(seeds, '",;\t|\n\r\\0.eE-', bytes => {
      const csv = words(bytes);
      const table = parseCsv(csv);
      expect(cellsOf(table)).toBeLessThanOrEqual(csv.length + 1);
      table.toString();
      if (table.length > 0) expect(parseCsv(table.toCsv()).length).toBe(table.length);
    });
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(rounds / 20);
  });

  test("JSON lines", { timeout }, async () => {
    const seeds = ['{"a": 1, "b": "x", "c": null}\n{"a": 2.5, "d": true}\n', '{"é": "\\u00e9"}\n{"__proto__": 1}'].map(
      text,
    );
    const seen = await fuzz(seeds, '{}[]",:\\\n0tfn', bytes => {
      const lines = words(bytes);
      expect(cellsOf(parseJsonLines(lines))).toBeLessThanOrEqual(4 * lines.length);
    });
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(rounds / 20);
  });

  test("idx", { timeout }, async () => {
    const plain = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6]);
    const wide = Uint8Array.from([0, 0, 14, 1, 0, 0, 0, 2, ...new Uint8Array(16).fill(63)]);
    const seen = await fuzz([plain, wide, gzipSync(plain)], "\0\b\r\u000e", async bytes => {
      const { data, shape } = await parseIdx(bytes, "mutated");
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      if (bytes[0] === 0) expect(data.byteLength).toBeLessThanOrEqual(bytes.length);
    });
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(rounds / 20);
  });

  test("CIFAR-10 and tar", { timeout }, async () => {
    const records = new Uint8Array(2 * 3073);
    const pictures = await fuzz([records], "\0\u0009", bytes => {
      expect(parseCifar10(bytes).images.size).toBeLessThanOrEqual(bytes.length);
    });
    expect(Math.min(pictures.read, pictures.refused)).toBeGreaterThan(rounds / 20);
    const header = new Uint8Array(512);
    header.set(text("file"));
    header.set(text("00000000012\0"), 124);
    const sum = header.reduce((a, b) => a + b, 8 * 32);
    header.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    const archive = Uint8Array.from([...header, ...new Uint8Array(512), ...header, ...new Uint8Array(1536)]);
    const archives = await fuzz([archive], "01234567\0", async bytes => {
      const source = (async function* () {
        yield bytes;
      })();
      let held = 0;
      for await (const entry of tarEntries(source, "mutated", () => true)) held += entry.bytes.length;
      expect(held).toBeLessThanOrEqual(bytes.length);
    });
    expect(Math.min(archives.read, archives.refused)).toBeGreaterThan(rounds / 20);
  });

  test("tokenizer.json", { timeout }, async () => {
    const path = join(import.meta.dirname, "../../fixtures/tokenizers.json");
    const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Record<string, { json: object }> };
    // Small vocabularies, so that mutations hit the structure as well.
    const seeds = Object.values(cases).map(({ json }) => {
      const { model, ...rest } = json as { model: { vocab: Record<string, number>; merges?: unknown[] } };
      const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < 40));
      return text(JSON.stringify({ ...rest, model: { ...model, vocab, ...(model.merges ? { merges: [] } : {}) } }));
    });
    const seen = await fuzz(seeds, '{}[]",:0tfn', bytes => {
      const tokenizer = SubwordTokenizer.parse(words(bytes));
      tokenizer.decode(tokenizer.encode("The cat, [MASK] 日本 🎉"));
    });
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(rounds / 20);
  });
});
