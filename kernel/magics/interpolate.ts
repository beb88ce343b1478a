import { parseSync } from "oxc-parser";

/** What a command may refer to. */
export interface Scope {
  /** Whether cells have declared the name. */
  isDeclared(name: string): boolean;
  /** The value of a JavaScript expression in the notebook. */
  evaluate(expression: string): unknown;
}

/** `{expression}` that is no `${VARIABLE}` of the shell, or `$name` that is no `\$name`. */
const places = /(?<!\$)\{([^{}\r\n]+)\}|(?<![\\$])\$([\p{ID_Start}_][\p{ID_Continue}]*)/gu;

/**
 * Puts values of the notebook into a command, as IPython does: `{expression}` and `$name`. Only what cannot mean anything
 * else is replaced: the expression begins with a name that a cell has declared, and a variable of the environment of that name
 * stays the shell's. So `{a,b}`, `${HOME}` and `awk '{print $1}'` are what they are in a terminal.
 *
 * @returns the command; a list stands in it as words, everything else as its text, unquoted
 * @throws whatever an expression throws
 * @example interpolate("wc -l {files} > $out", scope) // "wc -l a.txt b.txt > counts.txt"
 */
export function interpolate(command: string, scope: Scope): string {
  return command.replace(places, (whole, expression: string | undefined, name: string | undefined) => {
    if (name !== undefined) {
      return scope.isDeclared(name) && process.env[name] === undefined ? words(scope.evaluate(name)) : whole;
    }
    const first = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(expression!)?.[1];
    if (first === undefined || !scope.isDeclared(first) || !isExpression(expression!)) return whole;
    return words(scope.evaluate(expression!));
  });
}

/** Whether the text is one expression of JavaScript; a list with commas is the shell's. */
function isExpression(text: string): boolean {
  const { program, errors } = parseSync("expression.js", `(${text}\n)`, { lang: "js" });
  const [statement, ...more] = program.body;
  if (errors.length > 0 || more.length > 0 || statement?.type !== "ExpressionStatement") return false;
  const { expression } = statement;
  const inner = expression.type === "ParenthesizedExpression" ? expression.expression : expression;
  return inner.type !== "SequenceExpression";
}

function words(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(" ") : String(value);
}
