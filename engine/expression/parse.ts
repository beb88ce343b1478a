import { type Primitive, primitives } from "../backend/commands.js";
import { call, constant, type Expression, input } from "./expression.js";

/** Binary operators from loosest to tightest. */
const levels: Record<string, Primitive>[] = [
  { or: "or" },
  { and: "and" },
  { "==": "eq", "!=": "ne", "<=": "le", ">=": "ge", "<": "lt", ">": "gt" },
  { "+": "add", "-": "sub" },
  { "*": "mul", "/": "div" },
];

/**
 * Reads a formula: inputs by name, numbers, `+ - * /`, comparisons, `and`, `or`, unary `-`, and primitives as functions.
 * @throws SyntaxError naming the place
 * @example parse("select(x > 0, x, slope * x)", ["x", "slope"]);
 */
export function parse(formula: string, names: readonly string[]): Expression {
  const tokens = formula.match(/\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_]\w*|[<>=!]=|\S/g) ?? [];
  let at = 0;
  const fail = (why: string): never => {
    throw new SyntaxError(`${why} at token ${at + 1} of "${formula}"`);
  };
  const expect = (token: string): void => {
    if (tokens[at++] !== token) fail(`expected ${token}`);
  };

  function binary(level: number): Expression {
    const operators = levels[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (let primitive = operators[tokens[at]!]; primitive !== undefined; primitive = operators[tokens[at]!]) {
      at++;
      left = call(primitive, left, binary(level + 1));
    }
    return left;
  }

  function unary(): Expression {
    if (tokens[at] === "-") {
      at++;
      return call("neg", unary());
    }
    return atom();
  }

  function atom(): Expression {
    const token = tokens[at++];
    if (token === undefined) return fail("unexpected end");
    if (token === "(") {
      const inside = binary(0);
      expect(")");
      return inside;
    }
    if (/^\d/.test(token)) return constant(Number(token));
    if (tokens[at] === "(") {
      if (!Object.hasOwn(primitives, token)) return fail(`no primitive ${token}`);
      at++;
      const args = [binary(0)];
      while (tokens[at] === ",") {
        at++;
        args.push(binary(0));
      }
      expect(")");
      return call(token as Primitive, ...args);
    }
    return names.includes(token) ? input(token) : fail(`no input ${token}`);
  }

  const result = binary(0);
  if (at < tokens.length) fail("unexpected rest");
  return result;
}
