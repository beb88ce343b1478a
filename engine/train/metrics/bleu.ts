import { ShapeError, ValueError } from "../../errors.js";

/**
 * The corpus BLEU of translations (Papineni et al. 2002): the geometric mean of the n-gram precisions up to `n`, clipped by
 * the references, times the penalty for being short; from 0 to 1. Each candidate is a list of tokens, with one or more
 * references; no smoothing, so one missing order gives 0.
 * @throws ShapeError when the numbers differ or are 0; ValueError for n below 1
 * @example metrics.bleu([["the", "cat", "sat", "down"]], [[["the", "cat", "sat", "down"]]]); // 1
 */
export function bleu(
  candidates: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
  { n = 4 } = {},
): number {
  const op = "bleu";
  if (!Number.isInteger(n) || n < 1) throw new ValueError(`n is ${n}`, { op, hint: "Give a whole number from 1." });
  if (candidates.length === 0 || candidates.length !== references.length || references.some(r => r.length === 0)) {
    throw new ShapeError(`${candidates.length} candidates with references for ${references.length}`, {
      op,
      hint: "Give one or more references for every candidate.",
    });
  }
  let [length, wanted] = [0, 0];
  const hits = new Array<number>(n).fill(0);
  const tries = new Array<number>(n).fill(0);
  candidates.forEach((candidate, i) => {
    length += candidate.length;
    wanted += closest(candidate.length, references[i]!);
    for (let order = 1; order <= n; order++) {
      const counts = grams(candidate, order);
      const most = new Map<string, number>();
      for (const reference of references[i]!) {
        for (const [gram, count] of grams(reference, order)) most.set(gram, Math.max(count, most.get(gram) ?? 0));
      }
      for (const [gram, count] of counts) {
        hits[order - 1]! += Math.min(count, most.get(gram) ?? 0);
        tries[order - 1]! += count;
      }
    }
  });
  if (hits.some(count => count === 0)) return 0;
  const logs = hits.reduce((sum, count, i) => sum + Math.log(count / tries[i]!), 0) / n;
  return Math.exp(logs + Math.min(0, 1 - wanted / length));
}

/** The length of the reference that is closest; the shorter of two equally close. */
function closest(length: number, references: readonly (readonly string[])[]): number {
  return references
    .map(reference => reference.length)
    .reduce((best, next) => {
      const [a, b] = [Math.abs(best - length), Math.abs(next - length)];
      return b < a || (b === a && next < best) ? next : best;
    });
}

function grams(tokens: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + order <= tokens.length; i++) {
    const gram = JSON.stringify(tokens.slice(i, i + order));
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}
