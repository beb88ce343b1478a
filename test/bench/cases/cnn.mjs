import { cnn, images, prepared, torchPrepared } from "../classifiers.mjs";
import { jaxTrainingRun } from "../peers/jax-js-training.mjs";
import { labelsOf, torchTrainingRun, trainingRun } from "../training.mjs";

const lr = 1e-4;
const [conv1, conv2, dense] = cnn.flops;

/**
 * A training step of a small convolutional network on 28 x 28 images: forward, cross-entropy, backward, Adam. TensorFlow.js has
 * no gradient of a convolution's weights in WebAssembly.
 */
export const cases = [
  {
    name: "train.cnn",
    // The first layer's input needs no gradient.
    flops: 2 * conv1 + 3 * (conv2 + dense),
    ours: scope => {
      const { model, x, labels } = prepared(cnn, scope);
      const lossOf = new scope.gb.nn.CrossEntropyLoss();
      return trainingRun(scope.gb, model, { lr, lossOf: () => lossOf(model(x), labels) });
    },
    "jax-js": scope =>
      jaxTrainingRun(scope, cnn, { lr, x: images(cnn, scope.values), labels: labelsOf(cnn.batch, cnn.classes) }),
    torch: `${torchPrepared(cnn)}
loss_of = torch.nn.CrossEntropyLoss()
${torchTrainingRun({ lr, loss: "loss_of(model(x), labels)" })}`,
  },
];
