/** Gradients: `backward()` for leaves, `grad`, `valueAndGrad` and `vjp` for functions. All share one walk over the graph. */
export { AnomalyError, detectAnomaly, setDetectAnomaly } from "./autograd/anomaly.js";
export { checkpoint } from "./autograd/checkpoint.js";
export { type BackwardContext, type CustomFunction, customGrad } from "./autograd/custom-grad.js";
export { GradcheckError, type GradcheckOptions, gradcheck, gradgradcheck } from "./autograd/gradcheck.js";
export { gradEnabled, noGrad } from "./autograd/graph.js";
export type { Liftable, Tree } from "./autograd/inputs.js";
export { hessian, jacfwd, jacobian, type SameTree, type TreeByTree } from "./autograd/jacobian.js";
export { hvp, jvp } from "./autograd/products.js";
export { grad, valueAndGrad, vjp } from "./autograd/transforms.js";
