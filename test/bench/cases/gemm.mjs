/** Square products, float32, result fresh. */
export const cases = [256, 512, 1024].map(n => ({
  name: `gemm.${n}`,
  flops: 2 * n ** 3,
  ours: ({ gb, values }) => {
    const a = gb.tensor(values(n * n, 1), { shape: [n, n] });
    const b = gb.tensor(values(n * n, 2), { shape: [n, n] });
    return { run: () => gb.matmul(a, b), check: result => result };
  },
  torch: `
a = values(${n} * ${n}, 1).reshape(${n}, ${n})
b = values(${n} * ${n}, 2).reshape(${n}, ${n})
run = lambda: a @ b
check = lambda result: result
`,
}));
