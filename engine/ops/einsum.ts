import { ShapeError, ValueError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { formatShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { EinsumShape } from "../types/einsum.js";
import type { CommonDType } from "../types/joined.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { diagonal } from "./triangle.js";
import { permute } from "./view.js";

/** A tensor whose axes have names: letters, and 0, 1, ... for those that an ellipsis stands for, counted from the last. */
interface Named {
  readonly x: Tensor;
  readonly names: readonly string[];
}

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  /** Undefined: the letters that occur once, in order of the alphabet. */
  readonly output: readonly string[] | undefined;
}

const parsed = new Map<string, Equation>();

/**
 * Sums of products by naming axes, as in NumPy: every letter is an axis, a letter that the result does not name is summed, the
 * same letter twice in one operand takes the diagonal, `...` stands for any axes and broadcasts. Operands are contracted from
 * left to right, or the smallest products first when there are more than two.
 * @throws ValueError when the equation cannot be read; ShapeError when lengths do not agree
 * @example
 * einsum("ij,kj->ik", zeros([3, 4]), ones([5, 4])).shape; // [3, 5]
 * einsum("...qd,...kd->...qk", q, k); // attention scores
 */
export function einsum<const E extends string, const T extends readonly Tensor[]>(
  equation: E,
  ...operands: T
): Tensor<EinsumShape<E, T>, CommonDType<T>> {
  for (const x of operands) requireTensor("einsum", x);
  const { inputs, output } = parse(equation);
  if (inputs.length !== operands.length) {
    throw refuse(equation, `names ${inputs.length} operands, got ${operands.length}`);
  }
  const named = inputs.map((names, i) => withoutRepeats(name(equation, names, operands[i]!)));
  const lengths = lengthsOf(equation, named);
  const result = output === undefined ? implied(inputs, named) : resolveOutput(equation, output, named, lengths);
  return arranged(contract(named, result, lengths), result, lengths) as Tensor<EinsumShape<E, T>, CommonDType<T>>;
}

function refuse(equation: string, problem: string): ValueError {
  return new ValueError(`${JSON.stringify(equation)} ${problem}`, {
    op: "einsum",
    hint: 'Write it as "ij,jk->ik": a letter per axis, commas between operands.',
  });
}

function parse(equation: string): Equation {
  const known = parsed.get(equation);
  if (known) return known;
  if (typeof equation !== "string") throw refuse(String(equation), "is no equation");
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  if (more.length > 0) throw refuse(equation, 'holds "->" twice');
  const read = (term: string): string[] => {
    const names: string[] = term.match(/\.\.\.|[a-zA-Z]/g) ?? [];
    if (names.join("") !== term || names.indexOf("...") !== names.lastIndexOf("...")) {
      throw refuse(equation, `cannot be read at ${JSON.stringify(term)}`);
    }
    return names;
  };
  const made = { inputs: left!.split(",").map(read), output: right === undefined ? undefined : read(right) };
  if (made.output?.some((n, i) => made.output!.indexOf(n) !== i))
    throw refuse(equation, "names an axis of the result twice");
  // A program uses few equations; one that makes them up must not fill the memory.
  if (parsed.size >= 1000) parsed.clear();
  parsed.set(equation, made);
  return made;
}

/** Names the axes of an operand. */
function name(equation: string, names: readonly string[], x: Tensor): Named {
  const rest = x.shape.length - names.filter(n => n !== "...").length;
  if (rest < 0 || (rest > 0 && !names.includes("..."))) {
    throw new ShapeError(`${JSON.stringify(names.join(""))} names ${names.length} axes of ${formatShape(x.shape)}`, {
      op: "einsum",
      expected: `${x.shape.length} axes in ${JSON.stringify(equation)}`,
      hint: 'Name every axis, or put "..." for the others.',
    });
  }
  return {
    x,
    names: names.flatMap(n => (n === "..." ? Array.from({ length: rest }, (_, i) => `${rest - 1 - i}`) : [n])),
  };
}

/** Takes the diagonal where a letter occurs twice. */
function withoutRepeats({ x, names }: Named): Named {
  const second = names.findIndex((n, i) => names.indexOf(n) !== i);
  if (second < 0) return { x, names };
  const first = names.indexOf(names[second]!);
  if (x.shape[first] !== x.shape[second]) {
    throw new ShapeError(
      `axis ${names[second]} has the lengths ${x.shape[first]} and ${x.shape[second]} in one operand`,
      { op: "einsum" },
    );
  }
  const others = names.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({ x: diagonal(x, 0, first, second), names: [...others, names[second]!] });
}

/** The length of every named axis. Axes of an ellipsis broadcast, and so do letters of length 1. */
function lengthsOf(equation: string, operands: readonly Named[]): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const { x, names } of operands) {
    names.forEach((n, i) => {
      const before = lengths.get(n) ?? 1;
      const length = x.shape[i]!;
      if (before !== 1 && length !== 1 && before !== length) {
        const axis = isEllipsis(n) ? `an axis of "..."` : `axis ${n}`;
        throw new ShapeError(`${axis} has the lengths ${before} and ${length} in ${JSON.stringify(equation)}`, {
          op: "einsum",
          hint: "The same letter must stand for the same length.",
        });
      }
      lengths.set(n, before === 1 ? length : before);
    });
  }
  return lengths;
}

