const [images, channels, size, filters, kernel] = [64, 32, 26, 64, 3];
const out = size - kernel + 1;
const flops = 2 * images * out * out * filters * channels * kernel * kernel;
const xSize = images * channels * size * size;
const wSize = filters * channels * kernel * kernel;
const bound = (/** @type {string} */ python) => `
x = values(${xSize}, 1).reshape(${images}, ${channels}, ${size}, ${size})
w = values(${wSize}, 2).reshape(${filters}, ${channels}, ${kernel}, ${kernel})
${python}`;

/** What convolution layers hand to each other: images whose channels run fastest, on our side; PyTorch's own order on its. */
const inputs = ({ gb, values }) => {
  const x = gb.tensor(values(xSize, 1), { shape: [images, channels, size, size] });
  const w = gb.tensor(values(wSize, 2), { shape: [filters, channels, kernel, kernel] });
  const identity = gb.eye(channels).reshape([channels, channels, 1, 1]);
  return { x: gb.conv2d(x, identity), w };
};

const jaxInputs = ({ array, values }) => ({
  x: array(values(xSize, 1), [images, channels, size, size]),
  w: array(values(wSize, 2), [filters, channels, kernel, kernel]),
});

/** A convolution layer in the middle of a network, forward and both of its gradients. */
export const cases = [
  {
    name: "conv.fwd",
    flops,
    ours: scope => {
      const { x, w } = inputs(scope);
      return { run: () => scope.gb.conv2d(x, w), check: y => y };
    },
    // Its images have their channels last; the check puts the result into the common order.
    tfjs: ({ tf, values }) => {
      const x = tf.tensor(values(xSize, 1), [images, channels, size, size]).transpose([0, 2, 3, 1]);
      const w = tf.tensor(values(wSize, 2), [filters, channels, kernel, kernel]).transpose([2, 3, 1, 0]);
      return { run: () => tf.conv2d(x, w, 1, "valid"), check: y => y.transpose([0, 3, 1, 2]) };
    },
    "jax-js": ({ jax, array, ready, values }) => {
      const { x, w } = jaxInputs({ array, values });
      return { run: () => ready(jax.lax.conv(x.ref, w.ref, [1, 1], "VALID")), check: y => y };
    },
    torch: bound(`
def run():
    with torch.no_grad():
        return torch.nn.functional.conv2d(x, w)
check = lambda y: y
`),
  },
  {
    name: "conv.bwd",
    flops: 2 * flops,
    ours: scope => {
      const { gb, values } = scope;
      const { x, w } = inputs(scope);
      const weigh = gb.tensor(values(images * filters * out * out, 3), { shape: [images, filters, out, out] });
      // The cotangent in the order in which a layer behind would hand it back.
      const g = gb.conv2d(weigh, gb.eye(filters).reshape([filters, filters, 1, 1]));
      const [, back] = gb.vjp(([x, w]) => gb.conv2d(x, w), [x, w]);
      return { run: () => back(g), check: ([, gradient]) => gradient };
    },
    // TensorFlow.js has no gradient of a convolution's weights in WebAssembly; in jax-js three runs take minutes.
    torch: bound(`
g = values(${images * filters * out * out}, 3).reshape(${images}, ${filters}, ${out}, ${out})
x.requires_grad_()
w.requires_grad_()
y = torch.nn.functional.conv2d(x, w)
run = lambda: torch.autograd.grad(y, (x, w), g, retain_graph=True)
check = lambda gradients: gradients[1]
`),
  },
];
