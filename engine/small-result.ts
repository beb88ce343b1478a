import { limits, opcodes } from "./backend/commands.js";
import { capture } from "./capturing.js";
import type { Program } from "./expression/program.js";
import { allocateLike, compute, finish, open } from "./record.js";
import { isDense, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";
import { watcher } from "./watching.js";

/** What an elementwise operation computes, by the pattern of arguments that are numbers. */
export interface Programs {
  program(numbers: number): Program;
}

/**
 * The result of an elementwise operation on few float32 values that lie side by side, recorded at once: to keep the operation
 * for a pass together with whatever takes its result would cost more than that pass saves. Scalars repeat. Undefined where the
 * arguments are of any other kind, or somebody follows the records.
 */
export function smallResult(operation: Programs, args: readonly (Tensor | number)[]): Tensor | undefined {
  if (capture !== undefined || watcher !== undefined) return undefined;
  let numbers = 0;
  let like: Tensor | undefined;
  for (let i = 0; i < args.length; i++) {
    const x = args[i]!;
    if (typeof x === "number") {
      numbers |= 1 << i;
      continue;
    }
    // Not instanceof: what stands for many tensors is no concern of this, and the comparison is cheaper.
    if (x?.constructor !== Tensor || x.dtype !== "float32" || x.size > limits.flatElements) return undefined;
    if (x.storage.released || !isDense(x.shape, x.strides)) return undefined;
    if (like === undefined || like.shape.length === 0) like = x;
    else if (x.storage.backend !== like.storage.backend) return undefined;
    else if (x.shape !== like.shape && x.shape.length > 0 && !sameShape(x.shape, like.shape)) return undefined;
  }
  if (like === undefined || like.size === 0 || !like.storage.backend.recordsSmall) return undefined;
  return record(operation.program(numbers), args, like);
}

function record(
  { tensors, constants, instructions, result }: Program,
  args: readonly (Tensor | number)[],
  like: Tensor,
) {
  const { backend } = like.storage;
  const inputs = tensors.length;
  for (let i = 0; i < inputs; i++) {
    const x = args[tensors[i]!] as Tensor;
    if (x.storage.work !== undefined) compute(x);
  }
  const out = allocateLike(like);
  open(backend, opcodes.tape, 7 + 4 * inputs + 5 + constants.length + instructions.length);
  const { commands } = backend;
  const { words } = commands;
  let at = commands.at;
  words[at] = 0;
  words[at + 1] = 1;
  words[at + 2] = inputs;
  words[at + 3] = 1;
  words[at + 4] = constants.length;
  words[at + 5] = instructions.length / 4;
  words[at + 6] = like.size;
  at += 7;
  for (let i = 0; i < inputs; i++) {
    const x = args[tensors[i]!] as Tensor;
    words[at] = x.storage.id;
    words[at + 1] = x.offset;
    words[at + 2] = 0;
    words[at + 3] = x.size === like.size ? 1 : 0;
    at += 4;
  }
  words[at] = out.storage.id;
  words[at + 1] = 0;
  words[at + 2] = 0;
  words[at + 3] = 1;
  words[at + 4] = result;
  at += 5;
  for (let i = 0; i < constants.length; i++) {
    const constant = constants[i]!;
    words[at++] = "value" in constant ? constant.value : (args[constant.input] as number);
  }
  for (let i = 0; i < instructions.length; i++) words[at++] = instructions[i]!;
  commands.at = at;
  finish(backend);
  return out;
}
