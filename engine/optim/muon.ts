import { withGrad } from "../autograd/graph.js";
import { ShapeError } from "../errors.js";
import { clip } from "../ops/activation.js";
import { add, div, mul } from "../ops/arithmetic.js";
import { matmul } from "../ops/matmul.js";
import { norm } from "../ops/vector-norm.js";
import { transpose } from "../ops/view.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type GivenGroup, requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer, type Update } from "./optimizer.js";

/** The rates of Muon. */
export interface MuonOptions {
  /** Learning rate (default 0.001). */
  lr?: number;
  /** Share of the parameter taken off per lr (default 0.1). */
  weightDecay?: number;
  /** Decay of the mean of gradients (default 0.95). */
  momentum?: number;
  /** Looks ahead along the mean (default true). */
  nesterov?: boolean;
  /** Rounds of the Newton-Schulz iteration (default 5). */
  rounds?: number;
  /**
   * How the rate depends on the shape [A, B]: `"original"` times sqrt(max(1, A / B)) (default), `"match_rms_adamw"` times
   * 0.2 sqrt(max(A, B)), so that rates tuned for AdamW fit.
   */
  adjust?: "original" | "match_rms_adamw";
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<MuonOptions>;

const defaults: Options = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  rounds: 5,
  adjust: "original",
  maximize: false,
};

/**
 * Momentum whose step is made orthogonal, for the matrices between a network's layers (Jordan et al. 2024), as
 * `torch.optim.Muon`, but computed in the parameter's dtype instead of bfloat16. Train embeddings, heads, biases and norms with
 * another optimizer.
 * @throws ShapeError for a parameter that is no matrix; ValueError for options out of range
 * @example
 * const matrices = model.parameters().filter(p => p.rank === 2);
 * const optimizer = new optim.Muon(matrices, { lr: 0.02 });
 */
export class Muon extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: MuonOptions = {}) {
    super("Muon", parameters, withDefaults(defaults, options));
  }

  override addGroup(group: GivenGroup<Options>): void {
    const parameters = [...group.parameters];
    parameters.forEach(({ shape }, i) => {
      if (shape.length === 2) return;
      throw new ShapeError(`parameter ${i} is ${formatShape(shape)}, no matrix`, {
        op: this.name,
        expected: "two axes",
        got: formatShape(shape),
        hint: "Give the matrices only, and train the others with AdamW.",
      });
    });
    super.addGroup({ ...group, parameters });
  }

  protected override check({ weightDecay, momentum, rounds }: Options): void {
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
    requireAtLeast(this.name, "momentum", momentum, 0, 1);
    requireAtLeast(this.name, "rounds", rounds, 1, 100);
  }

  protected override initialState(): Record<string, number> {
    return { mean: 0 };
  }

  protected override formula(): string {
    return "mean = momentum * mean + fresh * g\np = keep * p - lr * direction";
  }

  protected override numbers({ lr, weightDecay, momentum }: Options) {
    return { lr, keep: 1 - lr * weightDecay, momentum, fresh: 1 - momentum };
  }

  protected override dependsOn({ momentum, nesterov, rounds, adjust }: Options): readonly unknown[] {
    return [momentum, nesterov, rounds, adjust];
  }

  protected override tensors(options: Options, { parameter, gradient, state }: Update): Record<string, Tensor> {
    const { momentum, nesterov, rounds, adjust, maximize } = options;
    const [rows, columns] = parameter.shape as readonly [number, number];
    const factor =
      adjust === "original" ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
    return withGrad(false, () => {
      const g = maximize ? mix(gradient, -1, gradient, 0) : gradient;
      const mean = mix(state.tensors.mean!, momentum, g, 1 - momentum);
      const update = nesterov ? mix(g, 1 - momentum, mean, momentum) : mean;
      return { direction: mul(orthogonal(update, rounds), factor) as Tensor };
    });
  }
}

function mix(a: Tensor, shareOfA: number, b: Tensor, shareOfB: number): Tensor {
  return add(mul(a, shareOfA) as Tensor, mul(b, shareOfB) as Tensor) as Tensor;
}

/** A matrix whose singular values are near 1, with the singular vectors of `x`: a Newton-Schulz iteration of fifth order. */
function orthogonal(x: Tensor, rounds: number): Tensor {
  const isTall = x.shape[0]! > x.shape[1]!;
  const flat = isTall ? (transpose(x) as Tensor) : x;
  let y = div(flat, clip(norm(flat), { min: 1e-7 }) as Tensor) as Tensor;
  for (let i = 0; i < rounds; i++) {
    const gram = matmul(y, transpose(y) as Tensor) as Tensor;
    const change = mix(gram, -4.775, matmul(gram, gram) as Tensor, 2.0315);
    y = mix(y, 3.4445, matmul(change, y) as Tensor, 1);
  }
  return isTall ? (transpose(y) as Tensor) : y;
}
