import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";
import { Dataset } from "../dataset.js";
import { dataset } from "../make-dataset.js";
import { type DecodeOptions, read } from "./decode.js";
import { type ResizeOptions, resize } from "./geometry.js";

/** How the pictures of a folder are read. */
export interface FolderOptions extends ResizeOptions, DecodeOptions {
  /** All pictures are brought to this size; without it they keep their own, and then may not fit into one batch. */
  size?: readonly [height: number, width: number];
}

/** A picture of a folder with its class. */
export interface FolderSample {
  /** [channels, height, width], 0 to 1. */
  images: Tensor<[number, number, number], "float32">;
  /** The number of its class: int32 []. */
  labels: Tensor<[], "int32">;
}

/** A folder's pictures, read when they are asked for. */
export class ImageFolder extends Dataset<FolderSample> {
  /** Names of the classes by number. */
  readonly classes: readonly string[];
  /** The files by sample, as paths. */
  readonly files: readonly string[];

  /** Made by `data.images.folder`. */
  constructor(classes: readonly string[], files: readonly string[], samples: Dataset<FolderSample>) {
    super(samples.source);
    this.classes = classes;
    this.files = files;
  }
}

/**
 * The pictures (`.png`, `.jpg`, `.jpeg`) of a folder that has one folder for each class, as torchvision's `ImageFolder`: classes
 * are numbered by their names' order, and deeper folders belong to their class.
 * @param options.channels 3 unless said otherwise
 * @returns a dataset of `{ images, labels }`, one picture and its class each, by index
 * @throws ValueError when there is no class or no picture; what the file system says when there is no folder
 * @example
 * const pictures = async () => data.images.folder("flowers", { size: [64, 64] }); // flowers/daisy/1.jpg, flowers/rose/1.jpg
 * await pictures().catch(error => error.code); // "ENOENT"
 */
export async function folder(path: string, options: FolderOptions = {}): Promise<ImageFolder> {
  const { readdir } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const { size, method = "bilinear", channels = 3 } = options;
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const classes = (await readdir(path, { withFileTypes: true }))
    .filter(entry => entry.isDirectory() && !entry.name.startsWith("."))
    .map(entry => entry.name)
    .sort(byName);
  const found: { file: string; label: number }[] = [];
  for (const [label, name] of classes.entries()) {
    const names = await readdir(join(path, name), { recursive: true });
    const pictures = names.filter(file => /\.(png|jpe?g)$/i.test(file)).sort(byName);
    if (pictures.length === 0) {
      throw new ValueError(`class ${name} of ${path} has no pictures`, {
        op: "images.folder",
        hint: "Put .png or .jpg files there, or take the folder away.",
      });
    }
    found.push(...pictures.map(file => ({ file: join(path, name, file), label })));
  }
  if (found.length === 0) {
    throw new ValueError(`${path} has no folders of pictures`, {
      op: "images.folder",
      hint: "Make one folder for each class, as cats/1.jpg and dogs/1.jpg.",
    });
  }
  const samples = dataset(found).map(async ({ file, label }): Promise<FolderSample> => {
    const image = await read(file, { channels });
    return {
      images: size ? resize(image, size, { method }) : image,
      labels: tensor(Int32Array.of(label), { shape: [] }),
    };
  });
  return new ImageFolder(
    classes,
    found.map(f => f.file),
    samples,
  );
}
