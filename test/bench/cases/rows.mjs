const n = 1 << 20;

/** Along the rows of 1024 x 1024, float32, result fresh. */
export const cases = [
  {
    name: "row.softmax.1M",
    bytes: 8 * n,
    ours: ({ gb, values }) => {
      const x = gb.tensor(values(n, 1), { shape: [1024, 1024] });
      return { run: () => gb.softmax(x, -1), check: result => result };
    },
    tfjs: ({ tf, values }) => {
      const x = tf.tensor(values(n, 1), [1024, 1024]);
      return { run: () => tf.softmax(x), check: result => result };
    },
    "jax-js": ({ jax, array, ready, values }) => {
      const x = array(values(n, 1), [1024, 1024]);
      return { run: () => ready(jax.nn.softmax(x.ref)), check: result => result };
    },
    torch: `
x = values(${n}, 1).reshape(1024, 1024)
run = lambda: torch.softmax(x, -1)
check = lambda result: result
`,
  },
];
