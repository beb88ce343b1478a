/** Where a binary value was in a state: keys of objects and indices of lists, from the outside in. */
export type BufferPath = (string | number)[];

/** A state without its binary values, which travel beside it, in the order of their paths. */
export interface SplitState {
  state: Record<string, unknown>;
  paths: BufferPath[];
  buffers: Uint8Array[];
}

/**
 * Takes binary values out of a state, however deep they are, as the Jupyter widget protocol wants it: in an object the key
 * goes, in a list `null` keeps the place. Typed arrays, `DataView` and `ArrayBuffer` are binary.
 *
 * @throws TypeError for a value that JSON cannot carry, with its path
 */
export function splitState(state: Readonly<Record<string, unknown>>): SplitState {
  const paths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const around = new Set<object>();

  const take = (value: unknown, path: BufferPath): unknown => {
    const bytes = bytesOf(value);
    if (bytes) {
      paths.push(path);
      buffers.push(bytes);
      return absent;
    }
    refuse(value, path, around);
    if (typeof value !== "object" || value === null) return value;
    if (hasJson(value)) return take(value.toJSON(), path);
    around.add(value);
    const copy = Array.isArray(value)
      ? value.map((item, i) => {
          const taken = take(item, [...path, i]);
          return taken === absent ? null : taken;
        })
      : Object.fromEntries(
          Object.entries(value)
            .map(([key, item]) => [key, take(item, [...path, key])])
            .filter(([, taken]) => taken !== absent),
        );
    around.delete(value);
    return copy;
  };

  return { state: take(state, []) as Record<string, unknown>, paths, buffers };
}

/** Puts binary values back where `splitState` took them; the state is changed. A path that leads nowhere is passed over. */
export function joinState<B>(
  state: Record<string, unknown>,
  paths: readonly BufferPath[],
  buffers: readonly B[],
): Record<string, unknown> {
  paths.forEach((path, i) => {
    const last = path.at(-1);
    let place: unknown = state;
    for (const key of path.slice(0, -1)) place = own(place, key);
    if (last === undefined || !isObject(place) || forbidden.has(String(last)) || i >= buffers.length) return;
    place[last] = buffers[i];
  });
  return state;
}

const absent = Symbol("taken out");
/** Keys that would reach beyond the state itself. */
const forbidden = new Set(["__proto__", "constructor", "prototype"]);

const isObject = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === "object" && value !== null;

const own = (value: unknown, key: string | number): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const hasJson = (value: object): value is { toJSON(): unknown } =>
  typeof (value as { toJSON?: unknown }).toJSON === "function";

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function refuse(value: unknown, path: BufferPath, around: ReadonlySet<object>): void {
  const where = path.length > 0 ? `at ${path.join(".")}` : "itself";
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    throw new TypeError(
      `widget: the state ${where} is a ${typeof value}, which cannot travel. Give text, numbers or bytes.`,
    );
  }
  if (typeof value === "object" && value !== null && around.has(value)) {
    throw new TypeError(`widget: the state ${where} contains itself, so it has no end. Give a tree.`);
  }
}
