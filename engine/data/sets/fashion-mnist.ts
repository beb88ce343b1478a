import type { RemoteFile } from "../download.js";
import type { DigitSet } from "../labelled.js";
import { loadMnistLike, type MnistOptions } from "../mnist.js";
import type { MnistFiles } from "../mnist-files.js";

const mirrors = [
  "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
];

function remote(name: string, bytes: number, sha256: string): RemoteFile {
  return { name, bytes, sha256, urls: mirrors.map(m => m + name) };
}

/** The files as their authors published them. */
export const publishedFashion: MnistFiles<RemoteFile> = {
  trainImages: remote(
    "train-images-idx3-ubyte.gz",
    26_421_880,
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
  ),
  trainLabels: remote(
    "train-labels-idx1-ubyte.gz",
    29_515,
    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
  ),
  testImages: remote(
    "t10k-images-idx3-ubyte.gz",
    4_422_102,
    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
  ),
  testLabels: remote(
    "t10k-labels-idx1-ubyte.gz",
    5_148,
    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
  ),
};

/** What the labels of `fashionMnist` stand for. */
export const fashionClasses = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
] as const;

/**
 * Fashion-MNIST: pictures of ten kinds of clothes in the form of MNIST, but harder (Xiao et al. 2017). Looked for in `folder`,
 * else in `$GRADBOOK_DATA/fashion-mnist`, then in the cache, then downloaded there (31 MB, checksums verified).
 * @returns as `mnist`; `fashionClasses` names the labels
 * @throws as `mnist`
 * @example
 * const { train } = await data.fashionMnist({ flat: true });
 * train.images; // float32 [60000, 784]
 */
export async function fashionMnist(options: MnistOptions & { flat: true }): Promise<DigitSet<readonly [784]>>;
export async function fashionMnist(options?: MnistOptions & { flat?: false }): Promise<DigitSet<readonly [28, 28]>>;
export async function fashionMnist(options: MnistOptions = {}): Promise<unknown> {
  const set = { title: "Fashion-MNIST", op: "fashionMnist", place: "fashion-mnist", files: publishedFashion };
  return loadMnistLike(set, options);
}
