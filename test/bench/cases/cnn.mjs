const batch = 64;
const conv1 = 2 * batch * 26 * 26 * 32 * 9;
const conv2 = 2 * batch * 24 * 24 * 64 * 32 * 9;
const dense = 2 * batch * (9216 * 128 + 128 * 10);

/** A training step of a small convolutional network on 28 x 28 images: forward, cross-entropy, backward, Adam. */
export const cases = [
  {
    name: "train.cnn",
    // The first layer's input needs no gradient.
    flops: 2 * conv1 + 3 * (conv2 + dense),
    ours: ({ gb, values, reset }) => {
      const { nn } = gb;
      const model = new nn.Sequential(
        new nn.Conv2d(1, 32, 3),
        new nn.ReLU(),
        new nn.Conv2d(32, 64, 3),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(9216, 128),
        new nn.ReLU(),
        new nn.Linear(128, 10),
      );
      reset(model);
      const x = gb.tensor(values(batch * 784, 9), { shape: [batch, 1, 28, 28] });
      const labels = gb.tensor(
        Int32Array.from({ length: batch }, (_, i) => (i * 7) % 10),
        { shape: [batch] },
      );
      const lossOf = new nn.CrossEntropyLoss();
      const optimizer = new gb.optim.Adam(model.parameters(), { lr: 1e-4 });
      const run = () => {
        optimizer.zeroGrad();
        const loss = lossOf(model(x), labels);
        loss.backward();
        optimizer.step();
        return loss;
      };
      return { run, check: loss => loss };
    },
    torch: `
nn = torch.nn
model = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10),
)
reset(model)
x = values(${batch * 784}, 9).reshape(${batch}, 1, 28, 28)
labels = torch.arange(${batch}) * 7 % 10
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
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
