/**
 * A step of Adam of the paper in jax-js, compiled by its `jit`: it has no optimizers of its own.
 *
 * @param {any} scope what jax-js.mjs gives, and `values`, `startingValues`
 * @param {any} network of classifiers.mjs
 * @param {{ lr: number, x: Float32Array, labels: Int32Array }} form
 */
export function jaxTrainingRun(scope, network, { lr, x: numbers, labels: chosen }) {
  const { jax, array, ready } = scope;
  const { numpy: np, nn, jit, valueAndGrad } = jax;
  const { parameters, forward } = network["jax-js"](scope);
  const { batch, classes } = network;
  const names = Object.keys(parameters);
  const zeros = () => Object.fromEntries(names.map(n => [n, np.zeros(parameters[n].shape)]));
  let p = parameters;
  let [m, v, steps] = [zeros(), zeros(), 0];
  const x = array(numbers, network.shape);
  const ones = new Float32Array(batch * classes);
  chosen.forEach((label, i) => {
    ones[i * classes + label] = 1;
  });
  const labels = array(ones, [batch, classes]);
  const lossOf = (p, x, y) => np.mean(np.multiply(nn.logSoftmax(forward(p, x)), y)).mul(-classes);
  const mix = (a, share, b) => a.mul(share).add(b.mul(1 - share));
  // The corrections are numbers of the step, so they come in as arrays.
  const step = jit((p, m, v, x, y, first, second) => {
    const kept = Object.fromEntries(names.map(n => [n, p[n].ref]));
    const [loss, g] = valueAndGrad(lossOf)(kept, x, y);
    const [np1, nm, nv] = [{}, {}, {}];
    for (const n of names) {
      nm[n] = mix(m[n], 0.9, g[n].ref);
      nv[n] = mix(v[n], 0.999, g[n].ref.mul(g[n]));
      const root = np.sqrt(nv[n].ref.mul(second.ref)).add(1e-8);
      np1[n] = p[n].sub(nm[n].ref.mul(first.ref).mul(lr).div(root));
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
}
