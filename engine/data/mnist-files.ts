import { EngineError } from "../errors.js";
import { cacheFolder, fileSha256 } from "./cache.js";
import { DownloadError, type DownloadOptions, download, type RemoteFile } from "./download.js";
import { printProgress } from "./progress.js";
import { givenFolders } from "./sets/find.js";

const mirrors = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

function remote(name: string, bytes: number, sha256: string): RemoteFile {
  return { name, bytes, sha256, urls: mirrors.map(m => m + name) };
}

/** The four files of the set, wherever they come from. */
export interface MnistFiles<File> {
  trainImages: File;
  trainLabels: File;
  testImages: File;
  testLabels: File;
}

/** The files as their authors published them. */
export const publishedMnist: MnistFiles<RemoteFile> = {
  trainImages: remote(
    "train-images-idx3-ubyte.gz",
    9_912_422,
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  ),
  trainLabels: remote(
    "train-labels-idx1-ubyte.gz",
    28_881,
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  ),
  testImages: remote(
    "t10k-images-idx3-ubyte.gz",
    1_648_877,
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  ),
  testLabels: remote(
    "t10k-labels-idx1-ubyte.gz",
    4_542,
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  ),
};

/** A set in the form of MNIST: how messages call it, and the folder that holds it. */
export interface MnistLike {
  title: string;
  op: string;
  place: string;
  files: MnistFiles<RemoteFile>;
}

const mnistItself: MnistLike = { title: "MNIST", op: "mnist", place: "mnist", files: publishedMnist };

export interface FindMnistOptions extends DownloadOptions {
  /** A folder that holds the idx files (compressed or not); nothing else is tried then. */
  folder?: string;
  /** False: never use the network (default true). */
  download?: boolean;
}

/** Paths of the files in one folder. Without the two for training, those for testing stand for both. */
export interface FoundMnist {
  folder: string;
  test: { images: string; labels: string };
  train?: { images: string; labels: string };
}

/**
 * Finds the files: in `folder` and nowhere else, or in a folder of `$GRADBOOK_DATA` (`mnist`), in the cache, or on the network, from where
 * they go into the cache.
 * @throws EngineError that says where it looked and names the ways out
 */
export async function findMnist(
  options: FindMnistOptions = {},
  files = publishedMnist,
  set: MnistLike = mnistItself,
): Promise<FoundMnist> {
  const { join } = await import("node:path");
  if (options.folder !== undefined) {
    const found = await lookIn(options.folder, files, set);
    if (found !== undefined) return found;
    throw notFound(set, [lacks(options.folder, files)]);
  }
  const tried: string[] = [];
  const dataFolders = await givenFolders();
  for (const folder of dataFolders) {
    const found = await lookIn(join(folder, set.place), files, set);
    if (found !== undefined) return found;
    tried.push(`GRADBOOK_DATA: ${lacks(join(folder, set.place), files)}`);
  }
  if (dataFolders.length === 0) tried.push("GRADBOOK_DATA is not set");
  const cached = join(await cacheFolder(), set.place);
  const missing = await missingFiles(cached, files);
  if (missing.length > 0) {
    tried.push(`the cache ${cached} does not hold them`);
    if (options.download === false) throw notFound(set, [...tried, "downloading is switched off"]);
    await downloadAll(missing, cached, options, tried, set);
  }
  const found = await lookIn(cached, files, set);
  if (found === undefined) throw notFound(set, [`they vanished from the cache ${cached} while they were opened`]);
  return found;
}

function lacks(folder: string, files: MnistFiles<RemoteFile>): string {
  return `${folder} does not hold ${files.testImages.name} and ${files.testLabels.name}`;
}

/** The cached files that are absent or not what was published; those are fetched (again). */
async function missingFiles(folder: string, files: MnistFiles<RemoteFile>): Promise<RemoteFile[]> {
  const { join } = await import("node:path");
  const missing: RemoteFile[] = [];
  for (const file of Object.values<RemoteFile>({ ...files })) {
    if ((await fileSha256(join(folder, file.name))) !== file.sha256) missing.push(file);
  }
  return missing;
}

async function downloadAll(
  missing: RemoteFile[],
  folder: string,
  options: DownloadOptions,
  tried: string[],
  set: MnistLike,
): Promise<void> {
  const { join } = await import("node:path");
  const onProgress = options.onProgress ?? printProgress();
  for (const file of missing) {
    try {
      await download(file, join(folder, file.name), { ...options, onProgress });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      throw notFound(set, [...tried, `${file.name} could not be fetched: ${error.attempts.join(", ")}`]);
    }
  }
}

function notFound({ title, op, place }: MnistLike, tried: readonly string[]): EngineError {
  return new EngineError(`the ${title} files were not found (${tried.join("; ")})`, {
    op,
    hint:
      `Put the idx files into a folder ${place}/ and set GRADBOOK_DATA to its parent, connect to the network, ` +
      "or use data.digits(), which needs no file.",
  });
}

/** The files in a folder, compressed or not; undefined when the two test files are not both there. */
async function lookIn(folder: string, files: MnistFiles<RemoteFile>, set: MnistLike): Promise<FoundMnist | undefined> {
  const { access } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const find = async (file: RemoteFile) => {
    for (const name of [file.name, file.name.replace(/\.gz$/, "")]) {
      const path = join(folder, name);
      const there = await access(path).then(
        () => true,
        () => false,
      );
      if (there) return path;
    }
    return undefined;
  };
  const pairOf = async (imagesFile: RemoteFile, labelsFile: RemoteFile) => {
    const [images, labels] = [await find(imagesFile), await find(labelsFile)];
    if (images !== undefined && labels !== undefined) return { images, labels };
    if (images === undefined && labels === undefined) return undefined;
    // Half a set is a mistake: to go on with less than the user believes to have would hide it.
    const [present, absent] = images === undefined ? [labels, imagesFile] : [images, labelsFile];
    throw new EngineError(`${present} is there, but ${absent.name} is not`, {
      op: set.op,
      hint: `Put ${absent.name} beside it.`,
    });
  };
  const test = await pairOf(files.testImages, files.testLabels);
  const train = await pairOf(files.trainImages, files.trainLabels);
  if (test === undefined) return undefined;
  return train === undefined ? { folder, test } : { folder, test, train };
}
