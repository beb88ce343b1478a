import { deflateSync } from "node:zlib";
import { chunk, join, pngSignature, type Raster } from "./png.js";

/** The part of a frame that differs from the one before. */
interface Change {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Rows of the part, each behind its filter byte. */
  rows: Uint8Array;
  /** How many frames it stays. */
  frames: number;
}

/**
 * Encodes frames of one size as an animated PNG, which plays wherever an `img` is shown, without a script. Of each frame only the
 * rectangle that changed is kept; equal frames become one that stays longer.
 *
 * @param palette up to 256 x 3 bytes: `pixels` are its entries; without one they are red, green and blue
 * @param delay milliseconds that a frame is shown
 * @param plays how often it plays; 0 is for ever
 */
export function encodeAnimation(
  frames: readonly Raster[],
  options: { palette?: Uint8Array | undefined; delay: number; plays?: number },
): Uint8Array {
  const { palette, delay, plays = 0 } = options;
  const channels = palette ? 1 : 3;
  const { width, height } = frames[0]!;
  const changes: Change[] = [];
  frames.forEach((frame, i) => {
    const change = changeOf(frames[i - 1], frame, channels);
    if (change) changes.push(change);
    else changes.at(-1)!.frames++;
  });
  let sequence = 0;
  const header = bytes(view => {
    view.setUint32(0, width);
    view.setUint32(4, height);
    view.setUint8(8, 8);
    view.setUint8(9, palette ? 3 : 2);
  }, 13);
  const control = bytes(view => {
    view.setUint32(0, changes.length);
    view.setUint32(4, plays);
  }, 8);
  const shown = changes.flatMap((change, i) => {
    const place = bytes(view => {
      view.setUint32(0, sequence++);
      view.setUint32(4, change.width);
      view.setUint32(8, change.height);
      view.setUint32(12, change.x);
      view.setUint32(16, change.y);
      view.setUint16(20, Math.min(65535, Math.max(1, Math.round(delay * change.frames))));
      view.setUint16(22, 1000);
    }, 26);
    const packed = deflateSync(change.rows);
    // The first frame is also the picture for whoever plays no animation.
    if (i === 0) return [chunk("fcTL", place), chunk("IDAT", packed)];
    const number = bytes(view => view.setUint32(0, sequence++), 4);
    return [chunk("fcTL", place), chunk("fdAT", join([number, packed]))];
  });
  return join([
    pngSignature,
    chunk("IHDR", header),
    chunk("acTL", control),
    ...(palette ? [chunk("PLTE", palette)] : []),
    ...shown,
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function bytes(write: (view: DataView) => void, length: number): Uint8Array {
  const out = new Uint8Array(length);
  write(new DataView(out.buffer));
  return out;
}

/** The smallest rectangle that holds every pixel that differs; undefined where none does. */
function changeOf(before: Raster | undefined, { width, height, pixels }: Raster, channels: number): Change | undefined {
  let [left, right, top, bottom] = before ? [width, -1, height, -1] : [0, width - 1, 0, height - 1];
  for (let y = 0; before && y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      let same = true;
      for (let c = 0; c < channels; c++) same &&= before.pixels[at + c] === pixels[at + c];
      if (same) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < left) return undefined;
  const [w, h] = [right - left + 1, bottom - top + 1];
  const stride = w * channels;
  const rows = new Uint8Array((stride + 1) * h);
  for (let y = 0; y < h; y++) {
    const from = ((top + y) * width + left) * channels;
    rows.set(pixels.subarray(from, from + stride), y * (stride + 1) + 1);
  }
  return { x: left, y: top, width: w, height: h, rows, frames: 1 };
}
