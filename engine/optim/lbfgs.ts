import { withGrad } from "../autograd/graph.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { zeros } from "../ops/create.js";
import { concat } from "../ops/join.js";
import { slice } from "../ops/slice.js";
import { forgetGradients } from "../parameters.js";
import { denseCopy, prepared } from "../record.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { updateForm } from "./formula.js";
import { requireAtLeast, requireParameters, withDefaults } from "./groups.js";
import { recordUpdates } from "./record-update.js";
import { type LinePoint, strongWolfe } from "./strong-wolfe.js";

/** How far LBFGS goes in one step. */
export interface LBFGSOptions {
  /** Learning rate: the first step that is tried in each iteration (default 1). */
  lr?: number;
  /** Most iterations of one step (default 20). */
  maxIterations?: number;
  /** Most evaluations of the loss in one step (default 1.25 times the iterations). */
  maxEvaluations?: number;
  /** A gradient with no larger element ends a step (default 1e-7). */
  toleranceGradient?: number;
  /** A smaller change of loss or parameters ends a step (default 1e-9). */
  toleranceChange?: number;
  /** How many changes are remembered (default 100). */
  historySize?: number;
  /** How the length of an iteration is found: `undefined` takes `lr` (default). */
  lineSearch?: "strongWolfe" | undefined;
}

/** What LBFGS continues from. */
export interface LBFGSState {
  readonly optimizer: "LBFGS";
  readonly iterations: number;
  readonly evaluations: number;
  readonly length: number;
  readonly scale: number;
  /** Flat vectors over all parameters, by name; `steps.0` and `changes.0` are the oldest of the history. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** What an iteration leaves to the next. */
interface Memory {
  iterations: number;
  evaluations: number;
  direction?: Tensor;
  gradient?: Tensor;
  /** Of the last iteration, in directions. */
  length: number;
  /** Of the first guess of the inverse Hessian. */
  scale: number;
  /** Pairs of a step and the change of the gradient that it made. */
  history: { step: Tensor; change: Tensor; share: number }[];
}

/**
 * Limited-memory BFGS for full batches and few parameters (Liu and Nocedal 1989), as `torch.optim.LBFGS`: it asks for the loss
 * several times in one step. It reads the loss, so its steps are not for `compile` or `fit`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example
 * const w = tensor([3, -2], { requiresGrad: true });
 * const optimizer = new optim.LBFGS([w], { lineSearch: "strongWolfe" });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = w.sub(1).square().sum();
 *   loss.backward();
 *   return loss;
 * });
 * w.round().toArray(); // [1, 1]
 */
export class LBFGS {
  readonly name = "LBFGS";
  readonly parameters: readonly Tensor[];
  /** May be changed between steps. */
  readonly options: Required<Omit<LBFGSOptions, "lineSearch">> & Pick<LBFGSOptions, "lineSearch">;
  #memory: Memory = { iterations: 0, evaluations: 0, length: 0, scale: 1, history: [] };

  constructor(parameters: Iterable<Tensor>, options: LBFGSOptions = {}) {
    this.parameters = requireParameters("LBFGS", parameters, new Set());
    const [{ dtype, storage }] = this.parameters as [Tensor];
    if (this.parameters.some(p => p.dtype !== dtype || p.storage.backend !== storage.backend)) {
      throw new DTypeError("the parameters are of several dtypes or devices", {
        op: "LBFGS",
        expected: dtype,
        hint: "Convert the model with .to(...) first: all parameters become one vector.",
      });
    }
    const iterations = options.maxIterations ?? 20;
    const defaults = {
      lr: 1,
      maxIterations: iterations,
      maxEvaluations: Math.floor((iterations * 5) / 4),
      toleranceGradient: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearch: undefined,
    };
    this.options = withDefaults<LBFGS["options"]>(defaults, options);
    this.#check();
  }

  /** The learning rate. */
  get lr(): number {
    return this.options.lr;
  }

  set lr(rate: number) {
    this.options.lr = rate;
  }

  /** Evaluations of the loss since the start. */
  get evaluations(): number {
    return this.#memory.evaluations;
  }

