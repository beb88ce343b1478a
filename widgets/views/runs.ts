import { train } from "../../engine/index.js";
import { type Line, lineChart, wantsLogarithm } from "../chart.js";
import { decimate, type Point } from "../decimate.js";
import { formatColumn, formatCount, formatDuration, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { recentRuns } from "../recent-runs.js";
import { card, scrolled, table } from "../theme.js";
import { textTable } from "./table.js";
import { levelsOf } from "./training.js";
import { TrainingState } from "./training-state.js";
import { endNames } from "./training-text.js";
import { View } from "./view.js";

/** How `show.runs` draws. */
export interface RunsOptions {
  /** Heading of the card. */
  title?: string;
  /** Which metrics, in which order; by default all, losses first. */
  metrics?: readonly string[];
  /** Lines across the charts to compare with: `{ val_accuracy: { chance: 0.1 } }`. */
  baselines?: train.Baselines;
  /** The axis of values; `"auto"` (default): logarithmic where the largest is more than 30 times the smallest. */
  scale?: "auto" | "linear" | "log";
}

/** What a run left behind: what `fit` returns, or numbers by metric, one an epoch or a step. */
export type RunLike = train.History | TrainingState | Readonly<Record<string, readonly number[]>>;

/** The most runs and charts that are drawn, and colours that tell runs apart. */
const mostRuns = 12;
const mostCharts = 6;
const colours = 6;
/** What is better when it is larger; of anything else less is better. */
const larger = /acc|auc|precision|recall|f1|score|return|reward|bleu|r2|iou/i;

/** A run as it is drawn. */
interface Drawn {
  name: string;
  metrics: ReadonlyMap<string, readonly Point[]>;
  unit: "epoch" | "step" | "value";
  /** Milliseconds; undefined where it is not known. */
  took: number | undefined;
  state: string;
}

/**
 * Lays several training runs over each other: a chart for each metric, a line for each run, and a table of the best and the last
 * value of each. Without runs given, those that this notebook has shown.
 *
 * @param runs by name: what `fit` returned, or `{ loss: [2.3, 1.1], accuracy: [0.2, 0.6] }`
 * @throws TypeError when a run is none of these
 * @example
 * show.runs({ "lr 0.1": { loss: [2.3, 0.9, 0.5] }, "lr 0.01": { loss: [2.3, 1.8, 1.4] } }, { baselines: { loss: { chance: 2.3 } } });
 */
export function runsView(runs?: Readonly<Record<string, RunLike>>, options: RunsOptions = {}): View {
  const { title = "Runs", baselines = {}, scale = "auto" } = options;
  if (scale !== "auto" && scale !== "linear" && scale !== "log") {
    throw new TypeError(`show.runs: scale is ${String(scale)}. Give "auto", "linear" or "log".`);
  }
  const all = runs === undefined ? ofNotebook() : Object.entries(runs).map(([name, run]) => drawnOf(name, run));
  const shown = all.slice(-mostRuns);
  const names = options.metrics ?? lossesFirst(new Set(shown.flatMap(run => [...run.metrics.keys()])));
  const charts = names
    .slice(0, mostCharts)
    .map(metric => chart(shown, metric, names.length === 1, levelsOf(baselines, metric), scale));
  const notes = [
    ...(all.length > shown.length ? [`the newest ${shown.length} of ${formatQuantity(all.length, "run")}`] : []),
    ...(names.length > charts.length
      ? [`${formatQuantity(names.length - charts.length, "more metric")} not drawn`]
      : []),
  ];
  const drawn = names.slice(0, mostCharts);
  const columns = [
    { head: "run", cells: shown.map(run => run.name) },
    ...drawn.flatMap(name => {
      const [best, last] = bestAndLast(shown, name);
      return [
        { head: `best ${name}`, cells: best! },
        { head: "last", cells: last! },
      ];
    }),
    { head: "length", cells: shown.map(lengthOf) },
    { head: "time", cells: shown.map(run => (run.took === undefined ? "" : formatDuration(run.took))) },
    { head: "state", cells: shown.map(run => run.state) },
  ].filter(({ cells }) => cells.some(cell => cell !== ""));
  const heads = columns.map(({ head }) => head);
  const rows = shown.map((_, i) => columns.map(({ cells }) => cells[i]!));
  const body = [
    shown.length === 0 ? html`<small>no run was shown in this notebook yet</small>` : undefined,
    charts.length > 0 ? html`<div class="w">${charts}</div>` : undefined,
    shown.length > 0 ? scrolled(table(heads, rows, { words: [0, heads.indexOf("state")] })) : undefined,
    notes.length > 0 ? html`<small>${notes.join(" · ")}</small>` : undefined,
  ];
  const view = card({
    title,
    facts: [{ text: formatQuantity(all.length, "run") }],
    body,
    styles: ["plot", "table", "training"],
  });
  return new View(view.text, shown.length > 0 ? `${title}\n${textTable([heads, ...rows])}` : `${title}: none`);
}

function ofNotebook(): Drawn[] {
  const seen = new Map<string, number>();
  return recentRuns().map(state => {
    const count = (seen.get(state.title) ?? 0) + 1;
    seen.set(state.title, count);
    return drawnOf(count > 1 ? `${state.title} (${count})` : state.title, state);
  });
}

function drawnOf(name: string, run: unknown): Drawn {
  if (run instanceof TrainingState) return ofState(name, run);
  if (run instanceof train.History) {
    return {
      name,
      metrics: linesOf(name, run.history),
      unit: "epoch",
      took: run.seconds * 1000,
      state: endNames[run.reason],
    };
  }
  return { name, metrics: linesOf(name, run), unit: "value", took: undefined, state: "" };
}

function linesOf(name: string, values: unknown): Map<string, Point[]> {
  const entries = typeof values === "object" && values !== null ? Object.entries(values as object) : [];
  const isList = (list: unknown): list is readonly number[] =>
    Array.isArray(list) && list.every(x => typeof x === "number");
  if (entries.length === 0 || !entries.every(([, list]) => isList(list))) {
    throw new TypeError(`show.runs: the run "${name}" is no run. Give what fit returned, or { loss: [2.3, 1.1] }.`);
  }
  return new Map(entries.map(([metric, list]) => [metric, (list as number[]).map((y, i): Point => [i + 1, y])]));
}

/** Epochs where a run has several, else its steps. */
function ofState(name: string, state: TrainingState): Drawn {
  const byEpoch = state.rows.length > 1;
  const metrics = new Map<string, readonly Point[]>();
  if (byEpoch) {
    for (const metric of state.epochs.keys()) {
      metrics.set(
        metric,
        state.rows.flatMap(({ epoch, values }): Point[] => (metric in values ? [[epoch, values[metric]!]] : [])),
      );
    }
  } else for (const [metric, series] of state.steps) metrics.set(metric, series.points());
  const ended = state.end ? endNames[state.end.reason] : "running";
  return { name, metrics, unit: byEpoch ? "epoch" : "step", took: state.elapsed(), state: ended };
}

function lossesFirst(names: ReadonlySet<string>): string[] {
  return [...names].sort((a, b) => Number(!/loss/i.test(a)) - Number(!/loss/i.test(b)));
}

function chart(
  runs: readonly Drawn[],
  metric: string,
  wide: boolean,
  levels: { name: string; value: number }[],
  scale: "auto" | "linear" | "log",
): Html {
  const lines = runs.flatMap((run, i): Line[] => {
    const given = run.metrics.get(metric);
    if (!given) return [];
    const points = decimate(given, 100);
    const colour = 1 + (i % colours);
    return [{ name: run.name, colour, points, dashed: i >= colours, dots: points.length <= 30 }];
  });
  const units = [...new Set(runs.flatMap(run => (run.metrics.has(metric) ? [run.unit] : [])))];
  const logarithmic = scale === "log" || (scale === "auto" && wantsLogarithm(lines, levels));
  const notes = [`x: ${units.join(" or ")}`, ...(logarithmic ? ["log scale"] : [])];
  const ends = lines.flatMap(({ name, points }) =>
    points.length > 0 ? [`${name} ${formatNumber(points.at(-1)![1])}`] : [],
  );
  const plot = lineChart({
    label: `${metric}: ${ends.join(", ") || "no values"}`,
    lines,
    width: wide ? 856 : 418,
    height: wide ? 240 : 210,
    levels,
    yScale: scale,
  });
  return html`<div class="${wide ? "y" : "n"}"><div><b>${metric}</b> <small>${notes.join(" · ")}</small></div>${plot}</div>`;
}

/** Two columns of a metric: the best value of each run, and the last. */
function bestAndLast(runs: readonly Drawn[], metric: string): string[][] {
  const better = larger.test(metric) && !/loss/i.test(metric) ? Math.max : Math.min;
  const best = runs.map(run => {
    const finite = (run.metrics.get(metric) ?? []).map(([, y]) => y).filter(Number.isFinite);
    return finite.length > 0 ? finite.reduce((a, b) => better(a, b)) : undefined;
  });
  const last = runs.map(run => run.metrics.get(metric)?.at(-1)?.[1]);
  return [best, last].map(values => {
    const texts = formatColumn(values.filter(value => value !== undefined));
    let next = 0;
    return values.map(value => (value === undefined ? "" : texts[next++]!));
  });
}

function lengthOf({ metrics, unit }: Drawn): string {
  const length = Math.max(0, ...[...metrics.values()].map(points => points.at(-1)?.[0] ?? 0));
  return unit === "value"
    ? formatQuantity(length, "value")
    : `${formatCount(length)} ${length === 1 ? unit : `${unit}s`}`;
}
