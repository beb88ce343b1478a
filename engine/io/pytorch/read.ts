import { readFile } from "node:fs/promises";
import { bytesPerElement, type DType } from "../../dtype.js";
import { DTypeError, ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import { Tensor } from "../../tensor.js";
import { swapBytes, tensorOfBytes } from "../raw.js";
import type { NamedTensors } from "../safetensors/index.js";
import { readZip, type ZipEntry } from "../zip/read.js";
import { PickleGlobal, refuseCall, unpickle } from "./unpickle.js";

/** What a PyTorch file holds: tensors in dictionaries and lists. Keys that are numbers become texts. */
export type PyTorchValue =
  | Tensor
  | string
  | number
  | bigint
  | boolean
  | null
  | PyTorchValue[]
  | { [key: string]: PyTorchValue };

/** The classes of storages; 16-bit integers become int32. */
const storages: Readonly<Record<string, DType | "int16">> = {
  "torch.FloatStorage": "float32",
  "torch.DoubleStorage": "float64",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.CharStorage": "int8",
  "torch.ShortStorage": "int16",
  "torch.IntStorage": "int32",
  "torch.LongStorage": "int64",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/**
 * Reads what `torch.save` wrote (PyTorch 1.6 and newer), from a path or from bytes, without executing anything: tensors,
 * dictionaries, lists, numbers and texts.
 * @throws ValueError for a file that is damaged or lies about its sizes, and for one that wants to call anything, which is named;
 * DTypeError for dtypes that the engine has not
 * @example
 * const read = async (path: string) => (await io.pytorch.read(path)) as { epoch: number };
 */
export async function read(source: string | URL | Uint8Array): Promise<PyTorchValue> {
  const bytes = source instanceof Uint8Array ? source : await readFile(source);
  const label = source instanceof Uint8Array ? "the bytes" : String(source);
  return readArchive(bytes, label);
}

/**
 * Reads a state dict that `torch.save` wrote: tensors by name, for `model.loadStateDict`.
 * @param options `key`: where in the file it is, for a checkpoint of several parts: `"model"`, `"ema.model"`
 * @throws as `read`; ValueError naming what is no tensor
 * @example
 * const load = async (model: nn.Module) => model.loadStateDict(await io.pytorch.readState("model.pt"));
 */
export async function readState(
  source: string | URL | Uint8Array,
  { key }: { key?: string } = {},
): Promise<NamedTensors> {
  let value = await read(source);
  for (const part of key?.split(".") ?? []) {
    const inner = isDictionary(value) && Object.hasOwn(value, part) ? value[part] : undefined;
    if (inner === undefined) {
      throw new ValueError(`there is no ${JSON.stringify(key)}`, {
        op: "pytorch",
        hint: `There is ${isDictionary(value) ? Object.keys(value).slice(0, 8).join(", ") : "no dictionary"}.`,
      });
    }
    value = inner;
  }
  const entries = isDictionary(value) ? Object.entries(value) : [];
  const strangers = entries.filter(([, x]) => !(x instanceof Tensor)).map(([name]) => name);
  if (!isDictionary(value) || strangers.length > 0) {
    throw new ValueError(
      isDictionary(value) ? `no tensors: ${strangers.slice(0, 8).join(", ")}` : "the file holds no dictionary",
      { op: "pytorch", hint: 'Say where the state dict is: { key: "model" }; read() shows all.' },
    );
  }
  return value as NamedTensors;
}

function isDictionary(value: unknown): value is Record<string, PyTorchValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Tensor);
}

function damaged(label: string, problem: string): never {
  throw new ValueError(`${label}: ${problem}`, {
    op: "pytorch",
    hint: "The file is damaged, or not written by torch.save of PyTorch 1.6 or newer.",
  });
}

/** A storage of the file: its elements in one row. */
interface Stored {
  readonly elements: Tensor;
}

