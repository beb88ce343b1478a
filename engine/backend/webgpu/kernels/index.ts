import type { Supported } from "../supported.js";
import { argReduce } from "./arg-reduce.js";
import { at } from "./at.js";
import { bitwise } from "./bitwise.js";
import { conv, convInputGrad, convWeightGrad } from "./conv.js";
import { crossEntropy, crossEntropyGrad } from "./cross-entropy.js";
import { fill, iota } from "./fill.js";
import { gather, scatter } from "./gather.js";
import { gemm } from "./gemm.js";
import type { Kernel } from "./kernel.js";
import { normalize, normalizeGrad } from "./normalize.js";
import { adam, sgd } from "./optimizers.js";
import { pad } from "./pad.js";
import { avgPool, avgPoolGrad, maxPool, poolGather, poolScatter } from "./pool.js";
import { random } from "./random.js";
import { reduce } from "./reduce.js";
import { oneHot, put, take, takeAdd } from "./rows.js";
import { scan } from "./scan.js";
import { softmax, softmaxGrad } from "./softmax.js";
import { tape } from "./tape.js";
import { update } from "./update.js";

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
  put,
  oneHot,
  scan,
  gather,
  scatter,
  bitwise,
  conv,
  convInputGrad,
  convWeightGrad,
  maxPool,
  avgPool,
  avgPoolGrad,
  poolGather,
  poolScatter,
  normalize,
  normalizeGrad,
  random,
  sgd,
  adam,
  update,
  at,
  pad,
};
