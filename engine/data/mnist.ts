import { ValueError } from "../errors.js";
import { parseIdx } from "./idx.js";
import { type DigitSet, labelledImages, partOf, type RawDigits } from "./labelled.js";
import { type FindMnistOptions, findMnist, type MnistLike, publishedMnist } from "./mnist-files.js";

/** Where the digits are looked for, and their form. */
export interface MnistOptions extends FindMnistOptions {
  /** True: images as [N, 784] instead of [N, 28, 28]. */
  flat?: boolean;
}

const side = 28;

/**
 * The MNIST digits: 60,000 for training and 10,000 for testing. Looked for in `folder`, else in `$GRADBOOK_DATA/mnist`,
 * then in the cache, then downloaded there (12 MB, checksums verified, progress printed). Where a folder has only the two
 * t10k files, their first four fifths (8,000 pictures) are for training and the last fifth (2,000) for testing.
 * @returns images float32 [N, 28, 28] from 0 (paper) to 1 (ink), or flat [N, 784]; labels int32 [N]; `source` in words
 * @throws EngineError that names the ways out when the files can be found nowhere; ValueError when a file is damaged
 * @example
 * const { train, test, source } = await data.mnist({ flat: true });
 * train.images; // float32 [60000, 784]
 */
export async function mnist(options: MnistOptions & { flat: true }): Promise<DigitSet<readonly [784]>>;
export async function mnist(options?: MnistOptions & { flat?: false }): Promise<DigitSet<readonly [28, 28]>>;
export async function mnist(options?: MnistOptions): Promise<DigitSet<readonly [784]> | DigitSet<readonly [28, 28]>>;
export async function mnist(options: MnistOptions = {}): Promise<unknown> {
  return loadMnistLike({ title: "MNIST", op: "mnist", place: "mnist", files: publishedMnist }, options);
}

/** A set in the form of MNIST. @throws as `mnist` */
export async function loadMnistLike(set: MnistLike, options: MnistOptions): Promise<unknown> {
  const found = await findMnist(options, set.files, set);
  let test = await readPair(found.test);
  let train: RawDigits;
  let story: (trained: number, tested: number) => string;
  if (found.train !== undefined) {
    train = await readPair(found.train);
    story = (trained, tested) => `${trained} for training, ${tested} for testing`;
  } else {
    const count = test.labels.length;
    const boundary = Math.floor((count * 4) / 5);
    train = partOf(test, side, 0, boundary);
    test = partOf(test, side, boundary, count);
    story = (trained, tested) =>
      `only the t10k files are there, so their first ${trained} are for training, the last ${tested} for testing`;
  }
  const flat = options.flat ?? false;
  return {
    train: labelledImages(train, side, flat),
    test: labelledImages(test, side, flat),
    source: `${set.title} from ${found.folder}: ${story(train.labels.length, test.labels.length)}`,
  };
}

async function readPair(paths: { images: string; labels: string }): Promise<RawDigits> {
  const images = await readBytes(paths.images, 3);
  const labels = await readBytes(paths.labels, 1);
  const [count, height, width] = images.shape;
  if (height !== side || width !== side) {
    throw damaged(paths.images, `the pictures are ${height} x ${width}, MNIST has 28 x 28`);
  }
  if (labels.shape[0] !== count) {
    throw damaged(paths.labels, `${labels.shape[0]} labels for ${count} pictures in ${paths.images}`);
  }
  const wrong = labels.data.findIndex(label => label > 9);
  if (wrong >= 0) throw damaged(paths.labels, `label ${labels.data[wrong]} at index ${wrong}; digits are 0 to 9`);
  return { pixels: images.data, labels: labels.data };
}

async function readBytes(path: string, rank: number): Promise<{ shape: number[]; data: Uint8Array }> {
  const { readFile } = await import("node:fs/promises");
  const { shape, data, dtype } = await parseIdx(await readFile(path), path);
  if (shape.length !== rank || !(data instanceof Uint8Array)) {
    throw damaged(path, `expected ${rank} dimensions of uint8, found [${shape.join(", ")}] of ${dtype}`);
  }
  return { shape, data };
}

function damaged(path: string, problem: string): ValueError {
  return new ValueError(`${path}: ${problem}`, { op: "mnist", hint: "Replace the file with the published one." });
}
