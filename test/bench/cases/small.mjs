/** Tensors so small that only the way to the kernel counts; float32, results fresh. */
const pair = shape => ({
  ours: ({ gb, values }) => {
    const size = shape.reduce((a, b) => a * b);
    return [1, 2].map(seed => gb.tensor(values(size, seed), { shape }));
  },
  torch: `
a = values(${shape.join(" * ")}, 1).reshape(${shape.join(", ")})
b = values(${shape.join(" * ")}, 2).reshape(${shape.join(", ")})
check = lambda result: result`,
});

const vectors = pair([10]);
const matrices = pair([8, 8]);

export const cases = [
  {
    name: "small.add10",
    ours: tools => {
      const [a, b] = vectors.ours(tools);
      return { run: () => tools.gb.add(a, b), check: result => result };
    },
    torch: `${vectors.torch}
run = lambda: a + b
`,
  },
  {
    name: "small.mm8",
    ours: tools => {
      const [a, b] = matrices.ours(tools);
      return { run: () => tools.gb.matmul(a, b), check: result => result };
    },
    torch: `${matrices.torch}
run = lambda: a @ b
`,
  },
  {
    name: "small.chain20",
    ours: tools => {
      const [a, b] = vectors.ours(tools);
      const run = () => {
        let y = a;
        for (let i = 0; i < 10; i++) y = y.mul(b).add(a);
        return y;
      };
      return { run, check: result => result };
    },
    torch: `${vectors.torch}
def run():
    y = a
    for _ in range(10):
        y = y * b + a
    return y
`,
  },
];
