import { capture } from "../capturing.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { add } from "../ops/arithmetic.js";
import { ones } from "../ops/create.js";
import { requireTensor } from "../ops/require.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { withGrad } from "./graph.js";
import { propagate } from "./propagate.js";

interface Backward extends Op {
  (loss: Tensor, gradient?: Tensor): void;
  readonly method: (this: Tensor, gradient?: Tensor) => void;
}

/**
 * Computes the gradients of a scalar with respect to every leaf that requires them, and adds them to the leaves' `.grad`.
 * @param gradient the cotangent to start from; needed when the tensor is no scalar, in its shape
 * @throws ShapeError when it is no scalar and no gradient is given; ValueError when nothing requires gradients
 * @example
 * const w = tensor([1, 2], { requiresGrad: true });
 * w.square().sum().backward();
 * w.grad.toArray(); // [2, 4]
 */
export const backward: Backward = defineOp(
  {
    name: "backward",
    doc: "Adds the gradients of a scalar to the leaves it depends on.",
    samples: [],
    rejects: [{ args: [{ shape: [] }], message: "nothing that it depends on requires gradients" }],
    gradient: { none: "it is what computes gradients" },
  },
  (loss: Tensor, gradient?: Tensor) => {
    requireTensor("backward", loss);
    if (!loss.isConcrete) {
      throw new ValueError("inside vmap no sample has leaves of its own", {
        op: "backward",
        hint: "Use grad or valueAndGrad of a function there.",
      });
    }
    if (!loss.requiresGrad) {
      throw new ValueError("nothing that it depends on requires gradients", {
        op: "backward",
        hint: "Make the parameters with { requiresGrad: true }, and do not compute the loss inside noGrad.",
      });
    }
    for (const [x, g] of propagate(loss, seedFor("backward", loss, gradient), undefined, false)) {
      if (capture !== undefined) capture.gradient(x, x.grad);
      x.grad = withGrad(false, () => (x.grad === undefined ? g : (add(x.grad, g) as Tensor)));
    }
  },
);

/** The cotangent to start from: 1 for a scalar. */
export function seedFor(op: string, result: Tensor, gradient?: Tensor): Tensor {
  if (gradient === undefined) {
    if (result.size === 1) return ones(result.shape, { dtype: result.dtype, device: result.device }) as Tensor;
    throw new ShapeError(`the result has the shape ${formatShape(result.shape)}, not a single value`, {
      op,
      expected: "a scalar",
      got: formatShape(result.shape),
      hint: "Reduce it first, for example with mean() or sum().",
    });
  }
  if (sameShape(gradient.shape, result.shape)) return gradient;
  throw new ShapeError(`gradient ${formatShape(gradient.shape)} for a result ${formatShape(result.shape)}`, {
    op,
    expected: formatShape(result.shape),
    got: formatShape(gradient.shape),
  });
}
