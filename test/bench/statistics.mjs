// From the rounds to one line per case.

export function median(/** @type {number[]} */ numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A round in which the machine itself was slower than this share of its best says nothing about the contenders. */
const calm = 0.9;

/**
 * The rounds in which the machine ran undisturbed, before and after; all of them when there is no calibration.
 *
 * @template {{ before?: import("./calibrate.mjs").Peak, after?: import("./calibrate.mjs").Peak }} Round
 * @param {Round[]} rounds
 * @returns {{ kept: Round[], peak?: { gflops: number, copyGBs: number } }}
 */
export function calmRounds(rounds) {
  const peaks = rounds.flatMap(r => [r.before, r.after]).filter(p => p !== undefined);
  if (peaks.length === 0) return { kept: rounds };
  const gflops = Math.max(...peaks.map(p => p.gflops));
  const copyGBs = Math.max(...peaks.map(p => p.copyGBs));
  const quiet = rounds.filter(r => Math.min(r.before.gflops, r.after.gflops) >= calm * gflops);
  const steadiest = [...rounds].sort(
    (a, b) => Math.min(b.before.gflops, b.after.gflops) - Math.min(a.before.gflops, a.after.gflops),
  );
  return { kept: quiet.length > 0 ? quiet : steadiest.slice(0, 1), peak: { gflops, copyGBs } };
}

/** Largest difference of two samples, relative to the largest number in them. */
export function relativeError(/** @type {number[]} */ ours, /** @type {number[]} */ theirs) {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...theirs.map(Math.abs), Number.MIN_VALUE);
  const errors = ours.map((v, i) => Math.abs(v - theirs[i]) / scale);
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}
