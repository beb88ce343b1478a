const batch = 64;
const [inputs, hidden, classes] = [784, 128, 10];

/** A training step of a small network: forward, cross-entropy, backward, Adam. What both start from is the same. */
export const cases = [
  {
    name: "train.mlp",
    // Forward, the weights' gradients, and the gradient that the second layer hands back: 2 per multiply-add.
    flops: 2 * batch * (2 * inputs * hidden + 3 * hidden * classes),
    ours: ({ gb, values, reset }) => {
      const model = new gb.nn.Sequential(
        new gb.nn.Linear(inputs, hidden),
        new gb.nn.ReLU(),
        new gb.nn.Linear(hidden, classes),
      );
      reset(model);
      const x = gb.tensor(values(batch * inputs, 9), { shape: [batch, inputs] });
      const labels = gb.tensor(
        Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes),
        { shape: [batch] },
      );
      const lossOf = new gb.nn.CrossEntropyLoss();
      const optimizer = new gb.optim.Adam(model.parameters(), { lr: 1e-3 });
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
model = torch.nn.Sequential(torch.nn.Linear(${inputs}, ${hidden}), torch.nn.ReLU(), torch.nn.Linear(${hidden}, ${classes}))
reset(model)
x = values(${batch * inputs}, 9).reshape(${batch}, ${inputs})
labels = torch.arange(${batch}) * 7 % ${classes}
loss_of = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
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
