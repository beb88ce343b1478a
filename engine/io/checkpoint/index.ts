/** Checkpoints: a model, and all that its training needs to go on. */
export { type Loaded, type LoadOptions, load } from "./load.js";
export { type SaveOptions, save } from "./save.js";
