import { type ColormapName, paletteIndex } from "./colormap.js";
import { controlStyle } from "./control-module.js";
import { explorerModule, explorerStyle } from "./explorer-module.js";
import { formatCount, formatNumber } from "./format.js";
import { type ColourScale, colourScale } from "./heatmap.js";
import { type Statistics, statistics } from "./statistics.js";
import { tensorBundle } from "./views/tensor.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./views/tensor-like.js";
import { View } from "./views/view.js";
import { Widget } from "./widget.js";

/** What both sides of the tensor explorer know. */
export interface ExplorerState {
  shape: readonly number[];
  /** Which axes go down and across. */
  axes: readonly [rows: number, columns: number];
  /** Where the other axes stand. */
  index: readonly number[];
  colours: ColormapName;
  maps: readonly ColormapName[];
  /** 256 x 3 bytes. */
  palette: Uint8Array;
  /** One palette entry for each pixel. */
  pixels: Uint8Array;
  picture: { width: number; height: number; steps: readonly [number, number]; text: string };
}

const maps: readonly ColormapName[] = ["diverging", "viridis", "cividis", "grey"];

/** The explorer keeps a copy of up to so many values, 8 bytes each. */
const mostValues = 2 ** 26;

/** Rows and columns of the picture at most; of longer axes every n-th value is drawn. */
const most = 512;

/**
 * A tensor to walk through: any two axes as a picture, a slider for each of the others, colours, zoom, and the value at the
 * pointer. Only the slice that is looked at travels, one byte a value.
 */
export class TensorExplorer extends Widget<ExplorerState> {
  constructor(value: NumbersLike) {
    const given = asTensorLike(value, "show.explore");
    if (given.shape.length < 2 || given.size === 0) {
      throw new TypeError(
        `show.explore: a tensor of shape [${given.shape.join(", ")}] has no slices. Give two axes or more.`,
      );
    }
    if (given.size > mostValues) {
      throw new TypeError(
        `show.explore: ${formatCount(given.size)} values are more than are kept for looking (${formatCount(mostValues)}). Give a part, for example x.at(0) or x.at(slice(undefined, undefined, 16)).`,
      );
    }
    // A copy: training may go on and change what the tensor holds.
    const values = Float64Array.from(numbersOf(given));
    const { shape } = given;
    const slices = new Slices(values, shape);
    const rank = shape.length;
    const first = { axes: [rank - 2, rank - 1] as const, index: shape.map(() => 0), colours: slices.scale().map.name };
    super({
      name: "Tensor explorer",
      esm: explorerModule,
      css: controlStyle + explorerStyle,
      state: { shape: [...shape], maps, ...first, ...slices.draw(first) },
      commands: { value: (at: unknown) => slices.text(this.state, at) },
      fallback: () => {
        const bundle = tensorBundle(given);
        return new View(String(bundle["text/html"]), String(bundle["text/plain"]));
      },
    });
    this.on("change", names => {
      if (names.some(name => name === "axes" || name === "index" || name === "colours"))
        this.set(slices.draw(this.state));
    });
  }
}

type Place = Pick<ExplorerState, "axes" | "index" | "colours">;

/** Cuts slices out of values in row-major order. */
class Slices {
  readonly #values: Float64Array;
  readonly #shape: readonly number[];
  readonly #strides: number[];
  readonly #statistics: Statistics;

  constructor(values: Float64Array, shape: readonly number[]) {
    this.#values = values;
    this.#shape = shape;
    this.#strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
    this.#statistics = statistics(values);
  }

  /** One scale for all slices, so that they can be compared. */
  scale(name?: ColormapName): ColourScale {
    return colourScale(this.#values, this.#statistics, name);
  }

  draw(place: Place): Pick<ExplorerState, "palette" | "pixels" | "picture"> {
    const { base, down, across, rows, columns } = this.#slice(place);
    const steps = [Math.ceil(rows / most), Math.ceil(columns / most)] as const;
    const height = Math.ceil(rows / steps[0]);
    const width = Math.ceil(columns / steps[1]);
    const { map, from, to } = this.scale(maps.includes(place.colours) ? place.colours : undefined);
    const pixels = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = this.#values[base + y * steps[0] * down + x * steps[1] * across]!;
        pixels[y * width + x] = paletteIndex(value, from, to);
      }
    }
    const sampled = steps[0] * steps[1] > 1 ? ` · every ${steps[0]} x ${steps[1]} values one is drawn` : "";
    const text = `${rows} x ${columns} · colours from ${formatNumber(from)} to ${formatNumber(to)}${sampled}`;
    return { palette: map.palette, pixels, picture: { width, height, steps, text } };
  }

  /** `[2, 0, 7] = 0.5`: the value at a row and a column of the slice. */
  text(place: Place, at: unknown): string {
    const { base, down, across, rows, columns } = this.#slice(place);
    const [row, column] = [0, 1].map(i => Math.trunc(Number((at as number[] | null)?.[i]))) as [number, number];
    if (!(row >= 0 && row < rows && column >= 0 && column < columns)) return "outside";
    const index = this.#shape.map((_, axis) =>
      axis === place.axes[0] ? row : axis === place.axes[1] ? column : this.#at(place, axis),
    );
    return `[${index.join(", ")}] = ${formatNumber(this.#values[base + row * down + column * across]!)}`;
  }

  #slice(place: Place) {
    const rank = this.#shape.length;
    const [rowAxis, columnAxis] = place.axes;
    // What a page sends is not to be trusted: it must not reach beyond the values.
    const known = (axis: number) => Number.isInteger(axis) && axis >= 0 && axis < rank;
    const [r, c] = known(rowAxis) && known(columnAxis) && rowAxis !== columnAxis ? place.axes : [rank - 2, rank - 1];
    let base = 0;
    for (let axis = 0; axis < rank; axis++) {
      if (axis !== r && axis !== c) base += this.#at(place, axis) * this.#strides[axis]!;
    }
    return {
      base,
      rows: this.#shape[r]!,
      columns: this.#shape[c]!,
      down: this.#strides[r]!,
      across: this.#strides[c]!,
    };
  }

  #at({ index }: Place, axis: number): number {
    const wanted = Math.trunc(Number(index?.[axis]) || 0);
    return Math.min(Math.max(wanted, 0), this.#shape[axis]! - 1);
  }
}
