import { attach, gradEnabled } from "./autograd/graph.js";
import { defaultBackend } from "./device.js";
import type { DType } from "./dtype.js";
import { DTypeError } from "./errors.js";
import { derive } from "./expression/derive.js";
import { type Expression, input, inputNames } from "./expression/expression.js";
import { parse } from "./expression/parse.js";
import { compile, type Program } from "./expression/program.js";
import { interceptor } from "./intercept.js";
import { sumTo } from "./layout.js";
import { type Op, type OpEntry, registerOp } from "./op.js";
import { elementwiseResult } from "./pending.js";
import { floating, isFloat, promote } from "./promotion.js";
import { mixedDevices } from "./record.js";
import { broadcastShapes, type Shape, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/**
 * The dtype of a result. `arithmetic`: the common dtype. `floating`: the same, integers become float32. `bool`: always bool.
 * `choice`: the common dtype of all but the first argument.
 */
export type DTypeRule = "arithmetic" | "floating" | "bool" | "choice";

/** A formula with everything that follows from it: its programs, and the formulas of its derivatives. */
export class Elementwise {
  readonly name: string;
  readonly names: readonly string[];
  readonly formula: Expression;
  readonly rule: DTypeRule;
  #programs = new Map<number, Program>();
  #flows: boolean | undefined;
  #derivatives: (Elementwise | undefined)[] | undefined;
  #gradient: Readonly<Record<string, string>>;

  /**
   * @param names inputs of the formula, in the order of the arguments; tensors and numbers alike
   * @param gradient formulas over the inputs, the result `y` and its cotangent `g`, for inputs whose derivative is not what
   * follows from the formula
   */
  constructor(
    name: string,
    names: readonly string[],
    formula: string | Expression,
    rule: DTypeRule,
    gradient: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.names = names;
    this.formula = typeof formula === "string" ? parse(formula, names) : formula;
    this.rule = rule;
    this.#gradient = gradient;
  }

  /** The tape for one pattern of arguments; bit i of `numbers` says that argument i is a JavaScript number. */
  program(numbers: number): Program {
    let program = this.#programs.get(numbers);
    if (!program) {
      program = compile(
        this.formula,
        this.names,
        this.names.map((_, i) => (numbers & (1 << i)) !== 0),
      );
      this.#programs.set(numbers, program);
    }
    return program;
  }

  /** For each argument the formula of its cotangent, over the arguments, `y` and `g`. */
  get derivatives(): readonly (Elementwise | undefined)[] {
    if (!this.#derivatives) {
      // Names of its own, because a derivative's arguments may already be called y and g: those of a second derivative.
      const y = fresh("y", this.names);
      const g = fresh("g", this.names);
      const derived = derive(
        this.formula,
        this.names.map(n => input(n)),
        input(y),
        input(g),
      );
      this.#derivatives = derived.map((expression, i) => {
        const given = this.#gradient[this.names[i]!];
        const formula = given === undefined ? expression : parse(given, [...this.names, y, g]);
        if (formula === undefined) return undefined;
        const used = inputNames(formula);
        const names = [...this.names, y, g].filter(n => used.has(n));
        return new Elementwise(`${this.name}.gradient`, names, formula, "arithmetic");
      });
    }
    return this.#derivatives;
  }

  /** False for a function that is constant almost everywhere, such as floor: its result has no gradients. */
  get flows(): boolean {
    this.#flows ??= this.derivatives.some(derivative => derivative !== undefined);
    return this.#flows;
  }

  /** Its result, which is computed when somebody needs it. @throws ShapeError, DeviceError */
  apply(args: readonly (Tensor | number)[]): Tensor {
    if (interceptor === undefined) return this.#run(args);
    const run = (...given: (Tensor | number)[]) => this.#run(given);
    return interceptor.call(this.name, run as never, args, "elementwise") as Tensor;
  }

  #run(args: readonly (Tensor | number)[]): Tensor {
    let shape: Shape | undefined;
    let numbers = 0;
    const tensors: Tensor[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (typeof arg === "number") {
        numbers |= 1 << i;
        continue;
      }
      if (!(arg instanceof Tensor)) throw notATensor(this.name, arg);
      if (shape === undefined) shape = arg.shape;
      else if (!sameShape(shape, arg.shape)) shape = broadcastShapes(this.name, shape, arg.shape);
      if (arg.storage.backend !== tensors[0]?.storage.backend && tensors.length > 0) {
        throw mixedDevices(this.name, tensors[0]!.device, arg.device);
      }
      tensors.push(arg);
    }
    const program = this.program(numbers);
    const constants = program.constants.length === 0 ? none : program.constants.map(c => constantOf(c, args));
    const backend = tensors[0]?.storage.backend ?? defaultBackend();
    const out = elementwiseResult(program, tensors, constants, shape ?? [], this.#dtype(args), backend);
    if (!gradEnabled() || !isFloat(out.dtype) || !this.flows || !tensors.some(x => x.requiresGrad)) return out;
    return attach(out, this.name, tensors, (g, needs) => this.#backward(args, program.tensors, out, g, needs));
  }

  #backward(
    args: readonly (Tensor | number)[],
    positions: readonly number[],
    out: Tensor,
    g: Tensor,
    needs: (input: number) => boolean,
  ): (Tensor | undefined)[] {
    return positions.map((position, i) => {
      const derivative = needs(i) ? this.derivatives[position] : undefined;
      if (!derivative) return undefined;
      const given = derivative.names.map(name => {
        const at = this.names.indexOf(name);
        return at >= 0 ? args[at]! : name.startsWith("y") ? out : g;
      });
      const x = args[position] as Tensor;
      const formula = derivative.formula;
      const cotangent = formula.kind === "input" ? (given[0] as Tensor) : derivative.apply(given);
      return sumTo(cotangent, x.shape, x.dtype);
    });
  }

  #dtype(args: readonly (Tensor | number)[]): DType {
    if (this.rule === "bool") return "bool";
    let dtype: DType | undefined;
    let fraction = false;
    for (let i = this.rule === "choice" ? 1 : 0; i < args.length; i++) {
      const arg = args[i]!;
      if (typeof arg === "number") fraction ||= !Number.isInteger(arg);
      else dtype = dtype === undefined ? arg.dtype : promote(dtype, arg.dtype);
    }
    dtype ??= "float32";
    if (this.rule === "floating" || (fraction && !isFloat(dtype))) return floating(dtype);
    // Arithmetic of truth values counts: true + true is 2.
    return dtype === "bool" && this.rule === "arithmetic" ? "int32" : dtype;
  }
}

