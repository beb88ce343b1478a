import type { Baselines } from "../../engine/train/events.js";
import { type Line, lineChart, type Mark, wantsLogarithm } from "../chart.js";
import type { StreamingSeries } from "../decimate.js";
import type { MimeBundle } from "../display.js";
import { formatColumn, formatCount, formatDuration, formatNumber } from "../format.js";
import { type Html, html } from "../html.js";
import { card, type Fact, foldable, table } from "../theme.js";
import type { EpochRow, TrainingState } from "./training-state.js";
import { endNames, rateText, trainingText } from "./training-text.js";
import { viewBundle } from "./view.js";

/** How a training run shows itself: progress, a chart per metric, the epochs. As static HTML, for every front end. */
export function trainingBundle(state: TrainingState): MimeBundle {
  return viewBundle(trainingHtml(state).text, trainingText(state));
}

/** The most metrics with a chart of their own. */
const mostCharts = 6;
/** The most metrics with a column in the table. */
const mostColumns = 8;
/** The most epochs in the table and below its fold. */
const mostRows = 8;
const mostFolded = 24;
/** Lines with more points than this have no dots, which would run together. */
const mostDots = 30;
/** Share of the moving average that a new value leaves alone. */
const smoothing = 0.6;
/** Fewer values than this are drawn as they are. */
const fewest = 24;

function trainingHtml(state: TrainingState): Html {
  const groups = state.groups();
  const charts = groups.slice(0, mostCharts);
  const left = groups.length - charts.length;
  const scheduled = charts.length < mostCharts && varies(state.learningRates);
  const wide = charts.length === 1 && !scheduled;
  const drawn = charts.map(name => chart(state, name, wide, charts.length));
  if (scheduled) drawn.push(rateChart(state));
  const body = [
    progressBar(state),
    message(state),
    drawn.length > 0 ? html`<div class="w">${drawn}</div>` : html`<small>${waiting(state)}</small>`,
    left > 0 ? html`<small>${left} more metrics are not drawn</small>` : undefined,
    epochTable(state),
  ];
  return card({ title: state.title, facts: facts(state), body, styles: ["plot", "table", "training"] });
}

function waiting(state: TrainingState): string {
  return state.end ? "no step logged a value" : "waiting for the first logged step";
}

function facts(state: TrainingState): Fact[] {
  const found: Fact[] = [stateFact(state)];
  const { epoch, totalEpochs, step, totalSteps, learningRate, firstBad, best } = state;
  if (epoch !== undefined) found.push({ text: `epoch ${of(epoch, totalEpochs)}` });
  found.push({ text: `step ${of(step, totalSteps)}` });
  const rate = rateText(state);
  if (rate) found.push({ text: rate });
  if (learningRate !== undefined) found.push({ text: `lr ${formatNumber(learningRate, 3)}` });
  const remaining = state.remaining();
  const eta = remaining === undefined ? "" : ` · ETA ${formatDuration(remaining)}`;
  found.push({ text: `${formatDuration(state.elapsed())}${eta}` });
  if (best) {
    const what = `${best.metric} ${formatNumber(best.value)}`;
    const text =
      best.epoch === undefined
        ? `★ lowest ${what} at step ${formatCount(best.step)}`
        : `★ best ${what} in epoch ${best.epoch}`;
    found.push({ text, tone: "good" });
  }
  if (firstBad) {
    const { metric, at } = firstBad;
    found.push({ text: `⚠ ${metric} is ${formatNumber(at[1])} at step ${formatCount(at[0])}`, tone: "bad" });
  }
  return found;
}

function stateFact(state: TrainingState): Fact {
  if (!state.end) return { text: "● running", tone: "live" };
  const { reason } = state.end;
  if (reason === "finished") return { text: `✓ ${endNames.finished}`, tone: "good" };
  return reason === "failed" ? { text: `✗ ${endNames.failed}`, tone: "bad" } : { text: `■ ${endNames[reason]}` };
}

