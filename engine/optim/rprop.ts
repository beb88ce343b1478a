import { requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";

/** The rates of Rprop. */
export interface RpropOptions {
  /** Learning rate (default 0.01). */
  lr?: number;
  /** Factors of the size when the sign changes and when it stays (default [0.5, 1.2]). */
  etas?: readonly [number, number];
  /** Smallest and largest size (default [1e-6, 50]). */
  sizes?: readonly [number, number];
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<RpropOptions>;

const defaults: Options = {
  lr: 0.01,
  etas: [0.5, 1.2],
  sizes: [1e-6, 50],
  maximize: false,
};

/**
 * Steps by the sign of the gradient, each element with a size of its own; for whole batches (Riedmiller and Braun 1993), as `torch.optim.Rprop`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.Rprop(model.parameters(), { lr: 0.01 });
 */
export class Rprop extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: RpropOptions = {}) {
    super("Rprop", parameters, withDefaults(defaults, options));
  }

  protected override check({ etas, sizes }: Options): void {
    requireAtLeast(this.name, "etas[0]", etas[0], 0, 1);
    requireAtLeast(this.name, "etas[1]", etas[1], 1);
    requireAtLeast(this.name, "sizes[0]", sizes[0], 0);
    requireAtLeast(this.name, "sizes[1]", sizes[1], sizes[0]);
  }

  protected override initialState({ lr }: Options): Record<string, number> {
    return { last: 0, size: lr };
  }

  protected override formula(): string {
    return `turn = g * last
size = min(max(size * select(turn > 0, growth, select(turn < 0, shrink, 1)), least), most)
last = select(turn < 0, 0, g)
p = p - sign(last) * size`;
  }

  protected override numbers({ etas, sizes }: Options) {
    return { shrink: etas[0], growth: etas[1], least: sizes[0], most: sizes[1] };
  }
}
