/** How many samples a threshold puts on either side, by what they are. */
export interface Counts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** What scores and labels say at every threshold. Sorted once, asked in a few comparisons. */
export class ScoreCounts {
  /** From the highest on. */
  readonly #scores: Float64Array;
  /** Positives among the first n. */
  readonly #positives: Uint32Array;

  /**
   * @param scores [N], none NaN
   * @param truth [N], 1 for a positive sample
   */
  constructor(scores: ArrayLike<number>, truth: ArrayLike<number>) {
    const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    this.#scores = Float64Array.from(order, i => scores[i]!);
    this.#positives = new Uint32Array(order.length + 1);
    order.forEach((from, i) => {
      this.#positives[i + 1] = this.#positives[i]! + Number(truth[from] === 1);
    });
  }

  get samples(): number {
    return this.#scores.length;
  }

  get positives(): number {
    return this.#positives[this.samples]!;
  }

  /** The counts when a sample counts as positive from `threshold` on. */
  at(threshold: number): Counts {
    let [low, high] = [0, this.samples];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#scores[middle]! >= threshold) low = middle + 1;
      else high = middle;
    }
    const truePositives = this.#positives[low]!;
    const falsePositives = low - truePositives;
    const falseNegatives = this.positives - truePositives;
    return {
      truePositives,
      falsePositives,
      falseNegatives,
      trueNegatives: this.samples - low - falseNegatives,
    };
  }

  /**
   * The scores themselves as thresholds, each once, from the highest on. Of very many those stay that move a rate by
   * `finest` or more, and the last.
   */
  thresholds(finest: number): number[] {
    const rates = (at: Counts) =>
      at.truePositives / (this.positives || 1) + at.falsePositives / (this.samples - this.positives || 1);
    const distinct = this.#scores.filter((score, i) => i === 0 || score !== this.#scores[i - 1]);
    if (distinct.length <= 2 / finest) return [...distinct];
    let last = -1;
    return [...distinct].filter((score, i) => {
      const now = rates(this.at(score));
      const stays = now - last >= finest || i === distinct.length - 1;
      if (stays) last = now;
      return stays;
    });
  }
}

/** What counts come to; NaN where there is nothing to divide by. */
export interface Figures {
  recall: number;
  falsePositiveRate: number;
  precision: number;
  f1: number;
  accuracy: number;
}

/** The figures of counts, as scikit-learn defines them. */
export function figuresOf({ truePositives, falsePositives, falseNegatives, trueNegatives }: Counts): Figures {
  return {
    recall: truePositives / (truePositives + falseNegatives),
    falsePositiveRate: falsePositives / (falsePositives + trueNegatives),
    precision: truePositives / (truePositives + falsePositives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    accuracy: (truePositives + trueNegatives) / (truePositives + falsePositives + falseNegatives + trueNegatives),
  };
}
