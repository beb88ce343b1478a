import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { digits } from "../../../engine/data/digits.js";
import { drawDigit } from "../../../engine/data/handwriting.js";
import { ValueError } from "../../../engine/errors.js";

function sha256(...parts: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

function drawn(size: number, seed: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => drawDigit(i % 10, size, seed, i));
}

describe("drawDigit", () => {
  // A change of these hashes is a change of everybody's data set: results in notebooks no longer repeat.
  test.each([
    [28, 0, "4569303f80a53a4aaf85c24f0f9789a4b4a71ae16340bfad16dde40bf31153ed"],
    [28, 7, "a5e96f35ac3b161598fc21b72b255bd7f0d0a8d6305f022f25db6ffb44e8df3f"],
    [16, 0, "ce3e54f1ae101fa6056d55bc460b358e1c51def7980ec0b0339cb16ea5a64218"],
  ])("draws the same bytes everywhere: size %i, seed %i", (size, seed, hash) => {
    expect(sha256(...drawn(size, seed, 100))).toBe(hash);
  });

  test("every picture is another, and none is empty, full or at the edge", () => {
    const pictures = drawn(28, 3, 200);
    expect(new Set(pictures.map(p => sha256(p))).size).toBe(200);
    for (const picture of pictures) {
      const inked = picture.filter(v => v > 64).length;
      expect(inked).toBeGreaterThan(20);
      expect(inked).toBeLessThan(350);
      const corners = [0, 27, 27 * 28, 28 * 28 - 1].map(at => picture[at]);
      expect(corners).toEqual([0, 0, 0, 0]);
    }
  });

  test("the mass lies in the middle, as in MNIST", () => {
    for (const picture of drawn(28, 5, 100)) {
      let [mass, x, y] = [0, 0, 0];
      picture.forEach((value, at) => {
        mass += value;
        x += value * (at % 28);
        y += value * Math.floor(at / 28);
      });
      expect(Math.abs(x / mass - 13.5)).toBeLessThan(3.5);
      expect(Math.abs(y / mass - 13.5)).toBeLessThan(3.5);
    }
  });
});

describe("digits", () => {
  test("has the shape of mnist(), split at four fifths", () => {
    const { train, test: held, source } = digits({ count: 50, seed: 4 });
    expect([train.images.shape, train.images.dtype]).toEqual([[40, 28, 28], "float32"]);
    expect([train.labels.shape, train.labels.dtype]).toEqual([[40], "int32"]);
    expect(held.images.shape).toEqual([10, 28, 28]);
    expect(held.labels.shape).toEqual([10]);
    expect(source).toBe("drawn by data.digits (seed 4): 50 pictures, the last 10 for testing");
    expect(digits({ count: 50, seed: 4, flat: true, size: 12 }).train.images.shape).toEqual([40, 144]);
  });

  test("pictures are from 0 to 1, belong to their labels, and the seed decides", () => {
    const { train } = digits({ count: 30, seed: 9 });
    const images = train.images.data();
    const labels = train.labels.data();
    for (let i = 0; i < labels.length; i++) {
      const expected = Float32Array.from(drawDigit(Number(labels[i]), 28, 9, i), v => v / 255);
      expect(images.slice(i * 784, (i + 1) * 784)).toEqual(expected);
    }
    expect(digits({ count: 30, seed: 9 }).train.images.data()).toEqual(images);
    expect(digits({ count: 30, seed: 10 }).train.images.data()).not.toEqual(images);
  });

  test("a longer set begins with the shorter one", () => {
    const short = digits({ count: 10, flat: true }).train.images.data();
    expect(digits({ count: 100, flat: true }).train.images.data().slice(0, short.length)).toEqual(short);
  });

  test("each digit is as likely as the others", () => {
    const counts = new Array(10).fill(0);
    for (const label of digits({ count: 2500, size: 8 }).train.labels.data()) counts[Number(label)]++;
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  test.each([
    [{ count: 4 }, "digits: count is 4. Give an integer from 5 to"],
    [{ count: 10.5 }, "digits: count is 10.5. Give an integer"],
    [{ count: 3_000_000 }, "digits: count is 3000000. Give an integer"],
    [{ size: 7 }, "digits: size is 7. Give an integer from 8 to 512"],
    [{ seed: -1 }, "digits: seed is -1. Give an integer from 0 to"],
    [{ seed: Number.NaN }, "digits: seed is NaN. Give an integer"],
  ])("refuses %o", (options, message) => {
    expect(() => digits(options)).toThrow(ValueError);
    expect(() => digits(options)).toThrow(message);
  });
});
