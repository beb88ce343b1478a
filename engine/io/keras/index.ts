/** Keras' files, read as data. */
export { type KerasFile, read } from "./read.js";
