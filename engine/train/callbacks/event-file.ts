import { crc32c } from "./crc32c.js";

/** Numbers at a step, for TensorBoard. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The record that begins a file of events. */
export function versionRecord(wallTime: number): Uint8Array {
  return record(concat([double(1, wallTime), text(3, "brain.Event:2")]));
}

/** Numbers as a TFRecord with an `Event` message (tensorboard/compat/proto/event.proto): `simple_value` of a `Summary`. */
export function scalarRecord({ wallTime, step, values }: ScalarEvent): Uint8Array {
  const summary = Object.entries(values).map(([tag, value]) => message(1, concat([text(1, tag), float(2, value)])));
  return record(concat([double(1, wallTime), integer(2, step), message(5, concat(summary))]));
}

/** Length, its checksum, data, their checksum. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

/** TFRecord rotates checksums, so that one of data that hold checksums is no checksum of zero. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Wire types of protocol buffers: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
const key = (field: number, type: 0 | 1 | 2 | 5) => varint((field << 3) | type);

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

const integer = (field: number, value: number) => concat([key(field, 0), varint(value)]);
const message = (field: number, data: Uint8Array) => concat([key(field, 2), varint(data.length), data]);
const text = (field: number, value: string) => message(field, new TextEncoder().encode(value));
const float = (field: number, value: number) =>
  concat([key(field, 5), new Uint8Array(new Float32Array([value]).buffer)]);
const double = (field: number, value: number) =>
  concat([key(field, 1), new Uint8Array(new Float64Array([value]).buffer)]);

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
