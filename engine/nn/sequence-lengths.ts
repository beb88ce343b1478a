import { ValueError } from "../errors.js";
import { reshapeTo } from "../layout.js";
import { where } from "../ops/compare.js";
import { tensor } from "../ops/create.js";
import { take } from "../ops/indexing.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** So large that a gate is wholly shut, or wholly open. */
const shut = -1e4;

/** How many steps of padded sequences [T, N, C] count, sample by sample. */
export class SequenceLengths {
  readonly #steps: number;
  readonly #lengths: readonly number[];

  /** @throws ValueError unless there is a length for each sample, from 1 to `steps` */
  constructor(op: string, lengths: readonly number[], steps: number, samples: number) {
    const fit = lengths.every(n => Number.isSafeInteger(n) && n >= 1 && n <= steps);
    if (!Array.isArray(lengths) || lengths.length !== samples || !fit) {
      throw new ValueError(`lengths [${[...lengths].join(", ")}] for ${samples} sequences of ${steps} steps`, {
        op,
        expected: `${samples} whole numbers from 1 to ${steps}`,
        hint: "Give the number of steps of each sequence.",
      });
    }
    this.#steps = steps;
    this.#lengths = lengths;
  }

  /** Each sequence backwards, with its padding still behind it; done twice, it is as it was. */
  reversed(x: Tensor): Tensor {
    const samples = this.#lengths.length;
    const places = Int32Array.from({ length: this.#steps * samples }, (_, i) => {
      const [t, sample] = [Math.floor(i / samples), i % samples];
      const length = this.#lengths[sample]!;
      return (t < length ? length - 1 - t : t) * samples + sample;
    });
    return this.#rows(x, places, x.shape);
  }

  /** The last step that counts: [T, N, C] -> [N, C]. */
  last(x: Tensor): Tensor {
    const samples = this.#lengths.length;
    const places = Int32Array.from(this.#lengths, (length, sample) => (length - 1) * samples + sample);
    return this.#rows(x, places, x.shape.slice(1));
  }

  /** Zeros in the padding. */
  masked(x: Tensor): Tensor {
    return where(this.#counts(x), x, 0) as Tensor;
  }

  /** An LSTM's gates [T, N, 4 H] that in the padding keep the cell state and let nothing out. */
  holding(gates: Tensor): Tensor {
    const size = gates.shape[2]! / 4;
    const values = Float32Array.from({ length: 4 * size }, (_, i) => [shut, -shut, 0, shut][Math.floor(i / size)]!);
    const held = tensor(values, { dtype: gates.dtype, device: gates.device }) as Tensor;
    return where(this.#counts(gates), gates, held as never) as Tensor;
  }

  #counts({ device }: Tensor): Tensor {
    const samples = this.#lengths.length;
    const values = Uint8Array.from({ length: this.#steps * samples }, (_, i) =>
      Math.floor(i / samples) < this.#lengths[i % samples]! ? 1 : 0,
    );
    return tensor(values, { shape: [this.#steps, samples, 1], dtype: "bool", device }) as Tensor;
  }

  #rows(x: Tensor, places: Int32Array, shape: Shape): Tensor {
    const flat = reshapeTo(x, [x.shape[0]! * x.shape[1]!, x.shape[2]!]);
    return reshapeTo(take(flat, tensor(places, { device: x.device }) as Tensor) as Tensor, shape);
  }
}
