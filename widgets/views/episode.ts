import { lineChart } from "../chart.js";
import { decimate, type Point } from "../decimate.js";
import { formatBytes, formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { encodeIndexed, encodeRgb, pngAddress, type Raster } from "../png.js";
import { card, type Fact } from "../theme.js";
import { type Film, filmOf, longestSide, mostFilmBytes } from "./film.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.episode` draws, and what it tells beside the frames. */
export interface EpisodeOptions {
  /** Heading of the card. */
  title?: string;
  /** Frames in a second (default 30). */
  fps?: number;
  /** What each step of this episode was rewarded with. */
  rewards?: NumbersLike;
  /** What each episode so far was rewarded with in all; the last is this one. */
  returns?: NumbersLike;
}

const chartWidth = 418;

/**
 * Plays an episode of a game: the frames as an animated picture that needs no script, the rewards of its steps, and the returns of
 * all episodes so far. Whoever asked their system for less motion sees the last frame.
 *
 * @param frames `[T, H, W]`, `[T, 1, H, W]`, `[T, 3, H, W]` or `[T, H, W, 3]`, or an array of T images; values 0 to 1 or 0 to 255
 * @throws TypeError when the frames are no images of one size, or `fps` is no number above 0 and at most 100
 * @example
 * show.episode(rand([20, 32, 48]), { rewards: Array(20).fill(1), returns: [9, 14, 20], fps: 10 });
 */
export function episodeView(frames: NumbersLike, options: EpisodeOptions = {}): View {
  const { fps = 30, title = "Episode" } = options;
  if (!(typeof fps === "number" && fps > 0 && fps <= 100)) {
    throw new TypeError(`show.episode: fps is ${String(fps)}. Give the frames in a second, above 0 and at most 100.`);
  }
  const film = filmOf(frames, fps);
  const { count, step, bytes } = film;
  const rewards = options.rewards && listOf(options.rewards, "rewards");
  const returns = options.returns && listOf(options.returns, "returns");
  const total = rewards?.reduce((sum, reward) => sum + reward, 0) ?? returns?.at(-1);
  const best = returns?.filter(Number.isFinite).reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  const facts: Fact[] = [
    { text: formatQuantity(count, "frame") },
    { text: `${formatNumber(count / fps, 3)} s at ${formatNumber(fps)} fps` },
    ...(total === undefined ? [] : [{ text: `return ${formatNumber(total)}` }]),
    ...(returns ? [{ text: `episode ${formatCount(returns.length)}` }] : []),
    ...(best !== undefined && Number.isFinite(best)
      ? [{ text: `★ best ${formatNumber(best)}`, tone: "good" as const }]
      : []),
  ];
  const notes = [
    ...(bytes ? [] : [`more than ${formatBytes(mostFilmBytes)} as an animation: the last frame stands for it`]),
    ...(bytes && step > 1 ? [`1 of ${step} frames`] : []),
  ];
  const charts = [
    returns && returns.length > 1 ? chart("return by episode", returns, 1) : undefined,
    rewards ? chart("return in this episode, by step", runningSum(rewards), 2) : undefined,
  ];
  const body = [
    html`<div class="w">${bytes ? animation(film, bytes, fps) : poster(film)}<div class="n">${charts}</div></div>`,
    html`<small>${notes.join(" · ")}</small>`,
  ];
  const shown = card({
    title,
    facts,
    body: notes.length > 0 ? body : body.slice(0, 1),
    styles: ["plot", "tiles", "training"],
  });
  const past =
    returns && returns.length > 1
      ? `\nreturns: ${returns
          .slice(-10)
          .map(r => formatNumber(r))
          .join(", ")}`
      : "";
  return new View(shown.text, `${title}: ${facts.map(fact => fact.text).join(", ")}${past}`);
}

/** Small frames are shown larger, by whole pixels. */
function sizeOf({ width, height }: Raster): { width: number; height: number } {
  const factor = Math.max(1, Math.floor(longestSide / Math.max(width, height)));
  return { width: width * factor, height: height * factor };
}

function animation({ rasters, palette, count }: Film, bytes: Uint8Array, fps: number): Html {
  const { width, height } = sizeOf(rasters[0]!);
  const alt = `an episode of ${formatQuantity(count, "frame")}, ${formatNumber(count / fps, 3)} seconds`;
  return html`<div class="i"><picture><source media="(prefers-reduced-motion: reduce)" srcset="${still(rasters.at(-1)!, palette)}"><img width="${width}" height="${height}" alt="${alt}" src="${pngAddress(bytes)}"></picture></div>`;
}

function poster({ rasters, palette }: Film): Html {
  const { width, height } = sizeOf(rasters.at(-1)!);
  return html`<div class="i"><img width="${width}" height="${height}" alt="the last frame" src="${still(rasters.at(-1)!, palette)}"></div>`;
}

/** One frame as a picture. */
function still(raster: Raster, palette: Uint8Array | undefined): string {
  return pngAddress(palette ? encodeIndexed(raster, palette) : encodeRgb(raster));
}

function listOf(given: NumbersLike, name: string): number[] {
  const tensor = asTensorLike(given, `show.episode (${name})`);
  if (tensor.shape.length !== 1) {
    throw new TypeError(`show.episode: ${name} has the shape [${tensor.shape.join(", ")}]. Give a list of numbers.`);
  }
  return Array.from(numbersOf(tensor));
}

function runningSum(values: readonly number[]): number[] {
  let sum = 0;
  return values.map(value => {
    sum += value;
    return sum;
  });
}

function chart(name: string, values: readonly number[], colour: number): Html {
  const points = decimate(
    values.map((y, i): Point => [i + 1, y]),
    120,
  );
  const last = values.at(-1);
  const label = `${name}: ${last === undefined ? "none" : formatNumber(last)} at ${formatCount(values.length)}`;
  const lines = [{ name, colour, points, dots: points.length <= 30 }];
  return html`<div><b>${name}</b></div>${lineChart({ label, lines, width: chartWidth, height: 170, yScale: "linear" })}`;
}
