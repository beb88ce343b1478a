import { cnn, prepared, torchPrepared } from "../classifiers.mjs";
import { torchTrainingRun, trainingRun } from "../training.mjs";

const lr = 1e-4;
const [conv1, conv2, dense] = cnn.flops;

/**
 * A training step of a small convolutional network on 28 x 28 images: forward, cross-entropy, backward, Adam. TensorFlow.js has no
 * gradient of a convolution's weights in WebAssembly; in jax-js three steps take minutes.
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
    torch: `${torchPrepared(cnn)}
loss_of = torch.nn.CrossEntropyLoss()
${torchTrainingRun({ lr, loss: "loss_of(model(x), labels)" })}`,
  },
];