const isEllipsis = (n: string) => /^\d+$/.test(n);

/** The axes of ellipses in their order: the outermost has the largest number. */
function ellipsisOf(operands: readonly Named[]): string[] {
  const all = new Set(operands.flatMap(({ names }) => names.filter(isEllipsis)));
  return [...all].sort((a, b) => Number(b) - Number(a));
}

/** The result that an equation without "->" means. */
function implied(inputs: readonly (readonly string[])[], operands: readonly Named[]): string[] {
  const letters = inputs.flat().filter(n => n !== "...");
  const once = letters.filter(n => letters.indexOf(n) === letters.lastIndexOf(n)).sort();
  return [...ellipsisOf(operands), ...once];
}

function resolveOutput(
  equation: string,
  output: readonly string[],
  operands: readonly Named[],
  lengths: ReadonlyMap<string, number>,
): string[] {
  const result = output.flatMap(n => (n === "..." ? ellipsisOf(operands) : [n]));
  const unknown = result.find(n => !lengths.has(n));
  if (unknown !== undefined) throw refuse(equation, `names the axis ${unknown}, which no operand has`);
  return result;
}

/** Brings operands together two by two, each time the pair whose result is smallest, and sums what nothing needs any more. */
function contract(operands: readonly Named[], result: readonly string[], lengths: ReadonlyMap<string, number>): Named {
  let left = [...operands];
  const needed = (others: readonly Named[]) => new Set([...result, ...others.flatMap(o => o.names)]);
  const without = (i: number, j: number) => left.filter((_, k) => k !== i && k !== j);
  while (left.length > 1) {
    let best = { i: 0, j: 1, size: Number.POSITIVE_INFINITY };
    for (let i = 0; i < left.length; i++) {
      for (let j = i + 1; j < left.length; j++) {
        const needs = needed(without(i, j));
        const both = [...new Set([...left[i]!.names, ...left[j]!.names])];
        const size = sizeOf(both.filter(n => needs.has(n)).map(n => lengths.get(n)!));
        if (size < best.size) best = { i, j, size };
      }
    }
    const others = without(best.i, best.j);
    left = [product(left[best.i]!, left[best.j]!, needed(others), lengths), ...others];
  }
  return summed(left[0]!, new Set(result));
}

/** Sums the axes that nobody needs. */
function summed({ x, names }: Named, needs: ReadonlySet<string>): Named {
  const axes = names.flatMap((n, i) => (needs.has(n) ? [] : [i]));
  if (axes.length === 0) return { x, names };
  const total = sum(x, axes) as Tensor;
  // The sum of integers is int64; an equation keeps the dtype, as a matrix product does.
  return { x: total.cast(x.dtype), names: names.filter(n => needs.has(n)) };
}

/** One matrix product: axes of both that stay are batches, those that nobody needs are summed, the others rows and columns. */
function product(a: Named, b: Named, needs: ReadonlySet<string>, lengths: ReadonlyMap<string, number>): Named {
  // What only one of them has is summed before it is multiplied.
  const left = summed(a, new Set([...needs, ...b.names]));
  const right = summed(b, new Set([...needs, ...a.names]));
  const shared = left.names.filter(n => right.names.includes(n));
  const batch = shared.filter(n => needs.has(n));
  const inner = shared.filter(n => !needs.has(n));
  const rows = left.names.filter(n => !shared.includes(n));
  const columns = right.names.filter(n => !shared.includes(n));
  const size = (names: readonly string[]) => sizeOf(names.map(n => lengths.get(n)!));
  const [first, second] = [
    arranged(left, [...batch, ...rows, ...inner], lengths),
    arranged(right, [...batch, ...inner, ...columns], lengths),
  ];
  const names = [...batch, ...rows, ...columns];
  const of = (parts: readonly (readonly string[])[]) => [...batch.map(n => lengths.get(n)!), ...parts.map(size)];
  const x = matmul(reshapeTo(first, of([rows, inner])), reshapeTo(second, of([inner, columns])) as never) as Tensor;
  return {
    x: reshapeTo(
      x,
      names.map(n => lengths.get(n)!),
    ),
    names,
  };
}

/** The axes in the order of `names`, missing ones and those of length 1 repeated. */
function arranged({ x, names }: Named, order: readonly string[], lengths: ReadonlyMap<string, number>): Tensor {
  const present = order.filter(n => names.includes(n));
  const turned = permute(
    x,
    present.map(n => names.indexOf(n)),
  ) as Tensor;
  const shape = order.map(n => (names.includes(n) ? x.shape[names.indexOf(n)]! : 1));
  return expandTo(
    reshapeTo(turned, shape),
    order.map(n => lengths.get(n)!),
  );
}
