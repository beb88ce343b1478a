export type Rgb = readonly [red: number, green: number, blue: number];

export type ColormapName = "diverging" | "viridis" | "cividis" | "grey";

/**
 * A palette of 256 colours for an indexed PNG: 0 to 252 carry the values, the last three are marks. Colour is never
 * the only sign: views also count NaN and Inf in words.
 */
export interface Colormap {
  readonly name: ColormapName;
  /** As a person would call it. */
  readonly label: string;
  /** 256 x 3 bytes. */
  readonly palette: Uint8Array;
}

/** Palette entries that carry values: 0 to `levels - 1`. */
export const levels = 253;
/** Palette entries that mark what has no place on the scale. */
export const nanIndex = 253;
export const positiveInfinityIndex = 254;
export const negativeInfinityIndex = 255;

export const nanColour: Rgb = [255, 0, 200];
export const positiveInfinityColour: Rgb = [255, 200, 0];
export const negativeInfinityColour: Rgb = [0, 205, 225];

const stops: Readonly<Record<ColormapName, string>> = {
  // ColorBrewer RdBu, reversed: blue is negative, white is 0, red is positive.
  diverging: "0530612166ac4393c392c5ded1e5f0f7f7f7fddbc7f4a582d6604db2182b67001f",
  viridis: "44015448186a472d7b4240863b528b33638d2c728e26828e21918c1fa08828ae803fbc735ec96284d44baddc30d8e219fde725",
  cividis: "00224e002e6a1a386f32436d434e6c535a6d61656f6f70737d7c788c88789b9476aba072bcae6ccdbb63dec958f0d846fee838",
  grey: "000000ffffff",
};

const labels: Readonly<Record<ColormapName, string>> = {
  diverging: "red-blue, symmetric about 0",
  viridis: "viridis",
  cividis: "cividis",
  grey: "grey",
};

const made = new Map<ColormapName, Colormap>();

/** The colour map of that name; built on first use. */
export function colormap(name: ColormapName): Colormap {
  let map = made.get(name);
  if (!map) {
    const palette = new Uint8Array(256 * 3);
    for (let i = 0; i < levels; i++) palette.set(between(stops[name], i / (levels - 1)), i * 3);
    palette.set(nanColour, nanIndex * 3);
    palette.set(positiveInfinityColour, positiveInfinityIndex * 3);
    palette.set(negativeInfinityColour, negativeInfinityIndex * 3);
    map = { name, label: labels[name], palette };
    made.set(name, map);
  }
  return map;
}

/** The palette entry of `x` on a scale from `from` to `to`; values beyond the ends take the end colour. */
export function paletteIndex(x: number, from: number, to: number): number {
  if (x - x !== 0) {
    return x > 0 ? positiveInfinityIndex : x < 0 ? negativeInfinityIndex : nanIndex;
  }
  const t = to > from ? (x - from) / (to - from) : 0.5;
  return Math.max(0, Math.min(levels - 1, Math.round(t * (levels - 1))));
}

/** The colour of a palette entry. */
export function colourAt(map: Colormap, index: number): Rgb {
  const at = index * 3;
  return [map.palette[at]!, map.palette[at + 1]!, map.palette[at + 2]!];
}

/** Okabe and Ito's colours, for classes: they differ also for colour-blind people. After the last it begins anew. */
export const classColours: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [150, 150, 150],
];

/** Writes a colour as CSS: `#d1e5f0`. */
export function cssColour(colour: Rgb): string {
  return `#${colour.map(c => c.toString(16).padStart(2, "0")).join("")}`;
}

/** WCAG contrast ratio of two colours, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on `background`. */
export function inkOn(background: Rgb): "#000" | "#fff" {
  return luminance(background) > 0.179 ? "#000" : "#fff";
}

/** Relative luminance (WCAG), 0 to 1. */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(c => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function between(hex: string, t: number): Rgb {
  const last = hex.length / 6 - 1;
  const at = Math.min(last - 1, Math.floor(t * last));
  const share = t * last - at;
  const channel = (stop: number, k: number) => Number.parseInt(hex.slice(stop * 6 + k * 2, stop * 6 + k * 2 + 2), 16);
  return [0, 1, 2].map(k => Math.round(channel(at, k) * (1 - share) + channel(at + 1, k) * share)) as unknown as Rgb;
}
