import { type DType, dtypes } from "../../dtype.js";
import { NONE, nameOfOpcode } from "../commands.js";

/** A tensor's place as a record names it. */
export interface Operand {
  storage: number;
  /** In elements. */
  offset: number;
  dtype: DType;
}

export interface StridedOperand extends Operand {
  /** In elements. */
  strides: number[];
}

/** Reads records word by word, in the order in which `commands.ts` describes them. */
export class RecordReader {
  #words: Float64Array;
  #at = 0;

  constructor(words: Float64Array) {
    this.#words = words;
  }

  /** Goes to the fields of the record that begins at `at`; gives its opcode. */
  begin(at: number): number {
    this.#at = at + 2;
    return this.#words[at]!;
  }

  next(): number {
    return this.#words[this.#at++]!;
  }

  take(count: number): number[] {
    const words = Array.from(this.#words.subarray(this.#at, this.#at + count));
    this.#at += count;
    return words;
  }

  operand(): Operand {
    return { storage: this.next(), offset: this.next(), dtype: dtypes[this.next()]! };
  }

  /** An operand that may be left away. */
  optional(): Operand | undefined {
    const operand = this.operand();
    return operand.storage === NONE ? undefined : operand;
  }

  strided(rank: number): StridedOperand {
    return { ...this.operand(), strides: this.take(rank) };
  }
}

/** Calls `visit` for every record of a buffer: its opcode, a reader at its fields, and the command's name. */
export function eachRecord(
  words: Float64Array,
  used: number,
  visit: (opcode: number, reader: RecordReader, name: string) => void,
): void {
  const reader = new RecordReader(words);
  for (let at = 0; at < used; at += words[at + 1]!) {
    const opcode = reader.begin(at);
    visit(opcode, reader, nameOfOpcode(opcode));
  }
}
