import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { displaySymbol } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { balancing } from "./cart-pole.js";
import { expectSound, type shown, textOf } from "./markup.js";
import { random, tensorOf } from "./samples.js";

/** The most bytes of an animation's output. */
const mostBytes = 2 * 1024 * 1024;

interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
  milliseconds: number;
  data: Uint8Array;
}

/** Reads an animated PNG by its specification, as a browser does. */
function frames(html: string): { width: number; height: number; plays: number; palette?: Uint8Array; frames: Frame[] } {
  const file = Buffer.from(/<img [^>]*src="data:image\/png;base64,([^"]*)"/.exec(html)![1]!, "base64");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = { width: 0, height: 0, plays: -1, frames: [] as Frame[], palette: undefined as Uint8Array | undefined };
  let sequence = 0;
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const type = file.toString("latin1", at + 4, at + 8);
    const from = at + 8;
    if (type === "IHDR") [found.width, found.height] = [view.getUint32(from), view.getUint32(from + 4)];
    if (type === "acTL") found.plays = view.getUint32(from + 4);
    if (type === "PLTE") found.palette = file.subarray(from, from + length);
    if (type === "fcTL" || type === "fdAT") expect(view.getUint32(from)).toBe(sequence++);
    if (type === "fcTL") {
      const [width, height, x, y] = [4, 8, 12, 16].map(offset => view.getUint32(from + offset)) as [
        number,
        number,
        number,
        number,
      ];
      const milliseconds = (1000 * view.getUint16(from + 20)) / view.getUint16(from + 22);
      found.frames.push({ x, y, width, height, milliseconds, data: new Uint8Array(0) });
    }
    if (type === "IDAT") found.frames.at(-1)!.data = inflateSync(file.subarray(from, from + length));
    if (type === "fdAT") found.frames.at(-1)!.data = inflateSync(file.subarray(from + 4, from + length));
    at = from + length + 4;
  }
  return found as ReturnType<typeof frames>;
}

/** The grey levels of every frame, put together from the parts that changed. */
function played(html: string): number[][] {
  const film = frames(html);
  const canvas = new Array<number>(film.width * film.height).fill(-1);
  return film.frames.map(({ x, y, width, height, data }) => {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        canvas[(y + row) * film.width + x + column] = film.palette![3 * data[row * (width + 1) + 1 + column]!]!;
      }
    }
    return [...canvas];
  });
}

function large(view: Parameters<typeof shown>[0]) {
  const bundle = view[displaySymbol]!() as Record<string, string>;
  expectSound(bundle["text/html"]!, mostBytes);
  return { html: bundle["text/html"]!, text: textOf(bundle["text/html"]!), plain: bundle["text/plain"]! };
}

describe("show.episode", () => {
  test("plays every frame, of each only what changed", () => {
    const dot = tensorOf([6, 8, 10], i => (i % 80 === 11 * Math.floor(i / 80) ? 1 : 0));
    const { html, text } = large(views.episode(dot, { fps: 10 }));
    const film = frames(html);
    expect(film).toMatchObject({ width: 10, height: 8, plays: 0 });
    expect(film.frames.map(f => f.milliseconds)).toEqual(Array(6).fill(100));
    expect(film.frames[1]).toMatchObject({ x: 0, y: 0, width: 2, height: 2 });
    played(html).forEach((pixels, i) => {
      expect(pixels.flatMap((level, at) => (level === 255 ? [at] : []))).toEqual([11 * i]);
    });
    expect(text).toContain("6 frames · 0.6 s at 10 fps");
  });

  test("frames that are equal are one that stays longer", () => {
    const still = tensorOf([10, 8, 8], i => (i < 64 * 5 ? 0 : 1));
    expect(frames(large(views.episode(still, { fps: 20 })).html).frames.map(f => f.milliseconds)).toEqual([250, 250]);
  });

  test("a game that was learnt: return, best, both curves, a still for whoever wants no motion", () => {
    const { frames: film, rewards, returns } = balancing();
    const { html, text, plain } = large(views.episode(film, { rewards, returns, fps: 50, title: "CartPole" }));
    expect(text).toContain(`return ${rewards.length} · episode ${returns.length} · ★ best 200`);
    expect(html.match(/<svg viewBox/g)).toHaveLength(2);
    expect(html).toContain('<source media="(prefers-reduced-motion: reduce)" srcset="data:image/png');
    expect(plain).toMatch(/^CartPole: .*\nreturns: .*, 200$/);
    expect(Buffer.byteLength(html)).toBeLessThan(400 * 1024);
  });

  test("noise stays within the bytes: fewer frames, else a picture that says so", () => {
    const u = random(3);
    const some = large(
      views.episode(
        tensorOf([240, 100, 100], () => u()),
        { fps: 30 },
      ),
    );
    expect(some.text).toMatch(/1 of \d+ frames/);
    const film = frames(some.html);
    const length = film.frames.reduce((sum, f) => sum + f.milliseconds, 0);
    expect(length).toBeGreaterThan(7500);
    expect(length).toBeLessThan(8700);
    const huge = large(views.episode(tensorOf([6, 3, 400, 400], () => u())));
    expect(huge.text).toContain("as an animation: the last frame stands for it");
    expect(huge.html).not.toContain("acTL");
  });

  test("one frame, NaN, bytes, [T, 3, H, W] and [T, H, W, 3] are fine", () => {
    expect(large(views.episode(tensorOf([1, 8, 8], () => 0))).text).toContain("1 frame ·");
    large(views.episode(tensorOf([3, 8, 8], () => Number.NaN)));
    large(views.episode(tensorOf([4, 3, 9, 9], i => i % 2)));
    large(views.episode(tensorOf([4, 9, 9, 3], i => i % 255, { dtype: "uint8" })));
    large(
      views.episode(
        tensorOf([2, 8, 8], i => i),
        { returns: [1, Number.NaN, Number.POSITIVE_INFINITY], rewards: [] },
      ),
    );
  });

  test("wrong input is refused", () => {
    expect(() => views.episode([[1, 2]])).toThrow("the shape [1, 2] is not frames");
    expect(() => views.episode(tensorOf([0, 8, 8], () => 0))).toThrow("is not frames");
    expect(() =>
      views.episode(
        tensorOf([2, 8, 8], () => 0),
        { fps: 0 },
      ),
    ).toThrow("fps is 0");
    expect(() => views.episode([tensorOf([8, 8], () => 0), tensorOf([8, 9], () => 0)])).toThrow(
      "frames of [8, 8] and of [8, 9]",
    );
    expect(() =>
      views.episode(
        tensorOf([2, 8, 8], () => 0),
        { rewards: [[1]] },
      ),
    ).toThrow("rewards has the shape [1, 1]");
  });
});
