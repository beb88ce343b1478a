import { ShapeError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { matmul } from "../ops/matmul.js";
import { permute, reshape } from "../ops/view.js";
import { type Generator, uniform } from "../random.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { Layer } from "./module.js";

/**
 * y_k = a W_k b + bias_k of two vectors, as `torch.nn.Bilinear`. a: [..., first], b: [..., second] -> [..., outputs]. Parameters
 * weight: [outputs, first, second] and bias: [outputs] start uniform over +-1 / sqrt(first).
 * @throws ValueError for sizes that are no whole numbers; ShapeError when inputs do not fit
 * @example new nn.Bilinear(3, 4, 5)(randn([2, 3]), randn([2, 4])).shape; // [2, 5]
 */
export class Bilinear extends Layer {
  readonly weight: Tensor<[number, number, number], "float32">;
  readonly bias: Tensor<[number], "float32"> | undefined;

  constructor(
    first: number,
    second: number,
    outputs: number,
    { bias = true, generator }: { bias?: boolean; generator?: Generator } = {},
  ) {
    super();
    requireCounts("Bilinear", { first, second, outputs });
    const limit = 1 / Math.sqrt(first);
    const how = { low: -limit, high: limit, requiresGrad: true, ...(generator ? { generator } : {}) };
    this.weight = uniform([outputs, first, second], how) as never;
    this.bias = bias ? (uniform([outputs], how) as never) : undefined;
  }

  forward(a: Tensor, b: Tensor): Tensor<number[], "float32"> {
    const [outputs, first, second] = this.weight.shape;
    const batch = a.shape.slice(0, -1);
    const [gotA, gotB] = [formatShape(a.shape), formatShape(b.shape)];
    if (a.shape.at(-1) !== first || gotB !== formatShape([...batch, second])) {
      throw new ShapeError(`the inputs ${gotA} and ${gotB} do not fit`, {
        op: "Bilinear",
        expected: `[..., ${first}] and [..., ${second}]`,
        got: `${gotA} and ${gotB}`,
      });
    }
    const rows = sizeOf(batch);
    const flat = reshape(permute(this.weight, [1, 0, 2]), [first, outputs * second]);
    const left = reshape(matmul(reshape(a, [rows, first]) as never, flat as never) as Tensor, [rows, outputs, second]);
    const product = matmul(left as never, reshape(b, [rows, second, 1]) as never) as Tensor;
    const y = reshape(product, [...batch, outputs]) as Tensor;
    return (this.bias ? add(y, this.bias as never) : y) as never;
  }

  override describe(): string {
    const [outputs, first, second] = this.weight.shape;
    return `${first}, ${second} -> ${outputs}${this.bias ? "" : ", no bias"}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    const [, first, second] = this.weight.shape;
    return sizeOf(output) * (first * second + second);
  }

  override config(): readonly unknown[] {
    const [outputs, first, second] = this.weight.shape;
    return [first, second, outputs, { bias: this.bias !== undefined }];
  }
}
export interface Bilinear {
  (a: Tensor, b: Tensor): Tensor<number[], "float32">;
}
