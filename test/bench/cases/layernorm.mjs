const n = 1 << 20;

/** Rows of 1024 x 1024 with mean 0 and variance 1, float32: forward, and forward with the gradient by the input. */
export const cases = [
  {
    name: "row.layernorm.1M",
    bytes: 8 * n,
    ours: ({ gb, values }) => {
      const x = gb.tensor(values(n, 1), { shape: [1024, 1024] });
      return { run: () => gb.layerNorm(x), check: result => result };
    },
    torch: `
x = values(${n}, 1).reshape(1024, 1024)
run = lambda: torch.nn.functional.layer_norm(x, (1024,))
check = lambda result: result
`,
  },
  {
    name: "row.layernorm.grad.1M",
    bytes: 28 * n,
    ours: ({ gb, values }) => {
      const x = gb.tensor(values(n, 1), { shape: [1024, 1024] });
      const g = gb.tensor(values(n, 2), { shape: [1024, 1024] });
      return { run: () => gb.vjp(v => gb.layerNorm(v), x)[1](g), check: result => result };
    },
    torch: `
x = values(${n}, 1).reshape(1024, 1024).requires_grad_()
g = values(${n}, 2).reshape(1024, 1024)
run = lambda: torch.autograd.grad(torch.nn.functional.layer_norm(x, (1024,)), x, g)[0]
check = lambda result: result
`,
  },
];
