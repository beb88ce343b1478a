import { expect, test } from "vitest";
import { crossEntropy, memoryReport, nn, optim, randint, randn, type Tensor } from "../../engine/index.js";

test("a plain training loop that disposes of nothing does not gather storages", () => {
  const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const optimizer = new optim.Adam(model.parameters());
  const labels = randint(0, 10, [64]);
  let most = 0;
  for (let step = 0; step < 2000; step++) {
    optimizer.zeroGrad();
    crossEntropy(model(randn([64, 784])) as Tensor, labels).backward();
    optimizer.step();
    if (step % 100 === 99) most = Math.max(most, memoryReport().storages);
  }
  // A step makes four small results that minor collections find old; without full ones there would be 7,400.
  expect(most).toBeLessThan(5500);
});