const none: readonly number[] = [];

function constantOf(constant: Program["constants"][number], args: readonly (Tensor | number)[]): number {
  return "value" in constant ? constant.value : (args[constant.input] as number);
}

/** A name that no input has: `y`, else `y1`, `y2`, ... */
function fresh(name: string, taken: readonly string[]): string {
  let free = name;
  for (let i = 1; taken.includes(free); i++) free = `${name}${i}`;
  return free;
}

/** The error for an argument that is neither a tensor nor a number. */
export function notATensor(op: string, value: unknown): DTypeError {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new DTypeError(`expected a tensor or a number, got ${got}`, {
    op,
    expected: "tensor or number",
    got,
    hint: "Make one of it with tensor(...).",
  });
}

type Described = Omit<OpEntry, "name" | "gradient">;

export interface ElementwiseEntry extends Partial<Described> {
  doc: string;
  formula: string;
  /** Names of the tensor arguments, in order (default `["x"]`). */
  inputs?: readonly string[];
  /** Numbers of an options object, with their defaults. */
  options?: Readonly<Record<string, number>>;
  rule: DTypeRule;
  gradient?: Readonly<Record<string, string>>;
}

const defaultSamples: Described["samples"] = [
  { args: [{ shape: [] }] },
  { args: [{ shape: [7] }] },
  { args: [{ shape: [3, 1, 5] }] },
  { args: [{ shape: [0, 2] }] },
];

/** Defines an elementwise operation: code, derivatives of every order and all backends follow from the formula. */
export function elementwise<O extends Op>(name: string, entry: ElementwiseEntry): O {
  const { doc, formula, inputs = ["x"], options = {}, rule, gradient = {}, rejects = [] } = entry;
  const optionNames = Object.keys(options);
  const operation = new Elementwise(name, [...inputs, ...optionNames], formula, rule, gradient);
  const run = (...args: unknown[]): Tensor => {
    if (args.length === inputs.length && optionNames.length === 0) return operation.apply(args as Tensor[]);
    const operands = args.slice(0, inputs.length) as (Tensor | number)[];
    const given = (args[inputs.length] ?? {}) as Record<string, number>;
    for (const option of optionNames) operands.push(given[option] ?? options[option]!);
    if (operands.length < operation.names.length) throw notATensor(name, undefined);
    return operation.apply(operands);
  };
  return registerOp<O>(
    {
      name,
      doc,
      samples: entry.samples ?? defaultSamples,
      rejects,
      gradient: rule !== "bool" && operation.flows ? true : { none: "the function is constant almost everywhere" },
    },
    run as never,
  );
}
