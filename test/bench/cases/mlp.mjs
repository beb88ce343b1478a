const batch = 64;
const [inputs, hidden, classes] = [784, 128, 10];

/** A training step of a small network: forward, cross-entropy, backward, Adam. What both start from is the same. */
export const cases = [
  {
    name: "train.mlp",
    // Forward, the weights' gradients, and the gradient that the second layer hands back: 2 per multiply-add.
    flops: 2 * batch * (2 * inputs * hidden + 3 * hidden * classes),
    ours: ({ gb, values, reset }) => {
      const model = new gb.nn.Sequential(
        new gb.nn.Linear(inputs, hidden),
        new gb.nn.ReLU(),
        new gb.nn.Linear(hidden, classes),
      );
      reset(model);
      const x = gb.tensor(values(batch * inputs, 9), { shape: [batch, inputs] });
      const labels = gb.tensor(
        Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes),
        { shape: [batch] },
      );
      const lossOf = new gb.nn.CrossEntropyLoss();
      const optimizer = new gb.optim.Adam(model.parameters(), { lr: 1e-3 });
      const run = () => {
        optimizer.zeroGrad();
        const loss = lossOf(model(x), labels);
        loss.backward();
        optimizer.step();
        return loss;
      };
      return { run, check: loss => loss };
    },
    tfjs: ({ tf, values, startingValues }) => {
      const weight = (shape, n) => tf.variable(tf.tensor(startingValues(shape, n), shape).transpose());
      const bias = (size, n) => tf.variable(tf.tensor(startingValues([size], n)));
      const [w1, b1] = [weight([hidden, inputs], 0), bias(hidden, 1)];
      const [w2, b2] = [weight([classes, hidden], 2), bias(classes, 3)];
      const x = tf.tensor(values(batch * inputs, 9), [batch, inputs]);
      const labels = tf.oneHot(
        tf.tensor1d(
          Array.from({ length: batch }, (_, i) => (i * 7) % classes),
          "int32",
        ),
        classes,
      );
      const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
      const lossOf = () => tf.losses.softmaxCrossEntropy(labels, x.matMul(w1).add(b1).relu().matMul(w2).add(b2));
      return { run: () => optimizer.minimize(lossOf, true), check: loss => loss };
    },
    "jax-js": ({ jax, array, ready, values, startingValues }) => {
      const { numpy: np, nn, jit, valueAndGrad } = jax;
      const weight = (shape, n) => np.transpose(array(startingValues(shape, n), shape));
      const bias = (size, n) => np.array(startingValues([size], n));
      const names = ["w1", "b1", "w2", "b2"];
      const zeros = () => ({
        w1: np.zeros([inputs, hidden]),
        b1: np.zeros([hidden]),
        w2: np.zeros([hidden, classes]),
        b2: np.zeros([classes]),
      });
      let p = {
        w1: weight([hidden, inputs], 0),
        b1: bias(hidden, 1),
        w2: weight([classes, hidden], 2),
        b2: bias(classes, 3),
      };
      let [m, v, steps] = [zeros(), zeros(), 0];
      const x = array(values(batch * inputs, 9), [batch, inputs]);
      const chosen = new Float32Array(batch * classes);
      for (let i = 0; i < batch; i++) chosen[i * classes + ((i * 7) % classes)] = 1;
      const labels = array(chosen, [batch, classes]);
      const lossOf = (p, x, y) => {
        const h = nn.relu(np.add(np.matmul(x, p.w1), p.b1));
        const logits = np.add(np.matmul(h, p.w2), p.b2);
        return np.mean(np.multiply(nn.logSoftmax(logits), y)).mul(-classes);
      };
      const mix = (a, share, b) => a.mul(share).add(b.mul(1 - share));
      // Adam of the paper; the corrections are numbers of the step, so they come in as arrays.
      const step = jit((p, m, v, x, y, first, second) => {
        const kept = Object.fromEntries(names.map(n => [n, p[n].ref]));
        const [loss, g] = valueAndGrad(lossOf)(kept, x, y);
        const [np1, nm, nv] = [{}, {}, {}];
        for (const n of names) {
          nm[n] = mix(m[n], 0.9, g[n].ref);
          nv[n] = mix(v[n], 0.999, g[n].ref.mul(g[n]));
          const root = np.sqrt(nv[n].ref.mul(second.ref)).add(1e-8);
          np1[n] = p[n].sub(nm[n].ref.mul(first.ref).mul(1e-3).div(root));
        }
        return [loss, np1, nm, nv];
      });
      const run = async () => {
        steps++;
        const [first, second] = [0.9, 0.999].map(b => np.array(1 / (1 - b ** steps)));
        const [loss, p1, m1, v1] = step(p, m, v, x.ref, labels.ref, first, second);
        [p, m, v] = [p1, m1, v1];
        await Promise.all(names.map(n => p[n].blockUntilReady()));
        return ready(loss);
      };
      return { run, check: loss => loss };
    },
    torch: `
model = torch.nn.Sequential(torch.nn.Linear(${inputs}, ${hidden}), torch.nn.ReLU(), torch.nn.Linear(${hidden}, ${classes}))
reset(model)
x = values(${batch * inputs}, 9).reshape(${batch}, ${inputs})
labels = torch.arange(${batch}) * 7 % ${classes}
loss_of = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
def run():
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(model(x), labels)
    loss.backward()
    optimizer.step()
    return loss
check = lambda loss: loss
`,
  },
];
