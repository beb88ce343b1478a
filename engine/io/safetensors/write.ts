import { bytesPerElement } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { requireTensor } from "../../ops/require.js";
import type { Tensor } from "../../tensor.js";
import { writeAtomically } from "../atomic-file.js";
import { bytesOfTensor, joined } from "../raw.js";
import { codeOfDtype, compareTensors, prefixBytes } from "./header.js";

/** What goes into a file beside the tensors. */
export interface WriteOptions {
  /** Texts for whoever reads the file. */
  metadata?: Readonly<Record<string, string>>;
}

/** Data begins at a multiple of this. */
const alignment = 8;

/** The parts of a file, one after the other: the header, then each tensor, read when its turn comes. */
function* partsOf(tensors: Readonly<Record<string, Tensor>>, { metadata }: WriteOptions): Generator<Uint8Array> {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (metadata) header.__metadata__ = metadata;
  for (const x of Object.values(tensors)) requireTensor("safetensors.write", x);
  const inOrder = Object.entries(tensors).sort(([a, x], [b, y]) => compareTensors([a, x.dtype], [b, y.dtype]));
  let at = 0;
  for (const [name, x] of inOrder) {
    if (name === "__metadata__") {
      throw new ValueError("no tensor can be called __metadata__", { op: "safetensors.write" });
    }
    const end = at + x.size * bytesPerElement[x.dtype];
    header[name] = { dtype: codeOfDtype[x.dtype], shape: x.shape, data_offsets: [at, end] };
    at = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / alignment) * alignment;
  const start = new Uint8Array(prefixBytes + length).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(length), true);
  start.set(text, prefixBytes);
  yield start;
  for (const [, x] of inOrder) yield bytesOfTensor(x);
}

/**
 * Writes tensors as a safetensors file, as a whole or not at all: a file that was there stays until the new one is complete.
 * The reference implementation, PyTorch and Hugging Face read it.
 * @throws DTypeError for something that is no tensor
 * @example await io.safetensors.write("model.safetensors", new nn.Linear(3, 2).stateDict(), { metadata: { format: "pt" } });
 */
export async function write(
  path: string | URL,
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteOptions = {},
): Promise<void> {
  await writeAtomically(path, partsOf(tensors, options));
}

/**
 * The same as bytes.
 * @throws as `write`
 * @example io.safetensors.encode({ weight: ones([2, 3]) }).length; // 96
 */
export function encode(tensors: Readonly<Record<string, Tensor>>, options: WriteOptions = {}): Uint8Array {
  return joined([...partsOf(tensors, options)]);
}
