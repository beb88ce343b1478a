import { DTypeError, ShapeError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { zeros } from "../ops/create.js";
import { concat, stack } from "../ops/join.js";
import { linear } from "../ops/matmul.js";
import { slice } from "../ops/slice.js";
import { type Generator, uniform } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { ShapeMismatch } from "../types.js";
import { requireCounts } from "./channels.js";
import { Dropout } from "./dropout.js";
import { Layer } from "./module.js";

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

/** The weights of one direction of one layer, cut by gate. */
export interface Gates {
  input: readonly Tensor[];
  hidden: readonly Tensor[];
  inputBias: readonly (Tensor | undefined)[];
  hiddenBias: readonly (Tensor | undefined)[];
}

/** What a cell carries along: hidden state, and for an LSTM the cell state. */
export type State = readonly Tensor[];

/** The output of all steps [N, T, hidden], and the last states by layer and direction [layers * directions, N, hidden]. */
export interface Recurrence<H extends number> {
  output: Tensor<[number, number, number], "float32">;
  hidden: Tensor<[number, number, H], "float32">;
}

/** An input through its weights of gate i. */
export const ofInput = (gates: Gates, i: number, x: Tensor) => affine(x, gates.input[i]!, gates.inputBias[i]);
/** The hidden state through its weights of gate i. */
export const ofHidden = (gates: Gates, i: number, h: Tensor) => affine(h, gates.hidden[i]!, gates.hiddenBias[i]);
const affine = (x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor => {
  return linear(x, weight as never, bias ? { bias } : {}) as Tensor;
};
/** Gate i before its activation. */
export const gate = (gates: Gates, i: number, x: Tensor, h: Tensor) =>
  add(ofInput(gates, i, x), ofHidden(gates, i, h)) as Tensor;

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

/** The steps of a sequence [N, T, C]. Cut in halves: the derivative of each cut fills no more than the piece it was cut from. */
function stepsOf(x: Tensor): Tensor[] {
  const length = x.shape[1]!;
  if (length === 1) return [x.at(slice(), 0) as Tensor];
  const middle = length >> 1;
  const part = (from: number, to: number) => stepsOf(x.at(slice(), slice(from, to)) as Tensor);
  return [...part(0, middle), ...part(middle, length)];
}

/** What recurrent layers share: parameters under PyTorch's names, layers, directions, dropout between them. */
export abstract class Recurrent<In extends number, H extends number> extends Layer {
  readonly inputs: In;
  readonly hidden: H;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  readonly #dropout: Dropout;
  readonly #op: string;
  readonly #gates: number;
  readonly #states: number;

  constructor(op: string, inputs: In, hidden: H, gates: number, states: number, options: RecurrentOptions) {
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
    this.#gates = gates;
    this.#states = states;
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

  /** One step: the next states, the output first. */
  protected abstract cell(gates: Gates, x: Tensor, state: State): State;

  /** Runs the sequence; gives the output and the last states, each [layers * directions, N, hidden]. */
  protected run(x: Tensor, initial: readonly (Tensor | undefined)[]): { output: Tensor; last: Tensor[] } {
    this.#require(x, initial);
    const last: Tensor[][] = Array.from({ length: this.#states }, () => []);
    let steps = stepsOf(x);
    const directions = this.#directions();
    for (let layer = 0; layer < this.layers; layer++) {
      if (layer > 0) {
        this.#dropout.train(this.training);
        steps = steps.map(step => this.#dropout.forward(step));
      }
      const outputs = directions
        .filter(direction => direction.layer === layer)
        .map(({ suffix, backwards, index }) => {
          const gates = this.#gatesOf(suffix);
          let state: State = initial.map(
            given => (given?.at(index) as Tensor | undefined) ?? (zeros([x.shape[0]!, this.hidden]) as Tensor),
          );
          const results: Tensor[] = [];
          for (let i = 0; i < steps.length; i++) {
            const t = backwards ? steps.length - 1 - i : i;
            state = this.cell(gates, steps[t]!, state);
            results[t] = state[0]!;
          }
          state.forEach((value, s) => {
            last[s]!.push(value);
          });
          return results;
        });
      steps = steps.map((_, t) =>
        outputs.length === 1 ? outputs[0]![t]! : concat([outputs[0]![t]!, outputs[1]![t]!], 1),
      );
    }
    return { output: stack(steps, 1) as Tensor, last: last.map(states => stack(states) as Tensor) };
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

  #gatesOf(suffix: string): Gates {
    const fields = this as unknown as Record<string, Tensor | undefined>;
    // Cut once for all steps, so that the steps' gradients meet before they are put in their places.
    const cut = (name: string) => {
      return Array.from({ length: this.#gates }, (_, i) => {
        return fields[`${name}_${suffix}`]?.at(slice(i * this.hidden, (i + 1) * this.hidden)) as Tensor | undefined;
      });
    };
    return {
      input: cut("weight_ih") as Tensor[],
      hidden: cut("weight_hh") as Tensor[],
      inputBias: cut("bias_ih"),
      hiddenBias: cut("bias_hh"),
    };
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
