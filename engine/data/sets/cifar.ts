import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";
import type { RemoteFile } from "../download.js";
import { findFile, type SetOptions } from "./find.js";
import { tarGzEntries } from "./tar.js";

/** The archive as its author published it. */
export const publishedCifar: RemoteFile = {
  name: "cifar-10-binary.tar.gz",
  bytes: 170_052_171,
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  urls: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
};

/** What the numbers of the classes stand for. */
export const cifarClasses = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
] as const;

/** Colour pictures with their classes. */
export interface ColourImages {
  /** [N, 3, 32, 32], red, green and blue from 0 to 1. */
  images: Tensor<[number, 3, 32, 32], "float32">;
  /** [N], 0 to 9. */
  labels: Tensor<[number], "int32">;
}

const pixels = 3 * 32 * 32;

/**
 * Parses a file of CIFAR-10's binary version: records of one label and 3,072 bytes of red, green and blue.
 * @param name how messages name the file
 * @throws ValueError when the bytes are no whole records, or a label is none
 * @example data.parseCifar10(new Uint8Array(2 * 3073), "two black pictures").images.shape; // [2, 3, 32, 32]
 */
export function parseCifar10(bytes: Uint8Array, name = "the file"): ColourImages {
  return imagesOf([{ name, bytes }]);
}

/**
 * CIFAR-10: 50,000 small colour pictures of ten classes for training and 10,000 for testing (Krizhevsky 2009). Looked for in
 * `folder`, else in `$GRADBOOK_DATA/cifar10`, then in the cache, then downloaded there (170 MB, checksum verified). In memory
 * the pictures take 740 MB.
 * @throws EngineError that names the ways out when the archive can be found nowhere; ValueError when it is damaged
 * @example
 * const { train, classes } = await data.cifar10();
 * train.images; // float32 [50000, 3, 32, 32]
 */
export async function cifar10(
  options: SetOptions = {},
): Promise<{ train: ColourImages; test: ColourImages; classes: typeof cifarClasses }> {
  const path = await findFile("cifar10", "cifar10", publishedCifar, options);
  const parts: { name: string; bytes: Uint8Array }[] = [];
  for await (const entry of tarGzEntries(path, name => /(data_batch_[1-5]|test_batch)\.bin$/.test(name))) {
    parts.push(entry);
  }
  parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (parts.length !== 6) {
    throw damaged(
      path,
      `it holds ${parts.length} of the files data_batch_1.bin to data_batch_5.bin and test_batch.bin`,
    );
  }
  return { train: imagesOf(parts.slice(0, 5)), test: imagesOf(parts.slice(5)), classes: cifarClasses };
}

function imagesOf(parts: readonly { name: string; bytes: Uint8Array }[]): ColourImages {
  for (const { name, bytes } of parts) {
    if (bytes.length === 0 || bytes.length % (pixels + 1) !== 0) {
      throw damaged(name, `${bytes.length} bytes are not a number of records of ${pixels + 1} bytes`);
    }
    for (let at = 0; at < bytes.length; at += pixels + 1) {
      if (bytes[at]! > 9) throw damaged(name, `label ${bytes[at]} in record ${at / (pixels + 1)}; classes are 0 to 9`);
    }
  }
  const count = parts.reduce((sum, { bytes }) => sum + bytes.length, 0) / (pixels + 1);
  const images = new Float32Array(count * pixels);
  const labels = new Int32Array(count);
  let record = 0;
  for (const { bytes } of parts) {
    for (let at = 0; at < bytes.length; at += pixels + 1, record++) {
      labels[record] = bytes[at]!;
      for (let i = 0; i < pixels; i++) images[record * pixels + i] = bytes[at + 1 + i]! / 255;
    }
  }
  return {
    images: tensor(images, { shape: [count, 3, 32, 32] }),
    labels: tensor(labels, { shape: [count] }),
  } as ColourImages;
}

function damaged(name: string, problem: string): ValueError {
  return new ValueError(`${name}: ${problem}`, { op: "cifar10", hint: "Replace the file with the published one." });
}
