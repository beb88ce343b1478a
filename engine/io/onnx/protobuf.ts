import { ValueError } from "../../errors.js";

/** One field of a protobuf message: a whole number, or bytes that share the file's memory. */
export interface Field {
  number: number;
  /** Varints and fixed64 as they are; fixed32 as its bits. */
  integer: bigint;
  /** The bytes of a length-delimited field, or of a fixed one. */
  bytes: Uint8Array;
  packed: boolean;
}

/** @throws ValueError always: the bytes are no ONNX model */
export function damaged(problem: string): never {
  throw new ValueError(`the model is damaged: ${problem}`, { op: "onnx", hint: "Export or copy the file again." });
}

const none = new Uint8Array(0);

/**
 * The fields of one message, in order, copying nothing. Source: protobuf.dev/programming-guides/encoding.
 * @throws ValueError for lengths beyond the message, varints of more than 10 bytes and unknown wire types
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) damaged("a number is cut off");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return damaged("a number has more than 10 bytes");
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at)
      damaged(`a field of ${length} bytes in a message with ${message.length - at} left`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (number === 0) damaged("a field has the number 0");
    if (wire === 0) yield { number, integer: varint(), bytes: none, packed: false };
    else if (wire === 1) yield { number, integer: 0n, bytes: take(8), packed: true };
    else if (wire === 2) yield { number, integer: 0n, bytes: take(Number(varint())), packed: true };
    else if (wire === 5) yield { number, integer: 0n, bytes: take(4), packed: true };
    else damaged(`wire type ${wire}`);
  }
}

/** The int64 values of a repeated field's occurrence: one, or many packed. */
export function* integersOf({ packed, integer, bytes }: Field): Generator<bigint> {
  if (!packed) {
    yield BigInt.asIntN(64, integer);
    return;
  }
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    if (shift >= 70n) damaged("a number has more than 10 bytes");
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    yield BigInt.asIntN(64, value);
    [value, shift] = [0n, 0n];
  }
  if (shift > 0n) damaged("a number is cut off");
}

/** Floats of a repeated field's occurrence, `size` bytes each. */
export function* floatsOf({ bytes }: Field, size: 4 | 8): Generator<number> {
  if (bytes.length % size !== 0) damaged(`${bytes.length} bytes are no row of ${size}-byte floats`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += size) {
    yield size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
  }
}

/** The text of a field; broken UTF-8 becomes U+FFFD. */
export function textOf({ bytes }: Field): string {
  return new TextDecoder().decode(bytes);
}
