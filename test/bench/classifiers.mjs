// The two networks that several benchmarks train and run, written once for every contender. Parameters are numbered as
// PyTorch's `parameters()` come, so that all start from the same values.
import { labelsOf } from "./training.mjs";

const [batch, classes] = [64, 10];
const [inputs, hidden] = [784, 128];

/** What jax-js takes apart: its matrices lie as they are multiplied. */
const jaxDense = ({ np }, x, w, b) => np.add(np.matmul(x, w), b);

const jaxWeights = ({ array, np, startingValues }) => ({
  matrix: (rows, columns, n) => np.transpose(array(startingValues([rows, columns], n), [rows, columns])),
  filters: (shape, n) => array(startingValues(shape, n), shape),
  bias: (size, n, ...more) => array(startingValues([size], n), [size, ...more]),
});

const tfWeights = ({ tf, startingValues }) => ({
  matrix: (rows, columns, n) => tf.variable(tf.tensor(startingValues([rows, columns], n), [rows, columns]).transpose()),
  filters: (shape, n) => tf.tensor(startingValues(shape, n), shape).transpose([2, 3, 1, 0]),
  bias: (size, n) => tf.variable(tf.tensor(startingValues([size], n))),
});

/** Images [64, 784] through 128 hidden units to 10 classes. */
export const mlp = {
  batch,
  classes,
  shape: [batch, inputs],
  /** Of the forward pass, layer by layer: 2 per multiply-add. */
  flops: [2 * batch * inputs * hidden, 2 * batch * hidden * classes],
  ours: nn => new nn.Sequential(new nn.Linear(inputs, hidden), new nn.ReLU(), new nn.Linear(hidden, classes)),
  torch: `torch.nn.Sequential(torch.nn.Linear(${inputs}, ${hidden}), torch.nn.ReLU(), torch.nn.Linear(${hidden}, ${classes}))`,
  tfjs: scope => {
    const { matrix, bias } = tfWeights(scope);
    const [w1, b1, w2, b2] = [matrix(hidden, inputs, 0), bias(hidden, 1), matrix(classes, hidden, 2), bias(classes, 3)];
    return x => x.matMul(w1).add(b1).relu().matMul(w2).add(b2);
  },
  "jax-js": scope => {
    const { nn, numpy: np } = scope.jax;
    const { matrix, bias } = jaxWeights({ ...scope, np });
    return {
      parameters: {
        w1: matrix(hidden, inputs, 0),
        b1: bias(hidden, 1),
        w2: matrix(classes, hidden, 2),
        b2: bias(classes, 3),
      },
      forward: (p, x) => jaxDense({ np }, nn.relu(jaxDense({ np }, x, p.w1, p.b1)), p.w2, p.b2),
    };
  },
};

/** Images [64, 1, 28, 28] through two convolutions, a pool and two dense layers to 10 classes. */
export const cnn = {
  batch,
  classes,
  shape: [batch, 1, 28, 28],
  flops: [2 * batch * 26 * 26 * 32 * 9, 2 * batch * 24 * 24 * 64 * 32 * 9, 2 * batch * (9216 * 128 + 128 * classes)],
  ours: nn =>
    new nn.Sequential(
      new nn.Conv2d(1, 32, 3),
      new nn.ReLU(),
      new nn.Conv2d(32, 64, 3),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(9216, 128),
      new nn.ReLU(),
      new nn.Linear(128, classes),
    ),
  torch: `torch.nn.Sequential(
    torch.nn.Conv2d(1, 32, 3), torch.nn.ReLU(), torch.nn.Conv2d(32, 64, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
    torch.nn.Linear(9216, 128), torch.nn.ReLU(), torch.nn.Linear(128, ${classes}),
)`,
  // Its convolutions have images whose channels come last alone; the dense layer's weights are put into that order once.
  tfjs: scope => {
    const { tf } = scope;
    const { matrix, filters, bias } = tfWeights(scope);
    const [w1, b1, w2, b2] = [filters([32, 1, 3, 3], 0), bias(32, 1), filters([64, 32, 3, 3], 2), bias(64, 3)];
    const [w3, b3] = [matrix(128, 9216, 4).reshape([64, 12, 12, 128]).transpose([1, 2, 0, 3]), bias(128, 5)];
    const [w4, b4] = [matrix(classes, 128, 6), bias(classes, 7)];
    const dense = w3.reshape([9216, 128]);
    const layer = (x, filter, bias) =>
      tf.fused.conv2d({ x, filter, bias, strides: 1, pad: "valid", activation: "relu" });
    return x => {
      const seen = layer(layer(x.reshape([batch, 28, 28, 1]), w1, b1), w2, b2).maxPool(2, 2, "valid");
      return seen.reshape([batch, 9216]).matMul(dense).add(b3).relu().matMul(w4).add(b4);
    };
  },
  "jax-js": scope => {
    const { nn, lax, numpy: np } = scope.jax;
    const { matrix, filters, bias } = jaxWeights({ ...scope, np });
    const layer = (x, w, b) => nn.relu(np.add(lax.conv(x, w, [1, 1], "VALID"), b));
    return {
      parameters: {
        w1: filters([32, 1, 3, 3], 0),
        b1: bias(32, 1, 1, 1),
        w2: filters([64, 32, 3, 3], 2),
        b2: bias(64, 3, 1, 1),
        w3: matrix(128, 9216, 4),
        b3: bias(128, 5),
        w4: matrix(classes, 128, 6),
        b4: bias(classes, 7),
      },
      forward: (p, x) => {
        const seen = layer(layer(x, p.w1, p.b1), p.w2, p.b2);
        const pooled = np.max(seen.reshape([batch, 64, 12, 2, 12, 2]), [3, 5]).reshape([batch, 9216]);
        return jaxDense({ np }, nn.relu(jaxDense({ np }, pooled, p.w3, p.b3)), p.w4, p.b4);
      },
    };
  },
};

/** The images that all contenders see: the same numbers for the same seed. */
export const images = ({ shape }, values) =>
  values(
    shape.reduce((product, n) => product * n, 1),
    9,
  );

/** Ours before training: starting values and a batch with labels. */
export function prepared(network, { gb, values, reset }) {
  const model = network.ours(gb.nn);
  reset(model);
  const x = gb.tensor(images(network, values), { shape: network.shape });
  const labels = gb.tensor(labelsOf(network.batch, network.classes), { shape: [network.batch] });
  return { model, x, labels };
}

/** The same in Python: `model`, `x` and `labels`. */
export const torchPrepared = ({ torch, batch, classes, shape }) => `
model = ${torch}
reset(model)
x = values(${shape.reduce((product, n) => product * n, 1)}, 9).reshape(${shape.join(", ")})
labels = torch.arange(${batch}) * 7 % ${classes}
`;
