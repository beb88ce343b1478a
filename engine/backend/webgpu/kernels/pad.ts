import { padModes } from "../../commands.js";
import { Bindings } from "../bindings.js";
import { kindOf, load, store, zeroOf } from "../wgsl/elements.js";
import type { Kernel } from "./kernel.js";

/** Which place of an axis of `length` a place `i` of its border shows; for constants none does. */
const shown: Readonly<Record<number, string>> = {
  [padModes.reflect]: "select(2 * (length - 1) - i, -i, i < 0)",
  [padModes.replicate]: "clamp(i, 0, length - 1)",
  [padModes.circular]: "select(i - length, i + length, i < 0)",
};

/** A border: one lane for each element of the output finds where its value comes from. */
export const pad: Kernel = (record, gpu) => {
  const [mode, rank] = record.take(2) as [number, number];
  const axes = Array.from({ length: rank }, () => record.take(3) as [number, number, number]);
  const source = record.operand();
  const value = record.optional();
  const out = record.operand();
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = bindings.read(gpu.buffers.of(source.storage));
  const constant = value && bindings.read(gpu.buffers.of(value.storage));
  const kind = kindOf(out.dtype);
  const walk = Array.from({ length: rank }, (_, k) => {
    const axis = rank - 1 - k;
    const [before, length, whole] = [0, 1, 2].map(j => `I(${4 + 3 * axis + j}u)`);
    const edge = shown[mode];
    return `{
    let length = ${length};
    var i = i32(rest % u32(${whole})) - ${before};
    rest = rest / u32(${whole});
    if (i < 0 || i >= length) { ${edge === undefined ? "outside = true;" : `i = ${edge};`} }
    element += i * step;
    step *= length;
  }`;
  }).join("\n");
  const other = constant === undefined ? zeroOf(kind) : load(out.dtype, constant, "P(3u)", kind);
  gpu.dispatch({
    key: `pad ${mode} ${rank} ${out.dtype} ${from} ${constant} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  var rest = t;
  var element = 0;
  var step = 1;
  var outside = false;
  ${walk}
  var x = ${other};
  if (!outside) { x = ${load(source.dtype, from, "(P(1u) + u32(element))", kind)}; }
  ${store(out.dtype, into, "(P(2u) + t)", "x", kind)}
}`,
    parameters: [
      source.offset,
      out.offset,
      value?.offset ?? 0,
      ...axes.flatMap(([before, length, behind]) => [before, length, before + length + behind]),
    ],
    threads: axes.reduce((n, [before, length, behind]) => n * (before + length + behind), 1),
  });
};
