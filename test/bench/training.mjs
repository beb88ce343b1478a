// A training step as everybody writes it, on both sides: gradients to nothing, loss, backward, Adam.

/** Labels that reach every one of `classes`: PyTorch's side writes them `torch.arange(batch) * 7 % classes`. */
export const labelsOf = (/** @type {number} */ batch, /** @type {number} */ classes) =>
  Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);

/**
 * @param {any} gb
 * @param {any} model
 * @param {{ lr: number, lossOf: () => any }} form
 */
export function trainingRun(gb, model, { lr, lossOf }) {
  const optimizer = new gb.optim.Adam(model.parameters(), { lr });
  const run = () => {
    optimizer.zeroGrad();
    const loss = lossOf();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { run, check: loss => loss };
}

/** The same in Python, where `model` is defined: `loss` is an expression. */
export const torchTrainingRun = (/** @type {{ lr: number, loss: string }} */ { lr, loss }) => `
optimizer = torch.optim.Adam(model.parameters(), lr=${lr})
def run():
    optimizer.zero_grad(set_to_none=True)
    loss = ${loss}
    loss.backward()
    optimizer.step()
    return loss
check = lambda loss: loss
`;
