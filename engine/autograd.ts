/** Gradients: `backward()` for leaves, `grad` and the other transforms for functions, with one walk over the graph; `vmap`. */
export { AnomalyError, detectAnomaly, setDetectAnomaly } from "./autograd/anomaly.js";
export { checkpoint } from "./autograd/checkpoint.js";
export { type BackwardContext, type CustomFunction, customGrad } from "./autograd/custom-grad.js";
export { GradcheckError, type GradcheckOptions, gradcheck, gradgradcheck } from "./autograd/gradcheck.js";
export { gradEnabled, noGrad } from "./autograd/graph.js";
export type { Liftable, Tree } from "./autograd/inputs.js";
export { hessian, jacfwd, jacobian, type SameTree, type TreeByTree } from "./autograd/jacobian.js";
export { hvp, jvp } from "./autograd/products.js";
export { grad, valueAndGrad, vjp } from "./autograd/transforms.js";
export { VmapError } from "./vmap/batched.js";
export { type BatchAxes, type VmapOptions, vmap } from "./vmap/vmap.js";
