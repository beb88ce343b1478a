import { images, mlp, prepared, torchPrepared } from "../classifiers.mjs";
import { jaxTrainingRun } from "../peers/jax-js-training.mjs";
import { labelsOf, torchTrainingRun, trainingRun } from "../training.mjs";

const lr = 1e-3;
const [first, second] = mlp.flops;

/** A training step of a small network: forward, cross-entropy, backward, Adam. What all start from is the same. */
export const cases = [
  {
    name: "train.mlp",
    // Forward, the weights' gradients, and the gradient that the second layer hands back.
    flops: 2 * first + 3 * second,
    ours: scope => {
      const { model, x, labels } = prepared(mlp, scope);
      const lossOf = new scope.gb.nn.CrossEntropyLoss();
      return trainingRun(scope.gb, model, { lr, lossOf: () => lossOf(model(x), labels) });
    },
    tfjs: scope => {
      const { tf, values } = scope;
      const forward = mlp.tfjs(scope);
      const x = tf.tensor(images(mlp, values), mlp.shape);
      const labels = tf.oneHot(tf.tensor1d(labelsOf(mlp.batch, mlp.classes), "int32"), mlp.classes);
      const optimizer = tf.train.adam(lr, 0.9, 0.999, 1e-8);
      const lossOf = () => tf.losses.softmaxCrossEntropy(labels, forward(x));
      return { run: () => optimizer.minimize(lossOf, true), check: loss => loss };
    },
    "jax-js": scope =>
      jaxTrainingRun(scope, mlp, { lr, x: images(mlp, scope.values), labels: labelsOf(mlp.batch, mlp.classes) }),
    torch: `${torchPrepared(mlp)}
loss_of = torch.nn.CrossEntropyLoss()
${torchTrainingRun({ lr, loss: "loss_of(model(x), labels)" })}`,
  },
];
