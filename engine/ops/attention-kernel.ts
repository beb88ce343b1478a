import { attach, gradEnabled } from "../autograd/graph.js";
import { gradientsThrough } from "../autograd/recompute.js";
import type { Backend } from "../backend/backend.js";
import { NONE, opcodes } from "../backend/commands.js";
import { interceptor } from "../intercept.js";
import { castTo, sumTo } from "../layout.js";
import { allocate, compute, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import { broadcastShapes, broadcastStrides, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { at } from "./at.js";
import type { AttentionOptions } from "./attention.js";
import { attentionBySteps } from "./attention-steps.js";
import { permute } from "./view.js";

/** What the kernel does itself, where the device has it: no dropout, no gradient of the mask, nobody who wants to see the steps. */
export function isTiled({ mask, dropout }: AttentionOptions, backend: Backend): boolean {
  return !dropout && !mask?.requiresGrad && !interceptor?.bySteps && backend.supports(opcodes.attention);
}

/** Queries, keys and values of one floating dtype that has kernels. */
type Parts = readonly [query: Tensor, key: Tensor, value: Tensor];

/**
 * Attention by tiles, forward and backward, without the matrix of scores. query: [..., L, E], key: [..., S, E], value:
 * [..., S, Ev], axes before them broadcast -> [..., L, Ev].
 */
export function tiledAttention(parts: Parts, options: AttentionOptions): Tensor {
  const kept = forward(parts, options);
  return attach(kept.out, "attention", parts, (g, needs) => {
    if (gradEnabled()) return gradientsThrough(([q, k, v]) => attentionBySteps(q!, k!, v!, options), parts, g);
    const { batch } = kept;
    const gradients = parts.map(x => allocate([...batch, ...x.shape.slice(-2)], x.dtype, x.storage.backend));
    backward(parts, kept, options, g, gradients as unknown as Parts);
    return gradients.map((gradient, i) => (needs(i) ? sumTo(gradient, parts[i]!.shape, parts[i]!.dtype) : undefined));
  });
}

/** Queries, keys and values that lie in one tensor [N, L, 3, heads, E] -> [N, heads, L, E]: their gradient is one tensor, too. */
export function selfAttention(all: Tensor, options: AttentionOptions): Tensor {
  const split = (x: Tensor) => {
    const turned = permute(x, [2, 0, 3, 1, 4]) as Tensor;
    return [0, 1, 2].map(i => at(turned, i) as Tensor) as unknown as Parts;
  };
  const parts = partsOf(all);
  const kept = forward(parts, options);
  return attach(kept.out, "attention", [all], g => {
    if (gradEnabled()) return gradientsThrough(([x]) => attentionBySteps(...split(x!), options), [all], g);
    const gradient = allocate(all.shape, all.dtype, all.storage.backend);
    backward(parts, kept, options, g, partsOf(gradient));
    return [gradient];
  });
}

/**
 * Queries, keys and values as views into one tensor, outside the graph of gradients. Made by hand: an operation would show its
 * result, and these may have none yet.
 */
function partsOf({ storage, shape, dtype, strides, offset }: Tensor): Parts {
  const [samples, length, , heads, size] = shape as [number, number, number, number, number];
  const [ofSample, ofStep, ofPart, ofHead, ofFeature] = strides as [number, number, number, number, number];
  const part = (i: number) => {
    const own = [ofSample, ofHead, ofStep, ofFeature];
    return new Tensor(storage, [samples, heads, length, size], dtype, own, offset + i * ofPart) as Tensor;
  };
  return [part(0), part(1), part(2)];
}

interface Kept {
  readonly batch: Shape;
  readonly out: Tensor;
  readonly logSums: Tensor;
}

/** A result [..., heads, L, E] whose heads lie side by side in memory: joining them afterwards is a view. */
function allocateHeads(shape: Shape, { dtype, storage }: Tensor): Tensor {
  if (shape.length < 4) return allocate(shape, dtype, storage.backend);
  const [heads, length, width] = shape.slice(-3) as [number, number, number];
  const made = allocate([...shape.slice(0, -3), length, heads, width], dtype, storage.backend);
  const [ofStep, ofHead, ofFeature] = made.strides.slice(-3) as [number, number, number];
  return new Tensor(made.storage, shape, dtype, [...made.strides.slice(0, -3), ofHead, ofStep, ofFeature]);
}

function forward(parts: Parts, options: AttentionOptions): Kept {
  const [query, key, value] = parts;
  const { backend } = query.storage;
  const heads = broadcastShapes("scaledDotProductAttention", query.shape.slice(0, -2), key.shape.slice(0, -2));
  const batch = broadcastShapes("scaledDotProductAttention", heads, value.shape.slice(0, -2));
  const [length, width] = [query.shape.at(-2)!, value.shape.at(-1)!];
  const out = allocateHeads([...batch, length, width], query);
  const logSums = allocate([...batch, length], query.dtype, backend);
  const fields = begin(opcodes.attention, parts, batch, options, out, logSums, 0);
  fields.end();
  return { batch, out: out.detach(), logSums };
}

function backward(parts: Parts, kept: Kept, options: AttentionOptions, g: Tensor, gradients: Parts): void {
  for (const x of [g, ...parts]) compute(x);
  const fields = begin(opcodes.attentionGrad, parts, kept.batch, options, kept.out, kept.logSums, 4);
  for (const x of [g, ...gradients]) fields.matrix(x);
  fields.end();
}

/** Begins a record of attention; `more` matrices follow. */
function begin(
  opcode: typeof opcodes.attention | typeof opcodes.attentionGrad,
  [query, key, value]: Parts,
  batch: Shape,
  { mask, causal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!) }: AttentionOptions,
  out: Tensor,
  logSums: Tensor,
  more: number,
) {
  const { backend } = query.storage;
  const seen = mask && (mask.dtype === "bool" ? mask.detach() : castTo(mask.detach(), query.dtype));
  for (const x of [query, key, value, ...(seen ? [seen] : [])]) {
    x.storage.requireLive("scaledDotProductAttention");
    compute(x);
  }
  const [queries, keys] = [query.shape.at(-2)!, key.shape.at(-2)!];
  open(backend, opcode, 7 + batch.length + (5 + more) * (5 + batch.length) + 3);
  pushAll(backend, [causal ? 1 : 0, scale, batch.length, queries, keys, query.shape.at(-1)!, value.shape.at(-1)!]);
  pushAll(backend, batch);
  const strides = (x: Tensor, rows: number, columns: number) => {
    const all = broadcastStrides(x.shape, x.strides, [...batch, rows, columns]);
    pushAll(backend, [...all.slice(-2), ...all.slice(0, -2)]);
  };
  const matrix = (x: Tensor) => {
    pushOperand(backend, x);
    strides(x, x.shape.at(-2)!, x.shape.at(-1)!);
  };
  for (const x of [query, key, value]) matrix(x);
  if (seen) {
    pushOperand(backend, seen);
    strides(seen, queries, keys);
  } else {
    pushAll(backend, [NONE, 0, 0, 0, 0, ...batch.map(() => 0)]);
  }
  matrix(out);
  pushOptional(backend, logSums);
  return { matrix, end: () => finish(backend) };
}
