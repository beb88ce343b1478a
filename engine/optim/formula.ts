import { opcodes } from "../backend/commands.js";
import { type Expression, input, inputNames, substitute } from "../expression/expression.js";
import { parse } from "../expression/parse.js";
import { compileAll } from "../expression/program.js";
import type { UpdateForm } from "./record-update.js";

const forms = new Map<string, UpdateForm>();

/**
 * Compiles lines `name = formula`, which run one after the other: a name stands for its newest value. Operands that a line
 * assigns are written, but for the gradient `g`; other assigned names are only for the lines below. The same text gives the
 * same object.
 * @throws SyntaxError for a name that is neither an operand, a number nor assigned above
 * @example updateForm("g = g + decay * p\np = p - lr * g", ["p", "g"], ["lr", "decay"]);
 */
export function updateForm(lines: string, operands: readonly string[], numbers: readonly string[]): UpdateForm {
  const key = `${lines}|${operands.join()}|${numbers.join()}`;
  let form = forms.get(key);
  if (form === undefined) {
    form = compileLines(lines, operands, numbers);
    forms.set(key, form);
  }
  return form;
}

function compileLines(lines: string, operands: readonly string[], numbers: readonly string[]): UpdateForm {
  const now = new Map<string, Expression>();
  for (const line of lines.split("\n")) {
    const [, name, formula] = /^\s*(\w+) = (.+)$/.exec(line) ?? [];
    if (name === undefined || formula === undefined) throw new SyntaxError(`"${line}" is no line "name = formula"`);
    now.set(name, substitute(parse(formula, [...operands, ...numbers, ...now.keys()]), now));
  }
  // The gradient belongs to the caller: what a line makes of it is for the lines below.
  const written = operands.filter(name => name !== "g" && now.has(name) && now.get(name) !== input(name));
  const formulas = written.map(name => now.get(name)!);
  const read = new Set(formulas.flatMap(formula => [...inputNames(formula)]));
  const used = operands.filter(name => read.has(name) || written.includes(name));
  const names = [...used, ...numbers];
  const { constants, instructions, results } = compileAll(
    formulas,
    names,
    names.map((_, i) => i >= used.length),
  );
  const targets = written.flatMap((name, i) => [used.indexOf(name), results[i]!]);
  return {
    opcode: opcodes.update,
    before: [used.length, written.length, constants.length, instructions.length / 4, ...targets],
    numbers: constants.map(c => ("value" in c ? c.value : names[c.input]!)),
    after: instructions,
    operands: used,
  };
}
