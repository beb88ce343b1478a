import { DTypeError, ValueError } from "../../errors.js";
import { add, mul } from "../../ops/arithmetic.js";
import { concat } from "../../ops/join.js";
import { flip } from "../../ops/reorder.js";
import type { Tensor } from "../../tensor.js";
import { setLayerName } from "../building.js";
import { Module } from "../module.js";
import type { NamedLayerOptions } from "./deferred-layer.js";
import { GRULayer, LSTMLayer, SimpleRNNLayer } from "./recurrent-layers.js";

const kinds = [LSTMLayer, GRULayer, SimpleRNNLayer] as const;
const modes = {
  concat: (a: Tensor, b: Tensor) => concat([a, b], -1) as Tensor,
  sum: (a: Tensor, b: Tensor) => add(a, b as never) as Tensor,
  mul: (a: Tensor, b: Tensor) => mul(a, b as never) as Tensor,
  ave: (a: Tensor, b: Tensor) => mul(add(a, b as never) as Tensor, 0.5) as Tensor,
} as const;

/** The form of `nn.bidirectional`. */
export interface BidirectionalOptions extends NamedLayerOptions {
  /** How the two results become one (default `"concat"`: side by side). */
  mergeMode?: keyof typeof modes;
  /** The layer that goes backwards (default: another one like the first). */
  backwards?: Module;
}

/**
 * A recurrent layer and another one that goes through the steps backwards: made by `nn.bidirectional`.
 */
export class Bidirectional extends Module {
  readonly forwards: Module;
  readonly backwards: Module;
  readonly mergeMode: keyof typeof modes;

  constructor(layer: Module, { mergeMode = "concat", backwards, name }: BidirectionalOptions = {}) {
    super();
    if (!Object.hasOwn(modes, mergeMode)) {
      throw new ValueError(`mergeMode is ${String(mergeMode)}`, {
        op: "Bidirectional",
        hint: `There are ${Object.keys(modes).join(", ")}.`,
      });
    }
    const [forward, backward] = [directionOf(layer), backwards === undefined ? undefined : directionOf(backwards)];
    if (forward.all !== (backward ?? forward).all || forward.back === backward?.back) {
      throw new ValueError("the two layers do not fit", {
        op: "Bidirectional",
        hint: "One of them has goBackwards, and both or none returnSequences.",
      });
    }
    this.forwards = layer;
    this.backwards = backwards ?? forward.turned();
    this.mergeMode = mergeMode;
    setLayerName(this, name);
  }

  forward(x: Tensor): Tensor {
    const call = (layer: Module) => (layer as unknown as (x: Tensor) => Tensor)(x);
    const [a, b] = [call(this.forwards), call(this.backwards)];
    // A layer that goes backwards gives its last step first.
    return modes[this.mergeMode](a, b.shape.length === 3 ? (flip(b, 1) as Tensor) : b);
  }
}

/** What a recurrent layer of the Keras face says of its direction. @throws DTypeError for any other layer */
function directionOf(layer: unknown) {
  const kind = kinds.find(each => layer instanceof (each as never as new () => object));
  if (kind === undefined) {
    throw new DTypeError("no recurrent layer", {
      op: "Bidirectional",
      hint: "Give nn.lstm(8), nn.gru(8) or nn.simpleRnn(8).",
    });
  }
  const [units, options] = (layer as Module).config() ?? [];
  const given = (options ?? {}) as { goBackwards?: boolean; returnSequences?: boolean; name?: string };
  return {
    all: given.returnSequences === true,
    back: given.goBackwards === true,
    /** One like it, in the other direction. */
    turned(): Module {
      if (typeof units !== "number") {
        throw new ValueError("a layer with functions among its options cannot be made twice", {
          op: "Bidirectional",
          hint: "Give the other one: nn.bidirectional(layer, { backwards: nn.lstm(8, { goBackwards: true }) }).",
        });
      }
      const { name: _, ...form } = given;
      return new kind(units, { ...form, goBackwards: given.goBackwards !== true }) as unknown as Module;
    },
  };
}

/**
 * A recurrent layer in both directions, as `keras.layers.Bidirectional`. Input [N, T, C] -> output [N, 2 * units], or
 * [N, T, 2 * units] of a layer with `returnSequences`; the other `mergeMode`s keep the units.
 * @throws DTypeError for another layer; ValueError for an unknown mode, or two layers that do not fit
 * @example nn.bidirectional(nn.lstm(4, { returnSequences: true }))(zeros([2, 5, 3])).shape; // [2, 5, 8]
 */
export function bidirectional(layer: Module, options: BidirectionalOptions = {}): Bidirectional {
  return new Bidirectional(layer, options);
}
