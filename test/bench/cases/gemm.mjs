/** A product of [m, k] with [k, n], float32, result fresh; `transposed` operands lie the other way round in memory. */
function product(name, m, n, k, transposed = "") {
  const [ta, tb] = [transposed.includes("a"), transposed.includes("b")];
  const shapeOf = (rows, columns, t) => (t ? [columns, rows] : [rows, columns]);
  const source = (name, seed, rows, columns, t) =>
    `${name} = values(${rows * columns}, ${seed}).reshape(${shapeOf(rows, columns, t).join(", ")})${t ? ".t()" : ""}`;
  return {
    name,
    flops: 2 * m * n * k,
    ours: ({ gb, values }) => {
      const make = (seed, rows, columns, t) => {
        const x = gb.tensor(values(rows * columns, seed), { shape: shapeOf(rows, columns, t) });
        return t ? x.transpose() : x;
      };
      const a = make(1, m, k, ta);
      const b = make(2, k, n, tb);
      return { run: () => gb.matmul(a, b), check: result => result };
    },
    tfjs: ({ tf, values }) => {
      const a = tf.tensor(values(m * k, 1), shapeOf(m, k, ta));
      const b = tf.tensor(values(k * n, 2), shapeOf(k, n, tb));
      return { run: () => tf.matMul(a, b, ta, tb), check: result => result };
    },
    "jax-js": ({ jax, array, ready, values }) => {
      const { numpy: np } = jax;
      const a = array(values(m * k, 1), shapeOf(m, k, ta));
      const b = array(values(k * n, 2), shapeOf(k, n, tb));
      const lying = (x, t) => (t ? np.transpose(x.ref) : x.ref);
      return { run: () => ready(np.matmul(lying(a, ta), lying(b, tb))), check: result => result };
    },
    torch: `
${source("a", 1, m, k, ta)}
${source("b", 2, k, n, tb)}
run = lambda: a @ b
check = lambda result: result
`,
  };
}

export const cases = [
  ...[64, 128, 256, 512, 1024, 2048].map(n => product(`gemm.${n}`, n, n, n)),
  // What a training step of a network 784-128-10 with a batch of 64 multiplies.
  product("gemm.train.forward", 64, 128, 784, "b"),
  product("gemm.train.weights", 128, 784, 64, "a"),
  product("gemm.train.output", 64, 10, 128, "b"),
];
