import { grad } from "../autograd/transforms.js";
import { ShapeError, ValueError } from "../errors.js";
import { clip } from "../ops/activation.js";
import { crossEntropy } from "../ops/losses/cross-entropy.js";
import { Tensor } from "../tensor.js";

/** Options of `explain.fgsm`. */
export interface FgsmOptions {
  /** How far each input value moves, in the input's own units (default 0.1). */
  epsilon?: number;
  /** The smallest and the largest value that an input may have, e.g. `[0, 1]` for pixels; by default there is no limit. */
  range?: readonly [low: number, high: number];
  /** The labels are what the model shall say, instead of what it shall no longer say (default false). */
  targeted?: boolean;
}

/**
 * Adversarial examples by the fast gradient sign method: each input value moves by epsilon in the direction in which the loss
 * grows. Gradients of the model's own parameters stay as they are. As Goodfellow, Shlens and Szegedy (2015) and Captum's `FGSM`.
 *
 * @param model gives logits `[N, classes]` for `input`
 * @param input x: [N, ...], float
 * @param labels y: [N], int32: the right classes
 * @returns the shape of `input`
 * @throws ValueError when epsilon is not a finite number of 0 or more, or the range is none; ShapeError when labels do not fit
 * @example
 * const classify = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 2));
 * gb.explain.fgsm(classify, images, labels, { epsilon: 0.2, range: [0, 1] }).shape; // [4, 28, 28]
 */
export function fgsm(
  model: (x: never) => unknown,
  input: Tensor,
  labels: Tensor,
  { epsilon = 0.1, range, targeted = false }: FgsmOptions = {},
): Tensor {
  const op = "explain.fgsm";
  if (!(Number.isFinite(epsilon) && epsilon >= 0)) {
    throw new ValueError(`epsilon is ${String(epsilon)}`, { op, hint: "Give a finite number of 0 or more." });
  }
  if (range && !(range[0] < range[1])) {
    throw new ValueError(`range is [${range.join(", ")}]`, { op, hint: "Give the smallest and the largest value." });
  }
  const loss = (x: Tensor): Tensor => {
    const logits = model(x as never);
    if (!(logits instanceof Tensor) || logits.shape.length !== 2) {
      const got = logits instanceof Tensor ? `[${logits.shape.join(", ")}]` : typeof logits;
      throw new ShapeError(`the model gave ${got}`, { op, hint: "It must give logits [N, classes]." });
    }
    return crossEntropy(logits, labels as never) as Tensor;
  };
  const direction = grad(loss)(input.detach()) as Tensor;
  const moved = input.detach().add((direction.sign() as Tensor).mul(targeted ? -epsilon : epsilon)) as Tensor;
  return range ? (clip(moved, { min: range[0], max: range[1] }) as Tensor) : moved;
}
