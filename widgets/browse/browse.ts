import { data, train } from "../../engine/index.js";
import type { DatasetViewOptions } from "../views/dataset.js";
import type { TableOptions } from "../views/table.js";
import { isTensorLike } from "../views/tensor-like.js";
import { browseDataset, browseSamples } from "./dataset.js";
import type { Pages } from "./pages.js";
import { browseTable } from "./table.js";
import { browseWeights } from "./weights.js";

/**
 * What is too long for one view, to leaf through: a table page by page and sorted, samples a few at a time, the weights of a
 * `train.WeightLog` step by step. Tables and arrays are tables; an object that holds a tensor of more than one axis, as
 * `data.digits()` gives, is samples. A `data.Dataset` makes its samples first: `await` it.
 *
 * @throws TypeError when the value is none of these, or has nothing to show
 * @example
 * const pages = views.browse(Array.from({ length: 100 }, (_, i) => ({ i, square: i * i })));
 * pages.set("at", [0, 2]);
 * pages.get("said")[0]; // "rows 0 to 11 of 100"
 */
export function browse(value: data.Dataset<unknown>, options?: DatasetViewOptions): Promise<Pages>;
export function browse(value: object, options?: TableOptions & DatasetViewOptions): Pages;
export function browse(value: object, options: TableOptions & DatasetViewOptions = {}): Pages | Promise<Pages> {
  if (value instanceof train.WeightLog) return browseWeights(value);
  if (value instanceof data.Dataset) return browseDataset(value, options);
  return holdsSamples(value) ? browseSamples(value, options) : browseTable(value, options);
}

function holdsSamples(value: object): boolean {
  const fields: unknown[] = Array.isArray(value) ? [value[0]] : isTensorLike(value) ? [] : Object.values(value ?? {});
  const deep = (field: unknown) => isTensorLike(field) && field.shape.length > 1;
  return fields.some(
    field =>
      deep(field) ||
      (Array.isArray(value) && typeof field === "object" && field !== null && Object.values(field).some(isTensorLike)),
  );
}
