import { inspect } from "node:util";
import type { MimeBundle } from "../../widgets/display.js";
import type { Bindings } from "./bindings.js";

/** Longest description. */
const longest = 4000;

/**
 * Says what a name or member path (`model.layers[0].weight`) holds right now. Runs no getter and calls nothing, except the
 * shape, dtype and device of the engine's own tensors.
 *
 * @param isTensor Tells the engine's tensors, whose getters are safe to read.
 */
export function describePath(
  path: string,
  bindings: Bindings,
  isTensor: (value: unknown) => boolean,
): { found: boolean; data: MimeBundle } {
  const missing = { found: false, data: {} };
  const keys = parsePath(path);
  if (!keys) return missing;
  const base = bindings.read(keys[0]!);
  if (!base.found) return missing;
  let { value } = base;
  for (const key of keys.slice(1)) {
    const member = readMember(value, key);
    if (!member) return missing;
    ({ value } = member);
  }
  return { found: true, data: { "text/plain": describeValue(value, isTensor) } };
}

/** `a.b[0]["c d"]` as keys, or nothing when it is more than a path. */
function parsePath(path: string): string[] | undefined {
  const first = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(path);
  if (!first) return undefined;
  const keys = [first[1]!];
  let rest = path.slice(first[0].length).trimEnd();
  while (rest) {
    const next = /^(?:\?\.|\.)([\p{ID_Start}$_][\p{ID_Continue}$]*)|^\[(\d+)\]|^\["([^"\\]*)"\]|^\['([^'\\]*)'\]/u.exec(
      rest,
    );
    if (!next) return undefined;
    keys.push((next[1] ?? next[2] ?? next[3] ?? next[4])!);
    rest = rest.slice(next[0].length);
  }
  return keys;
}

function readMember(value: unknown, key: string): { value: unknown } | undefined {
  if (value === null || value === undefined) return undefined;
  for (let at: object | null = Object(value) as object; at; at = Object.getPrototypeOf(at) as object | null) {
    const own = Object.getOwnPropertyDescriptor(at, key);
    if (own) return "value" in own ? { value: own.value as unknown } : undefined;
  }
  return undefined;
}

function describeValue(value: unknown, isTensor: (value: unknown) => boolean): string {
  if (isTensor(value)) {
    const { shape, dtype, device } = value as { shape?: unknown; dtype?: unknown; device?: unknown };
    const on = device === undefined ? "" : ` on ${String(device)}`;
    return `Tensor [${Array.isArray(shape) ? shape.join(", ") : "?"}] ${String(dtype)}${on}`;
  }
  if (typeof value === "function") return inspect(value, { customInspect: false });
  const text = inspect(value, {
    depth: 1,
    customInspect: false,
    getters: false,
    showProxy: true,
    maxArrayLength: 10,
    maxStringLength: 200,
    breakLength: 80,
  });
  return text.length > longest ? `${text.slice(0, longest)} ...` : text;
}
