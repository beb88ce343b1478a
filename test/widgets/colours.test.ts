import { describe, expect, test } from "vitest";
import {
  type ColormapName,
  colormap,
  colourAt,
  contrast,
  inkOn,
  levels,
  luminance,
  nanIndex,
  negativeInfinityIndex,
  paletteIndex,
  positiveInfinityIndex,
  type Rgb,
} from "../../widgets/colormap.js";
import { dark, light } from "../../widgets/theme.js";

const names: ColormapName[] = ["diverging", "viridis", "cividis", "grey"];

function rgb(hex: string): Rgb {
  return [1, 3, 5].map(i => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
}

/** What a reader without red (protan) or green (deutan) receptors sees (Machado, Oliveira and Fernandes 2009, in full). */
const deficiencies: Record<string, readonly number[]> = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
};

function seenBy(colour: Rgb, m: readonly number[]): number[] {
  const linear = colour.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return [0, 3, 6].map(r => m[r]! * linear[0]! + m[r + 1]! * linear[1]! + m[r + 2]! * linear[2]!);
}

describe("colours", () => {
  test.each([
    ["light", light],
    ["dark", dark],
  ])("every text colour of the %s theme reads on its background", (_, theme) => {
    const background = rgb(theme.background);
    for (const colour of [theme.text, theme.muted, theme.good, theme.bad, ...theme.series]) {
      expect(contrast(rgb(colour), background)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("figures read on every colour of every map", () => {
    for (const name of names) {
      for (let i = 0; i < 256; i++) {
        const background = colourAt(colormap(name), i);
        const ink: Rgb = inkOn(background) === "#000" ? [0, 0, 0] : [255, 255, 255];
        expect(contrast(ink, background)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test("sequential maps only get lighter, so that order shows without colour", () => {
    for (const name of ["viridis", "cividis", "grey"] as const) {
      const lights = Array.from({ length: levels }, (_, i) => luminance(colourAt(colormap(name), i)));
      expect(lights.every((l, i) => i === 0 || l >= lights[i - 1]! - 1e-3)).toBe(true);
      expect(lights.at(-1)! - lights[0]!).toBeGreaterThan(0.5);
    }
  });

  test.each(Object.entries(deficiencies))("the two arms of the diverging map differ for %s readers", (_, matrix) => {
    for (const share of [0.15, 0.25, 0.35]) {
      const low = seenBy(colourAt(colormap("diverging"), Math.round(share * (levels - 1))), matrix);
      const high = seenBy(colourAt(colormap("diverging"), Math.round((1 - share) * (levels - 1))), matrix);
      expect(Math.hypot(...low.map((c, i) => c - high[i]!))).toBeGreaterThan(0.15);
    }
  });

  test("the diverging map is lightest at 0", () => {
    const middle = paletteIndex(0, -2, 2);
    expect(luminance(colourAt(colormap("diverging"), middle))).toBeGreaterThan(0.9);
  });

  test("values find their place, bad ones their mark", () => {
    expect([-1, 0, 1, 9].map(x => paletteIndex(x, 0, 1))).toEqual([0, 0, levels - 1, levels - 1]);
    expect(paletteIndex(3, 3, 3)).toBe((levels - 1) / 2);
    expect(paletteIndex(Number.NaN, 0, 1)).toBe(nanIndex);
    expect(paletteIndex(Number.POSITIVE_INFINITY, 0, 1)).toBe(positiveInfinityIndex);
    expect(paletteIndex(Number.NEGATIVE_INFINITY, 0, 1)).toBe(negativeInfinityIndex);
  });
});
