import { DTypeError, ShapeError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { concat, stack } from "../ops/join.js";
import { linear } from "../ops/matmul.js";
import { gatesOf, type RecurrenceOptions, recurrence } from "../ops/recurrence.js";
import type { RecurrenceKind } from "../ops/recurrence-steps.js";
import { slice } from "../ops/slice.js";
import { permute } from "../ops/view.js";
import { type Generator, uniform } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { ShapeMismatch } from "../types.js";
import { requireCounts } from "./channels.js";
import { Dropout } from "./dropout.js";
import { Layer } from "./module.js";
import { SequenceLengths } from "./sequence-lengths.js";

/** The form of a recurrent layer. */
export interface RecurrentOptions {
  /** Layers on top of each other (default 1). */
  layers?: number;
  /** A second network reads the sequence backwards; the outputs stand side by side (default false). */
  bidirectional?: boolean;
  /** Probability with which outputs between layers are dropped while training (default 0). */
  dropout?: number;
  /** False: no biases (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** Where a recurrent layer starts, and where its sequences end. */
export interface RecurrentStart {
  /** The states before the first step: [layers * directions, N, hidden] (default 0). */
  hidden?: Tensor;
  /**
   * How many steps of each sequence count, where they are padded: outputs behind are 0, the last states are those of the last
   * step that counts, and the way back begins there. What PyTorch packs sequences for.
   */
  lengths?: readonly number[];
}

/** The output of all steps [N, T, hidden], and the last states by layer and direction [layers * directions, N, hidden]. */
export interface Recurrence<H extends number> {
  output: Tensor<[number, number, number], "float32">;
  hidden: Tensor<[number, number, H], "float32">;
}

/** `unknown` when the last axis of sequences [N, T, C] can be `In` long, else the message. */
export type TakesSteps<Name extends string, S extends Shape, In extends number> = number extends In
  ? unknown
  : S extends readonly [number, number, infer Last extends number]
    ? number extends Last
      ? unknown
      : Last extends In
        ? unknown
        : ShapeMismatch<`${Name}: expects ${In} features on the last axis, got ${Last}`>
    : unknown;

/** What recurrent layers share: parameters under PyTorch's names, layers, directions, dropout between them. */
export abstract class Recurrent<In extends number, H extends number> extends Layer {
  readonly inputs: In;
  readonly hidden: H;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  readonly #dropout: Dropout;
  readonly #op: string;
  readonly #kind: RecurrenceKind;

  constructor(op: string, kind: RecurrenceKind, inputs: In, hidden: H, options: RecurrentOptions) {
    super();
    const { layers = 1, bidirectional = false, dropout = 0, bias = true, generator } = options;
    requireCounts(op, { inputs, hidden, layers });
    this.inputs = inputs;
    this.hidden = hidden;
    this.layers = layers;
    this.bidirectional = bidirectional;
    this.bias = bias;
    this.#dropout = new Dropout(dropout, generator ? { generator } : {});
    this.#op = op;
    this.#kind = kind;
    const gates = gatesOf[kind];
    const limit = 1 / Math.sqrt(hidden);
    const start = (shape: number[]) =>
      uniform(shape, { low: -limit, high: limit, requiresGrad: true, ...(generator ? { generator } : {}) });
    for (const { suffix, layer } of this.#directions()) {
      const below = layer === 0 ? inputs : hidden * (bidirectional ? 2 : 1);
      Object.assign(this, {
        [`weight_ih_${suffix}`]: start([gates * hidden, below]),
        [`weight_hh_${suffix}`]: start([gates * hidden, hidden]),
      });
      if (!bias) continue;
      Object.assign(this, {
        [`bias_ih_${suffix}`]: start([gates * hidden]),
        [`bias_hh_${suffix}`]: start([gates * hidden]),
      });
    }
  }

  override describe(): string {
    const { inputs, hidden, layers, bidirectional, bias } = this;
    const more = [...(layers > 1 ? [`${layers} layers`] : []), ...(bidirectional ? ["bidirectional"] : [])];
    return [`${inputs} -> ${hidden}`, ...more, ...(bias ? [] : ["no bias"])].join(", ");
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    const weights = Object.values(this).filter(field => field instanceof Tensor && field.shape.length === 2);
    return input[0]! * input[1]! * weights.reduce((n: number, weight: Tensor) => n + weight.size, 0);
  }

  /** Runs the sequence [N, T, C]; gives the output and the last states, each [layers * directions, N, hidden]. */
  protected run(
    x: Tensor,
    { hidden, cell, lengths: given }: RecurrentStart & { cell?: Tensor },
  ): { output: Tensor; hidden: Tensor; cell: Tensor | undefined } {
    this.#require(x, [hidden, cell]);
    const length = x.shape[1]!;
    const lengths = given && new SequenceLengths(this.#op, given, length, x.shape[0]!);
    const lstm = this.#kind === "lstm";
    const last: { hidden: Tensor[]; cell: Tensor[] } = { hidden: [], cell: [] };
    // Steps first: then each step's batch lies together.
    let sequence = permute(x, [1, 0, 2]) as Tensor;
    for (let layer = 0; layer < this.layers; layer++) {
      if (layer > 0) {
        this.#dropout.train(this.training);
        sequence = this.#dropout.forward(sequence);
      }
      const outputs = this.#directions()
        .filter(direction => direction.layer === layer)
        .map(({ suffix, backwards, index }) => {
          const initial = {
            ...(hidden ? { hidden: hidden.at(index) as Tensor } : {}),
            ...(cell ? { cell: cell.at(index) as Tensor } : {}),
          };
          // Padded sequences are turned around within their lengths, so that the padding comes last in both directions.
          const turned = lengths !== undefined && backwards;
          const steps = turned ? lengths.reversed(sequence) : sequence;
          const states = this.#direction(steps, suffix, { ...initial, reverse: backwards && !turned }, lengths);
          const output = lstm ? (states.at(slice(0, length)) as Tensor) : states;
          last.hidden.push(lengths ? lengths.last(output) : (output.at(backwards ? 0 : -1) as Tensor));
          if (lstm) last.cell.push(states.at(length) as Tensor);
          if (lengths === undefined) return output;
          return lengths.masked(turned ? lengths.reversed(output) : output);
        });
      sequence = outputs.length === 1 ? outputs[0]! : (concat(outputs, 2) as Tensor);
    }
    return {
      output: permute(sequence, [1, 0, 2]) as Tensor,
      hidden: stack(last.hidden) as Tensor,
      cell: lstm ? (stack(last.cell) as Tensor) : undefined,
    };
  }

  /** One direction of one layer over steps [T, N, C]. */
  #direction(steps: Tensor, suffix: string, options: RecurrenceOptions, lengths?: SequenceLengths): Tensor {
    const fields = this as unknown as Record<string, Tensor | undefined>;
    const [ofInput, ofHidden] = [fields[`bias_ih_${suffix}`], fields[`bias_hh_${suffix}`]];
    // Two biases are one, except where a GRU's reset comes between them.
    const together = this.#kind !== "gru" && ofInput && ofHidden ? (add(ofInput, ofHidden) as Tensor) : undefined;
    const bias = together ?? ofInput;
    const gates = linear(steps, fields[`weight_ih_${suffix}`] as never, bias ? { bias } : {}) as Tensor;
    const more = ofHidden && !together ? { bias: ofHidden } : {};
    const held = lengths && this.#kind === "lstm" ? lengths.holding(gates) : gates;
    return recurrence(held, fields[`weight_hh_${suffix}`]!, this.#kind, { ...options, ...more }) as Tensor;
  }

  #directions() {
    const backwards = this.bidirectional ? [false, true] : [false];
    return Array.from({ length: this.layers }, (_, layer) =>
      backwards.map((back, i) => ({
        layer,
        backwards: back,
        index: layer * backwards.length + i,
        suffix: `l${layer}${back ? "_reverse" : ""}`,
      })),
    ).flat();
  }

  #require(x: unknown, initial: readonly (Tensor | undefined)[]): asserts x is Tensor {
    const op = this.#op;
    if (!(x instanceof Tensor)) throw new DTypeError(`expected a tensor, got ${typeof x}`, { op });
    if (x.shape.length !== 3 || x.shape[2] !== this.inputs || x.shape[1] === 0) {
      throw new ShapeError(`the input ${formatShape(x.shape)} does not fit`, {
        op,
        expected: `[N, T, ${this.inputs}] with at least one step`,
        got: formatShape(x.shape),
      });
    }
    const wanted = [this.layers * (this.bidirectional ? 2 : 1), x.shape[0]!, this.hidden];
    for (const state of initial) {
      if (state === undefined || formatShape(state.shape) === formatShape(wanted)) continue;
      throw new ShapeError(`the initial state ${formatShape(state.shape)} does not fit`, {
        op,
        expected: formatShape(wanted),
        got: formatShape(state.shape),
      });
    }
  }
}
