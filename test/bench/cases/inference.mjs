import { cnn, images, mlp, prepared, torchPrepared } from "../classifiers.mjs";

/** A batch through a trained network, no gradients. onnxruntime runs the file that our own export writes. */
const inference = (name, network) => ({
  name,
  flops: network.flops.reduce((sum, n) => sum + n),
  ours: scope => {
    const { model, x } = prepared(network, scope);
    model.eval();
    return { run: () => scope.gb.noGrad(() => model(x)), check: y => y };
  },
  onnxruntime: async ({ gb, reset, values, session }) => {
    const { model, x } = prepared(network, { gb, reset, values });
    const run = await session(gb.io.onnx.encode(model, { x }), { x: [images(network, values), network.shape] });
    return { run, check: ({ output }) => output };
  },
  tfjs: scope => {
    const forward = network.tfjs(scope);
    const x = scope.tf.tensor(images(network, scope.values), network.shape);
    return { run: () => scope.tf.tidy(() => forward(x)), check: y => y };
  },
  "jax-js": scope => {
    const { jax, array, ready, values } = scope;
    const { parameters, forward } = network["jax-js"](scope);
    const x = array(images(network, values), network.shape);
    const compiled = jax.jit(forward);
    const kept = () => Object.fromEntries(Object.entries(parameters).map(([n, p]) => [n, p.ref]));
    return { run: () => ready(compiled(kept(), x.ref)), check: y => y };
  },
  torch: `${torchPrepared(network)}
model.eval()
def run():
    with torch.no_grad():
        return model(x)
check = lambda y: y
`,
});

export const cases = [inference("infer.mlp", mlp), inference("infer.cnn", cnn)];
