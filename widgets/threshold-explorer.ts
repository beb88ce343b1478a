import { metrics } from "../engine/index.js";
import { controlStyle } from "./control-module.js";
import { formatNumber } from "./format.js";
import { type Counts, type Figures, figuresOf, ScoreCounts } from "./score-counts.js";
import { thresholdModule, thresholdStyle } from "./threshold-explorer-module.js";
import { type RocOptions, rocView } from "./views/roc.js";
import { figure, oneAgainstRest, scoresOf, usualThreshold } from "./views/scores.js";
import type { NumbersLike } from "./views/tensor-like.js";
import { Widget } from "./widget.js";

/** What both sides of the threshold explorer know. */
export interface ThresholdState {
  title: string;
  /** From which score on a sample counts as positive. */
  threshold: number;
  /** Which class is taken against the rest, by its place in `classes`. */
  positive: number;
  /** The classes to choose from; empty for two classes with one score. */
  classes: readonly string[];
  /** Scores to choose as thresholds, falling: float64. */
  steps: Uint8Array;
  /** False positive rate, recall and precision at each of `steps`: float64. */
  rates: Uint8Array;
  counts: Counts;
  /** Names and values of what the counts come to. */
  figures: readonly (readonly [name: string, value: string])[];
  /** Where the threshold is on the curves; null where there is no precision. */
  spots: { roc: readonly [number, number]; pr: readonly [number, number | null] };
  /** The areas below the curves, in words. */
  areas: string;
}

/** The thresholds that a slider offers lie this far apart on the curve, at least: a pixel or less. */
const finest = 1 / 400;

/**
 * A threshold to move: the slider, a click on either curve or a number sets it, and the place on the ROC and the
 * precision-recall curve, the confusion counts, precision, recall and F1 follow, from all scores. Without a front end it is
 * `show.roc` at the threshold it has.
 *
 * @example
 * const explorer = views.threshold([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * explorer.threshold = 0.38;
 * explorer.counts.falsePositives; // 1
 */
export class ThresholdExplorer extends Widget<ThresholdState> {
  /**
   * @param scores [N]: higher for class 1; or [N, C], each class against the rest
   * @param labels [N]: 0 and 1; or the numbers of the classes
   * @throws TypeError when scores and labels do not fit, or no class has samples on both sides
   */
  constructor(scores: NumbersLike, labels: NumbersLike, options: RocOptions = {}) {
    const given = scoresOf(scores, labels, options.labels, "show.threshold");
    const all = given.columns === 1 ? [0] : given.names.map((_, c) => c);
    // Checks the scores too: rocCurve refuses what is no number.
    const classes = all.flatMap(c => {
      const one =
        given.columns === 1 ? { scores: Array.from(given.values), truth: given.truth } : oneAgainstRest(given, c);
      metrics.rocCurve(one.scores, one.truth);
      const known = new Set(one.truth);
      return known.size === 2 ? [{ name: given.names[c]!, ...one }] : [];
    });
    const [first] = classes;
    if (!first) {
      throw new TypeError(
        "show.threshold: all labels are equal, so there is nothing to tell apart. Give samples of both.",
      );
    }
    const threshold = options.threshold ?? usualThreshold(first.scores, first.truth);
    if (typeof threshold !== "number" || Number.isNaN(threshold)) {
      throw new TypeError(`show.threshold: threshold is ${String(threshold)}. Give a number.`);
    }
    const title = options.title ?? "Threshold";
    const at = (positive: number) => classes[positive] ?? first;
    const counted = new Map<number, ScoreCounts>();
    const countsOf = (positive: number) => {
      const made = counted.get(positive) ?? new ScoreCounts(at(positive).scores, at(positive).truth);
      counted.set(positive, made);
      return made;
    };
    const curve = (positive: number) => curveOf(countsOf(positive), at(positive));
    super({
      name: title,
      esm: thresholdModule,
      css: controlStyle + thresholdStyle,
      state: {
        title,
        threshold,
        positive: 0,
        classes: given.columns === 1 ? [] : classes.map(c => c.name),
        ...curve(0),
        ...placeOf(countsOf(0), threshold),
      },
      fallback: state => {
        const one = at(state.positive);
        const name = given.columns === 1 ? title : `${title}: ${one.name} against the rest`;
        return rocView(one.scores, one.truth, { title: name, threshold: state.threshold });
      },
    });
    let last = threshold;
    this.on("change", names => {
      if (names.includes("positive")) {
        // What a page sends is not to be trusted.
        if (classes[this.get("positive")] === undefined) this.set("positive", 0);
        else this.set({ ...curve(this.get("positive")), ...placeOf(countsOf(this.get("positive")), last) });
      }
      if (!names.includes("threshold")) return;
      const wanted: unknown = this.get("threshold");
      if (typeof wanted === "number" && !Number.isNaN(wanted)) {
        last = wanted;
        this.set(placeOf(countsOf(this.get("positive")), wanted));
      } else this.set("threshold", last);
    });
  }

  /** The threshold it has now. */
  get threshold(): number {
    return this.get("threshold");
  }

  /** Moves the threshold; the page follows. */
  set threshold(threshold: number) {
    this.set("threshold", threshold);
  }

  /** How many samples the threshold puts on either side. */
  get counts(): Counts {
    return this.get("counts");
  }
}

function curveOf(
  counts: ScoreCounts,
  { scores, truth }: { scores: readonly number[]; truth: readonly number[] },
): Pick<ThresholdState, "steps" | "rates" | "areas"> {
  const steps = counts.thresholds(finest);
  const rates = steps.flatMap(t => {
    const { falsePositiveRate, recall, precision } = figuresOf(counts.at(t));
    return [falsePositiveRate, recall, precision];
  });
  const [area, average] = [metrics.rocAuc(scores, truth), metrics.averagePrecision(scores, truth)];
  return {
    steps: bytes(steps),
    rates: bytes(rates),
    areas: `AUC ${figure(area)} · average precision ${figure(average)} · ${counts.positives} of ${counts.samples} positive`,
  };
}

function placeOf(counts: ScoreCounts, threshold: number): Pick<ThresholdState, "counts" | "figures" | "spots"> {
  const at = counts.at(threshold);
  const figures = figuresOf(at);
  const named: readonly (readonly [string, keyof Figures])[] = [
    ["precision", "precision"],
    ["recall", "recall"],
    ["F1", "f1"],
    ["false positive rate", "falsePositiveRate"],
    ["accuracy", "accuracy"],
  ];
  return {
    counts: at,
    figures: [
      ["threshold", formatNumber(threshold)],
      ...named.map(([name, key]) => [name, figure(figures[key])] as const),
    ],
    spots: {
      roc: [figures.falsePositiveRate, figures.recall],
      pr: [figures.recall, Number.isFinite(figures.precision) ? figures.precision : null],
    },
  };
}

const bytes = (numbers: readonly number[]) => new Uint8Array(Float64Array.from(numbers).buffer);
