import {
  affineGrid,
  fft,
  Generator,
  gelu,
  gridSample,
  hannWindow,
  i0,
  ifft,
  irfft,
  isInf,
  lerp,
  logit,
  nn,
  pad,
  polygamma,
  randint,
  randn,
  rfft,
  stack,
  stft,
  type Tensor,
  tensor,
  xlogy,
} from "../../../engine/index.js";

/** A model, and inputs to export it with. */
export interface ExportCase {
  readonly model: (...args: never[]) => unknown;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** A transformer block as one writes it. */
class Block extends nn.Module {
  readonly #generator: Generator;
  readonly table: nn.Embedding;
  readonly attention: nn.MultiheadAttention;
  readonly before = new nn.LayerNorm(8);
  readonly after = new nn.RMSNorm(8);
  readonly hidden: nn.Linear;

  constructor(generator: Generator) {
    super();
    this.#generator = generator;
    this.table = new nn.Embedding(11, 8, { generator });
    this.attention = new nn.MultiheadAttention(8, 2, { generator });
    this.hidden = new nn.Linear(8, 8, { generator });
  }

  forward(tokens: Tensor): Tensor {
    void this.#generator;
    const x = this.table(tokens) as Tensor;
    const n = this.before(x);
    const y = x.add(this.attention(n, n, n, { causal: true })) as Tensor;
    return y.add((this.hidden(this.after(y) as never) as Tensor).gelu()) as Tensor;
  }
}

/** Models of every kind of layer, the same at every call. */
export function exportCases(): Record<string, ExportCase> {
  const generator = new Generator(3);
  const random = (...shape: number[]) => randn(shape, { generator }) as Tensor;
  const image = { image: random(2, 3, 8, 6) };
  const steps = { x: random(2, 4, 3) };
  const layer = (model: nn.Module) => model as unknown as ExportCase["model"];
  const norm = <M extends nn.Module>(module: M): M => {
    // Weights and statistics other than those that do nothing.
    for (const [, x] of Object.entries(module.stateDict())) {
      if (x.dtype === "float32") module.loadStateDict(state(module, random));
    }
    return module;
  };
  const cases: Record<string, ExportCase> = {
    mlp: {
      model: layer(
        new nn.Sequential(
          new nn.Linear(5, 7, { generator }),
          new nn.ReLU(),
          new nn.Dropout(0.5),
          norm(new nn.BatchNorm1d(7)),
          new nn.Tanh(),
          new nn.Linear(7, 3, { generator, bias: false }),
          new nn.Softmax(),
        ),
      ),
      inputs: { x: random(2, 5) },
    },
    cnn: {
      model: layer(
        new nn.Sequential(
          new nn.Conv2d(3, 6, 3, { padding: "same", groups: 3, generator }),
          norm(new nn.BatchNorm2d(6)),
          new nn.GELU(),
          new nn.MaxPool2d(2),
          new nn.Conv2d(6, 4, [3, 2], { stride: 2, padding: 1, dilation: 1, generator }),
          new nn.Sigmoid(),
          new nn.AvgPool2d(2, { stride: 1, padding: 1 }),
          new nn.Flatten(),
          new nn.Linear(36, 2, { generator }),
          new nn.LogSoftmax(),
        ),
      ),
      inputs: image,
    },
    transposed: {
      model: layer(new nn.ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, outputPadding: 1, generator })),
      inputs: image,
    },
    adaptive: {
      model: layer(new nn.Sequential(new nn.AdaptiveAvgPool2d([4, 3]), new nn.AdaptiveMaxPool2d(1), new nn.Flatten())),
      inputs: image,
    },
    global: { model: layer(new nn.GlobalAvgPool2d()), inputs: image },
    groupNorm: {
      model: layer(norm(new nn.Sequential(new nn.GroupNorm(3, 3), new nn.InstanceNorm2d(3)))),
      inputs: image,
    },
    sequences: {
      model: layer(
        new nn.Sequential(new nn.Conv1d(4, 3, 2, { generator }), new nn.MaxPool1d(2), norm(new nn.LayerNorm(1))),
      ),
      inputs: steps,
    },
    lstm: { model: layer(new nn.LSTM(3, 4, { layers: 2, bidirectional: true, generator })), inputs: steps },
    gru: { model: layer(new nn.GRU(3, 4, { generator })), inputs: steps },
    rnn: { model: layer(new nn.RNN(3, 4, { nonlinearity: "relu", bias: false, generator })), inputs: steps },
    transformer: { model: layer(new Block(generator)), inputs: { tokens: randint(0, 11, [2, 5], { generator }) } },
    spectra: {
      model: ((x: Tensor) => {
        const pairs = stack([x, x.square()], -1) as Tensor;
        return {
          complex: fft(pairs, { axis: 1, norm: "ortho" }),
          longer: fft(pairs, { axis: 1, n: 6 }),
          inverse: ifft(pairs, { axis: 2, norm: "forward" }),
          real: rfft(x, { axis: 1 }),
          back: irfft(pairs, { axis: 1, n: 5, norm: "ortho" }),
          even: irfft(pairs, { axis: 1 }),
        };
      }) as never,
      inputs: steps,
    },
    frames: {
      model: ((x: Tensor) => {
        const edged = pad(x, [[1, 2]], { mode: "replicate" }) as Tensor;
        return { spectra: stft(edged, 8, { window: hannWindow(8) }), bordered: pad(x, [[2, 0]], { value: 1.5 }) };
      }) as never,
      inputs: { x: random(2, 18) },
    },
    grid: {
      model: ((image: Tensor, theta: Tensor) => ({
        images: gridSample(image, affineGrid(theta, [theta.shape[0]!, 3, 5, 4]), { paddingMode: "border" }),
        mirrored: gridSample(image, affineGrid(theta, [theta.shape[0]!, 3, 2, 3]), {
          paddingMode: "reflection",
          alignCorners: true,
        }),
      })) as never,
      inputs: { ...image, theta: random(2, 2, 3) },
    },
    functions: {
      model: ((x: Tensor) => ({
        gelu: gelu(x, { approximate: "tanh" }),
        logit: logit(x.sigmoid() as Tensor, { eps: 1e-3 }),
        xlogy: xlogy(x.abs() as Tensor, x.square() as never),
        lerp: lerp(x, x.square() as never, 0.3),
        i0: i0(x),
        trigamma: polygamma(x.abs().add(0.1) as Tensor, 1),
        isInf: isInf(x.div(0) as Tensor),
        picked: x.gather(
          x
            .mul(0)
            .cast("int32")
            .add(tensor([2, -1, 0], { dtype: "int32" }) as never) as never,
          -1,
        ),
      })) as never,
      inputs: steps,
    },
    spectralNorm: {
      model: layer(
        new nn.SpectralNorm(new nn.WeightNorm(new nn.Linear(3, 4, { generator })), { name: "layer.weight" }),
      ),
      inputs: { x: random(2, 3) },
    },
    twoInputs: {
      model: ((a: Tensor, b: Tensor) => ({
        sum: a.add(b).mul(2).sum(1, { keepDims: true }),
        best: a.argMax(1),
        largest: a.max([0, 1]),
        masked: a.gt(b).logicalAnd(a.lt(1)).cast("float32").sub(b.mod(0.7)),
        part: a.at("...", 1).unsqueeze(0).clip({ min: -0.5, max: 0.5 }),
        spread: a.variance(1, { correction: 0 }),
      })) as never,
      inputs: { a: random(3, 4), b: random(3, 4) },
    },
  };
  return cases;
}

/** A state with random values; variances are positive. */
function state(module: nn.Module, random: (...shape: number[]) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(module.stateDict()).map(([name, x]): [string, Tensor] => {
      if (x.dtype !== "float32") return [name, x];
      return [
        name,
        name.endsWith("var")
          ? (random(...x.shape)
              .square()
              .add(0.5) as Tensor)
          : random(...x.shape),
      ];
    }),
  );
}
