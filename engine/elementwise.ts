import { attach, gradEnabled } from "./autograd/graph.js";
import type { Backend } from "./backend/backend.js";
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
import { smallResult } from "./small-result.js";
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
  #programs: (Program | undefined)[] = [];
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
    let program = this.#programs[numbers];
    if (program === undefined) {
      program = compile(
        this.formula,
        this.names,
        this.names.map((_, i) => (numbers & (1 << i)) !== 0),
      );
      this.#programs[numbers] = program;
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
    return interceptor.call(this.name, run as never, args, "elementwise", this) as Tensor;
  }

  #run(args: readonly (Tensor | number)[]): Tensor {
    const small = this.rule === "arithmetic" || this.rule === "floating" ? smallResult(this, args) : undefined;
    const out = small ?? this.#result(args);
    if (!gradEnabled() || !requiresGrad(args) || !isFloat(out.dtype) || !this.flows) return out;
    return attach(out, this.name, tensorsOf(args), (g, needs) => this.#backward(args, out, g, needs));
  }

  /** The result where it may be large, of any dtype, or of operands that are broadcast. */
  #result(args: readonly (Tensor | number)[]): Tensor {
    let shape: Shape | undefined;
    let backend: Backend | undefined;
    let numbers = 0;
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (typeof arg === "number") {
        numbers |= 1 << i;
        continue;
      }
      if (!(arg instanceof Tensor)) throw notATensor(this.name, arg);
      if (shape === undefined) shape = arg.shape;
      else if (!sameShape(shape, arg.shape)) shape = broadcastShapes(this.name, shape, arg.shape);
      backend ??= arg.storage.backend;
      if (arg.storage.backend !== backend) {
        throw mixedDevices(this.name, backend.name, arg.device);
      }
    }
    backend ??= defaultBackend();
    const tensors = tensorsOf(args);
    const program = this.program(numbers);
    const constants = program.constants.length === 0 ? none : program.constants.map(c => constantOf(c, args));
    return elementwiseResult(program, tensors, constants, shape ?? [], this.#dtype(args), backend);
  }

  #backward(
    args: readonly (Tensor | number)[],
    out: Tensor,
    g: Tensor,
    needs: (input: number) => boolean,
  ): (Tensor | undefined)[] {
    const cotangents: (Tensor | undefined)[] = [];
    args.forEach((x, position) => {
      if (typeof x === "number") return;
      const derivative = needs(cotangents.length) ? this.derivatives[position] : undefined;
      cotangents.push(derivative && sumTo(this.#cotangent(derivative, args, out, g), x.shape, x.dtype));
    });
    return cotangents;
  }

  #cotangent(derivative: Elementwise, args: readonly (Tensor | number)[], out: Tensor, g: Tensor): Tensor {
    const given = derivative.names.map(name => {
      const at = this.names.indexOf(name);
      return at >= 0 ? args[at]! : name.startsWith("y") ? out : g;
    });
    return derivative.formula.kind === "input" ? (given[0] as Tensor) : derivative.apply(given);
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

function tensorsOf(args: readonly (Tensor | number)[]): readonly Tensor[] {
  for (let i = 0; i < args.length; i++) {
    if (typeof args[i] === "number") return args.filter(arg => typeof arg !== "number");
  }
  return args as readonly Tensor[];
}

function requiresGrad(args: readonly (Tensor | number)[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const x = args[i]!;
    if (typeof x !== "number" && x.requiresGrad) return true;
  }
  return false;
}

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
    (optionNames.length > 0 ? run : (withoutOptions(operation, inputs.length) ?? run)) as never,
  );
}

/** The commonest operations take their arguments one by one: a list that is passed on costs as much as a small result. */
function withoutOptions(operation: Elementwise, inputs: number) {
  if (inputs === 1) return (x: Tensor) => operation.apply([x]);
  return inputs === 2 ? (a: Tensor | number, b: Tensor | number) => operation.apply([a, b]) : undefined;
}
