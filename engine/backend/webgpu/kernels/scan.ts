import { scans } from "../../commands.js";
import { Bindings } from "../bindings.js";
import type { Kind } from "../typed-tape.js";
import { kindOf, load, store } from "../wgsl/elements.js";
import type { Kernel } from "./kernel.js";

type Name = keyof typeof scans;

/** Sets `run`, and `chosen` where `x` became the extreme. Sums carry what rounding takes off them (Neumaier 1974). */
function step(name: Name, kind: Kind): string {
  if (name === "sum") {
    return `let sum = run + x;
    if (magnitude(run) >= magnitude(x)) { lost += (run - sum) + x; } else { lost += (x - sum) + run; }
    if (isNan(lost) || isInf(sum) || isNan(sum)) { lost = 0.0; }
    run = sum;`;
  }
  if (name === "product") return "run = run * x;";
  if (name === "logSumExp") {
    return `let most = larger(run, x);
    let least = smaller(run, x);
    run = select(most + logarithmOf1Plus(exponential(least - most)), most, isInf(most) || isNan(most));`;
  }
  const beats = name === "max" ? "x >= run" : "x <= run";
  return `if (i == 0u || ${kind === "f32" ? `isNan(x) || (!isNan(run) && ${beats})` : beats}) { run = x; chosen = k; }`;
}

const start: Readonly<Record<Name, string>> = {
  sum: "0.0",
  product: "1.0",
  max: "0",
  min: "0",
  logSumExp: "negated(inf())",
};

/** A lane takes a line along the axis, one element after the other. */
export const scan: Kernel = (record, gpu) => {
  const [kindCode, reverse, outer, axis, inner] = record.take(5) as [number, number, number, number, number];
  const [x, out] = [record.operand(), record.operand()];
  const index = record.optional();
  const name = (Object.keys(scans) as Name[]).find(each => scans[each] === kindCode)!;
  const isExtreme = name === "max" || name === "min";
  const kind: Kind = isExtreme ? kindOf(x.dtype) : "f32";
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = bindings.read(gpu.buffers.of(x.storage));
  const places = index && bindings.write(gpu.buffers.of(index.storage), "int32");
  gpu.dispatch({
    key: `scan ${name} ${reverse} ${x.dtype} ${out.dtype} ${from} ${into} ${places}`,
    bindings,
    code: () => `fn run(t: u32) {
  let first = (t / P(2u)) * P(1u) * P(2u) + t % P(2u);
  var run: ${kind} = ${isExtreme ? `${kind}(0)` : start[name]};
  var chosen = 0u;
  var lost = 0.0;
  for (var i = 0u; i < P(1u); i++) {
    let k = ${reverse ? "P(1u) - 1u - i" : "i"};
    let at = first + k * P(2u);
    let x = ${load(x.dtype, from, "(P(3u) + at)", kind, bindings.isAtomic(from))};
    ${step(name, kind)}
    ${store(out.dtype, into, "at + P(4u)", name === "sum" ? "(run + lost)" : "run", kind)}
    ${places === undefined ? "" : `b${places}[P(5u) + at] = chosen;`}
  }
}`,
    parameters: [axis, inner, x.offset, out.offset, index?.offset ?? 0],
    threads: axis === 0 ? 0 : outer * inner,
  });
};
