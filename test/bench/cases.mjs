// Every file in cases/ exports `cases`; a new benchmark is a new file there and nothing else.
import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * @typedef {object} BenchCase
 * @property {string} name as in `train.mlp`
 * @property {number} [flops] floating-point operations of one run: shown as GF/s against the calibrated peak
 * @property {number} [bytes] bytes read and written by one run, without caches: shown as GB/s against copying memory
 * @property {(tools: { gb: any, values: (count: number, seed: number) => Float32Array, reset: (model: any) => void }) =>
 *   { run: () => unknown, check: (result: any) => any }} ours `check` names the tensor that must agree with PyTorch's
 * @property {Function} [tfjs] the same in TensorFlow.js; `peers/tfjs.mjs` says what it sees, as for the next two
 * @property {Function} [jax-js]
 * @property {Function} [onnxruntime]
 * @property {string} torch Python that defines `run()` and `check(result)`; it sees `torch`, `values` and `reset`
 */

/**
 * All benchmarks, or those named. A name stands for all that begin with it: `gemm` for `gemm.256` and so on.
 *
 * @param {readonly string[]} [names]
 * @returns {Promise<BenchCase[]>}
 * @throws Error when a name fits none
 */
export async function allCases(names) {
  const folder = fileURLToPath(new URL("cases/", import.meta.url));
  const files = readdirSync(folder).filter(f => f.endsWith(".mjs"));
  const all = [];
  for (const file of files.sort()) all.push(...(await import(pathToFileURL(folder + file).href)).cases);
  if (names === undefined) return all;
  const fits = (name, wanted) => name === wanted || name.startsWith(`${wanted}.`);
  for (const wanted of names) {
    if (!all.some(c => fits(c.name, wanted)))
      throw new Error(`no benchmark is called ${wanted}; there are ${all.map(c => c.name).join(", ")}`);
  }
  return all.filter(c => names.some(wanted => fits(c.name, wanted)));
}
