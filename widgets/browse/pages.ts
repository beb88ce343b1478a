import { controlStyle } from "../control-module.js";
import { displaySymbol } from "../display.js";
import type { View } from "../views/view.js";
import { Widget } from "../widget.js";
import { pagesModule, pagesStyle } from "./pages-module.js";

/** Something to choose beside a view: one of a few options, or a place on a slider. */
export interface PageChoice {
  name: string;
  /** How many places there are; at least 1. */
  count: number;
  /** What they are called; without them it is a slider. */
  options?: readonly string[];
}

/** What both sides of a view to leaf through know. */
export interface PagesState {
  choices: readonly PageChoice[];
  /** What is chosen, by choice: places from 0. */
  at: readonly number[];
  /** Where each slider stands, in words. */
  said: readonly string[];
  /** The view of what is chosen. */
  html: string;
}

/** How a view to leaf through is made. */
export interface PagesOptions {
  name: string;
  choices: readonly PageChoice[];
  /** Where it begins. Default: at the first place of each choice. */
  at?: readonly number[];
  /** Where the slider of a choice stands, in words. Default: `3 / 12`. */
  say?: (choice: number, place: number) => string;
  /** The view of what is chosen. */
  draw: (at: readonly number[]) => View;
}

/**
 * A view to leaf through: sliders and selects above it say which part is drawn. The kernel draws; only what is looked at travels.
 * Without a front end it is the view of what is chosen.
 */
export class Pages extends Widget<PagesState> {
  constructor({ name, choices, at = choices.map(() => 0), say = spoken(choices), draw }: PagesOptions) {
    const html = (places: readonly number[]) => String(draw(places)[displaySymbol]()["text/html"]);
    const words = (places: readonly number[]) => choices.map((_, i) => say(i, places[i]!));
    super({
      name,
      esm: pagesModule,
      css: controlStyle + pagesStyle,
      state: { choices, at, said: words(at), html: html(at) },
      fallback: state => draw(state.at),
    });
    let last = at;
    this.on("change:at", wanted => {
      const places = within(choices, wanted, last);
      if (places.every((place, i) => place === last[i])) {
        if (!same(wanted, last)) this.set("at", last);
        return;
      }
      last = places;
      this.set({ at: places, said: words(places), html: html(places) });
    });
  }
}

const spoken =
  (choices: readonly PageChoice[]) =>
  (choice: number, place: number): string =>
    `${place + 1} / ${choices[choice]!.count}`;

/** What a page sends is not to be trusted: a place that is none stays what it was. */
function within(choices: readonly PageChoice[], wanted: unknown, last: readonly number[]): number[] {
  return choices.map(({ count }, i) => {
    const place: unknown = Array.isArray(wanted) ? wanted[i] : undefined;
    return Number.isInteger(place) ? Math.min(Math.max(place as number, 0), count - 1) : last[i]!;
  });
}

const same = (a: unknown, b: readonly number[]) =>
  Array.isArray(a) && a.length === b.length && b.every((place, i) => a[i] === place);