function of(n: number, total: number | undefined): string {
  return total === undefined ? formatCount(n) : `${formatCount(n)} / ${formatCount(total)}`;
}

/** The bar keeps its place when the run ends, so that the page does not jump. */
function progressBar(state: TrainingState): Html | undefined {
  const progress = state.progress();
  if (progress === undefined) return undefined;
  const percent = Math.floor(progress * 100);
  return html`<progress class="p" value="${percent}" max="100" title="${percent} % of the steps" aria-label="${percent} % of the steps">${percent} %</progress>`;
}

function message(state: TrainingState): Html | undefined {
  if (state.end?.reason !== "failed" || !state.end.message) return undefined;
  const { message } = state.end;
  const short = message.length > 1000 ? `${message.slice(0, 999)}…` : message;
  return html`<div><b class="bad">${short}</b></div>`;
}

/** The chart of one metric: its steps, smoothed over the raw values, and what the epochs say of it. */
function chart(state: TrainingState, name: string, wide: boolean, charts: number): Html {
  const width = wide ? 856 : 418;
  const height = wide ? 220 : 200;
  const points = charts <= 2 ? 240 : 120;
  const { lines, smoothed } = chartLines(state, name, points);
  const { axis, xRange, xUnit } = stepAxis(state);
  const levels = levelsOf(state.baselines, name);
  const notes = [
    `x: ${axis}`,
    ...(wantsLogarithm(lines, levels) ? ["log scale"] : []),
    ...(smoothed ? ["smoothed over raw"] : []),
  ];
  const plot = lineChart({
    label: chartLabel(state, name),
    lines,
    width,
    height,
    xRange,
    xUnit,
    marks: marks(state, name),
    levels,
  });
  return html`<div class="${wide ? "y" : "n"}"><div><b>${name}</b> <small>${notes.join(" · ")}</small></div>${plot}</div>`;
}

/** The most lines to compare with in one chart. */
const mostLevels = 6;

/** What a metric, with or without `val_`, is compared with. */
export function levelsOf(baselines: Baselines, metric: string): { name: string; value: number }[] {
  const found = [metric, `val_${metric}`].flatMap(name => {
    const given = Object.hasOwn(baselines, name) ? baselines[name]! : {};
    const named = typeof given === "number" ? { baseline: given } : given;
    return Object.entries(named).map(([of, value]) => ({ name: of, value: Number(value) }));
  });
  return found.slice(0, mostLevels);
}

/** The learning rate, for runs with a schedule. */
function rateChart(state: TrainingState): Html {
  const { axis, xRange, xUnit } = stepAxis(state);
  const label = `learning rate ${formatNumber(state.learningRate!, 3)} at step ${formatCount(state.step)}`;
  const lines = [{ name: "lr", colour: 3, points: state.learningRates.points(120) }];
  const plot = lineChart({ label, lines, width: 418, height: 200, xRange, xUnit });
  return html`<div class="n"><div><b>learning rate</b> <small>x: ${axis}</small></div>${plot}</div>`;
}

function varies(series: StreamingSeries): boolean {
  const first = series.buckets[0]?.min[1];
  return series.buckets.some(({ min, max }) => min[1] !== first || max[1] !== first);
}

/** Epochs where a run has them, else steps; to the end that is planned, or that it had. */
function stepAxis(state: TrainingState): { axis: string; xRange: readonly [number, number]; xUnit: number } {
  const perEpoch = (state.totalEpochs ?? 0) > 1 ? state.stepsPerEpoch : undefined;
  const last = Math.max(state.step, 1);
  const end = state.end ? last : Math.max(last, state.totalSteps ?? 0);
  return { axis: perEpoch ? "epoch" : "step", xRange: [0, end], xUnit: perEpoch || 1 };
}

