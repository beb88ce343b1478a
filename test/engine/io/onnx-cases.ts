import { io, type Tensor } from "../../../engine/index.js";
import { readTensor } from "../../../engine/io/onnx/values.js";

/** A node test of the `onnx` package, as `test/fixtures/make_onnx_nodes.py` writes it; protobufs in base64. */
export interface OnnxCase {
  name: string;
  op: string;
  dtypes: number[];
  rtol: number;
  atol: number;
  model: string;
  sets: { inputs: (string | null)[]; outputs: (string | null)[] }[];
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Runs one case. Undefined when all outputs agree, else what is wrong. */
export async function runCase({ model: file, op, sets, rtol, atol }: OnnxCase): Promise<string | undefined> {
  try {
    const model = await io.onnx.load(bytesOf(file));
    for (const { inputs, outputs } of sets) {
      if ([...inputs, ...outputs].includes(null)) return "sequences, optionals and maps are no tensors";
      const given = inputs.map(text => readTensor(bytesOf(text!)));
      const made = model(Object.fromEntries(model.inputNames.map((name, i) => [name, given[i]!.value])));
      for (const [i, name] of model.outputNames.entries()) {
        const want = readTensor(bytesOf(outputs[i]!)).value;
        const problem = difference(made[name]!, want, rtol, Math.max(atol, (noise[op] ?? 0) * largest(want)));
        if (problem !== undefined) return `${name}: ${problem}`;
      }
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every number of a spectrum is a sum over the whole signal, whose rounding errors are relative to its largest. */
const noise: Readonly<Record<string, number>> = { DFT: 2 ** -21 };

const largest = (x: Tensor) =>
  Array.from(x.data() as ArrayLike<number | bigint>, v => Math.abs(Number(v))).reduce((a, b) => Math.max(a, b), 0);

/** numpy rounds halves after every step, our kernels where a result is stored: they may end two places apart. */
const coarse: Readonly<Record<string, number>> = { bfloat16: 2 ** -6, float16: 2 ** -9 };

function difference(got: Tensor, want: Tensor, rtol: number, atol: number): string | undefined {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  if (String(got.shape) !== String(want.shape)) return `shape [${got.shape}], expected [${want.shape}]`;
  const [a, b] = [got.data(), want.data()];
  const relative = Math.max(rtol, coarse[want.dtype] ?? 0);
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Object.is(x, y) || x === y || Math.abs(x - y) <= atol + relative * Math.abs(y)) continue;
    return `element ${i} is ${x}, expected ${y}`;
  }
  return undefined;
}
