import { ValueError } from "../../errors.js";

/** The bytes of a file, read at any place; every place is checked. */
export class FileBytes {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #label: string;

  constructor(bytes: Uint8Array, label: string) {
    this.length = bytes.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#label = label;
  }

  /** @throws ValueError always: the file cannot be read */
  fail(problem: string): never {
    throw new ValueError(`${this.#label}: ${problem}`, {
      op: "hdf5",
      hint: "The file is damaged, or not one of those that h5py writes by default.",
    });
  }

  byte(at: number): number {
    return this.#bytes[this.#check(at, 1)]!;
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#check(at, 2), true);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#check(at, 4), true);
  }

  /** An address or a length of 64 bits. */
  offset(at: number): number {
    const value = Number(this.#view.getBigUint64(this.#check(at, 8), true));
    return Number.isSafeInteger(value) ? value : this.fail(`there is no address at byte ${at}`);
  }

  text(at: number, count: number): string {
    return String.fromCharCode(...this.slice(at, count));
  }

  expect(at: number, word: string): void {
    if (this.text(at, word.length) !== word) this.fail(`there is no ${word} at byte ${at}`);
  }

  /** A text that ends with a 0, in a segment of texts. */
  name(start: number, size: number, offset: number): string {
    if (offset >= size) this.fail("a name lies outside of the names");
    const segment = this.slice(start, size).subarray(offset);
    const end = segment.indexOf(0);
    if (end < 0) this.fail("a name does not end");
    return new TextDecoder().decode(segment.subarray(0, end));
  }

  slice(at: number, count: number): Uint8Array {
    this.#check(at, count);
    return this.#bytes.subarray(at, at + count);
  }

  #check(at: number, count: number): number {
    if (!(at >= 0 && count >= 0 && at + count <= this.length)) this.fail(`it ends before byte ${at + count}`);
    return at;
  }
}
