/** Gradients: `backward()` for leaves, `grad`, `valueAndGrad` and `vjp` for functions. All share one walk over the graph. */
export { gradEnabled, noGrad } from "./autograd/graph.js";
export { grad, type Liftable, type Tree, valueAndGrad, vjp } from "./autograd/transforms.js";
