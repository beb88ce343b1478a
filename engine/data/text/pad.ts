import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";

/** How sequences get one length. */
export interface PadOptions {
  /** Length of all (default: that of the longest). */
  length?: number;
  /** The number in empty places (default 0). */
  value?: number;
  /** Where empty places are added: models that read left to right and go on writing want "start" (default "end"). */
  side?: "start" | "end";
  /** Which end of a sequence that is too long is cut off (default "end"). */
  truncate?: "start" | "end";
}

/** Sequences of one length, and which of their places are filled. */
export interface PaddedSequences {
  /** [N, length], int32. */
  ids: Tensor<[number, number], "int32">;
  /** [N, length], true where there is an element, false where there is padding; `scaledDotProductAttention` takes it so. */
  mask: Tensor<[number, number], "bool">;
}

/**
 * Makes lists of numbers one tensor: fills up the short and cuts the long, as Keras' `pad_sequences` and the tokenizers of
 * Hugging Face do it.
 * @throws ValueError for a length that makes no sense, and for a number that no int32 is
 * @example
 * const { ids, mask } = data.padSequences([[5, 6, 7], [8]]);
 * ids.toArray(); // [[5, 6, 7], [8, 0, 0]]
 * mask.toArray(); // [[true, true, true], [true, false, false]]
 */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  { length, value = 0, side = "end", truncate = "end" }: PadOptions = {},
): PaddedSequences {
  const op = "padSequences";
  const width = length ?? sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  if (!Number.isSafeInteger(width) || width < 0) {
    throw new ValueError(`length is ${width}`, { op, hint: "Give a whole number." });
  }
  const ids = new Int32Array(sequences.length * width).fill(value);
  const mask = new Uint8Array(sequences.length * width);
  sequences.forEach((sequence, row) => {
    const kept = Math.min(sequence.length, width);
    const from = truncate === "end" ? 0 : sequence.length - kept;
    const to = row * width + (side === "end" ? 0 : width - kept);
    for (let i = 0; i < kept; i++) {
      const id = sequence[from + i]!;
      if (id !== (id | 0)) {
        throw new ValueError(`element ${from + i} of sequence ${row} is ${id}`, { op, hint: "Give whole numbers." });
      }
      ids[to + i] = id;
      mask[to + i] = 1;
    }
  });
  const shape: [number, number] = [sequences.length, width];
  return {
    ids: tensor(ids, { shape }) as Tensor<[number, number], "int32">,
    mask: tensor(mask, { shape, dtype: "bool" }) as Tensor<[number, number], "bool">,
  };
}
