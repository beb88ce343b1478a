import type { Primitive } from "../../../backend/commands.js";
import type { DType } from "../../../dtype.js";
import type { Expression } from "../../../expression/expression.js";
import type { Formula } from "../../../intercept.js";
import { promote } from "../../../promotion.js";
import { Tensor } from "../../../tensor.js";
import { codeOfDtype } from "../values.js";
import { type GraphBuilder, refuse } from "./graph.js";

/** A value of a formula: truth values are a type of their own in ONNX, and numbers here. */
interface Value {
  readonly name: string;
  readonly isBool: boolean;
}

/** Primitives that are one operator on numbers. */
const direct: Partial<Record<Primitive, string>> = {
  neg: "Neg",
  abs: "Abs",
  sign: "Sign",
  floor: "Floor",
  ceil: "Ceil",
  round: "Round",
  sqrt: "Sqrt",
  reciprocal: "Reciprocal",
  exp: "Exp",
  log: "Log",
  sin: "Sin",
  cos: "Cos",
  tan: "Tan",
  asin: "Asin",
  acos: "Acos",
  atan: "Atan",
  sinh: "Sinh",
  cosh: "Cosh",
  tanh: "Tanh",
  erf: "Erf",
  sigmoid: "Sigmoid",
  relu: "Relu",
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  pow: "Pow",
  min: "Min",
  max: "Max",
};

/** Those that give truth values. */
const comparisons: Partial<Record<Primitive, string>> = {
  isnan: "IsNaN",
  eq: "Equal",
  lt: "Less",
  le: "LessOrEqual",
  gt: "Greater",
  ge: "GreaterOrEqual",
};

/** Those of truth values. */
const logic: Partial<Record<Primitive, string>> = { not: "Not", and: "And", or: "Or" };

/** Writes an elementwise operation as nodes. @returns the name of the result */
export function addFormula(
  graph: GraphBuilder,
  op: string,
  { names, formula }: Formula,
  args: readonly (Tensor | number)[],
  result: Tensor,
): string {
  const dtype = result.dtype === "bool" ? comparedDtype(args) : result.dtype;
  const cast = (name: string, to: DType) => graph.add("Cast", [name], { to: codeOfDtype[to] });
  const asNumber = ({ name, isBool }: Value) => (isBool ? cast(name, dtype) : name);
  const asBool = ({ name, isBool }: Value) => (isBool ? name : cast(name, "bool"));
  const number = (value: number) => graph.constant(value, dtype);
  const of = (name: string): Value => ({ name, isBool: false });

  const input = (name: string): Value => {
    const arg = args[names.indexOf(name)]!;
    if (typeof arg === "number") return of(number(arg));
    const own = graph.nameOf(arg);
    if (arg.dtype === "bool") return { name: own, isBool: true };
    return of(arg.dtype === dtype ? own : cast(own, dtype));
  };
  const compute = (primitive: Primitive, values: readonly Value[]): Value => {
    const binary = (type: string, a: string, b: string) => graph.add(type, [a, b]);
    const [x, y, z] = values as [Value, Value, Value];
    if (direct[primitive]) return of(graph.add(direct[primitive], values.map(asNumber)));
    if (comparisons[primitive]) return { name: graph.add(comparisons[primitive], values.map(asNumber)), isBool: true };
    if (logic[primitive]) return { name: graph.add(logic[primitive], values.map(asBool)), isBool: true };
    switch (primitive) {
      case "ne":
        return { name: graph.add("Not", [binary("Equal", asNumber(x), asNumber(y))]), isBool: true };
      case "select":
        return of(graph.add("Where", [asBool(x), asNumber(y), asNumber(z)]));
      case "fma":
        return of(binary("Add", binary("Mul", asNumber(x), asNumber(y)), asNumber(z)));
      case "square":
        return of(binary("Mul", asNumber(x), asNumber(x)));
      case "rsqrt":
        return of(graph.add("Reciprocal", [graph.add("Sqrt", [asNumber(x)])]));
      case "erfc":
        return of(binary("Sub", number(1), graph.add("Erf", [asNumber(x)])));
      case "expm1":
        return of(binary("Sub", graph.add("Exp", [asNumber(x)]), number(1)));
      case "log1p":
        return of(graph.add("Log", [binary("Add", asNumber(x), number(1))]));
      case "trunc": {
        const size = graph.add("Floor", [graph.add("Abs", [asNumber(x)])]);
        return of(binary("Mul", graph.add("Sign", [asNumber(x)]), size));
      }
      case "mod": {
        const [a, b] = [asNumber(x), asNumber(y)];
        if (!dtype.startsWith("float") && dtype !== "bfloat16") return of(binary("Mod", a, b));
        return of(binary("Sub", a, binary("Mul", b, graph.add("Floor", [binary("Div", a, b)]))));
      }
      default:
        return refuse(`there is no ONNX operator for ${primitive} in ${op}`, "Compute it outside of the model.");
    }
  };
  const done = new Map<Expression, Value>();
  const visit = (node: Expression): Value => {
    let value = done.get(node);
    if (value === undefined) {
      if (node.kind === "input") value = input(node.name);
      else if (node.kind === "constant") value = of(number(node.value));
      else value = compute(node.primitive, node.args.map(visit));
      done.set(node, value);
    }
    return value;
  };
  const value = visit(formula);
  if (formula.kind !== "call")
    return graph.add("Identity", [result.dtype === "bool" ? asBool(value) : asNumber(value)]);
  return result.dtype === "bool" ? asBool(value) : asNumber(value);
}

/** In what dtype arguments are compared. */
function comparedDtype(args: readonly (Tensor | number)[]): DType {
  let dtype: DType | undefined;
  for (const arg of args) {
    if (arg instanceof Tensor) dtype = dtype === undefined ? arg.dtype : promote(dtype, arg.dtype);
  }
  const fraction = args.some(arg => typeof arg === "number" && !Number.isInteger(arg));
  if (dtype === undefined || (fraction && !dtype.includes("float"))) return "float32";
  return dtype === "bool" ? "int32" : dtype;
}
