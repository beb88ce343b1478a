import { byteAlphabet, byteLevelPieces } from "./byte-level.js";

/** How many tokens are learnt. */
export interface BpeOptions {
  /** Tokens in all: special ones, 256 bytes and merges (default 1024). */
  size?: number;
  /** Pairs that occur less often are not merged (default 2). */
  minCount?: number;
  /** Tokens that come first and are never split, as "<|endoftext|>". */
  special?: readonly string[];
}

/** What training gives: tokens by number, and the pairs that are merged, in their order. */
export interface BpeModel {
  tokens: string[];
  merges: [left: string, right: string][];
}

/** A different piece of the text: its tokens now, and how often it occurs. */
interface Piece {
  ids: number[];
  count: number;
}

/**
 * Learns byte-level byte-pair encoding (Sennrich et al. 2016; bytes as in GPT-2): merges the most frequent pair, again and
 * again; of equals the one with the smaller numbers, as Hugging Face's `BpeTrainer`.
 */
export function trainBpe(texts: Iterable<string>, { size = 1024, minCount = 2, special = [] }: BpeOptions): BpeModel {
  const tokens = [...special, ...byteAlphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pieces = countedPieces(texts, ids);
  const pairs = new PairCounts(pieces);
  const merges: [string, string][] = [];
  while (tokens.length < size) {
    const best = pairs.best(minCount);
    if (best === undefined) break;
    const [left, right] = best;
    const token = tokens[left]! + tokens[right]!;
    let id = ids.get(token);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(token);
      ids.set(token, id);
    }
    merges.push([tokens[left]!, tokens[right]!]);
    pairs.merge(left, right, id);
  }
  return { tokens, merges };
}

function countedPieces(texts: Iterable<string>, ids: ReadonlyMap<string, number>): Piece[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of byteLevelPieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return Array.from(counts, ([piece, count]) => ({ ids: Array.from(piece, c => ids.get(c)!), count }));
}

/** More than any token's number, so that a pair is one number. */
const base = 2 ** 24;

/** How often pairs of tokens occur side by side, and in which pieces. */
class PairCounts {
  readonly #pieces: Piece[];
  readonly #counts = new Map<number, number>();
  readonly #where = new Map<number, Set<number>>();

  constructor(pieces: Piece[]) {
    this.#pieces = pieces;
    pieces.forEach((_, at) => {
      this.#count(at, 1);
    });
  }

  best(minCount: number): [left: number, right: number] | undefined {
    let [best, most] = [-1, Math.max(1, minCount)];
    for (const [pair, count] of this.#counts) {
      if (count > most || (count === most && (best < 0 || pair < best))) [best, most] = [pair, count];
    }
    return best < 0 ? undefined : [Math.floor(best / base), best % base];
  }

  merge(left: number, right: number, merged: number): void {
    for (const at of this.#where.get(left * base + right) ?? []) {
      const piece = this.#pieces[at]!;
      this.#count(at, -1);
      const ids: number[] = [];
      for (let i = 0; i < piece.ids.length; i++) {
        const both = piece.ids[i] === left && piece.ids[i + 1] === right;
        ids.push(both ? merged : piece.ids[i]!);
        if (both) i++;
      }
      piece.ids = ids;
      this.#count(at, 1);
    }
    this.#where.delete(left * base + right);
    this.#counts.delete(left * base + right);
  }

  #count(at: number, sign: 1 | -1): void {
    const { ids, count } = this.#pieces[at]!;
    for (let i = 0; i + 1 < ids.length; i++) {
      const pair = ids[i]! * base + ids[i + 1]!;
      const sum = (this.#counts.get(pair) ?? 0) + sign * count;
      if (sum > 0) this.#counts.set(pair, sum);
      else this.#counts.delete(pair);
      if (sign < 0) continue;
      const places = this.#where.get(pair);
      if (places) places.add(at);
      else this.#where.set(pair, new Set([at]));
    }
  }
}
