const n = 1 << 20;

/** @returns a case over two tensors of 1,048,576 elements, float32, result fresh */
const large = (name, passes, ours, torch, tfjs, jax) => ({
  name,
  bytes: 4 * n * passes,
  ours: ({ gb, values }) => {
    const a = gb.tensor(values(n, 1), { shape: [1024, 1024] });
    const b = gb.tensor(values(n, 2), { shape: [1024, 1024] });
    return { run: () => ours(gb, a, b), check: result => result };
  },
  tfjs: ({ tf, values }) => {
    const [a, b] = [1, 2].map(seed => tf.tensor(values(n, seed), [1024, 1024]));
    return { run: () => tf.tidy(() => tfjs(tf, a, b)), check: result => result };
  },
  "jax-js": scope => {
    const [a, b] = [1, 2].map(seed => scope.array(scope.values(n, seed), [1024, 1024]));
    return { run: () => scope.ready(jax(scope.jax, a, b)), check: result => result };
  },
  torch: `
a = values(${n}, 1).reshape(1024, 1024)
b = values(${n}, 2).reshape(1024, 1024)
run = lambda: ${torch}
check = lambda result: result
`,
});

export const cases = [
  large(
    "ew.add.1M",
    3,
    (gb, a, b) => gb.add(a, b),
    "a + b",
    (_, a, b) => a.add(b),
    (_, a, b) => a.ref.add(b.ref),
  ),
  large(
    "ew.relu.1M",
    2,
    (gb, a) => gb.relu(a),
    "torch.relu(a)",
    (_, a) => a.relu(),
    ({ nn }, a) => nn.relu(a.ref),
  ),
  // Bytes of one pass: what a fused chain needs.
  large(
    "ew.chain.1M",
    3,
    (gb, a, b) => gb.relu(a.mul(b).add(a)).mul(0.5),
    "torch.relu(a * b + a) * 0.5",
    (_, a, b) => a.mul(b).add(a).relu().mul(0.5),
    ({ nn }, a, b) => nn.relu(a.ref.mul(b.ref).add(a.ref)).mul(0.5),
  ),
];
