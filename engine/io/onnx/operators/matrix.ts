import * as ops from "../../../ops/all.js";
import { einsum } from "../../../ops/einsum.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";

/** alpha * A B + beta * C, both perhaps transposed. */
function gemm(node: Node): Tensor {
  const side = (i: number, name: string) => (node.number(name, 0) ? ops.transpose(node.input(i), 0, 1) : node.input(i));
  const c = node.inputs[2];
  const [alpha, beta] = [node.number("alpha", 1), node.number("beta", 1)];
  const product = t(ops.matmul(t(side(0, "transA")), side(1, "transB") as never));
  const scaled = alpha === 1 ? product : t(ops.mul(product, alpha));
  return c ? t(ops.add(scaled, t(beta === 1 ? c : ops.mul(c, beta)))) : scaled;
}

/** Whole numbers with their zero points; products of bytes stay exact in float64. */
function matmulInteger(node: Node): Tensor {
  const side = (i: number) => centred(node.input(i), node.inputs[i + 2], i === 0 ? -2 : -1);
  return t(ops.cast(ops.matmul(side(0), side(1) as never), "int32"));
}

/** x - zero point in float64; a row of zero points lies along `axis`. */
export function centred(x: Tensor, zero: Tensor | undefined, axis: number): Tensor {
  const wide = t(ops.cast(x, "float64"));
  if (!zero) return wide;
  const z = t(ops.cast(zero, "float64"));
  if (z.rank !== 1 || z.size === 1) return t(ops.sub(wide, t(z.rank === 1 ? ops.reshape(z, []) : z)));
  const at = axis < 0 ? axis + x.rank : axis;
  return t(
    ops.sub(
      wide,
      t(
        ops.reshape(
          z,
          x.shape.map((_, i) => (i === at ? z.size : 1)),
        ),
      ),
    ),
  );
}

export const matrix: Operators = {
  MatMul: node => t(ops.cast(ops.matmul(node.input(0), node.input(1) as never), node.input(0).dtype)),
  Gemm: gemm,
  MatMulInteger: matmulInteger,
  Det: node => t(ops.det(node.input(0))),
  Einsum: node => einsum(node.text("equation", ""), ...node.inputs.map((_, i) => node.input(i))) as Tensor,
};
