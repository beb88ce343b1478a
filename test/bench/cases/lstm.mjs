import { labelsOf, torchTrainingRun, trainingRun } from "../training.mjs";

const [batch, steps, inputs, hidden, classes] = [64, 28, 28, 128, 10];
const lr = 1e-3;
const cell = 2 * batch * steps * 4 * hidden;
const dense = 2 * batch * hidden * classes;

/** A training step of a recurrent network that reads images row by row: forward, cross-entropy, backward, Adam. */
export const cases = [
  {
    name: "train.lstm",
    // The input needs no gradient.
    flops: cell * (2 * inputs + 3 * hidden) + 3 * dense,
    ours: ({ gb, values, reset }) => {
      class Reader extends gb.nn.Module {
        lstm = new gb.nn.LSTM(inputs, hidden);
        head = new gb.nn.Linear(hidden, classes);
        forward(x) {
          return this.head(this.lstm(x).output.at(gb.slice(), -1));
        }
      }
      const model = new Reader();
      reset(model);
      const x = gb.tensor(values(batch * steps * inputs, 9), { shape: [batch, steps, inputs] });
      const labels = gb.tensor(labelsOf(batch, classes), { shape: [batch] });
      const lossOf = new gb.nn.CrossEntropyLoss();
      return trainingRun(gb, model, { lr, lossOf: () => lossOf(model(x), labels) });
    },
    torch: `
class Reader(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(${inputs}, ${hidden}, batch_first=True)
        self.head = torch.nn.Linear(${hidden}, ${classes})
    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])
model = Reader()
reset(model)
x = values(${batch * steps * inputs}, 9).reshape(${batch}, ${steps}, ${inputs})
labels = torch.arange(${batch}) * 7 % ${classes}
loss_of = torch.nn.CrossEntropyLoss()
${torchTrainingRun({ lr, loss: "loss_of(model(x), labels)" })}`,
  },
];