function readArchive(bytes: Uint8Array, label: string): PyTorchValue {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) damaged(label, "it is no archive of PyTorch");
  const entries = readZip(bytes, label);
  const pickle = [...entries.values()].find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (!pickle) return damaged(label, "there is no data.pkl in it");
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const order = entries.get(`${folder}byteorder`)?.unpack();
  const bigEndian = order !== undefined && new TextDecoder().decode(order) === "big";
  const known = new Map<string, Stored>();
  const load = (id: unknown): Stored => {
    const [kind, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
    if (kind !== "storage" || !(type instanceof PickleGlobal) || typeof key !== "string") {
      return damaged(label, "a storage is described in a way that is not known");
    }
    const name = `${type.name} ${key}`;
    let stored = known.get(name);
    if (stored === undefined) {
      const entry = entries.get(`${folder}data/${key}`);
      if (!entry) return damaged(label, `the storage ${key} is missing`);
      stored = { elements: readStorage(entry, type.name, count, bigEndian, label) };
      known.set(name, stored);
    }
    return stored;
  };
  const call = (name: string, args: readonly unknown[]): unknown => {
    if (name === "torch._utils._rebuild_tensor_v2") return rebuild(args, label);
    if (name === "torch._utils._rebuild_parameter") return args[0];
    if (name === "collections.OrderedDict") return dictionaryOf(args, label);
    if (name === "torch.Size") return args[0] ?? [];
    if (name === "torch.device") return String(args[0]);
    return refuseCall(label, name);
  };
  return plainValue(unpickle(pickle.unpack(), { call, load }, label), label);
}

function dictionaryOf([items]: readonly unknown[], label: string): Map<unknown, unknown> {
  if (items === undefined) return new Map();
  if (items instanceof Map) return new Map(items);
  if (Array.isArray(items) && items.every(item => Array.isArray(item) && item.length === 2))
    return new Map(items as []);
  return damaged(label, "a dictionary has no items");
}

function readStorage(entry: ZipEntry, type: string, count: unknown, bigEndian: boolean, label: string): Tensor {
  const dtype = storages[type];
  if (dtype === undefined) {
    throw new DTypeError(`${label}: no dtype for ${type}`, {
      op: "pytorch",
      expected: Object.keys(storages).join(", "),
      got: type,
      hint: "Convert the tensors in PyTorch: x.float().",
    });
  }
  const width = dtype === "int16" ? 2 : bytesPerElement[dtype];
  if (typeof count !== "number" || count * width !== entry.size) {
    damaged(label, `${entry.name} has ${entry.size} bytes for ${String(count)} elements of ${dtype}`);
  }
  const data = entry.unpack();
  const own = bigEndian ? data.slice() : data;
  if (bigEndian) swapBytes(own, width);
  if (dtype !== "int16") return tensorOfBytes(own, dtype, [count]);
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
  return tensor(Int32Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true))) as Tensor;
}

/** A tensor as a view of its storage. */
function rebuild([stored, offset, size, strides]: readonly unknown[], label: string): Tensor {
  const elements = (stored as Partial<Stored> | undefined)?.elements;
  const fits = isCounts(size) && isCounts(strides) && size.length === strides.length && size.length <= 16;
  if (!(elements instanceof Tensor) || !fits || !isCounts([offset])) {
    return damaged(label, "a tensor is described in a way that is not known");
  }
  const first = offset as number;
  const last = size.includes(0) ? first - 1 : size.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, first);
  const total = size.reduce((a, b) => a * b, 1);
  // A tensor may show elements several times, but none has more than memory could address.
  if (!(last < elements.size) || first > elements.size || total > 2 ** 40) {
    damaged(label, `a tensor of shape [${size.join(", ")}] reaches beyond its ${elements.size} elements`);
  }
  return new Tensor(elements.storage, size, elements.dtype, strides, elements.offset + first);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0);
}

/** Maps as objects; what the pickle shares stays shared. */
function plainValue(value: unknown, label: string): PyTorchValue {
  const done = new Map<object, PyTorchValue>();
  const pending: (() => void)[] = [];
  const plain = (x: unknown): PyTorchValue => {
    if (x instanceof Tensor) return x;
    if (x instanceof PickleGlobal) return x.name;
    if (typeof x !== "object" || x === null) return x as PyTorchValue;
    const before = done.get(x);
    if (before !== undefined) return before;
    if (Array.isArray(x)) {
      const list: PyTorchValue[] = [];
      done.set(x, list);
      pending.push(() => {
        for (const item of x) list.push(plain(item));
      });
      return list;
    }
    if (!(x instanceof Map)) return damaged(label, "a storage stands without a tensor");
    const made: Record<string, PyTorchValue> = {};
    done.set(x, made);
    pending.push(() => {
      for (const [key, item] of x) {
        if (typeof key !== "string" && typeof key !== "number") damaged(label, "a key is neither text nor number");
        Object.defineProperty(made, key, { value: plain(item), enumerable: true, configurable: true, writable: true });
      }
    });
    return made;
  };
  const result = plain(value);
  for (let work = pending.pop(); work; work = pending.pop()) work();
  return result;
}
