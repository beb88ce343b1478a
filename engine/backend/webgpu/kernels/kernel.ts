import type { Encoder } from "../encoder.js";
import type { RecordReader } from "../record-reader.js";

/** Encodes one record. Throws only for a record that the engine should not have written. */
export type Kernel = (record: RecordReader, gpu: Encoder) => void;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The word of a float parameter. */
export function floatWord(value: number): number {
  float[0] = value;
  return bits[0]!;
}
