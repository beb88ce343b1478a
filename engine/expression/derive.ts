import type { Primitive } from "../backend/commands.js";
import { call, constant, type Expression, replace } from "./expression.js";

/** Shorthands to write the rules as one reads them. */
const c = constant;
const neg = (x: Expression) => call("neg", x);
const add = (x: Expression, y: Expression) => call("add", x, y);
const sub = (x: Expression, y: Expression) => call("sub", x, y);
const mul = (x: Expression, y: Expression) => call("mul", x, y);
const div = (x: Expression, y: Expression) => call("div", x, y);
const select = (condition: Expression, x: Expression, y: Expression) => call("select", condition, x, y);
const square = (x: Expression) => call("square", x);

/** From the cotangent `g`, the arguments and the value `y` itself: the cotangent of each argument. `undefined`: none. */
type Rule = (g: Expression, args: readonly Expression[], y: Expression) => (Expression | undefined)[];

const one = (rule: (g: Expression, x: Expression, y: Expression) => Expression): Rule => {
  return (g, [x], y) => [rule(g, x!, y)];
};
const two = (
  rule: (g: Expression, a: Expression, b: Expression, y: Expression) => (Expression | undefined)[],
): Rule => {
  return (g, [a, b], y) => rule(g, a!, b!, y);
};
/** Flat almost everywhere. */
const none: Rule = (_, args) => args.map(() => undefined);

const rules: Record<Primitive, Rule> = {
  neg: one(g => neg(g)),
  abs: one((g, x) => mul(g, call("sign", x))),
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  trunc: none,
  sqrt: one((g, _, y) => div(mul(c(0.5), g), y)),
  rsqrt: one((g, _, y) => mul(mul(c(-0.5), g), mul(y, square(y)))),
  square: one((g, x) => mul(mul(c(2), g), x)),
  reciprocal: one((g, _, y) => neg(mul(g, square(y)))),
  exp: one((g, _, y) => mul(g, y)),
  expm1: one((g, _, y) => mul(g, add(y, c(1)))),
  log: one((g, x) => div(g, x)),
  log1p: one((g, x) => div(g, add(x, c(1)))),
  sin: one((g, x) => mul(g, call("cos", x))),
  cos: one((g, x) => neg(mul(g, call("sin", x)))),
  tan: one((g, _, y) => mul(g, add(square(y), c(1)))),
  asin: one((g, x) => mul(g, call("rsqrt", sub(c(1), square(x))))),
  acos: one((g, x) => neg(mul(g, call("rsqrt", sub(c(1), square(x)))))),
  atan: one((g, x) => div(g, add(square(x), c(1)))),
  sinh: one((g, x) => mul(g, call("cosh", x))),
  cosh: one((g, x) => mul(g, call("sinh", x))),
  tanh: one((g, _, y) => mul(g, sub(c(1), square(y)))),
  erf: one((g, x) => mul(mul(c(2 / Math.sqrt(Math.PI)), g), call("exp", neg(square(x))))),
  erfc: one((g, x) => mul(mul(c(-2 / Math.sqrt(Math.PI)), g), call("exp", neg(square(x))))),
  sigmoid: one((g, _, y) => mul(g, mul(y, sub(c(1), y)))),
  relu: one((g, _, y) => select(call("gt", y, c(0)), g, c(0))),
  isnan: none,
  not: none,
  add: two(g => [g, g]),
  sub: two(g => [g, neg(g)]),
  mul: two((g, a, b) => [mul(g, b), mul(g, a)]),
  div: two((g, _, b, y) => [div(g, b), neg(div(mul(g, y), b))]),
  // The guards keep 0^0 and 0^b from turning a derivative that exists into NaN.
  pow: two((g, a, b, y) => [
    select(call("eq", b, c(0)), c(0), mul(mul(g, b), call("pow", a, sub(b, c(1))))),
    select(call("and", call("eq", a, c(0)), call("ge", b, c(0))), c(0), mul(mul(g, y), call("log", a))),
  ]),
  mod: two((g, a, b) => [g, neg(mul(g, call("floor", div(a, b))))]),
  // At a tie both sides get half, as in PyTorch.
  min: two((g, a, b) => [share("lt", g, a, b), share("lt", g, b, a)]),
  max: two((g, a, b) => [share("gt", g, a, b), share("gt", g, b, a)]),
  atan2: two((g, a, b) => {
    const length = add(square(a), square(b));
    return [div(mul(g, b), length), neg(div(mul(g, a), length))];
  }),
  eq: none,
  ne: none,
  lt: none,
  le: none,
  gt: none,
  ge: none,
  and: none,
  or: none,
  select: (g, [condition]) => [undefined, select(condition!, g, c(0)), select(condition!, c(0), g)],
  fma: (g, [a, b]) => [mul(g, b!), mul(g, a!), g],
};

function share(wins: "lt" | "gt", g: Expression, mine: Expression, other: Expression): Expression {
  return select(call(wins, mine, other), g, select(call("eq", mine, other), mul(c(0.5), g), c(0)));
}

/**
 * The cotangents of the named inputs, as expressions over the inputs, the result `y` and its cotangent `g`: reverse mode on
 * the formula itself. An input on which the formula does not depend smoothly gets `undefined`.
 */
export function derive(
  formula: Expression,
  inputs: readonly Expression[],
  y: Expression,
  g: Expression,
): (Expression | undefined)[] {
  const cotangents = new Map<Expression, Expression>([[formula, g]]);
  for (const node of sorted(formula)) {
    const cotangent = cotangents.get(node);
    if (node.kind !== "call" || cotangent === undefined) continue;
    rules[node.primitive](cotangent, node.args, node).forEach((part, i) => {
      const arg = node.args[i]!;
      if (part === undefined || arg.kind === "constant") return;
      const before = cotangents.get(arg);
      cotangents.set(arg, before ? add(before, part) : part);
    });
  }
  return inputs.map(name => {
    const cotangent = cotangents.get(name);
    // The value of the whole formula is at hand and need not be computed again.
    return cotangent && (formula.kind === "call" ? replace(cotangent, formula, y) : cotangent);
  });
}

/** Every node after all that use it, the formula first. */
function sorted(formula: Expression): Expression[] {
  const order: Expression[] = [];
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "call") node.args.forEach(visit);
    order.push(node);
  };
  visit(formula);
  return order.reverse();
}
