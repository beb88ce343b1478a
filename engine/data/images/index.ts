export type { Images } from "./batch.js";
export { adjust, type ColourChange, normalize } from "./colour.js";
export { type DecodeOptions, decode, read } from "./decode.js";
export { type FolderOptions, type FolderSample, folder, ImageFolder } from "./folder.js";
export {
  affine,
  centerCrop,
  crop,
  type MoveOptions,
  type ResizeOptions,
  resize,
  rotate,
  type Sized,
} from "./geometry.js";
export {
  colorJitter,
  compose,
  type RandomAffineOptions,
  type RandomCropOptions,
  type RandomCutoutOptions,
  type RandomFlipOptions,
  type RandomTransform,
  randomAffine,
  randomCrop,
  randomCutout,
  randomFlip,
  randomRotation,
  type SeedOption,
} from "./random.js";
export type { Movement } from "./warp.js";
