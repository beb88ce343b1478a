import { ValueError } from "../../errors.js";
import { type Column, cellAt } from "./column.js";
import type { Cell } from "./schema.js";

/** What a typical value is. */
export type FillStrategy = "mean" | "median" | "mostFrequent";

/**
 * A typical value of a column.
 * @throws ValueError when it has no value at all, and for the mean of what is no number
 */
export function typicalValue(column: Column, strategy: FillStrategy, name: string): Cell {
  const op = "Table.fillValues";
  const cells = Array.from({ length: column.values.length }, (_, row) => cellAt(column, row)).filter(
    cell => cell !== null,
  );
  if (cells.length === 0) {
    throw new ValueError(`${name} has no value at all`, { op, hint: "Drop the column, or give a value yourself." });
  }
  if (strategy === "mostFrequent") {
    const counts = new Map<Cell, number>();
    for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  }
  if (column.type !== "number") {
    throw new ValueError(`${name} holds ${column.type}, which has no ${strategy}`, {
      op,
      hint: 'Use "mostFrequent".',
    });
  }
  const numbers = Float64Array.from(cells as number[]).sort();
  if (strategy === "mean") return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const middle = numbers.length >> 1;
  return numbers.length % 2 === 1 ? numbers[middle]! : (numbers[middle - 1]! + numbers[middle]!) / 2;
}
