import { type Primitive, primitives } from "../backend/commands.js";

/**
 * An elementwise formula: a graph over named inputs, constants and the closed set of primitives. Equal parts are one object,
 * so that a common part is computed once and identity is comparison.
 */
export type Expression =
  | { readonly kind: "input"; readonly name: string; readonly key: string }
  | { readonly kind: "constant"; readonly value: number; readonly key: string }
  | {
      readonly kind: "call";
      readonly primitive: Primitive;
      readonly args: readonly Expression[];
      readonly key: string;
    };

const known = new Map<string, Expression>();

function unique(expression: Expression): Expression {
  const before = known.get(expression.key);
  if (before) return before;
  known.set(expression.key, expression);
  return expression;
}

export function input(name: string): Expression {
  return unique({ kind: "input", name, key: name });
}

export function constant(value: number): Expression {
  return unique({ kind: "constant", value, key: Object.is(value, -0) ? "#-0" : `#${value}` });
}

/** Applies a primitive; drops what has no effect (`x * 1`, `x + 0`, `-(-x)`), which derivatives are full of. */
export function call(primitive: Primitive, ...args: Expression[]): Expression {
  const arity = primitives[primitive][1];
  if (args.length !== arity) {
    throw new SyntaxError(`${primitive} takes ${arity} ${arity === 1 ? "operand" : "operands"}, got ${args.length}`);
  }
  const [a, b] = args as [Expression, Expression];
  if (primitive === "mul" && isConstant(a, 1)) return b;
  if ((primitive === "mul" || primitive === "div") && isConstant(b, 1)) return a;
  if (primitive === "add" && isConstant(a, 0)) return b;
  if ((primitive === "add" || primitive === "sub") && isConstant(b, 0)) return a;
  if (primitive === "neg" && a.kind === "constant") return constant(-a.value);
  if (primitive === "neg" && a.kind === "call" && a.primitive === "neg") return a.args[0]!;
  return unique({ kind: "call", primitive, args, key: `${primitive}(${args.map(x => x.key).join(",")})` });
}

export function isConstant(expression: Expression, value: number): boolean {
  return expression.kind === "constant" && expression.value === value;
}

/** The expression with every occurrence of `part` replaced. */
export function replace(expression: Expression, part: Expression, by: Expression): Expression {
  if (expression === part) return by;
  if (expression.kind !== "call") return expression;
  return call(expression.primitive, ...expression.args.map(arg => replace(arg, part, by)));
}

/** The expression with inputs replaced, all at once; those without a replacement stay. */
export function substitute(expression: Expression, by: ReadonlyMap<string, Expression>): Expression {
  const done = new Map<Expression, Expression>();
  const visit = (node: Expression): Expression => {
    if (node.kind === "input") return by.get(node.name) ?? node;
    if (node.kind === "constant") return node;
    let result = done.get(node);
    if (result === undefined) {
      result = call(node.primitive, ...node.args.map(visit));
      done.set(node, result);
    }
    return result;
  };
  return visit(expression);
}

/** Names of the inputs that occur. */
export function inputNames(expression: Expression, into = new Set<string>()): Set<string> {
  if (expression.kind === "input") into.add(expression.name);
  else if (expression.kind === "call") for (const arg of expression.args) inputNames(arg, into);
  return into;
}
