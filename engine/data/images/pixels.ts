import { ValueError } from "../../errors.js";

/** A decoded picture: rows from the top, channels side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 red green blue, 4 with alpha. */
  readonly channels: number;
  /** Values from one pixel to the next: `channels`, or more where some mean nothing. */
  readonly step: number;
  /** The value of full brightness: 255 or 65535. */
  readonly top: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
}

/** Pixels that a picture may have: 64 million. */
const mostPixels = 2 ** 26;

/**
 * Says no before memory is taken: to a picture without pixels, to one larger than any that is meant, and to one that claims more
 * pixels than its bytes can hold.
 */
export function requireSize(kind: string, width: number, height: number, pixelsAtMost: number): void {
  const pixels = width * height;
  if (pixels === 0) throw broken(kind, `it is ${width} x ${height} pixels`);
  if (pixels > mostPixels) {
    throw new ValueError(`the ${kind} is ${width} x ${height} pixels`, {
      op: "images.decode",
      hint: `At most ${mostPixels} are read.`,
    });
  }
  if (pixels > pixelsAtMost) throw broken(kind, `it claims ${width} x ${height} pixels, more than its bytes can hold`);
}

/** The error for a file that cannot be read. */
export function broken(kind: string, why: string): ValueError {
  return new ValueError(`the ${kind} is broken: ${why}`, {
    op: "images.decode",
    hint: "Save the picture anew, or leave it out.",
  });
}

/** The same picture with other channels: grey is 0.299 R + 0.587 G + 0.114 B, alpha is dropped, or added as opaque. */
export function planes(pixels: Pixels, channels: number): Float32Array<ArrayBuffer> {
  const { data, top, step, channels: own } = pixels;
  const size = pixels.width * pixels.height;
  const out = new Float32Array(channels * size);
  const colour = own >= 3;
  for (let i = 0; i < size; i++) {
    const at = i * step;
    if (channels <= 2) {
      out[i] = colour ? (0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!) / top : data[at]! / top;
    } else {
      for (let c = 0; c < 3; c++) out[c * size + i] = data[at + (colour ? c : 0)]! / top;
    }
    if (channels % 2 === 0) out[(channels - 1) * size + i] = own % 2 === 0 ? data[at + own - 1]! / top : 1;
  }
  return out;
}
