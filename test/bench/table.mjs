// The Markdown table.
import { median, relativeError } from "./statistics.mjs";

/** Beyond this relative difference the two did not compute the same thing, and a ratio would mean nothing. */
const agreement = 1e-4;

/**
 * One line per case and thread count: medians over the rounds, each peer's time and its ratio to ours (above 1: we are faster).
 *
 * @param {import("./cases.mjs").BenchCase[]} cases
 * @param {{ threads: number, kept: { ours: any, peers: Record<string, any> }[], peak?: { gflops: number, copyGBs: number } }[]} groups
 * @param {{ name: string, title: string }[]} peers the columns; results are held against the first that ran a case
 */
export function markdownTable(cases, groups, peers) {
  const heads = ["case", "threads", "ours", ...peers.flatMap(p => [p.title, "ratio"])];
  heads.push("ours per second", "of the peak", "compiled", ...peers.map(p => `compiled by ${p.title}`));
  const rule = heads.map((_, i) => (i === 0 ? "---" : "--:"));
  const lines = cases.flatMap(benchCase => groups.map(group => line(benchCase, group, peers)));
  return [`| ${heads.join(" | ")} |`, `|${rule.join("|")}|`, ...lines].join("\n");
}

function line(benchCase, { threads, kept, peak }, peers) {
  const ours = kept.map(r => r.ours.results[benchCase.name]);
  const theirs = peers.map(p => kept.map(r => r.peers[p.name]?.results[benchCase.name]).filter(r => r !== undefined));
  const truth = theirs.find(results => results.length > 0)?.[0].sample ?? ours[0].sample;
  const wrong = relativeError(ours[0].sample, truth);
  const oursMedian = median(ours.map(r => r.median));
  const cells = [
    benchCase.name,
    threads,
    duration(oursMedian),
    ...theirs.flatMap(results => peerCells(ours, results, Math.max(wrong, errorOf(results, truth)))),
    ...rate(benchCase, oursMedian, peak),
    ...compiledCells(ours, theirs),
  ];
  return `| ${cells.join(" | ")} |`;
}

const errorOf = (results, truth) => (results.length === 0 ? 0 : relativeError(results[0].sample, truth));

/** A peer's time, and its ratio to ours when both computed the same. */
function peerCells(ours, theirs, error) {
  if (theirs.length === 0) return ["", ""];
  const time = duration(median(theirs.map(r => r.median)));
  return [time, error <= agreement ? ratio(ours, theirs) : `results differ by ${error.toExponential(1)}`];
}

const ratio = (ours, theirs) => `${median(ours.map((r, i) => theirs[i].median / r.median)).toFixed(2)}x`;

/** Our time when the runs are compiled, and every peer's by it. */
function compiledCells(ours, theirs) {
  const compiled = ours.map(r => r.compiled).filter(r => r !== undefined);
  if (compiled.length === 0) return ["", ...theirs.map(() => "")];
  const time = duration(median(compiled.map(r => r.median)));
  const error = relativeError(compiled[0].sample, ours[0].sample);
  const differs = `differs from eager by ${error.toExponential(1)}`;
  return [time, ...theirs.map(r => (r.length === 0 ? "" : error > agreement ? differs : ratio(compiled, r)))];
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
