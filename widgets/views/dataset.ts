import { data } from "../../engine/index.js";
import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { statistics } from "../statistics.js";
import { card, scrolled, table } from "../theme.js";
import { countsPart, countValues } from "./counts.js";
import { thumbnail } from "./images.js";
import { textTable } from "./table.js";
import { isTensorLike, numbersOf, type TensorLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.dataset` draws. */
export interface DatasetViewOptions {
  /** Heading of the card. */
  title?: string;
  /** The names of the classes, by number, for fields of whole numbers. */
  labels?: readonly string[];
  /** Which sample is shown first (default 0). */
  first?: number;
}

/** The most samples, fields and charts that are shown, and classes that are counted. */
export const mostSamples = 6;
const mostFields = 12;
const mostCharts = 4;
const mostClasses = 1000;
/** So many samples of a `data.Dataset` are made to look at. */
export const sampled = 256;
const longestText = 60;

/** A field of all samples. */
interface Field {
  name: string;
  /** Its dtype, and the shape that it has in each sample. */
  type: string;
  /** The value that a sample has there. */
  at(sample: number): unknown;
}

/**
 * Shows samples of a dataset, one a row: a column for each field, images as thumbnails, and how often each class occurs. Takes what
 * `data.digits()` and its like give, an object of tensors or lists with a sample for each place of the first axis, or an array of
 * samples. A `data.Dataset` shows itself so, by its first samples.
 *
 * @throws TypeError when the value is none of these, or its fields differ in length
 * @example
 * show.dataset(batch);
 * show.dataset([{ text: "good", label: 1 }, { text: "bad", label: 0 }], { labels: ["negative", "positive"] });
 */
export function datasetView(value: object, options: DatasetViewOptions = {}): View {
  return samplesOf(value, options).from(options.first ?? 0);
}

/** Samples to look at, some at a time. */
export interface Samples {
  /** How many there are to look at. */
  length: number;
  /** Shows a few from one on. @throws TypeError when `first` is the number of no sample */
  from(first: number): View;
}

/** Reads a value as samples, as `show.dataset` takes them. */
export function samplesOf(value: object, options: DatasetViewOptions = {}): Samples {
  const { fields, length } = fieldsOf(value);
  return { length, from: viewsOf(fields, length, length, options) };
}

/** Makes the first samples of a dataset that makes them one by one. */
export async function firstSamplesOf(
  dataset: data.Dataset<unknown>,
  options: DatasetViewOptions = {},
): Promise<Samples> {
  const { fields, length } = fieldsOf(await dataset.take(sampled).toArray());
  return { length, from: viewsOf(fields, length, dataset.length, options) };
}

/** Shows the first samples of a dataset that makes them one by one. */
export async function datasetSampleView(
  dataset: data.Dataset<unknown>,
  options: DatasetViewOptions = {},
): Promise<View> {
  return (await firstSamplesOf(dataset, options)).from(options.first ?? 0);
}

/** @param whole samples in all; undefined where nobody knows */
function viewsOf(
  all: readonly Field[],
  length: number,
  whole: number | undefined,
  { title = "Dataset", labels }: DatasetViewOptions,
): (first: number) => View {
  const fields = all.slice(0, mostFields);
  const facts = [
    {
      text:
        whole === undefined
          ? "samples not counted"
          : whole === Number.POSITIVE_INFINITY
            ? "endless"
            : formatQuantity(whole, "sample"),
    },
    { text: formatQuantity(all.length, "field") },
  ];
  const heads = [
    "",
    ...fields.map(({ name, type }) => html`${name}<br><small style="font-weight:400">${type}</small>`),
  ];
  const counted = fields.flatMap(field => {
    const counts = classesOf(field, length, labels);
    return counts ? [countsPart(field.name, counts)] : [];
  });
  const notes = [
    ...(all.length > fields.length ? [`${formatQuantity(all.length - fields.length, "more field")} not shown`] : []),
    ...(counted.length > 0 && whole !== length
      ? [`classes are those of the first ${formatQuantity(length, "sample")}`]
      : []),
  ];
  return first => {
    if (!Number.isSafeInteger(first) || first < 0) {
      throw new TypeError(`show.dataset: first is ${String(first)}. Give the number of a sample, from 0.`);
    }
    const shown = Array.from({ length: Math.max(0, Math.min(mostSamples, length - first)) }, (_, i) => first + i);
    const rows = shown.map(i => [formatCount(i), ...fields.map(field => cellOf(field.at(i), labels))]);
    const body = [
      length > 0
        ? scrolled(table(heads, rows, { words: fields.map((_, j) => j + 1) }))
        : html`<small>no samples</small>`,
      counted.length > 0 &&
        html`<div class="w">${counted.slice(0, mostCharts).map(chart => html`<div class="n">${chart}</div>`)}</div>`,
      notes.length > 0 && html`<small>${notes.join(" · ")}</small>`,
    ];
    const view = card({ title, facts, body, styles: ["table", "tiles", "plot", "training"] });
    const lines = [
      ["", ...fields.map(field => field.name)],
      ["", ...fields.map(field => field.type)],
      ...shown.slice(0, 3).map(i => [formatCount(i), ...fields.map(field => textOf(field.at(i), labels))]),
    ];
    return new View(view.text, `${title}: ${facts.map(fact => fact.text).join(", ")}\n${textTable(lines)}`);
  };
}

function fieldsOf(value: unknown): { fields: Field[]; length: number } {
  if (value instanceof data.Table) return fieldsOf([...value]);
  if (Array.isArray(value)) return { fields: fieldsOfSamples(value), length: value.length };
  if (typeof value !== "object" || value === null || isTensorLike(value)) {
    throw wrong(isTensorLike(value) ? "got a tensor" : `got ${value === null ? "null" : `a ${typeof value}`}`);
  }
  const found = Object.entries(value as object).filter(
    ([, list]) => isTensorLike(list) || Array.isArray(list) || isNumbers(list),
  );
  if (found.length === 0) throw wrong("no field is a tensor or a list");
  const lengths = found.map(([, list]) =>
    isTensorLike(list) ? (list.shape[0] ?? 0) : (list as ArrayLike<unknown>).length,
  );
  const other = lengths.findIndex(length => length !== lengths[0]);
  if (other > 0) {
    throw wrong(
      `fields differ in length: "${found[0]![0]}" has ${lengths[0]}, "${found[other]![0]}" has ${lengths[other]}`,
    );
  }
  const fields = found.map(
    ([name, list]): Field => (isTensorLike(list) ? ofTensor(name, list) : ofList(name, list as ArrayLike<unknown>)),
  );
  return { fields, length: lengths[0]! };
}

function fieldsOfSamples(samples: readonly unknown[]): Field[] {
  const [first] = samples;
  const isRecord = (sample: unknown) =>
    typeof sample === "object" && sample !== null && !isTensorLike(sample) && !isNumbers(sample);
  if (!isRecord(first)) return samples.length > 0 ? [ofList("sample", samples)] : [];
  const names = [
    ...new Set(samples.slice(0, sampled).flatMap(sample => (isRecord(sample) ? Object.keys(sample as object) : []))),
  ];
  return names.map(name =>
    ofList(
      name,
      samples.map(sample => (isRecord(sample) ? (sample as Record<string, unknown>)[name] : undefined)),
    ),
  );
}

/** A field whose samples lie along the first axis. */
function ofTensor(name: string, tensor: TensorLike): Field {
  const shape = tensor.shape.slice(1);
  const size = shape.reduce((n, d) => n * d, 1);
  const values = numbersOf(tensor);
  const part = (sample: number): TensorLike => {
    const own = Array.prototype.slice.call(values, sample * size, (sample + 1) * size) as number[];
    return { shape, dtype: tensor.dtype, device: tensor.device, size, data: () => own };
  };
  const at = (sample: number) =>
    shape.length === 0 ? (tensor.dtype === "bool" ? values[sample] === 1 : values[sample]) : part(sample);
  return { name, type: typeOf(tensor.dtype, shape), at };
}

function ofList(name: string, list: ArrayLike<unknown>): Field {
  const first = list[0];
  const type = isTensorLike(first)
    ? typeOf(first.dtype, first.shape)
    : typeof first === "string"
      ? "text"
      : isNumbers(first)
        ? "numbers"
        : list.length > 0
          ? typeof first
          : "";
  return { name, type, at: sample => list[sample] };
}

function typeOf(dtype: string, shape: readonly number[]): string {
  return shape.length > 0 ? `${dtype} [${shape.join(", ")}]` : dtype;
}

function isNumbers(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(x => typeof x === "number");
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** How often each value of a field occurs, where it names classes. */
function classesOf(
  field: Field,
  length: number,
  labels: readonly string[] | undefined,
): Map<string, number> | undefined {
  const values: (string | number | boolean)[] = [];
  const seen = new Set<unknown>();
  for (let i = 0; i < length; i++) {
    const value = field.at(i);
    const isClass =
      typeof value === "boolean" ||
      (typeof value === "string" && value.length <= longestText) ||
      Number.isSafeInteger(value);
    if (!isClass) return undefined;
    seen.add(value);
    if (seen.size > mostClasses) return undefined;
    values.push(named(value, labels) as string | number | boolean);
  }
  // Where most values differ they name no classes.
  return seen.size > 0 && (seen.size <= 20 || seen.size <= length / 3) ? countValues(values) : undefined;
}

function named(value: unknown, labels: readonly string[] | undefined): unknown {
  return typeof value === "number" && labels?.[value] !== undefined ? labels[value] : value;
}

function cellOf(value: unknown, labels: readonly string[] | undefined): Html | string {
  if (!isTensorLike(value))
    return value === null || value === undefined ? html`<small>null</small>` : textOf(value, labels);
  return thumbnail(value) ?? textOf(value, labels);
}

/** A value in a few characters. */
function textOf(given: unknown, labels: readonly string[] | undefined): string {
  const value = named(given, labels);
  if (value === null || value === undefined) return "null";
  if (isTensorLike(value) || isNumbers(value)) {
    const numbers = isTensorLike(value) ? numbersOf(value) : (value as ArrayLike<number>);
    if (isTensorLike(value) && value.shape.length > 1) {
      const { min, max } = statistics(numbers);
      return `[${value.shape.join(", ")}] ${formatNumber(min, 3)} to ${formatNumber(max, 3)}`;
    }
    const some = Array.from({ length: Math.min(5, numbers.length) }, (_, i) => formatNumber(Number(numbers[i]), 3));
    return `${some.join(", ")}${numbers.length > 5 ? `, … ${formatCount(numbers.length)} in all` : ""}`;
  }
  if (typeof value === "number") return formatNumber(value);
  const text = (typeof value === "object" ? stringified(value) : String(value)).replace(/[\s\p{Cc}]+/gu, " ");
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

function stringified(value: object): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "(object)";
  }
}

function wrong(problem: string): TypeError {
  return new TypeError(
    `show.dataset: ${problem}. Give an object of tensors or lists, an array of samples, or a data.Dataset.`,
  );
}
