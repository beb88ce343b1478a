import { Bindings } from "../bindings.js";
import { store } from "../wgsl/elements.js";
import { floatWord, type Kernel } from "./kernel.js";

const kinds = { uniform: 0, normal: 1, raw: 2 } as const;

/** One lane makes the four numbers of a block. */
export const random: Kernel = (record, gpu) => {
  const kind = record.next();
  const out = record.operand();
  const [n, key0, key1, low, high, p0, p1] = record.take(7) as [number, number, number, number, number, number, number];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  gpu.dispatch({
    key: `random ${kind} ${out.dtype}`,
    bindings,
    code: () => {
      const values =
        kind === kinds.normal
          ? ["a.x", "a.y", "b.x", "b.y"].map(z => `F(7u) + F(8u) * ${z}`)
          : ["x", "y", "z", "w"].map(i => (kind === kinds.raw ? `words.${i}` : `F(7u) + F(8u) * unit(words.${i})`));
      const as = kind === kinds.raw ? "u32" : "f32";
      const stores = values.map((value, i) => {
        return `if (4u * t + ${i}u < P(1u)) { ${store(out.dtype, into, `P(2u) + 4u * t + ${i}u`, `(${value})`, as)} }`;
      });
      const pairs =
        kind === kinds.normal ? "let a = normalPair(words.x, words.y);\nlet b = normalPair(words.z, words.w);" : "";
      return `fn run(t: u32) {
  let low = P(5u) + t;
  let words = philox(low, P(6u) + select(0u, 1u, low < t), P(3u), P(4u));
  ${pairs}
  ${stores.join("\n  ")}
}`;
    },
    parameters: [n, out.offset, key0, key1, low, high, floatWord(p0), floatWord(kind === kinds.uniform ? p1 - p0 : p1)],
    threads: Math.ceil(n / 4),
  });
};
