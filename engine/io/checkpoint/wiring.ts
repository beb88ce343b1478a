import { dtypes } from "../../dtype.js";
import { Wire, type WiredCall, type WiredInput, type Wiring } from "../../nn/functional/wiring.js";
import * as operations from "../../ops/all.js";
import { Slice } from "../../ops/slice.js";
import { isPlainObject, mapLeaves } from "../../tree.js";

/** Marks a tensor of the run in plain data, and a slice. */
const [tensorMark, sliceMark] = ["$tensor", "$slice"];

/** How tensors go through a model, as plain data; undefined where a call was given something that plain data cannot hold. */
export function encodeWiring(wiring: Wiring): unknown {
  let isPlain = true;
  const encoded = mapLeaves(wiring, leaf => {
    if (leaf instanceof Wire) return { [tensorMark]: leaf.index };
    if (leaf instanceof Slice) return { [sliceMark]: { ...leaf } };
    if (leaf !== null && leaf !== undefined && !["number", "string", "boolean"].includes(typeof leaf)) isPlain = false;
    return leaf;
  });
  return isPlain ? encoded : undefined;
}

/** What a model may be made of; undefined for data that is damaged: wires lead backwards only, so that there are no cycles. */
export function decodeWiring(data: unknown, layers: readonly string[]): Wiring | undefined {
  if (!isPlainObject(data)) return undefined;
  const { inputs, form, calls, outputs } = data as Partial<Record<string, unknown>>;
  if (!Array.isArray(inputs) || !inputs.every(isInput) || inputs.length === 0) return undefined;
  if (!["one", "list", "named"].includes(form as string) || !Array.isArray(calls)) return undefined;
  let known = inputs.length;
  let fits = true;
  const decode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decode);
    if (!isPlainObject(value)) return value;
    if (Object.hasOwn(value, tensorMark)) {
      const index = value[tensorMark];
      fits &&= Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < known;
      return new Wire(index as number);
    }
    if (Object.hasOwn(value, sliceMark)) return decodeSlice(value[sliceMark]);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]));
  };
  const decoded = calls.map((call): WiredCall => {
    const {
      layer,
      operation,
      args,
      outputs: count,
    } = (isPlainObject(call) ? call : {}) as Partial<Record<string, unknown>>;
    const runs = layer === undefined ? isOperation(operation) : layers.includes(layer as string);
    fits &&= runs && Array.isArray(args) && Number.isSafeInteger(count) && (count as number) >= 0;
    const own = { args: Array.isArray(args) ? args.map(decode) : [], outputs: count as number };
    known += fits ? (count as number) : 0;
    return layer === undefined ? { operation: operation as string, ...own } : { layer: layer as string, ...own };
  });
  const results = decode(outputs);
  return fits
    ? { inputs: inputs as WiredInput[], form: form as Wiring["form"], calls: decoded, outputs: results }
    : undefined;
}

function decodeSlice(given: unknown): Slice {
  const { start, stop, step } = (isPlainObject(given) ? given : {}) as Partial<Record<string, number>>;
  return new Slice(start, stop, step ?? 1);
}

function isInput(input: unknown): boolean {
  if (!isPlainObject(input)) return false;
  const { name, shape, dtype } = input as Partial<Record<string, unknown>>;
  const isLength = (n: unknown) => n === null || (Number.isSafeInteger(n) && (n as number) >= 0);
  return (
    typeof name === "string" &&
    Array.isArray(shape) &&
    shape.every(isLength) &&
    (dtypes as readonly unknown[]).includes(dtype)
  );
}

function isOperation(name: unknown): boolean {
  return (
    typeof name === "string" &&
    Object.hasOwn(operations, name) &&
    !["backward", "registerHook", "retainGrad"].includes(name)
  );
}
