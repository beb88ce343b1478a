import { randomUUID } from "node:crypto";
import { jsonErrorOffset } from "./json-error.js";

export type JsonObject = Record<string, unknown>;

export type Output =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: JsonObject; metadata: JsonObject }
  | { output_type: "execute_result"; data: JsonObject; metadata: JsonObject; execution_count: number | null }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

export interface Cell {
  id: string;
  cell_type: "code" | "markdown" | "raw";
  source: string;
  metadata: JsonObject & { tags?: unknown };
  attachments?: Record<string, JsonObject>;
  /** Only code cells have these two. */
  execution_count?: number | null;
  outputs?: Output[];
}

/** A notebook of format 4.5 in memory: multi-line strings are joined, every cell has an id. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: JsonObject & { kernelspec?: JsonObject; language_info?: JsonObject };
  cells: Cell[];
}

/** The text is not a notebook that we can run; the message says why and what to do. */
export class NotebookError extends Error {}

/**
 * Reads the text of an .ipynb file, of format 4.0 or newer.
 *
 * @throws NotebookError when it is no JSON (with line and column), no notebook, or of another format
 */
export function parseNotebook(text: string): Notebook {
  const json = parseJson(text);
  if (!isObject(json) || !("nbformat" in json))
    throw new NotebookError("is JSON, but not a notebook: it has no nbformat");
  const { nbformat, nbformat_minor } = json;
  if (nbformat !== 4) {
    if (typeof nbformat === "number" && nbformat < 4) {
      throw new NotebookError(
        `is of notebook format ${nbformat}; convert it first: jupyter nbconvert --to notebook --nbformat 4 NOTEBOOK.ipynb`,
      );
    }
    throw new NotebookError(
      `is of notebook format ${JSON.stringify(nbformat)}, which is newer than this program (4.5)`,
    );
  }
  if (!Array.isArray(json.cells)) throw new NotebookError("is not a valid notebook: it has no list of cells");
  const seen = new Set<string>();
  return {
    nbformat: 4,
    nbformat_minor: Math.max(5, typeof nbformat_minor === "number" ? nbformat_minor : 0),
    metadata: isObject(json.metadata) ? json.metadata : {},
    cells: json.cells.map((cell, index) => readCell(cell, index, seen)),
  };
}

function parseJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(json);
  } catch {
    if (json.trim() === "") throw new NotebookError("is empty");
    const offset = jsonErrorOffset(json);
    const before = json.slice(0, offset).split("\n");
    const line = json.split("\n")[before.length - 1]!;
    const where = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
    if (/^(<{7}|={7}|>{7})/.test(line)) {
      throw new NotebookError(`is not JSON: ${where} is the mark of a merge conflict; resolve that first`);
    }
    if (offset >= json.trimEnd().length) throw new NotebookError(`is not JSON: it ends too early, at ${where}`);
    throw new NotebookError(`is not JSON: ${where}: unexpected ${JSON.stringify(json.slice(offset, offset + 12))}`);
  }
}

function readCell(cell: unknown, index: number, seen: Set<string>): Cell {
  const where = `is not a valid notebook: cell ${index + 1}`;
  if (!isObject(cell)) throw new NotebookError(`${where} is not an object`);
  const { cell_type, source } = cell;
  if (cell_type !== "code" && cell_type !== "markdown" && cell_type !== "raw") {
    throw new NotebookError(`${where} has the cell_type ${JSON.stringify(cell_type)}`);
  }
  const joined = join(source);
  if (typeof joined !== "string") throw new NotebookError(`${where} has no source`);
  if (
    cell_type === "code" &&
    cell.outputs !== undefined &&
    !(Array.isArray(cell.outputs) && cell.outputs.every(isObject))
  ) {
    throw new NotebookError(`${where} has outputs that are no list of objects`);
  }
  // Ids came with 4.5; a notebook that was put together by hand may hold one twice.
  let id = typeof cell.id === "string" && /^[\w-]{1,64}$/.test(cell.id) ? cell.id : newId();
  while (seen.has(id)) id = newId();
  seen.add(id);
  return {
    ...(cell as unknown as Cell),
    id,
    source: joined,
    metadata: isObject(cell.metadata) ? cell.metadata : {},
    ...(isObject(cell.attachments)
      ? { attachments: mapValues(cell.attachments, bundle => joinBundle(bundle as JsonObject)) }
      : {}),
    ...(cell_type === "code"
      ? {
          execution_count: typeof cell.execution_count === "number" ? cell.execution_count : null,
          outputs: ((cell.outputs ?? []) as JsonObject[]).map(readOutput),
        }
      : {}),
  };
}

const newId = () => randomUUID().slice(0, 8);

function readOutput(output: JsonObject): Output {
  if (output.output_type === "stream") return { ...output, text: join(output.text) } as Output;
  return (isObject(output.data) ? { ...output, data: joinBundle(output.data) } : output) as Output;
}

/**
 * The text of the .ipynb file, byte for byte as Jupyter's own nbformat writes it: sorted keys, indent 1, text split into lines.
 */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map(cell => ({
    ...cell,
    source: splitLines(cell.source),
    ...(cell.attachments ? { attachments: mapValues(cell.attachments, splitBundle) } : {}),
    ...(cell.outputs ? { outputs: cell.outputs.map(writeOutput) } : {}),
  }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

function writeOutput(output: Output): JsonObject {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  return "data" in output ? { ...output, data: splitBundle(output.data) } : { ...output };
}

const isJsonMime = (mime: string) =>
  mime === "application/json" || (mime.startsWith("application/") && mime.endsWith("+json"));

const isSplitMime = (mime: string) =>
  mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml";

function splitBundle(data: JsonObject): JsonObject {
  return mapValues(data, (value, mime) => (typeof value === "string" && isSplitMime(mime) ? splitLines(value) : value));
}

function joinBundle(data: JsonObject): JsonObject {
  return mapValues(data, (value, mime) => (isJsonMime(mime) ? value : join(value)));
}

/** A list of strings becomes one string; everything else stays. */
function join(value: unknown): unknown {
  return Array.isArray(value) && value.every(line => typeof line === "string") ? value.join("") : value;
}

// The line ends that Python knows.
const lineEnd = String.raw`\n\r\v\f\u001c-\u001e\u0085\u2028\u2029`;
const linesOf = new RegExp(`[^${lineEnd}]*(?:\\r\\n|[${lineEnd}])|[^${lineEnd}]+$`, "g");

/** Python's `str.splitlines(keepends=True)`, which is how nbformat splits. */
export function splitLines(text: string): string[] {
  return text.match(linesOf) ?? [];
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sortKeys(value[key])]),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
