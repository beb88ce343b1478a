// The Markdown table.
import { median, relativeError } from "./statistics.mjs";

/** Beyond this relative difference the two did not compute the same thing, and a ratio would mean nothing. */
const agreement = 1e-4;

const header =
  "| case | threads | ours | PyTorch | ratio | ratio of the best | ours per second | of the peak | compiled | ratio compiled |";
const rule = "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

/**
 * One line per case and thread count: medians over the rounds, the ratio PyTorch / ours (above 1: we are faster).
 *
 * @param {import("./cases.mjs").BenchCase[]} cases
 * @param {{ threads: number, kept: { ours: any, torch?: any }[], peak?: { gflops: number, copyGBs: number } }[]} groups
 */
export function markdownTable(cases, groups) {
  const lines = cases.flatMap(benchCase => groups.map(group => line(benchCase, group)));
  return [header, rule, ...lines].join("\n");
}

function line(benchCase, { threads, kept, peak }) {
  const ours = kept.map(r => r.ours.results[benchCase.name]);
  const theirs = kept.map(r => r.torch?.results[benchCase.name]).filter(r => r !== undefined);
  const oursMedian = median(ours.map(r => r.median));
  const cells = [benchCase.name, threads, duration(oursMedian)];
  if (theirs.length === 0) cells.push("", "", "");
  else {
    const error = relativeError(ours[0].sample, theirs[0].sample);
    const theirMedian = median(theirs.map(r => r.median));
    const best = Math.min(...theirs.map(r => r.best)) / Math.min(...ours.map(r => r.best));
    const ratios = ours.map((r, i) => theirs[i].median / r.median);
    if (error <= agreement) cells.push(duration(theirMedian), `${median(ratios).toFixed(2)}x`, `${best.toFixed(2)}x`);
    else cells.push(duration(theirMedian), `results differ by ${error.toExponential(1)}`, "");
  }
  cells.push(...rate(benchCase, oursMedian, peak), ...compiledCells(ours, theirs));
  return `| ${cells.join(" | ")} |`;
}

/** Our time when the runs are compiled, and PyTorch's by it. */
function compiledCells(ours, theirs) {
  const compiled = ours.map(r => r.compiled).filter(r => r !== undefined);
  if (compiled.length === 0) return ["", ""];
  const time = duration(median(compiled.map(r => r.median)));
  const error = relativeError(compiled[0].sample, ours[0].sample);
  if (error > agreement) return [time, `differs from eager by ${error.toExponential(1)}`];
  if (theirs.length < compiled.length) return [time, ""];
  return [time, `${median(compiled.map((r, i) => theirs[i].median / r.median)).toFixed(2)}x`];
}

function rate({ flops, bytes }, seconds, peak) {
  const share = (value, best) => (best === undefined ? "" : `${((100 * value) / best).toFixed(0)} %`);
  if (flops !== undefined) {
    const gflops = flops / seconds / 1e9;
    return [`${gflops.toFixed(1)} GF`, share(gflops, peak?.gflops)];
  }
  if (bytes !== undefined) {
    const gigabytes = bytes / seconds / 1e9;
    return [`${gigabytes.toFixed(1)} GB`, share(gigabytes, peak?.copyGBs)];
  }
  return [`${(1 / seconds).toFixed(0)} runs`, ""];
}

/** With three digits and the unit that suits. */
export function duration(seconds) {
  const [value, unit] = seconds >= 1 ? [seconds, "s"] : seconds >= 1e-3 ? [seconds * 1e3, "ms"] : [seconds * 1e6, "us"];
  return `${value.toPrecision(3)} ${unit}`;
}
