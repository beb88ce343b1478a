export { cacheFolder } from "./cache.js";
export { type DigitsOptions, digits } from "./digits.js";
export { DownloadError, type DownloadOptions, download, type RemoteFile } from "./download.js";
export { type IdxArray, parseIdx } from "./idx.js";
export type { DigitSet, LabelledImages } from "./labelled.js";
export { type Batches, type BatchOptions, batches } from "./loader.js";
export { type MnistOptions, mnist } from "./mnist.js";
export { type DownloadProgress, printProgress } from "./progress.js";
export { type SplitOptions, split } from "./split.js";
