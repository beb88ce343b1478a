import { opcodes } from "../commands.js";

/** The commands that have a shader. */
export const supported = [
  "fill",
  "iota",
  "tape",
  "reduce",
  "argReduce",
  "gemm",
  "softmax",
  "softmaxGrad",
  "crossEntropy",
  "crossEntropyGrad",
  "take",
  "takeAdd",
  "put",
  "oneHot",
  "scan",
  "gather",
  "scatter",
  "bitwise",
  "conv",
  "convInputGrad",
  "convWeightGrad",
  "maxPool",
  "avgPool",
  "avgPoolGrad",
  "poolGather",
  "poolScatter",
  "normalize",
  "normalizeGrad",
  "random",
  "sgd",
  "adam",
  "update",
  "at",
  "pad",
] as const satisfies readonly (keyof typeof opcodes)[];

export type Supported = (typeof supported)[number];

const codes: ReadonlySet<number> = new Set(supported.map(name => opcodes[name]));

export function runsHere(opcode: number): boolean {
  return codes.has(opcode);
}
