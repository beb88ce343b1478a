const n = 1 << 20;

/** One pass over 1,048,576 elements, float32, result fresh. */
export const cases = [
  {
    name: "ew.add.1M",
    bytes: 12 * n,
    ours: ({ gb, values }) => {
      const a = gb.tensor(values(n, 1), { shape: [1024, 1024] });
      const b = gb.tensor(values(n, 2), { shape: [1024, 1024] });
      return { run: () => gb.add(a, b), check: result => result };
    },
    torch: `
a = values(${n}, 1).reshape(1024, 1024)
b = values(${n}, 2).reshape(1024, 1024)
run = lambda: a + b
check = lambda result: result
`,
  },
];
