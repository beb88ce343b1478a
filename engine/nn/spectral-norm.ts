import { noGrad } from "../autograd/graph.js";
import { div } from "../ops/arithmetic.js";
import { zeros } from "../ops/create.js";
import { normalize } from "../ops/distance.js";
import { matmul } from "../ops/matmul.js";
import { dot } from "../ops/products.js";
import { moveAxis } from "../ops/reorder.js";
import { reshape, transpose } from "../ops/view.js";
import { randn } from "../random.js";
import { recordCopy } from "../record.js";
import { resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts, requirePositive } from "./channels.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./conv-transpose.js";
import { buffer, type Module } from "./module.js";
import { Reparametrized, type ReparametrizedOptions } from "./reparametrized.js";

/** The form of a `SpectralNorm`. */
export interface SpectralNormOptions extends ReparametrizedOptions {
  /** How many steps of the power iteration a call in training takes (default 1). */
  iterations?: number;
  /** Vectors shorter than this are divided by it (default 1e-12). */
  epsilon?: number;
  /** The axis that is the rows of the matrix (default 0, for transposed convolutions 1: that of the outputs). */
  axis?: number;
}

/** Steps of the power iteration before the first call, as in PyTorch. */
const warmUp = 15;

/**
 * A layer whose weight, as a matrix, has the largest singular value 1, so that it stretches nothing (Miyato et al. 2018), as
 * `torch.nn.utils.parametrizations.spectral_norm`. Buffers u and v hold the singular vectors, which calls in training refine. In ->
 * out as the layer.
 * @throws ValueError when the layer has no such parameter, or for broken options; DTypeError for what is no module
 * @example new nn.SpectralNorm(new nn.Conv2d(3, 8, 3))(zeros([2, 3, 8, 8])).shape; // [2, 8, 6, 6]
 */
export class SpectralNorm extends Reparametrized {
  declare readonly u: Tensor;
  declare readonly v: Tensor;
  readonly iterations: number;
  readonly epsilon: number;
  readonly axis: number;

  constructor(layer: Module, options: SpectralNormOptions = {}) {
    super("SpectralNorm", layer, options);
    const isTransposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some(kind => layer instanceof kind);
    const { iterations = 1, epsilon = 1e-12, axis = isTransposed ? 1 : 0 } = options;
    requireCounts("SpectralNorm", { iterations });
    requirePositive("SpectralNorm", { epsilon });
    this.iterations = iterations;
    this.epsilon = epsilon;
    this.axis = axis;
    this.begin();
  }

  protected make(shape: Shape, weight: Tensor | undefined): void {
    const rows = shape[resolveAxis("SpectralNorm", this.axis, shape.length)]!;
    const vector = (length: number) => {
      if (weight === undefined) return zeros([length]) as Tensor;
      return this.#unit(randn([length], { dtype: weight.dtype, device: weight.device }) as Tensor);
    };
    Object.assign(this, { u: buffer(vector(rows)), v: buffer(vector(sizeOf(shape) / rows)) });
    if (weight) this.#iterate(this.#matrix(weight), warmUp);
  }

  protected computed(weight: Tensor): Tensor {
    const matrix = this.#matrix(weight);
    // Not the buffers themselves: the next call changes them, and the way back of this one still needs its own.
    const { u, v } = this.training ? this.#iterate(matrix, this.iterations) : this;
    return div(weight, dot(u, matmul(matrix, v as never) as Tensor) as never) as Tensor;
  }

  #unit(x: Tensor): Tensor {
    return normalize(x, { axis: 0, epsilon: this.epsilon }) as Tensor;
  }

  /** [rows, all else]. */
  #matrix(weight: Tensor): Tensor {
    const front = moveAxis(weight, resolveAxis("SpectralNorm", this.axis, weight.shape.length), 0) as Tensor;
    return reshape(front, [front.shape[0]!, front.size / front.shape[0]!]) as Tensor;
  }

  #iterate(matrix: Tensor, times: number): { u: Tensor; v: Tensor } {
    return noGrad(() => {
      const plain = matrix.detach() as Tensor;
      let v: Tensor = this.v;
      let u: Tensor = this.u;
      for (let step = 0; step < times; step++) {
        u = this.#unit(matmul(plain, v as never) as Tensor);
        v = this.#unit(matmul(transpose(plain) as Tensor, u as never) as Tensor);
      }
      recordCopy(u, this.u);
      recordCopy(v, this.v);
      return { u, v };
    });
  }

  override describe(): string {
    return `${this.target}, ${this.iterations} ${this.iterations === 1 ? "iteration" : "iterations"}`;
  }
}
