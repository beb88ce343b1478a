import type { Batch } from "./batch.js";
import type { Source } from "./source.js";

/**
 * Looks at the first batch of a pass, before that pass begins: it comes again when the pass does.
 * @returns the batch, if there is one, and the source to go on with
 */
export async function firstBatch(source: Source, index: number): Promise<{ first: Batch | undefined; source: Source }> {
  const pass = source.pass(index);
  const rest = Symbol.asyncIterator in pass ? pass[Symbol.asyncIterator]() : pass[Symbol.iterator]();
  const turn = await rest.next();
  if (turn.done) return { first: undefined, source };
  const first = turn.value as Batch;
  let begun: Iterator<Batch> | AsyncIterator<Batch> | undefined = rest;
  return {
    first,
    source: {
      length: source.length,
      pass(i) {
        const open = begun;
        begun = undefined;
        return open === undefined || i !== index ? source.pass(i) : continued(first, open);
      },
    },
  };
}

function continued(first: Batch, rest: Iterator<Batch> | AsyncIterator<Batch>): AsyncIterable<Batch> {
  return (async function* () {
    yield first;
    for (let turn = await rest.next(); !turn.done; turn = await rest.next()) yield turn.value;
  })();
}