  /** Forgets the gradients collected so far. */
  zeroGrad(): void {
    forgetGradients(this.parameters);
  }

  /**
   * Goes up to `maxIterations` iterations down.
   * @param closure clears the gradients, computes the loss, calls `backward()` and returns the loss
   * @returns the loss before the step
   * @throws ValueError when the closure is none or its loss no scalar
   */
  step(closure: () => Tensor): Tensor {
    this.#check();
    if (typeof closure !== "function") {
      throw new ValueError("step was not given a function", {
        op: "LBFGS",
        hint: "Give a function that clears the gradients, computes the loss, calls backward() and returns the loss.",
      });
    }
    const { lr, maxIterations, maxEvaluations, toleranceGradient, toleranceChange, lineSearch } = this.options;
    const memory = this.#memory;
    const evaluate = (): Tensor => {
      memory.evaluations++;
      return withGrad(true, closure);
    };
    const startLoss = evaluate();
    withGrad(false, () => {
      let loss = numberOf(startLoss);
      let gradient = this.#gradient();
      let left = maxEvaluations - 1;
      if (largest(gradient) <= toleranceGradient) return;
      for (let i = 1; i <= maxIterations; i++) {
        const direction = this.#direction(gradient);
        const length =
          memory.iterations === 1 ? Math.min(1, 1 / Number((gradient.abs().sum() as Tensor).item())) * lr : lr;
        const slope = dot(gradient, direction);
        Object.assign(memory, { direction, gradient, length });
        if (slope > -toleranceChange) return;
        const lossBefore = loss;
        const origins = this.parameters.map(p => denseCopy(p.detach()));
        if (lineSearch === undefined) {
          this.#move(origins, direction, length);
          if (i === maxIterations) return;
          loss = numberOf(evaluate());
          gradient = this.#gradient();
          left--;
        } else {
          const { point, evaluations } = strongWolfe(
            at => {
              this.#move(origins, direction, at);
              const value = numberOf(evaluate());
              const found = this.#gradient();
              return { at, loss: value, gradient: found, slope: dot(found, direction) };
            },
            { at: 0, loss, gradient, slope } satisfies LinePoint,
            { first: length, largest: largest(direction), toleranceChange, most: left },
          );
          this.#move(origins, direction, point.at);
          memory.length = point.at;
          ({ loss, gradient } = point);
          left -= evaluations;
        }
        const moved = largest(direction) * Math.abs(memory.length);
        if (left <= 0 || largest(gradient) <= toleranceGradient || moved <= toleranceChange) return;
        if (Math.abs(loss - lossBefore) < toleranceChange) return;
      }
    });
    return startLoss;
  }

  /** A snapshot to continue from. */
  stateDict(): LBFGSState {
    const { iterations, evaluations, length, scale, direction, gradient, history } = this.#memory;
    const tensors: Record<string, Tensor> = {};
    if (direction && gradient) Object.assign(tensors, { direction, gradient });
    history.forEach(({ step, change }, i) => {
      Object.assign(tensors, { [`steps.${i}`]: step, [`changes.${i}`]: change });
    });
    // Nothing writes into these vectors: they need no copies.
    return { optimizer: "LBFGS", iterations, evaluations, length, scale, tensors };
  }

