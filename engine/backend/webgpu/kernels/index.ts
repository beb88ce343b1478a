import type { Supported } from "../supported.js";
import { argReduce } from "./arg-reduce.js";
import { crossEntropy, crossEntropyGrad } from "./cross-entropy.js";
import { fill, iota } from "./fill.js";
import { gemm } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { adam, sgd } from "./optimizers.js";
import { random } from "./random.js";
import { reduce } from "./reduce.js";
import { oneHot, take, takeAdd } from "./rows.js";
import { softmax, softmaxGrad } from "./softmax.js";
import { tape } from "./tape.js";

/** What runs each command. */
export const kernels: Readonly<Record<Supported, Kernel>> = {
  fill,
  iota,
  tape,
  reduce,
  argReduce,
  gemm,
  softmax,
  softmaxGrad,
  crossEntropy,
  crossEntropyGrad,
  take,
  takeAdd,
  oneHot,
  random,
  sgd,
  adam,
};
