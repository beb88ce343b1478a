import type { Baselines, EndReason, TrainingEvent } from "../../engine/train/events.js";
import { type Point, StreamingSeries } from "../decimate.js";

/** One finished epoch, as the table shows it. */
export interface EpochRow {
  epoch: number;
  step: number;
  values: Readonly<Record<string, number>>;
  learningRate: number | undefined;
  /** Milliseconds since the epoch before, or since the beginning. */
  took: number;
}

/** The best value of the watched metric. */
export interface Best {
  metric: string;
  value: number;
  step: number;
  epoch: number | undefined;
}

/** The most metrics of a run that are kept; a loop that makes up names does not fill the memory. */
const mostMetrics = 64;
/** The most epochs whose figures are kept for the table. */
const mostEpochs = 100;
/** The shortest span over which a rate is measured, in milliseconds. */
const rateSpan = 400;

/** What is known of a training run: takes the run's events one after the other, in memory that does not grow with it. */
export class TrainingState {
  title = "training";
  totalSteps: number | undefined;
  totalEpochs: number | undefined;
  stepsPerEpoch: number | undefined;
  baselines: Baselines = {};
  startedAt = 0;
  /** When the newest event happened. */
  at = 0;
  step = 0;
  epoch: number | undefined;
  learningRate: number | undefined;
  /** Samples seen so far; 0 when the loop does not say. */
  samples = 0;
  /** The values of every step, by metric; x is the step. */
  readonly steps = new Map<string, StreamingSeries>();
  /** The values of every epoch, by metric; x is the step at which the epoch ended. */
  readonly epochs = new Map<string, StreamingSeries>();
  /** The learning rates of the steps; x is the step. */
  readonly learningRates = new StreamingSeries();
  /** The newest value of each metric. */
  readonly latest = new Map<string, number>();
  readonly rows: EpochRow[] = [];
  /** How many epochs have ended. */
  epochCount = 0;
  end: { reason: EndReason; message: string | undefined } | undefined;
  best: Best | undefined;
  bestRow: EpochRow | undefined;
  #rate = new Rate();
  #epochAt = 0;

  add(event: TrainingEvent): void {
    this.at = event.at;
    switch (event.kind) {
      case "begin":
        this.title = event.title;
        this.totalSteps = event.totalSteps;
        this.totalEpochs = event.totalEpochs;
        this.stepsPerEpoch = event.stepsPerEpoch;
        this.baselines = event.baselines ?? {};
        this.startedAt = event.at;
        this.#epochAt = event.at;
        this.#rate.start(event.at);
        return;
      case "step":
        this.step = event.step;
        if (event.epoch !== undefined) this.epoch = event.epoch;
        if (event.learningRate !== undefined) {
          this.learningRate = event.learningRate;
          this.learningRates.add(event.step, event.learningRate);
        }
        this.samples += event.samples ?? 0;
        this.#rate.add(event.at, event.step, this.samples);
        this.#record(this.steps, event.step, event.values);
        this.#considerStep(event.step, event.epoch, event.values.loss);
        return;
      case "epoch":
        this.#addEpoch(event);
        return;
      case "end":
        this.end = { reason: event.reason, message: event.message };
    }
  }

  /** Milliseconds since the beginning; of a run that goes on at `now`. */
  elapsed(now = this.at): number {
    return Math.max(0, (this.end ? this.at : Math.max(now, this.at)) - this.startedAt);
  }

  /** Steps and samples per second: of late while the run goes on, over all of it when it has ended. */
  rate(): { steps: number; samples: number } | undefined {
    const seconds = this.elapsed() / 1000;
    const whole =
      seconds > 0 && this.step > 0 ? { steps: this.step / seconds, samples: this.samples / seconds } : undefined;
    return this.end ? whole : (this.#rate.current ?? whole);
  }

  /** Milliseconds that are left, where the run said how long it is. */
  remaining(): number | undefined {
    const rate = this.rate();
    if (this.end || this.totalSteps === undefined || !rate || !(rate.steps > 0)) return undefined;
    return ((this.totalSteps - this.step) / rate.steps) * 1000;
  }

  /** How much is done, 0 to 1, where the run said how long it is. */
  progress(): number | undefined {
    if (!this.totalSteps) return undefined;
    return Math.min(1, this.step / this.totalSteps);
  }

  /** The first value that was NaN or infinite, of any metric. */
  get firstBad(): { metric: string; at: Point } | undefined {
    let found: { metric: string; at: Point } | undefined;
    for (const series of [this.steps, this.epochs]) {
      for (const [metric, { bad }] of series) {
        if (bad.first && (!found || bad.first[0] < found.at[0])) found = { metric, at: bad.first };
      }
    }
    return found;
  }

  /** The metrics without `val_`, in order of appearance, those with "loss" first: a chart each. */
  groups(): string[] {
    const names = new Set([...this.steps.keys(), ...this.epochs.keys()].map(name => name.replace(/^val_/, "")));
    return [...names].sort((a, b) => Number(!/loss/i.test(a)) - Number(!/loss/i.test(b)));
  }

  #addEpoch(event: Extract<TrainingEvent, { kind: "epoch" }>): void {
    const { epoch, step, values, learningRate, at } = event;
    this.epoch = epoch;
    this.step = Math.max(this.step, step);
    if (learningRate !== undefined) this.learningRate = learningRate;
    this.epochCount++;
    this.#record(this.epochs, step, values);
    const row = { epoch, step, values, learningRate: learningRate ?? this.learningRate, took: at - this.#epochAt };
    this.#epochAt = at;
    this.rows.push(row);
    if (this.rows.length > mostEpochs) this.rows.shift();
    const metric = ["val_loss", "loss"].find(name => name in values);
    if (metric === undefined || !Number.isFinite(values[metric])) return;
    // An epoch without validation does not compete with epochs that have it.
    if (this.best?.metric === "val_loss" && metric === "loss") return;
    if (this.best?.epoch !== undefined && this.best.metric === metric && this.best.value <= values[metric]!) return;
    this.best = { metric, value: values[metric]!, step, epoch };
    this.bestRow = row;
  }

  /** Where there are no epochs, whose means say more, the lowest loss of a single step is the best. */
  #considerStep(step: number, epoch: number | undefined, loss: number | undefined): void {
    if (epoch !== undefined || loss === undefined || !Number.isFinite(loss)) return;
    if (!this.best || loss < this.best.value) this.best = { metric: "loss", value: loss, step, epoch: undefined };
  }

  #record(into: Map<string, StreamingSeries>, x: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      let series = into.get(name);
      if (!series) {
        if (into.size >= mostMetrics) continue;
        series = new StreamingSeries();
        into.set(name, series);
      }
      series.add(x, value);
      this.latest.set(name, value);
    }
  }
}

/** Steps and samples per second of late: the newest spans weigh most. */
class Rate {
  current: { steps: number; samples: number } | undefined;
  #at = 0;
  #step = 0;
  #samples = 0;

  start(at: number): void {
    this.#at = at;
  }

  add(at: number, step: number, samples: number): void {
    const span = at - this.#at;
    if (span < rateSpan) return;
    const newest = { steps: (1000 * (step - this.#step)) / span, samples: (1000 * (samples - this.#samples)) / span };
    const keep = this.current ? 0.6 : 0;
    this.current = {
      steps: keep * (this.current?.steps ?? 0) + (1 - keep) * newest.steps,
      samples: keep * (this.current?.samples ?? 0) + (1 - keep) * newest.samples,
    };
    this.#at = at;
    this.#step = step;
    this.#samples = samples;
  }
}
