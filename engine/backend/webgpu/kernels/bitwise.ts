import { bytesPerElement } from "../../../dtype.js";
import { bitwiseKinds } from "../../commands.js";
import { Bindings } from "../bindings.js";
import { kindOf, load, store } from "../wgsl/elements.js";
import type { Kernel } from "./kernel.js";

type Name = keyof typeof bitwiseKinds;

/** `x` and `y` joined; `width` bits each, which a shift must not reach. */
function formula(name: Name, width: number, isSigned: boolean): string {
  const tooFar = isSigned ? `(y < 0 || y >= ${width})` : `(y >= ${width}u)`;
  if (name === "leftShift") return `select(x << (u32(y) & 31u), x ^ x, ${tooFar})`;
  if (name === "rightShift") return `select(x >> (u32(y) & 31u), ${isSigned ? "x >> 31u" : "x ^ x"}, ${tooFar})`;
  return { and: "x & y", or: "x | y", xor: "x ^ y", not: "~x" }[name];
}

export const bitwise: Kernel = (record, gpu) => {
  const [kindCode, n] = record.take(2) as [number, number];
  const [a, b, out] = [record.operand(), record.operand(), record.operand()];
  const name = (Object.keys(bitwiseKinds) as Name[]).find(each => bitwiseKinds[each] === kindCode)!;
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const [left, right] = [a, b].map(({ storage }) => bindings.read(gpu.buffers.of(storage))) as [number, number];
  const kind = kindOf(out.dtype);
  gpu.dispatch({
    key: `bitwise ${name} ${out.dtype} ${left} ${right} ${into}`,
    bindings,
    code: () =>
      `fn run(t: u32) {
  let x = ${load(a.dtype, left, "(t + P(1u))", kind, bindings.isAtomic(left))};
  let y = ${load(b.dtype, right, "(t + P(2u))", kind, bindings.isAtomic(right))};
  let z = ${formula(name, 8 * bytesPerElement[out.dtype], out.dtype !== "uint32" && out.dtype !== "uint8")};
  ${store(out.dtype, into, "t + P(3u)", "z", kind)}
}`.replaceAll(`>= ${8 * bytesPerElement[out.dtype]}u)`, `>= ${kind}(${8 * bytesPerElement[out.dtype]}))`),
    parameters: [a.offset, b.offset, out.offset],
    threads: n,
  });
};
