/** Sets of data that many know by name: found, or downloaded and kept. */
export { type ColourImages, cifar10, cifarClasses, parseCifar10 } from "./cifar.js";
export { fashionClasses, fashionMnist } from "./fashion-mnist.js";
export type { SetOptions } from "./find.js";
export { imdb, type LabelledTexts } from "./imdb.js";
export { tinyShakespeare } from "./shakespeare.js";
export { iris, penguins, titanic } from "./tables.js";
