import { formatNumber, formatQuantity } from "../format.js";
import { type PrincipalPlane, principalPlane } from "../principal.js";
import { asTensorLike, isTensorLike, type NumbersLike, numbersOf, type TensorLike } from "./tensor-like.js";

/** A list with a name for each point: numbers or words, or a tensor of numbers. */
export type NamesLike = TensorLike | ArrayLike<string | number | bigint | boolean>;

/** Points in the plane in which they differ the most, with their classes. */
export interface EmbeddedPoints {
  /** How many were given, and features of each. */
  count: number;
  features: number;
  /** Which of them are drawn, of very many one in `every`. */
  rows: readonly number[];
  every: number;
  labelled: boolean;
  plane: PrincipalPlane;
  classes: readonly PointClass[];
}

/** The most points that are drawn. */
const most = 3500;

/**
 * Reads points [N, features] and their classes, and lays them into their principal plane.
 *
 * @throws TypeError naming `caller` when they do not fit
 */
export function embeddedPoints(points: NumbersLike, labels: NamesLike | undefined, caller: string): EmbeddedPoints {
  const tensor = asTensorLike(points, caller);
  const [count = 0, features = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || count < 2 || features === 0) {
    throw new TypeError(
      `${caller}: points of shape [${tensor.shape.join(", ")}]. Give two or more points, [N, features]; flatten the others.`,
    );
  }
  const all = numbersOf(tensor);
  for (let i = 0; i < all.length; i++) {
    if (!Number.isFinite(all[i]!)) {
      throw new TypeError(
        `${caller}: ${formatNumber(all[i]!)} at [${Math.floor(i / features)}, ${i % features}]. Leave such points out.`,
      );
    }
  }
  const names = namesOf(labels, "labels", caller);
  if (names && names.length !== count) {
    throw new TypeError(`${caller}: ${formatQuantity(count, "point")} but ${names.length} labels. Give one for each.`);
  }
  // Of very many points one in n is enough to say where they lie; which one jumps about, lest labels repeat in step.
  const every = Math.ceil(count / most);
  const rows = Array.from(
    { length: Math.floor(count / every) },
    (_, i) => i * every + ((Math.imul(i, 0x9e3779b1) >>> 8) % every),
  );
  const values = every === 1 ? all : picked(all, rows, features);
  const plane = principalPlane(values, rows.length, features);
  return {
    count,
    features,
    rows,
    every,
    labelled: names !== undefined,
    plane,
    classes: classesOf(rows, names),
  };
}

/** The points of one class, by their places in the plane. */
export interface PointClass {
  name: string;
  members: readonly number[];
  colour: number;
}

/** Classes in the order of their names (numbers by size). */
function classesOf(rows: readonly number[], names: readonly string[] | undefined): PointClass[] {
  const members = new Map<string, number[]>();
  rows.forEach((row, i) => {
    const name = names?.[row] ?? "";
    const list = members.get(name);
    if (list) list.push(i);
    else members.set(name, [i]);
  });
  return [...members]
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, list], i) => ({ name, members: list, colour: (i % 6) + 1 }));
}

function picked(all: ArrayLike<number>, rows: readonly number[], features: number): Float64Array {
  const out = new Float64Array(rows.length * features);
  rows.forEach((row, i) => {
    for (let j = 0; j < features; j++) out[i * features + j] = all[row * features + j]!;
  });
  return out;
}

/** A list of names as texts. @throws TypeError naming `caller` when it is no list */
export function namesOf(given: NamesLike | undefined, what: string, caller: string): string[] | undefined {
  if (given === undefined) return undefined;
  if (!isTensorLike(given) && !Array.isArray(given) && !ArrayBuffer.isView(given)) {
    throw new TypeError(`${caller}: ${what} is no list. Give an array or a tensor with one for each point.`);
  }
  return Array.from((isTensorLike(given) ? given.data() : given) as ArrayLike<unknown>, name => String(name));
}
