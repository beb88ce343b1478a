import { torchTrainingRun, trainingRun } from "../training.mjs";

const [layers, size, heads, wide, length, batch, vocabulary] = [4, 128, 4, 512, 64, 16, 65];
const lr = 1e-3;
const tokens = batch * length;
const perLayer = 2 * tokens * (4 * size * size + 2 * size * wide) + 2 * 2 * tokens * length * size;
const head = 2 * tokens * size * vocabulary;

/** A training step of a small language model of characters: forward, cross-entropy, backward, Adam. */
export const cases = [
  {
    name: "train.tfm",
    // Every product counts once forward and twice backward, scores that the causal order leaves out included.
    flops: 3 * (layers * perLayer + head),
    ours: ({ gb, reset }) => {
      const { nn } = gb;
      class Block extends nn.Module {
        norm1 = new nn.LayerNorm(size);
        attention = new nn.MultiheadAttention(size, heads);
        norm2 = new nn.LayerNorm(size);
        widen = new nn.Linear(size, wide);
        narrow = new nn.Linear(wide, size);
        forward(x) {
          const normed = this.norm1(x);
          const seen = x.add(this.attention(normed, normed, normed, { causal: true }));
          return seen.add(this.narrow(this.widen(this.norm2(seen)).gelu()));
        }
      }
      class Transformer extends nn.Module {
        token = new nn.Embedding(vocabulary, size);
        place = new nn.Embedding(length, size);
        blocks = Array.from({ length: layers }, () => new Block());
        norm = new nn.LayerNorm(size);
        head = new nn.Linear(size, vocabulary, { bias: false });
        forward(x) {
          let y = this.token(x).add(this.place(places));
          for (const block of this.blocks) y = block(y);
          return this.head(this.norm(y));
        }
      }
      const places = gb.arange(length);
      const model = new Transformer();
      reset(model);
      const whole = (factor, add) =>
        gb.tensor(
          Int32Array.from({ length: tokens }, (_, i) => (i * factor + add) % vocabulary),
          { shape: [batch, length] },
        );
      const [x, next] = [whole(31, 0), whole(37, 5).reshape([-1])];
      return trainingRun(gb, model, { lr, lossOf: () => gb.crossEntropy(model(x).reshape([-1, vocabulary]), next) });
    },
    torch: `
nn, F = torch.nn, torch.nn.functional
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(${size})
        self.project = nn.Linear(${size}, 3 * ${size})
        self.out = nn.Linear(${size}, ${size})
        self.norm2 = nn.LayerNorm(${size})
        self.widen = nn.Linear(${size}, ${wide})
        self.narrow = nn.Linear(${wide}, ${size})
    def attention(self, x):
        q, k, v = self.project(x).view(*x.shape[:2], 3, ${heads}, -1).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + hidden, -1) @ v
        return self.out(y.transpose(1, 2).reshape(x.shape))
    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x))))
class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(${vocabulary}, ${size})
        self.place = nn.Embedding(${length}, ${size})
        self.blocks = nn.ModuleList(Block() for _ in range(${layers}))
        self.norm = nn.LayerNorm(${size})
        self.head = nn.Linear(${size}, ${vocabulary}, bias=False)
    def forward(self, x):
        y = self.token(x) + self.place(places)
        for block in self.blocks:
            y = block(y)
        return self.head(self.norm(y))
places = torch.arange(${length})
hidden = torch.full((${length}, ${length}), float("-inf")).triu(1)
model = Transformer()
reset(model)
whole = lambda factor, add: ((torch.arange(${tokens}) * factor + add) % ${vocabulary}).reshape(${batch}, ${length})
x, following = whole(31, 0), whole(37, 5).reshape(-1)
${torchTrainingRun({ lr, loss: `F.cross_entropy(model(x).reshape(-1, ${vocabulary}), following)` })}`,
  },
];
