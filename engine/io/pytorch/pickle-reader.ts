import { ValueError } from "../../errors.js";

/** The bytes of a pickle, read from front to back; every length is checked before anything is made of it. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #label: string;
  #at = 0;

  constructor(bytes: Uint8Array, label: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#label = label;
  }

  /** @throws ValueError always: the pickle is damaged */
  fail(problem: string): never {
    throw new ValueError(`${this.#label}: the pickle is damaged at byte ${this.#at}: ${problem}`, {
      op: "pytorch",
      hint: "Save or copy the file again.",
    });
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  length2(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  length4(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  length8(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  integer4(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Most significant byte first, as pickles have it. */
  float(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** A whole number of that many bytes; a bigint where it is beyond 2^53. */
  long(count: number): number | bigint {
    const at = this.#take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    const signed = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  text(count: number): string {
    const at = this.#take(count);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + count));
  }

  latin(count: number): string {
    const at = this.#take(count);
    return Buffer.from(this.#bytes.subarray(at, at + count)).toString("latin1");
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) this.fail("a line does not end");
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  #take(count: number): number {
    if (!(count <= this.#bytes.length - this.#at)) this.fail("it is cut off");
    this.#at += count;
    return this.#at - count;
  }
}
