import { readFile } from "node:fs/promises";
import { readModel } from "./messages.js";
import { buildModel, type OnnxModel } from "./model.js";

/**
 * Loads an ONNX model from bytes, or from a file by its path.
 *
 * The model is a function from tensors by input name to tensors by output name. It runs on gradbook's operations: its float
 * initializers are parameters and collect gradients. Values of int64 stay int64. Follows the ONNX operator specification,
 * with the meaning of the version that the file asks for.
 * @throws ValueError for bytes that are no model, values kept in another file, or operators that there are not; DTypeError for
 * tensors of strings, complex numbers and other dtypes that the engine has not
 * @example
 * const classifier = await io.onnx.load("classifier.onnx");
 * const { probabilities } = classifier({ x: zeros([1, 2]) });
 * probabilities.shape; // [1, 3]
 */
export async function load(source: Uint8Array | ArrayBuffer | string | URL): Promise<OnnxModel> {
  if (source instanceof Uint8Array) return buildModel(readModel(source));
  if (source instanceof ArrayBuffer) return buildModel(readModel(new Uint8Array(source)));
  return buildModel(readModel(await readFile(source)));
}
