import { activations } from "../../commands.js";
import { Bindings } from "../bindings.js";
import { mergeDims, places } from "./extents.js";
import type { Kernel } from "./kernel.js";

/** Rows and columns that one lane computes: as many sums stay in registers, and every number read is used this often. */
const rows = 4;
const columns = 4;

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Products of matrices of float32, without workgroup memory: the faster form on software adapters. */
export const gemm: Kernel = (record, gpu) => {
  const [batchRank, m, n, k] = record.take(4) as [number, number, number, number];
  const batchDims = record.take(batchRank);
  const matrix = () => {
    const operand = record.operand();
    const [row, column] = record.take(2) as [number, number];
    return { ...operand, row, column, batch: record.take(batchRank) };
  };
  const [a, b, c] = [matrix(), matrix(), matrix()];
  const bias = record.optional();
  const [activation, accumulate] = record.take(2) as [number, number];

  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(c.storage), "float32");
  const left = bindings.read(gpu.buffers.of(a.storage));
  const right = bindings.read(gpu.buffers.of(b.storage));
  const added = bias && bindings.read(gpu.buffers.of(bias.storage));
  const { dims, strides } = mergeDims(
    batchDims,
    [a, b, c].map(x => x.batch),
  );
  const rank = dims.length;
  const dimsAt = 16;
  const tilesDown = Math.ceil(m / rows);
  const tilesAcross = Math.ceil(n / columns);
  const parameters = [
    m,
    n,
    k,
    tilesDown,
    tilesAcross,
    ...[a, b, c].flatMap(x => [x.offset, x.row, x.column]),
    bias?.offset ?? 0,
    ...dims,
    ...strides.flat(),
  ];
  const code = () => {
    const strideAt = range(3).map(i => dimsAt + rank * (i + 1));
    const lines = [
      "let across = t % P(5u);",
      "let down = (t / P(5u)) % P(4u);",
      "let batch = t / (P(5u) * P(4u));",
      places("p", "batch", rank, dimsAt, strideAt, ["I(6u)", "I(9u)", "I(12u)"]),
      `let row = down * ${rows}u;`,
      `let column = across * ${columns}u;`,
      // Beyond the edge the last row and column are read again; their sums are not stored.
      ...range(rows).map(i => `let a${i} = p0 + i32(min(row + ${i}u, P(1u) - 1u)) * I(7u);`),
      ...range(columns).map(j => `let o${j} = p1 + i32(min(column + ${j}u, P(2u) - 1u)) * I(11u);`),
      ...range(rows).map(i => `var c${i} = vec4<f32>(0.0);`),
      "for (var i = 0; i < I(3u); i++) {",
      `  let y = vec4<f32>(${range(columns).map(j => `bitcast<f32>(b${right}[o${j} + i * I(10u)])`)});`,
      ...range(rows).map(i => `  c${i} += bitcast<f32>(b${left}[a${i} + i * I(8u)]) * y;`),
      "}",
    ];
    for (const i of range(rows)) {
      for (const j of range(columns)) {
        let value = `c${i}[${j}]`;
        if (added !== undefined) value += ` + bitcast<f32>(b${added}[P(15u) + column + ${j}u])`;
        const place = `u32(p2 + i32(row + ${i}u) * I(13u) + i32(column + ${j}u) * I(14u))`;
        if (accumulate) value += ` + bitcast<f32>(b${into}[${place}])`;
        if (activation === activations.relu) value = `relued(${value})`;
        lines.push(
          `if (row + ${i}u < P(1u) && column + ${j}u < P(2u)) { b${into}[${place}] = bitcast<u32>(${value}); }`,
        );
      }
    }
    return `fn relued(x: f32) -> f32 { return select(x, 0.0, less(x, 0.0)); }\nfn run(t: u32) {\n${lines.join("\n")}\n}`;
  };
  gpu.dispatch({
    key: `gemm ${rank} ${left} ${right} ${added} ${into} ${activation} ${accumulate}`,
    bindings,
    code,
    parameters,
    threads: dims.reduce((all, length) => all * length, tilesDown * tilesAcross),
  });
};
