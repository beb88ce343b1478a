import { noGrad } from "../autograd/graph.js";
import { DTypeError, ShapeError } from "../errors.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Same } from "./activations.js";
import { Layer } from "./module.js";

/**
 * Changes its input at random while training and does nothing after `eval()`, as Keras' layers `RandomFlip` and
 * `RandomRotation` do: a transform of `data.images`, or any function that keeps the shape, as the first layer of a model. No
 * gradient comes back through it. The transforms of `data.images` read their pictures, so `fit` runs such a model's steps as
 * they are written; to have them replayed, transform the batches: `batches.map(...)`.
 * Input [N, C, H, W] -> output of the same shape.
 * @throws DTypeError for what is no function; ShapeError when it gives another shape
 * @example
 * const mirror = new nn.Augment(data.images.randomFlip({ seed: 1 }));
 * const model = new nn.Sequential(mirror, new nn.Flatten(), new nn.Linear(3 * 8 * 8, 10));
 * model(zeros([4, 3, 8, 8])).shape; // [4, 10]
 */
export class Augment extends Layer {
  readonly #transform: (x: Tensor) => Tensor;

  constructor(transform: (x: never) => Tensor) {
    super();
    if (typeof transform !== "function") {
      throw new DTypeError(`expected a function, got ${typeof transform}`, {
        op: "Augment",
        hint: "Give a transform, as data.images.randomFlip().",
      });
    }
    this.#transform = transform as (x: Tensor) => Tensor;
  }

  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    const changed = noGrad(() => this.#transform(x.detach() as Tensor));
    if (sameShape(changed.shape, x.shape)) return changed;
    throw new ShapeError("the transform gave another shape", {
      op: "Augment",
      expected: `[${x.shape.join(", ")}]`,
      got: `[${changed.shape.join(", ")}]`,
      hint: "Layers behind it need the same shape in training and evaluation.",
    });
  }
}
export interface Augment extends Same {}
