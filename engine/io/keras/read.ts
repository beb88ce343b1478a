import { readFile } from "node:fs/promises";
import { ValueError } from "../../errors.js";
import { readHdf5 } from "../hdf5/read.js";
import type { NamedTensors } from "../safetensors/index.js";
import { readZip } from "../zip/read.js";

/** What a file of Keras holds. */
export interface KerasFile {
  /** The weights by path: `layers/dense/vars/0` is the kernel [in, out] of the layer `dense`, `.../1` its bias. */
  readonly weights: NamedTensors;
  /** The model as Keras describes it; undefined in files of weights alone. */
  readonly config: unknown;
}

/**
 * Reads a file of Keras: a whole model (`.keras`) or its weights (`.weights.h5`), from a path or from bytes, without executing
 * anything. Keras keeps kernels of dense layers as [in, out] and those of convolutions as [height, width, in, out]: here a
 * `Linear` has [out, in], a `Conv2d` [out, in, height, width].
 * @throws ValueError for a file that is damaged or lies about its sizes; DTypeError for dtypes that the engine has not
 * @example
 * const load = async (layer: nn.Linear, path: string) => {
 *   const { weights } = await io.keras.read(path);
 *   const [kernel, bias] = [weights["layers/dense/vars/0"]!, weights["layers/dense/vars/1"]!];
 *   layer.loadStateDict({ weight: kernel.transpose() as Tensor, bias });
 * };
 */
export async function read(source: string | URL | Uint8Array): Promise<KerasFile> {
  const bytes = source instanceof Uint8Array ? source : await readFile(source);
  const label = source instanceof Uint8Array ? "the bytes" : String(source);
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return { weights: readHdf5(bytes, label), config: undefined };
  const entries = readZip(bytes, label);
  const fail = (problem: string): never => {
    throw new ValueError(`${label}: ${problem}`, { op: "keras", hint: "Save the model again with model.save()." });
  };
  const [weights, config] = ["model.weights.h5", "config.json"].map(name => {
    const entry = entries.get(name);
    return entry ? entry.unpack() : fail(`there is no ${name} in it`);
  }) as [Uint8Array, Uint8Array];
  let described: unknown;
  try {
    described = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(config));
  } catch {
    fail("config.json is no JSON");
  }
  return { weights: readHdf5(weights, `${label}: model.weights.h5`), config: described };
}
