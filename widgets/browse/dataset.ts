import type { data } from "../../engine/index.js";
import { formatCount } from "../format.js";
import { type DatasetViewOptions, firstSamplesOf, mostSamples, type Samples, samplesOf } from "../views/dataset.js";
import { Pages } from "./pages.js";

/** Samples a few at a time. @throws TypeError as `show.dataset`, or when there are none */
export function browseSamples(value: object, options: DatasetViewOptions = {}): Pages {
  return pagesOf(samplesOf(value, options), options);
}

/** The first samples of a dataset that makes them one by one, a few at a time. */
export async function browseDataset(dataset: data.Dataset<unknown>, options: DatasetViewOptions = {}): Promise<Pages> {
  return pagesOf(await firstSamplesOf(dataset, options), options);
}

function pagesOf({ length, from }: Samples, { title = "Dataset" }: DatasetViewOptions): Pages {
  if (length === 0) throw new TypeError("show.browse: there are no samples. Show the dataset with show.dataset.");
  return new Pages({
    name: title,
    choices: [{ name: "samples", count: Math.ceil(length / mostSamples) }],
    say: (_, page) => {
      const first = page * mostSamples;
      return `${formatCount(first)} to ${formatCount(Math.min(length, first + mostSamples) - 1)} of ${formatCount(length)}`;
    },
    draw: ([page]) => from(page! * mostSamples),
  });
}
