import { type Html, html } from "./html.js";
import { px } from "./svg.js";

/** Where a text may stand, and what is drawn there. */
export interface Room {
  top: number;
  bottom: number;
  middle: number;
  drawn: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** Where a text begins, or ends. */
export interface Place {
  x: number;
  y: number;
  leftwards: boolean;
}

/** Of some places for a text the one where it lies over the least of the lines; the first of equals. */
export function clearest(places: readonly Place[], text: string, { drawn }: Room): Place {
  const length = 6.2 * text.length;
  const covered = places.map(({ x, y, leftwards }) => {
    const [from, to] = leftwards ? [x - length, x] : [x, x + length];
    let count = 0;
    for (const line of drawn) {
      for (let i = 1; i < line.length; i++) {
        const [[x1, y1], [x2, y2]] = [line[i - 1]!, line[i]!];
        if (Math.max(x1, x2) < from || Math.min(x1, x2) > to) continue;
        // Steps of about 4 pixels.
        const steps = Math.min(64, Math.ceil((Math.abs(x2 - x1) + Math.abs(y2 - y1)) / 4)) || 1;
        for (let s = 0; s <= steps; s++) {
          const px = x1 + ((x2 - x1) * s) / steps;
          const py = y1 + ((y2 - y1) * s) / steps;
          if (px >= from && px <= to && py > y - 11 && py < y + 4) count++;
        }
      }
    }
    return count;
  });
  return places[covered.indexOf(Math.min(...covered))]!;
}

/** A text at its place. */
export function textAt({ x, y, leftwards }: Place, style: string, text: string): Html {
  return html`<text class="${style}" x="${px(x)}" y="${px(y)}" text-anchor="${leftwards ? "end" : "start"}">${text}</text>`;
}
