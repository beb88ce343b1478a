import { characterLoss, languageModels } from "../language/models.mjs";
import { torchTrainingRun, trainingRun } from "../training.mjs";

const [batch, length, size, hidden, vocabulary] = [32, 64, 64, 256, 65];
const lr = 1e-3;
const tokens = batch * length;

/** A training step of the recurrent language model of characters of ../language: forward, cross-entropy, backward, Adam. */
export const cases = [
  {
    name: "train.charlstm",
    // Every product counts once forward and twice backward.
    flops: 3 * 2 * tokens * (4 * hidden * (size + hidden) + hidden * vocabulary),
    ours: ({ gb, reset }) => {
      const { CharLSTM } = languageModels(gb);
      const model = new CharLSTM(vocabulary, { size, hidden });
      reset(model);
      const lossOf = characterLoss(gb);
      const whole = (factor, add) =>
        gb.tensor(
          Int32Array.from({ length: tokens }, (_, i) => (i * factor + add) % vocabulary),
          { shape: [batch, length] },
        );
      const [x, following] = [whole(31, 0), whole(37, 5)];
      return trainingRun(gb, model, { lr, lossOf: () => lossOf(model(x), following) });
    },
    torch: `
nn, F = torch.nn, torch.nn.functional
class CharLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(${vocabulary}, ${size})
        self.lstm = nn.LSTM(${size}, ${hidden}, batch_first=True)
        self.head = nn.Linear(${hidden}, ${vocabulary})
    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0])
model = CharLSTM()
reset(model)
whole = lambda factor, add: ((torch.arange(${tokens}) * factor + add) % ${vocabulary}).reshape(${batch}, ${length})
x, following = whole(31, 0), whole(37, 5).reshape(-1)
${torchTrainingRun({ lr, loss: `F.cross_entropy(model(x).reshape(-1, ${vocabulary}), following)` })}`,
  },
];
