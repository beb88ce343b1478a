/** NumPy's files: one array (`.npy`), or several by name in an archive (`.npz`). */
import { readFile } from "node:fs/promises";
import type { Tensor } from "../../tensor.js";
import { writeAtomically } from "../atomic-file.js";
import { readZip } from "../zip/read.js";
import { zipParts } from "../zip/write.js";
import { decode, encode } from "./npy.js";

export { decode, encode };

/**
 * Reads a `.npy` file.
 * @throws as `decode`
 * @example
 * await io.numpy.write("x.npy", ones([2, 3]));
 * (await io.numpy.read("x.npy")).shape; // [2, 3]
 */
export async function read(path: string | URL): Promise<Tensor> {
  return decode(await readFile(path), String(path));
}

/**
 * Writes a `.npy` file, as a whole or not at all.
 * @throws DTypeError for bfloat16, which NumPy has not
 * @example await io.numpy.write("x.npy", ones([2, 3]));
 */
export async function write(path: string | URL, x: Tensor): Promise<void> {
  await writeAtomically(path, [encode(x)]);
}

/**
 * Reads all arrays of a `.npz` archive, from a path or from bytes, by name.
 * @throws ValueError for an archive that is damaged; otherwise as `decode`
 * @example
 * await io.numpy.writeArchive("data.npz", { x: ones([2, 3]), y: zeros([2]) });
 * Object.keys(await io.numpy.readArchive("data.npz")); // ["x", "y"]
 */
export async function readArchive(source: string | URL | Uint8Array): Promise<Record<string, Tensor>> {
  const bytes = source instanceof Uint8Array ? source : await readFile(source);
  const label = source instanceof Uint8Array ? "the archive" : String(source);
  const arrays: [string, Tensor][] = [];
  for (const entry of readZip(bytes, label).values()) {
    arrays.push([entry.name.replace(/\.npy$/, ""), decode(entry.unpack(), `${label}: ${entry.name}`)]);
  }
  return Object.fromEntries(arrays);
}

/**
 * Writes arrays as a `.npz` archive, as a whole or not at all.
 * @throws DTypeError for bfloat16, which NumPy has not; ValueError beyond 4 GiB
 * @example await io.numpy.writeArchive("data.npz", { x: ones([2, 3]) }, { compress: true });
 */
export async function writeArchive(
  path: string | URL,
  arrays: Readonly<Record<string, Tensor>>,
  { compress = false }: { compress?: boolean } = {},
): Promise<void> {
  const inputs = Object.entries(arrays).map(([name, x]) => ({ name: `${name}.npy`, data: encode(x) }));
  await writeAtomically(path, zipParts(inputs, { compress }));
}
