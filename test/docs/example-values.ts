import { readFile } from "node:fs/promises";
import * as gb from "../../engine/index.js";

const { nn, rand, randint, randn, tensor, zeros } = gb;

/** What the examples of the docs take for granted: a name and how to make it anew for each example. */
export const exampleValues: Record<string, () => unknown> = {
  // Tensors of the shapes that the example beside them would have.
  q: () => randn([2, 4, 6, 8]),
  k: () => randn([2, 4, 6, 8]),
  v: () => randn([2, 4, 6, 8]),
  w: () => randn([3, 2], { requiresGrad: true }),
  b: () => zeros([2], { requiresGrad: true }),
  x: () => randn([4, 3]),
  y: () => randn([4, 2]),
  future: () => gb.ones([4, 4]).triu(1).cast("bool"),
  image: () => rand([28, 28]),
  images: () => rand([4, 28, 28]),
  labels: () => tensor([0, 1, 1, 0], { dtype: "int32" }),
  logits: () => randn([4, 10]),
  scores: () => randn([4, 4]),
  weights: () => randn([16, 8]),
  readFile: () => readFile,
  losses: () => [2.3, 1.1, 0.6],
  prediction: () => randn([4, 2]),
  target: () => randn([4, 2]),
  layer: () => new nn.Linear(3, 2),
  loss: () => randn([4, 2], { requiresGrad: true }).mean(),
  optimizer: () => new gb.optim.SGD(new nn.Linear(3, 2).parameters(), { lr: 0.1, momentum: 0.9 }),
  model: () => new nn.Sequential(new nn.Linear(3, 2)),
  batch: () => ({ images: rand([4, 28, 28]), labels: randint(0, 2, [4]) }),
};