  /**
   * Continues from a snapshot; nothing changes unless it fits.
   * @throws ValueError for the state of another optimizer; ShapeError for one of other parameters
   */
  loadStateDict({ optimizer, iterations, evaluations, length, scale, tensors }: LBFGSState): void {
    const op = "LBFGS.loadStateDict";
    if (optimizer !== "LBFGS") throw new ValueError(`the state is that of ${optimizer}`, { op, expected: "LBFGS" });
    const shape = [this.parameters.reduce((sum, { size }) => sum + size, 0)];
    for (const [name, x] of Object.entries(tensors)) {
      if (sameShape(x.shape, shape)) continue;
      throw new ShapeError(`the state "${name}" is ${formatShape(x.shape)}, the parameters have ${shape[0]} elements`, {
        op,
        expected: formatShape(shape),
        got: formatShape(x.shape),
      });
    }
    const history: Memory["history"] = [];
    for (let i = 0; tensors[`steps.${i}`] && tensors[`changes.${i}`]; i++) {
      const [step, change] = [tensors[`steps.${i}`]!, tensors[`changes.${i}`]!];
      history.push({ step, change, share: 1 / dot(change, step) });
    }
    this.#memory = { iterations, evaluations, length, scale, history };
    const { direction, gradient } = tensors;
    if (direction && gradient) Object.assign(this.#memory, { direction, gradient });
  }

  #check(): void {
    const { lr, maxIterations, maxEvaluations, toleranceGradient, toleranceChange, historySize, lineSearch } =
      this.options;
    requireAtLeast("LBFGS", "lr", lr, 0);
    requireAtLeast("LBFGS", "maxIterations", maxIterations, 1);
    requireAtLeast("LBFGS", "maxEvaluations", maxEvaluations, 1);
    requireAtLeast("LBFGS", "toleranceGradient", toleranceGradient, 0);
    requireAtLeast("LBFGS", "toleranceChange", toleranceChange, 0);
    requireAtLeast("LBFGS", "historySize", historySize, 1);
    if (lineSearch === undefined || lineSearch === "strongWolfe") return;
    throw new ValueError(`lineSearch is ${JSON.stringify(lineSearch)}`, {
      op: "LBFGS",
      expected: '"strongWolfe"',
      hint: 'Give "strongWolfe", or leave it out for steps of length lr.',
    });
  }

  /** Minus the gradient times the inverse Hessian that the history tells of. */
  #direction(gradient: Tensor): Tensor {
    const memory = this.#memory;
    if (++memory.iterations === 1) return gradient.neg() as Tensor;
    const change = gradient.sub(memory.gradient!) as Tensor;
    const step = memory.direction!.mul(memory.length) as Tensor;
    const product = dot(change, step);
    if (product > 1e-10) {
      if (memory.history.length >= this.options.historySize) memory.history.shift();
      memory.history.push({ step, change, share: 1 / product });
      memory.scale = product / dot(change, change);
    }
    let direction = gradient.neg() as Tensor;
    const weights = memory.history.map(() => 0);
    for (let i = memory.history.length - 1; i >= 0; i--) {
      const past = memory.history[i]!;
      weights[i] = dot(past.step, direction) * past.share;
      direction = direction.sub(past.change.mul(weights[i]!)) as Tensor;
    }
    direction = direction.mul(memory.scale) as Tensor;
    memory.history.forEach(({ step: past, change: bend, share }, i) => {
      direction = direction.add(past.mul(weights[i]! - dot(bend, direction) * share)) as Tensor;
    });
    return direction;
  }

  /** All gradients as one vector; 0 where there is none or the parameter is frozen. */
  #gradient(): Tensor {
    const parts = this.parameters.map(({ grad, requiresGrad, size, shape, dtype, device }) =>
      grad !== undefined && requiresGrad
        ? (prepared(grad as Tensor, dtype).reshape([size]) as Tensor)
        : (zeros(shape, { dtype: dtype as "float32", device }).reshape([size]) as Tensor),
    );
    return concat(parts, 0) as Tensor;
  }

  /** Puts the parameters `length` directions away from the origins. */
  #move(origins: readonly Tensor[], direction: Tensor, length: number): void {
    const form = updateForm("p = from + length * d", ["p", "from", "d"], ["length"]);
    let start = 0;
    const operands = this.parameters.map((parameter, i) => {
      const d = direction.at(slice(start, start + parameter.size)) as Tensor;
      start += parameter.size;
      return [parameter, origins[i]!, prepared(d, parameter.dtype)];
    });
    const numbers = { length };
    recordUpdates([{ form, operands, numbers, next: () => numbers }]);
  }
}

function dot(a: Tensor, b: Tensor): number {
  return Number((a.mul(b).sum() as Tensor).item());
}

function largest(x: Tensor): number {
  return Number((x.abs().max() as Tensor).item());
}

function numberOf(loss: Tensor): number {
  if (loss?.size === 1) return Number(loss.item());
  throw new ValueError("the closure returned no scalar", {
    op: "LBFGS",
    hint: "Return the loss, a tensor of one number, at its end.",
  });
}
