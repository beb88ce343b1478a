import { DTypeError, EngineError, ValueError } from "../errors.js";
import { tensor } from "../ops/create.js";
import { isFloat } from "../promotion.js";
import { Generator, normal } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import { noGrad } from "./graph.js";
import { requireResult } from "./inputs.js";
import { jacobian } from "./jacobian.js";
import { vjp } from "./transforms.js";

/** An analytic derivative that differs from the numerical one. */
export class GradcheckError extends EngineError {}

/** How closely gradients are compared. */
export interface GradcheckOptions {
  /** How far an element is moved to each side for the difference (default 1e-6). */
  eps?: number;
  /** How far the values may lie apart (default 1e-5), */
  atol?: number;
  /** and how far in proportion to the numerical one (default 1e-3). */
  rtol?: number;
}

/** A function under test: its own arguments were checked where it came in. */
type Tested = (...inputs: never[]) => unknown;

/**
 * Compares the derivatives of a function with differences: every element of every result by every element of every float input.
 * For gradients that you wrote yourself, with `customGrad`, or for a function you do not trust. `torch.autograd.gradcheck`.
 * @param f from the inputs to a tensor, or arrays and plain objects of tensors
 * @param inputs what f is called with; tensors of floats must be float64, everything else is handed on
 * @returns true
 * @throws GradcheckError naming input, element and both values when they differ; DTypeError for floats that are not float64,
 * because differences of float32 are mostly rounding; ValueError when no input holds floats
 * @example
 * const x = randn([3], { dtype: "float64" });
 * gradcheck((x: Tensor) => x.sin().mul(x), [x]); // true
 */
export function gradcheck(f: Tested, inputs: readonly unknown[], options: GradcheckOptions = {}): true {
  return compare("gradcheck", f, inputs, options);
}

/**
 * The same for second derivatives: compares the derivatives of the pullback, by the inputs and by the cotangent that it starts
 * from, with differences. `torch.autograd.gradgradcheck`.
 * @returns true
 * @throws as `gradcheck`; DTypeError when f returns anything but one tensor
 * @example
 * const x = randn([3], { dtype: "float64" });
 * gradgradcheck((x: Tensor) => x.pow(3), [x]); // true
 */
export function gradgradcheck(f: Tested, inputs: readonly unknown[], options: GradcheckOptions = {}): true {
  const y = call(f, inputs);
  requireResult("gradgradcheck", y);
  const cotangent = normal(y.shape, { dtype: "float64", generator: new Generator(0) });
  const pulled = (...given: unknown[]) => {
    const args = given.slice(0, -1);
    const positions = floats(args);
    const [, pullback] = vjp(
      (xs: Tensor[]) => call(f, withFloats(args, positions, xs)) as Tensor,
      positions.map(i => args[i] as Tensor),
    );
    return pullback(given.at(-1) as Tensor);
  };
  return compare("gradgradcheck", pulled, [...inputs, cotangent], options);
}

function compare(op: string, f: Tested, inputs: readonly unknown[], options: GradcheckOptions): true {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
  const positions = requireInputs(op, inputs, eps);
  const run = (xs: readonly Tensor[]) => call(f, withFloats(inputs, positions, xs));
  const given = positions.map(i => inputs[i] as Tensor);
  // By result, by input: [...Y, ...X].
  const analytic = leavesOf(jacobian((xs: Tensor[]) => run(xs) as Tensor)(given)).map(numbers);
  noGrad(() => {
    const results = leavesOf(run(given)).map(y => requireWide(op, y));
    given.forEach((x, k) => {
      const values = Float64Array.from(numbers(x));
      for (let j = 0; j < values.length; j++) {
        const at = (value: number) => {
          const moved = tensor(values.with(j, value), { shape: x.shape }) as Tensor;
          return leavesOf(run(given.with(k, moved))).map(numbers);
        };
        const [above, below] = [at(values[j]! + eps), at(values[j]! - eps)];
        results.forEach((y, r) => {
          for (let i = 0; i < y.size; i++) {
            const numeric = (above[r]![i]! - below[r]![i]!) / (2 * eps);
            const exact = analytic[r * given.length + k]![i * x.size + j]!;
            if (Math.abs(exact - numeric) <= atol + rtol * Math.abs(numeric)) continue;
            const of = results.length > 1 ? `result ${r}, element` : "the result's element";
            throw new GradcheckError(
              `input ${positions[k]}, element ${place(j, x.shape)}, of ${of} ${place(i, y.shape)}: analytic ${exact}, numeric ${numeric}`,
              { op, expected: String(numeric), got: String(exact) },
            );
          }
        });
      }
    });
  });
  return true;
}

function call(f: Tested, args: readonly unknown[]): unknown {
  return f(...(args as never[]));
}

/** The inputs that are derived by. */
function floats(inputs: readonly unknown[]): number[] {
  return inputs.flatMap((x, i) => (x instanceof Tensor && isFloat(x.dtype) ? [i] : []));
}

function withFloats(inputs: readonly unknown[], positions: readonly number[], xs: readonly Tensor[]): unknown[] {
  return inputs.map((x, i) => (positions.includes(i) ? xs[positions.indexOf(i)] : x));
}

function requireInputs(op: string, inputs: readonly unknown[], eps: number): number[] {
  if (!(eps > 0)) throw new ValueError(`eps is ${eps}`, { op, hint: "Give a small number above 0." });
  const positions = Array.isArray(inputs) ? floats(inputs) : [];
  if (positions.length === 0) {
    throw new ValueError("no input is a tensor of floats", { op, hint: "Give the arguments as an array." });
  }
  for (const i of positions) {
    const { dtype } = inputs[i] as Tensor;
    if (dtype === "float64") continue;
    throw new DTypeError(`input ${i} is ${dtype}, in which differences are mostly rounding`, {
      op,
      expected: "float64",
      got: dtype,
      hint: 'Convert it: x.cast("float64").',
    });
  }
  return positions;
}

function requireWide(op: string, y: Tensor): Tensor {
  if (y.dtype === "float64") return y;
  throw new DTypeError(`the function returned ${y.dtype}`, {
    op,
    expected: "float64",
    got: y.dtype,
    hint: "Everything inside must be float64, parameters too.",
  });
}

function leavesOf(tree: unknown): Tensor[] {
  const leaves: Tensor[] = [];
  mapLeaves(tree, leaf => leaves.push(leaf as Tensor));
  return leaves;
}

function numbers(x: Tensor): ArrayLike<number> {
  return x.data() as ArrayLike<number>;
}

/** Element i of a tensor, counted in row-major order, by its indices. */
function place(i: number, shape: Shape): string {
  let rest = i;
  const indices = shape.toReversed().map(length => {
    const index = rest % length;
    rest = Math.floor(rest / length);
    return index;
  });
  return formatShape(indices.reverse());
}