function chartLines(state: TrainingState, name: string, most: number): { lines: Line[]; smoothed: boolean } {
  const lines: Line[] = [];
  const steps = state.steps.get(name);
  const means = state.epochs.get(name);
  const validation = state.epochs.get(`val_${name}`) ?? state.steps.get(`val_${name}`);
  const smoothed = (steps?.length ?? 0) >= fewest;
  if (steps) {
    lines.push({
      name: validation ? "train" : name,
      colour: 1,
      points: smoothed ? steps.smooth(smoothing, most / 2) : steps.points(most),
      ...(smoothed ? { raw: steps.points(most) } : {}),
    });
  } else if (means) {
    lines.push({
      name: validation ? "train" : name,
      colour: 1,
      points: means.points(most),
      dots: means.length <= mostDots,
    });
  }
  if (validation) {
    lines.push({
      name: "val",
      colour: 2,
      points: validation.points(most),
      dashed: true,
      dots: validation.length <= mostDots,
    });
  }
  return { lines, smoothed };
}

/** The best epoch, on the chart of its metric, where it was stopped, and the first step that went wrong. */
function marks(state: TrainingState, name: string): Mark[] {
  const found: Mark[] = [];
  const { best } = state;
  if (best && best.metric.replace(/^val_/, "") === name && best.step > 1) {
    found.push({
      x: best.step,
      kind: "best",
      text: `${best.epoch === undefined ? "lowest" : "best"} ★ ${formatNumber(best.value)}`,
    });
  }
  if (state.end?.reason === "stopped") found.push({ x: state.step, kind: "end", text: endNames.stopped });
  const bad =
    firstBad(state.steps.get(name)) ?? firstBad(state.epochs.get(name)) ?? firstBad(state.epochs.get(`val_${name}`));
  if (bad) found.push({ x: bad[0], kind: "bad", text: `${formatNumber(bad[1])} at step ${formatCount(bad[0])}` });
  return found;
}

function firstBad(series: StreamingSeries | undefined) {
  return series?.bad.first;
}

function chartLabel(state: TrainingState, name: string): string {
  const parts = [name, `val_${name}`].flatMap(metric => {
    const value = state.latest.get(metric);
    return value === undefined ? [] : [`${metric} ${formatNumber(value)}`];
  });
  return `${parts.join(", ")} at step ${formatCount(state.step)}`;
}

/** The newest epochs and the best one; older ones below a fold. */
function epochTable(state: TrainingState): Html | undefined {
  if (state.rows.length === 0) return undefined;
  const metrics = [...state.epochs.keys()].slice(0, mostColumns);
  const rates = state.rows.some(row => row.learningRate !== undefined);
  const heads = ["epoch", ...metrics, ...(rates ? ["lr"] : []), "time"];
  const newest = state.rows.slice(-mostRows);
  const { bestRow } = state;
  const shown = bestRow && !newest.includes(bestRow) ? [bestRow, ...newest.slice(1)] : newest;
  const older = state.rows.filter(row => !shown.includes(row));
  const write = (rows: readonly EpochRow[]) => {
    const figures = [
      ...metrics.map(name => column(rows.map(row => row.values[name]))),
      ...(rates ? [rows.map(row => (row.learningRate === undefined ? "" : formatNumber(row.learningRate, 3)))] : []),
    ];
    const lines = rows.map((row, i) => [
      `${row.epoch}${row === bestRow ? " ★" : ""}`,
      ...figures.map(cells => cells[i]!),
      formatDuration(row.took),
    ]);
    const marked = bestRow ? rows.indexOf(bestRow) : -1;
    return html`<div style="overflow-x:auto">${table(heads, lines, { marked })}</div>`;
  };
  if (older.length === 0) return write(shown);
  const folded = older.slice(-mostFolded);
  const hidden = state.epochCount - shown.length - folded.length;
  const note = hidden > 0 ? html`<small>${formatCount(hidden)} epochs before these are left out</small>` : undefined;
  return html`${write(shown)}${foldable(`${folded.length} earlier epochs`, html`${note}${write(folded)}`)}`;
}

/** Figures with the same decimals; nothing where an epoch has none. */
function column(values: readonly (number | undefined)[]): string[] {
  const texts = formatColumn(values.filter(value => value !== undefined));
  let next = 0;
  return values.map(value => (value === undefined ? "" : texts[next++]!));
}
