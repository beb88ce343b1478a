import { primitives } from "../backend/commands.js";
import type { Expression } from "./expression.js";

/**
 * A formula as the tape of a command record: registers number the tensor inputs first, then the constants, then one per
 * instruction.
 */
export interface Program {
  /** Of the formula's inputs, those that are tensors, in order. */
  readonly tensors: readonly number[];
  /** The constants: a value of the formula, or the number of an input that is given as a JavaScript number. */
  readonly constants: readonly ({ value: number } | { input: number })[];
  /** Four words each: primitive and three registers. */
  readonly instructions: readonly number[];
  /** The register that holds the result. */
  readonly result: number;
}

/**
 * Compiles a formula for one pattern of arguments.
 * @param names the formula's inputs in the order of the arguments
 * @param isNumber which arguments are JavaScript numbers and travel as constants
 */
export function compile(formula: Expression, names: readonly string[], isNumber: readonly boolean[]): Program {
  const { results, ...program } = compileAll([formula], names, isNumber);
  return { ...program, result: results[0]! };
}

/** Several formulas over the same arguments as one program; parts that they share are computed once. */
export function compileAll(
  formulas: readonly Expression[],
  names: readonly string[],
  isNumber: readonly boolean[],
): Omit<Program, "result"> & { results: readonly number[] } {
  const tensors = names.map((_, i) => i).filter(i => !isNumber[i]);
  const constants: ({ value: number } | { input: number })[] = [];
  const registers = new Map<Expression, number>();
  const calls: Extract<Expression, { kind: "call" }>[] = [];
  const visit = (node: Expression): void => {
    if (registers.has(node)) return;
    registers.set(node, -1);
    if (node.kind === "constant") {
      registers.set(node, tensors.length + constants.length);
      constants.push({ value: node.value });
    } else if (node.kind === "input") {
      const at = names.indexOf(node.name);
      if (isNumber[at]) {
        registers.set(node, tensors.length + constants.length);
        constants.push({ input: at });
      } else {
        registers.set(node, tensors.indexOf(at));
      }
    } else {
      node.args.forEach(visit);
      calls.push(node);
    }
  };
  formulas.forEach(visit);
  const first = tensors.length + constants.length;
  calls.forEach((node, i) => {
    registers.set(node, first + i);
  });
  const instructions = calls.flatMap(node => {
    const args = node.args.map(arg => registers.get(arg)!);
    return [primitives[node.primitive][0], args[0]!, args[1] ?? 0, args[2] ?? 0];
  });
  return { tensors, constants, instructions, results: formulas.map(formula => registers.get(formula)!) };
}
