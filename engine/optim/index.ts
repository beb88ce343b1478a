export { Adam, type AdamOptions, AdamW } from "./adam.js";
export type { CommonOptions, GivenGroup, ParameterGroup, Trainable } from "./groups.js";
export { Optimizer, type Update } from "./optimizer.js";
export { SGD, type SGDOptions } from "./sgd.js";
export type { OptimizerState, ParameterState } from "./state.js";
