import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";
import type { RemoteFile } from "../download.js";
import { findFile, type SetOptions } from "./find.js";
import { tarGzEntries } from "./tar.js";

/** The archive as its authors published it. */
export const publishedImdb: RemoteFile = {
  name: "aclImdb_v1.tar.gz",
  bytes: 84_125_825,
  sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
  urls: ["https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"],
};

/** Texts with their classes. */
export interface LabelledTexts {
  texts: string[];
  /** [N], 0 for a bad opinion, 1 for a good one. */
  labels: Tensor<[number], "int32">;
}

/**
 * Film reviews of IMDB, 25,000 for training and 25,000 for testing, half of them good (Maas et al. 2011). Looked for in
 * `folder`, else in `$GRADBOOK_DATA/imdb`, then in the cache, then downloaded there (84 MB, checksum verified).
 * @throws EngineError that names the ways out when the archive can be found nowhere; ValueError when it is damaged
 * @example
 * const { train } = await data.imdb();
 * const tokenizer = data.WordTokenizer.of(train.texts, { maxSize: 20_000 });
 * const { ids, mask } = tokenizer.batch(train.texts.slice(0, 32), { length: 200 });
 */
export async function imdb(options: SetOptions = {}): Promise<{ train: LabelledTexts; test: LabelledTexts }> {
  const path = await findFile("imdb", "imdb", publishedImdb, options);
  const found: Record<string, { texts: string[]; labels: number[] }> = {
    train: { texts: [], labels: [] },
    test: { texts: [], labels: [] },
  };
  const review = /^(?:\.\/)?aclImdb\/(train|test)\/(pos|neg)\/\d+_\d+\.txt$/;
  const decoder = new TextDecoder();
  for await (const { name, bytes } of tarGzEntries(path, entry => review.test(entry))) {
    const [, part, opinion] = review.exec(name)!;
    found[part!]!.texts.push(decoder.decode(bytes).replaceAll("<br />", "\n"));
    found[part!]!.labels.push(opinion === "pos" ? 1 : 0);
  }
  for (const [part, { texts }] of Object.entries(found)) {
    if (texts.length > 0) continue;
    throw new ValueError(`${path}: there is no review in aclImdb/${part}`, {
      op: "imdb",
      hint: "Replace the file with the published one.",
    });
  }
  const labelled = ({ texts, labels }: { texts: string[]; labels: number[] }): LabelledTexts => ({
    texts,
    labels: tensor(Int32Array.from(labels), { shape: [labels.length] }) as Tensor<[number], "int32">,
  });
  return { train: labelled(found.train!), test: labelled(found.test!) };
}
