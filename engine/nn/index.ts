export { GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from "./activations.js";
export { Flatten } from "./flatten.js";
export * as init from "./init.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export { BCEWithLogitsLoss, CrossEntropyLoss, MSELoss } from "./losses.js";
export { Module, parameter } from "./module.js";
export { Sequential } from "./sequential.js";
