import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import type { AttendOptions } from "./attention.js";
import { requireCounts } from "./channels.js";
import { assign, xavierUniform } from "./init.js";
import { Layer, Module } from "./module.js";
import { LayerNorm } from "./norm.js";
import {
  type DecodeOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layer.js";

type Sequence = Tensor<[number, number, number], "float32">;

/** What comes after the last layer of an encoder or a decoder. */
export interface TransformerStackOptions {
  /** A norm at the end, which a stack of layers with `normFirst` wants (default none). */
  norm?: LayerNorm;
}

/** So many layers of a kind. @throws ValueError, DTypeError for a broken count, or what makes no layers */
function layersOf<L extends Module>(
  op: string,
  make: () => L,
  count: number,
  kind: new (...args: never[]) => unknown,
): L[] {
  requireCounts(op, { count });
  return Array.from({ length: count }, () => {
    const layer = typeof make === "function" && !(make instanceof Module) ? make() : undefined;
    if (layer instanceof kind) return layer as L;
    throw new DTypeError("the first argument makes no layers", {
      op,
      expected: `a function that makes a ${kind.name}`,
      hint: `Give new nn.${op}(() => new nn.${kind.name}(64, 4), 6).`,
    });
  });
}

/**
 * Layers of an encoder one after the other, as `torch.nn.TransformerEncoder`. Input [N, L, size] -> output of the same shape.
 * The first argument makes a layer, so that each has weights of its own.
 * @throws ValueError for a broken count; DTypeError for what makes no layers; ShapeError when an input or mask does not fit
 * @example
 * const encoder = new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(32, 4, { feedForward: 64 }), 2);
 * encoder(randn([2, 10, 32]), { causal: true }).shape; // [2, 10, 32]
 */
export class TransformerEncoder extends Layer {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | undefined;

  constructor(make: () => TransformerEncoderLayer, count: number, { norm }: TransformerStackOptions = {}) {
    super();
    this.layers = layersOf("TransformerEncoder", make as never, count, TransformerEncoderLayer) as never;
    this.norm = norm;
  }

  forward(x: Tensor, options: AttendOptions = {}): Sequence {
    const last = this.layers.reduce((y: Tensor, layer) => layer(y, options), x) as Sequence;
    return this.norm ? this.norm(last) : last;
  }

  override describe(): string {
    return `${this.layers.length} layers`;
  }
}
export interface TransformerEncoder {
  (x: Tensor, options?: AttendOptions): Sequence;
}

/**
 * Layers of a decoder one after the other, as `torch.nn.TransformerDecoder`. x: [N, L, size], memory: [N, S, size] ->
 * [N, L, size]. The first argument makes a layer.
 * @throws ValueError for a broken count; DTypeError for what makes no layers; ShapeError when an input or mask does not fit
 * @example
 * const decoder = new nn.TransformerDecoder(() => new nn.TransformerDecoderLayer(32, 4, { feedForward: 64 }), 2);
 * decoder(randn([2, 10, 32]), randn([2, 7, 32]), { causal: true }).shape; // [2, 10, 32]
 */
export class TransformerDecoder extends Layer {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | undefined;

  constructor(make: () => TransformerDecoderLayer, count: number, { norm }: TransformerStackOptions = {}) {
    super();
    this.layers = layersOf("TransformerDecoder", make as never, count, TransformerDecoderLayer) as never;
    this.norm = norm;
  }

  forward(x: Tensor, memory: Tensor, options: DecodeOptions = {}): Sequence {
    const last = this.layers.reduce((y: Tensor, layer) => layer(y, memory, options), x) as Sequence;
    return this.norm ? this.norm(last) : last;
  }

  override describe(): string {
    return `${this.layers.length} layers`;
  }
}
export interface TransformerDecoder {
  (x: Tensor, memory: Tensor, options?: DecodeOptions): Sequence;
}

/** The form of a `Transformer`. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Layers of the encoder (default 6). */
  encoderLayers?: number;
  /** Layers of the decoder (default 6). */
  decoderLayers?: number;
}

/** What the two halves of a `Transformer` may look at. */
export interface TransformOptions {
  /** For the encoder. */
  source?: AttendOptions;
  /** For the decoder; its `memoryKeyPaddingMask` is mostly the encoder's `keyPaddingMask`. */
  target?: DecodeOptions;
}

/**
 * Encoder and decoder with a norm at the end of each (Vaswani et al. 2017), as `torch.nn.Transformer`. source: [N, S, size],
 * target: [N, L, size] -> [N, L, size]. Parameters have PyTorch's names; matrices start uniform as `xavierUniform`.
 * @throws ValueError for broken sizes; ShapeError when an input or mask does not fit
 * @example
 * const model = new nn.Transformer(32, 4, { encoderLayers: 1, decoderLayers: 1, feedForward: 64 });
 * model(randn([2, 7, 32]), randn([2, 10, 32]), { target: { causal: true } }).shape; // [2, 10, 32]
 */
export class Transformer extends Layer {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(size = 512, heads = 8, options: TransformerOptions = {}) {
    super();
    const { encoderLayers = 6, decoderLayers = 6, ...form } = options;
    requireCounts("Transformer", { size, heads, encoderLayers, decoderLayers });
    const norm = () => new LayerNorm(size, { epsilon: form.epsilon ?? 1e-5, bias: form.bias ?? true });
    const encode = () => new TransformerEncoderLayer(size, heads, form);
    const decode = () => new TransformerDecoderLayer(size, heads, form);
    this.encoder = new TransformerEncoder(encode, encoderLayers, { norm: norm() });
    this.decoder = new TransformerDecoder(decode, decoderLayers, { norm: norm() });
    const source = form.generator ? { generator: form.generator } : {};
    for (const x of [...this.encoder.parameters(), ...this.decoder.parameters()]) {
      if (x.shape.length > 1) assign(x, xavierUniform(x.shape, source) as Tensor);
    }
  }

  forward(source: Tensor, target: Tensor, options: TransformOptions = {}): Sequence {
    return this.decoder(target, this.encoder(source, options.source), options.target);
  }

  override describe(): string {
    return `${this.encoder.layers.length} + ${this.decoder.layers.length} layers`;
  }

  override config(): readonly unknown[] {
    const [size, heads, form] = this.encoder.layers[0]!.config() as [number, number, object];
    return [
      size,
      heads,
      { ...form, encoderLayers: this.encoder.layers.length, decoderLayers: this.decoder.layers.length },
    ];
  }
}
export interface Transformer {
  (source: Tensor, target: Tensor, options?: TransformOptions): Sequence;
}
