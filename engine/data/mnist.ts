import { EngineError, ValueError } from "../errors.js";
import { cacheFolder, fileSha256 } from "./cache.js";
import { DownloadError, type DownloadOptions, download, type RemoteFile } from "./download.js";
import { parseIdx } from "./idx.js";
import { type DigitSet, labelledImages, partOf, type RawDigits } from "./labelled.js";
import { printProgress } from "./progress.js";

const mirrors = ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];

/** The four files as their authors published them. */
const files = {
  trainImages: remote("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
  trainLabels: remote("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
  testImages: remote("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
  testLabels: remote("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
};

function remote(name: string, bytes: number, sha256: string): RemoteFile {
  return { name, bytes, sha256, urls: mirrors.map(m => m + name) };
}

export interface MnistOptions extends DownloadOptions {
  /** A folder that holds the idx files (compressed or not); nothing else is tried then. */
  folder?: string;
  /** False: never use the network (default true). */
  download?: boolean;
  /** True: images as [N, 784] instead of [N, 28, 28]. */
  flat?: boolean;
}

/**
 * The MNIST digits: 60,000 for training and 10,000 for testing. Looked for in `folder`, else in `$GRADBOOK_DATA/mnist`,
 * then in the cache, then downloaded there (12 MB, checksums verified, progress printed). Where a folder has only the two
 * t10k files, their first 8,000 pictures are for training and the last 2,000 for testing.
 * @returns images float32 [N, 28, 28] from 0 (paper) to 1 (ink), or flat [N, 784]; labels int32 [N]; `source` in words
 * @throws EngineError that names the ways out when the files can be found nowhere; ValueError when a file is damaged
 * @example const { train, test, source } = await data.mnist({ flat: true });
 */
export async function mnist(options: MnistOptions & { flat: true }): Promise<DigitSet<readonly [784]>>;
export async function mnist(options?: MnistOptions & { flat?: false }): Promise<DigitSet<readonly [28, 28]>>;
export async function mnist(
  options?: MnistOptions,
): Promise<DigitSet<readonly [784]> | DigitSet<readonly [28, 28]>>;
export async function mnist(options: MnistOptions = {}): Promise<unknown> {
  const flat = options.flat ?? false;
  const found = await findFiles(options);
  const test = await readPair(found.testImages, found.testLabels);
  if (found.trainImages === undefined || found.trainLabels === undefined) {
    const count = test.labels.length;
    const trained = Math.floor((count * 4) / 5);
    return {
      train: labelledImages(partOf(test, side, 0, trained), side, flat),
      test: labelledImages(partOf(test, side, trained, count), side, flat),
      source: `MNIST from ${found.folder}: only the t10k files are there, so the first ${trained} are for training, the last ${count - trained} for testing`,
    };
  }
  const train = await readPair(found.trainImages, found.trainLabels);
  return {
    train: labelledImages(train, side, flat),
    test: labelledImages(test, side, flat),
    source: `MNIST from ${found.folder}: ${train.labels.length} for training, ${test.labels.length} for testing`,
  };
}

const side = 28;

interface FoundFiles {
  folder: string;
  testImages: string;
  testLabels: string;
  trainImages: string | undefined;
  trainLabels: string | undefined;
}

async function findFiles(options: MnistOptions): Promise<FoundFiles> {
  const { join } = await import("node:path");
  if (options.folder !== undefined) {
    const found = await lookIn(options.folder);
    if (found !== undefined) return found;
    throw notFound(`${options.folder} does not hold ${files.testImages.name} and ${files.testLabels.name}`);
  }
  const tried: string[] = [];
  const dataFolder = process.env.GRADBOOK_DATA;
  if (dataFolder) {
    const found = await lookIn(join(dataFolder, "mnist"));
    if (found !== undefined) return found;
    tried.push(`GRADBOOK_DATA: ${join(dataFolder, "mnist")} does not hold the files`);
  } else {
    tried.push("GRADBOOK_DATA is not set");
  }
  const cached = join(await cacheFolder(), "mnist");
  const missing = await missingFiles(cached);
  if (missing.length > 0) {
    if (options.download === false) {
      throw notFound([...tried, `the cache ${cached} does not hold the files`, "download is off"].join("; "));
    }
    await downloadAll(missing, cached, options, tried);
  }
  const found = await lookIn(cached);
  if (found === undefined) throw notFound(`the files vanished from the cache ${cached} while they were opened`);
  return found;
}

/** The cached files that are absent or not what was published; those are fetched (again). */
async function missingFiles(folder: string): Promise<RemoteFile[]> {
  const { join } = await import("node:path");
  const missing: RemoteFile[] = [];
  for (const file of Object.values(files)) {
    if ((await fileSha256(join(folder, file.name))) !== file.sha256) missing.push(file);
  }
  return missing;
}

async function downloadAll(missing: RemoteFile[], folder: string, options: MnistOptions, tried: string[]): Promise<void> {
  const { join } = await import("node:path");
  const onProgress = options.onProgress ?? printProgress();
  for (const file of missing) {
    try {
      await download(file, join(folder, file.name), { ...options, onProgress });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      throw notFound([...tried, `the cache ${folder} does not hold them`, error.message].join("; "));
    }
  }
}

function notFound(problem: string): EngineError {
  return new EngineError(`the MNIST files were not found (${problem})`, {
    op: "mnist",
    hint:
      "Ways out: put the idx files into a folder mnist/ and set GRADBOOK_DATA to its parent; connect to the network and call again; " +
      "or use data.digits(), which draws similar digits without any file.",
  });
}

/** The files in a folder, compressed or not; undefined when the two test files are not both there. */
async function lookIn(folder: string): Promise<FoundFiles | undefined> {
  const { access } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const find = async (file: RemoteFile) => {
    for (const name of [file.name, file.name.replace(/\.gz$/, "")]) {
      const path = join(folder, name);
      if (await access(path).then(() => true, () => false)) return path;
    }
    return undefined;
  };
  const testImages = await find(files.testImages);
  const testLabels = await find(files.testLabels);
  if (testImages === undefined || testLabels === undefined) return undefined;
  return { folder, testImages, testLabels, trainImages: await find(files.trainImages), trainLabels: await find(files.trainLabels) };
}

async function readPair(imagePath: string, labelPath: string): Promise<RawDigits> {
  const images = await readDigits(imagePath, 3);
  const labels = await readDigits(labelPath, 1);
  const [count, height, width] = images.shape;
  if (height !== side || width !== side) {
    throw damaged(imagePath, `the pictures are ${height} x ${width}, MNIST has 28 x 28`);
  }
  if (labels.shape[0] !== count) throw damaged(labelPath, `${labels.shape[0]} labels for ${count} pictures in ${imagePath}`);
  const wrong = labels.data.findIndex(label => label > 9);
  if (wrong >= 0) throw damaged(labelPath, `label ${labels.data[wrong]} at index ${wrong}; digits are 0 to 9`);
  return { pixels: images.data, labels: labels.data };
}

async function readDigits(path: string, rank: number): Promise<{ shape: number[]; data: Uint8Array }> {
  const { readFile } = await import("node:fs/promises");
  const { shape, data } = await parseIdx(await readFile(path), path);
  if (shape.length !== rank || !(data instanceof Uint8Array)) {
    throw damaged(path, `expected ${rank} dimensions of uint8, found [${shape.join(", ")}]`);
  }
  return { shape, data };
}

function damaged(path: string, problem: string): ValueError {
  return new ValueError(`${path}: ${problem}`, { op: "mnist", hint: "Replace the file with the published one." });
}
