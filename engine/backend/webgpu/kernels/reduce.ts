import type { DType } from "../../../dtype.js";
import { reductions } from "../../commands.js";
import { Bindings } from "../bindings.js";
import type { Encoder } from "../encoder.js";
import type { Kind } from "../typed-tape.js";
import { kindOf, load, store } from "../wgsl/elements.js";
import { mergeDims, places } from "./extents.js";
import { floatWord, type Kernel } from "./kernel.js";

/** Most elements that one lane takes together. Their number and order depend on the shape only, so results do, too. */
const perLane = 256;

const names = Object.keys(reductions) as (keyof typeof reductions)[];

/** `acc` joined with `x`. */
function joined(name: keyof typeof reductions, kind: Kind): string {
  if (name === "sum") return "acc + x";
  if (name === "product") return "acc * x";
  if (kind === "f32") return name === "max" ? "larger(acc, x)" : "smaller(acc, x)";
  return `${name}(acc, x)`;
}

interface Pass {
  from: GPUBuffer;
  dtype: DType;
  offset: number;
  kept: { dims: number[]; strides: number[] };
  reduced: { dims: number[]; strides: number[] };
}

const product = (dims: readonly number[]) => dims.reduce((n, length) => n * length, 1);

/** One round: every lane takes up to `perLane` elements of one result together. */
function encode(
  gpu: Encoder,
  name: keyof typeof reductions,
  kind: Kind,
  { from, dtype, offset, kept, reduced }: Pass,
  lanesPerResult: number,
  out: { buffer: GPUBuffer; dtype: DType; offset: number; scale: number },
): void {
  const bindings = new Bindings();
  const into = bindings.write(out.buffer, out.dtype);
  const source = bindings.read(from);
  const [k, r] = [kept.dims.length, reduced.dims.length];
  const keptAt = 6;
  const reducedAt = keptAt + 2 * k;
  const parameters = [
    offset,
    product(reduced.dims),
    lanesPerResult,
    out.offset,
    floatWord(out.scale),
    ...kept.dims,
    ...kept.strides,
    ...reduced.dims,
    ...reduced.strides,
  ];
  const code = () => `fn run(t: u32) {
  let result = t / P(3u);
  ${places("p", "result", k, keptAt, [keptAt + k], ["I(1u)"])}
  var acc: ${kind} = ${kind}(${name === "product" ? 1 : 0});
  var isFirst = ${name === "max" || name === "min"};
  // Lanes beside each other read elements beside each other.
  for (var i = t % P(3u); i < P(2u); i += P(3u)) {
    ${places("q", "i", r, reducedAt, [reducedAt + r], ["p0"])}
    let x = ${load(dtype, source, "u32(q0)", kind, bindings.isAtomic(source))};
    if (isFirst) { acc = x; isFirst = false; } else { acc = ${joined(name, kind)}; }
  }
  ${store(out.dtype, into, "t + P(4u)", kind === "f32" && out.scale !== 1 ? "(acc * F(5u))" : "acc", kind)}
}`;
  gpu.dispatch({
    key: `reduce ${name} ${kind} ${dtype} ${out.dtype} ${k} ${r} ${out.scale !== 1} ${source} ${into}`,
    bindings,
    code,
    parameters,
    threads: product(kept.dims) * lanesPerResult,
  });
}

/** Rounds of `perLane` elements, until one lane is left for each result. */
export const reduce: Kernel = (record, gpu) => {
  const [kindCode, , k, r] = record.take(4) as [number, number, number, number];
  const dims = record.take(k + r);
  const x = record.strided(k + r);
  const out = record.operand();
  const scale = record.next();
  const name = names.find(each => reductions[each] === kindCode)!;
  const kind: Kind = name === "max" || name === "min" ? kindOf(x.dtype) : "f32";
  const part = (from: number, to?: number) => {
    const merged = mergeDims(dims.slice(from, to), [x.strides.slice(from, to)]);
    return { dims: merged.dims, strides: merged.strides[0]! };
  };
  let pass: Pass = {
    from: gpu.buffers.of(x.storage),
    dtype: x.dtype,
    offset: x.offset,
    kept: part(0, k),
    reduced: part(k),
  };
  const results = product(pass.kept.dims);
  const partial: DType = kind === "f32" ? "float32" : kind === "u32" ? "uint32" : "int32";
  for (;;) {
    const lanes = Math.ceil(product(pass.reduced.dims) / perLane);
    if (lanes <= 1) break;
    const buffer = gpu.scratch(4 * results * lanes);
    encode(gpu, name, kind, pass, lanes, { buffer, dtype: partial, offset: 0, scale: 1 });
    pass = {
      from: buffer,
      dtype: partial,
      offset: 0,
      kept: { dims: [results], strides: [lanes] },
      reduced: { dims: [lanes], strides: [1] },
    };
  }
  encode(gpu, name, kind, pass, 1, {
    buffer: gpu.buffers.of(out.storage),
    dtype: out.dtype,
    offset: out.offset,
    scale,
  });
};
