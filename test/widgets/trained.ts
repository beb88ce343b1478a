import * as gb from "../../engine/index.js";
import { data, nn, optim, slice, type Tensor } from "../../engine/index.js";

/** A small convolutional network. */
export class DigitNet extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 8, 3, { padding: 1 });
  readonly conv2 = new nn.Conv2d(8, 16, 3, { padding: 1 });
  readonly fc1 = new nn.Linear(16 * 16, 32);
  readonly fc2 = new nn.Linear(32, 10);

  /** What the first layer finds in images [N, 1, 16, 16]. */
  features(x: Tensor): Tensor {
    return this.conv1(x).relu() as Tensor;
  }

  /** What stands before the last layer: [N, 32]. */
  embed(x: Tensor): Tensor {
    const a = this.features(x).maxPool2d(2);
    const b = (this.conv2(a) as Tensor).relu().maxPool2d(2);
    return (this.fc1(b.reshape([x.shape[0]!, 256])) as Tensor).relu();
  }

  forward(x: Tensor): Tensor {
    return this.fc2(this.embed(x)) as Tensor;
  }
}

/** What a step of training hands to who wants to look. */
export type Look = (step: number, model: DigitNet) => void;

/** A network that was trained on drawn digits: most of the test images are read rightly, some are not. */
export interface Trained {
  model: DigitNet;
  /** [N, 1, 16, 16], values 0 to 1. */
  images: Tensor;
  labels: Tensor;
}

/** Trains for some steps; `look` is called after each backward pass, `after` when the weights have moved. */
export function trainDigits(steps: number, look?: Look, after?: Look): Trained {
  gb.manualSeed(3);
  const { train, test } = data.digits({ count: 500, size: 16, seed: 1 });
  const model = new DigitNet();
  const optimizer = new optim.Adam(model.parameters(), { lr: 3e-3 });
  const batch = 50;
  for (let step = 0; step < steps; step++) {
    const from = (step * batch) % 400;
    const images = (train.images as Tensor).at(slice(from, from + batch)).reshape([batch, 1, 16, 16]);
    const labels = (train.labels as Tensor).at(slice(from, from + batch));
    optimizer.zeroGrad();
    model(images).crossEntropy(labels).backward();
    look?.(step + 1, model);
    optimizer.step();
    after?.(step + 1, model);
  }
  model.eval();
  return { model, images: (test.images as Tensor).reshape([100, 1, 16, 16]), labels: test.labels as Tensor };
}

let trained: Trained | undefined;

/** The same network for every test of a file. */
export function trainedDigits(): Trained {
  trained ??= trainDigits(96);
  return trained;
}

/** Attention of two heads over seven places. */
class Looker extends nn.Module {
  readonly places = gb.randn([7, 16], { requiresGrad: true });
  readonly query = new nn.Linear(16, 16);
  readonly key = new nn.Linear(16, 16);

  /** [2, 7, 7]: which place looks at which. */
  forward(): Tensor {
    const heads = (x: Tensor) => x.reshape([7, 2, 8]).permute([1, 0, 2]);
    const [q, k] = [heads(this.query(this.places) as Tensor), heads(this.key(this.places) as Tensor)];
    return q
      .matmul(k.permute([0, 2, 1]))
      .div(Math.sqrt(8))
      .softmax(-1) as Tensor;
  }
}

/** Attention weights [2, 7, 7] that were trained: the first head looks at the place before, the second at the last. */
export function trainedAttention(): Tensor {
  gb.manualSeed(5);
  const looker = new Looker();
  const optimizer = new optim.Adam(looker.parameters(), { lr: 2e-2 });
  const before = gb.tensor([0, 0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6], { dtype: "int32" }) as Tensor;
  for (let step = 0; step < 40; step++) {
    optimizer.zeroGrad();
    looker().reshape([14, 7]).add(1e-6).log().crossEntropy(before).backward();
    optimizer.step();
  }
  return gb.noGrad(() => looker());
}
