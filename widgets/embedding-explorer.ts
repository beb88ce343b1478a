import { controlStyle } from "./control-module.js";
import { embeddingModule, embeddingStyle } from "./embedding-explorer-module.js";
import { formatQuantity } from "./format.js";
import { statistics } from "./statistics.js";
import { embeddedPoints, type NamesLike, namesOf } from "./views/embedded.js";
import { classMarks, type EmbeddingOptions, embeddedView, plotScale, shorten } from "./views/embeddings.js";
import { imageElement, imageLayout, imageRange } from "./views/images.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./views/tensor-like.js";
import type { View } from "./views/view.js";
import { Widget } from "./widget.js";

/** How `show.projector` draws, and what it tells of a point. */
export interface ProjectorOptions extends EmbeddingOptions {
  /** The name of each point, shown at the pointer. */
  names?: NamesLike;
  /** The image of each point, shown at the pointer: [N, H, W], [N, C, H, W] or [N, H, W, C]. */
  images?: NumbersLike;
}

/** What both sides of the embedding explorer know. */
export interface EmbeddingState {
  title: string;
  /** x and y of each drawn point, in pixels: float32. */
  points: Uint8Array;
  /** Which row each drawn point is of those given: uint32. */
  rows: Uint8Array;
  /** Which class each drawn point is of: uint16. */
  members: Uint8Array;
  classes: readonly { name: string; count: number; colour: number }[];
  marks: readonly { text: string; colour: number; x: number; y: number }[];
  note: string;
  /** Rows that were selected in the page. */
  selected: readonly number[];
}

/** Longest side of a thumbnail, in pixels. */
const thumbnail = 96;

/**
 * Points of many features in their principal plane, to look at one by one: name, class and image at the pointer or with the
 * arrow keys, classes to hide, and a loop drawn around points selects them. Without a front end it is `show.embeddings`.
 *
 * @example
 * const explorer = views.projector(randn([100, 8]), { labels: randint(0, 3, [100]) });
 * explorer.selected = [4, 7];
 * explorer.on("change:selected", rows => console.log(rows));
 */
export class EmbeddingExplorer extends Widget<EmbeddingState> {
  /**
   * @param points [N, features]
   * @throws TypeError when points, labels, names or images do not fit
   */
  constructor(points: NumbersLike, options: ProjectorOptions = {}) {
    const caller = "show.projector";
    const embedded = embeddedPoints(points, options.labels, caller);
    const { count, features, plane, rows, classes, every } = embedded;
    const names = namesOf(options.names, "names", caller);
    if (names && names.length !== count) {
      throw new TypeError(`${caller}: ${formatQuantity(count, "point")} but ${names.length} names. Give one for each.`);
    }
    const pictures = options.images === undefined ? undefined : thumbnails(options.images, count);
    const { x, y } = plotScale(plane);
    const members = new Uint16Array(rows.length);
    classes.forEach((c, k) => {
      for (const i of c.members) members[i] = k;
    });
    const title = options.title ?? "Embeddings";
    let still: View | undefined;
    super({
      name: title,
      esm: embeddingModule,
      css: controlStyle + embeddingStyle,
      state: {
        title,
        points: bytes(Float32Array.from(plane.places, (v, i) => (i % 2 === 0 ? x(v) : y(v)))),
        rows: bytes(Uint32Array.from(rows)),
        members: bytes(members),
        classes: classes.map(c => ({ name: shorten(c.name), count: c.members.length, colour: c.colour })),
        marks: classMarks(plane, classes).map(m => ({
          text: m.text,
          colour: m.colour,
          x: x(m.middle[0]),
          y: y(m.middle[1]),
        })),
        note: [
          `${formatQuantity(count, "point")} with ${formatQuantity(features, "feature")}`,
          `the plane explains ${(100 * (plane.explained[0] + plane.explained[1])).toFixed(1)} %`,
          ...(every > 1 ? [`${rows.length} drawn`] : []),
        ].join(" · "),
        selected: [],
      },
      commands: {
        point: (row: unknown) => {
          const i = Number.isInteger(row) && (row as number) >= 0 && (row as number) < count ? (row as number) : 0;
          return { text: names?.[i]?.slice(0, 200) ?? `[${i}]`, picture: pictures?.(i) ?? "" };
        },
      },
      fallback: () => (still ??= embeddedView(embedded, title)),
    });
    this.on("change:selected", selected => {
      const given: unknown = selected;
      const known = (Array.isArray(given) ? given : []).filter(row => Number.isInteger(row) && row >= 0 && row < count);
      // What a page sends is not to be trusted.
      if (!Array.isArray(given) || known.length < given.length) this.set("selected", known);
    });
  }

  /** The rows of the points that are selected in the page. */
  get selected(): readonly number[] {
    return this.get("selected");
  }

  /** Selects points by their rows; the page follows. */
  set selected(rows: readonly number[]) {
    this.set("selected", rows);
  }
}

/** The image of a point as an element. @throws TypeError when there is not one for each point */
function thumbnails(images: NumbersLike, count: number): (index: number) => string {
  const tensor = asTensorLike(images, "show.projector");
  const layout = imageLayout(tensor.shape, count);
  if (!layout || layout.count !== count) {
    throw new TypeError(
      `show.projector: images of shape [${tensor.shape.join(", ")}] for ${formatQuantity(count, "point")}. Give [N, H, W], [N, C, H, W] or [N, H, W, C] with one for each.`,
    );
  }
  // A copy: training may go on and change what the tensor holds.
  const values = Float32Array.from(numbersOf(tensor));
  const stats = statistics(values);
  const range = imageRange(tensor, stats);
  const side = Math.max(layout.height, layout.width);
  const step = Math.ceil(side / thumbnail);
  const factor = Math.max(1, Math.round((thumbnail * step) / side));
  return i => imageElement(values, layout, i, range, step, factor, stats.firstBad !== undefined, `image ${i}`).text;
}

const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
