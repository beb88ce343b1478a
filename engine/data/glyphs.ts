/**
 * How people write the ten digits: for each, a few styles; a style is a list of strokes, a stroke a list of points that a
 * smooth pen passes through. x runs right from 0 to 1, y runs down from 0 to 1. A point given twice is a sharp corner.
 */
export type Stroke = readonly (readonly [x: number, y: number])[];
export interface GlyphStyle {
  strokes: readonly Stroke[];
  /** How often people choose it, against the other styles of the digit. */
  weight: number;
}

/** Strokes are written as points "x y" in hundredths. */
function style(weight: number, ...strokes: string[]): GlyphStyle {
  return { weight, strokes: strokes.map(s => s.split(", ").map(pointOf)) };
}

function pointOf(text: string): readonly [x: number, y: number] {
  const [x, y] = text.split(" ").map(Number);
  return [x! / 100, y! / 100];
}

/** Styles by digit. */
export const glyphs: readonly (readonly GlyphStyle[])[] = [
  // 0: a ring; one that overshoots its start; a narrow one.
  [
    style(5, "56 1, 32 6, 14 25, 7 52, 14 80, 33 96, 56 98, 78 86, 92 60, 92 34, 79 11, 52 1"),
    style(3, "66 8, 44 3, 22 16, 9 40, 9 68, 23 91, 47 99, 72 89, 90 64, 92 36, 79 13, 58 4, 40 12"),
    style(2, "52 0, 34 12, 23 36, 22 64, 32 89, 50 100, 68 88, 78 63, 77 34, 67 10, 50 0"),
  ],
  // 1: a bare stroke; with an upstroke; with upstroke and base.
  [
    style(6, "50 0, 50 50, 50 100"),
    style(2, "30 20, 45 10, 55 0, 55 0, 54 50, 53 100"),
    style(1, "28 22, 42 12, 54 0, 54 0, 53 50, 52 98", "24 99, 52 98, 80 98"),
    style(2, "44 0, 50 35, 52 70, 50 100"),
  ],
  // 2: a flat base; a loop at the base; a swung base.
  [
    style(4, "12 25, 28 5, 60 2, 82 22, 74 47, 42 76, 10 98, 10 98, 50 96, 92 97"),
    style(3, "14 22, 34 3, 66 5, 79 28, 62 58, 34 88, 14 93, 11 80, 27 76, 52 90, 74 98, 95 90"),
    style(2, "8 20, 35 2, 68 10, 72 36, 48 66, 12 90, 12 90, 30 84, 60 96, 90 90"),
  ],
  // 3: round; with a flat top; with a deep waist.
  [
    style(5, "14 15, 42 0, 76 12, 72 36, 40 48, 40 48, 76 58, 86 80, 58 98, 22 97, 6 84"),
    style(1, "14 4, 45 3, 82 3, 82 3, 60 24, 42 42, 42 42, 74 50, 87 74, 66 96, 30 99, 10 88"),
    style(3, "20 10, 52 0, 78 17, 62 40, 34 47, 34 47, 66 52, 80 72, 64 94, 34 100, 12 92"),
  ],
  // 4: open; closed; open with one bent stroke and a late stem.
  [
    style(5, "16 4, 14 28, 14 50, 32 56, 60 53, 90 48", "76 2, 73 50, 70 100"),
    style(3, "60 0, 36 30, 6 62, 6 62, 50 62, 96 60", "62 2, 62 50, 62 100"),
    style(2, "22 2, 10 30, 20 50, 50 50, 80 42", "86 0, 76 45, 62 100"),
  ],
  // 5: body and cap; in one go; with a narrow bowl.
  [
    style(4, "24 4, 20 24, 18 44, 18 44, 50 36, 82 54, 80 82, 48 99, 10 92", "24 4, 55 4, 88 2"),
    style(4, "86 2, 56 3, 28 6, 28 6, 24 24, 20 42, 20 42, 54 42, 76 60, 70 87, 42 100, 10 94"),
    style(2, "92 6, 66 2, 42 10, 30 30, 36 44, 60 56, 66 78, 46 98, 14 94"),
  ],
  // 6: a long stem into a loop; a curled one; a tight loop.
  [
    style(5, "66 0, 38 20, 17 52, 18 84, 46 99, 76 88, 78 66, 54 55, 28 66, 20 84"),
    style(3, "80 10, 56 3, 26 26, 12 62, 24 92, 56 98, 82 82, 74 58, 46 52, 18 68"),
    style(2, "50 0, 30 28, 20 64, 28 92, 52 100, 72 86, 66 68, 46 64, 28 76"),
  ],
  // 7: plain; crossed; with a hooked top and a bent leg.
  [
    style(6, "10 8, 46 6, 86 4, 86 4, 66 40, 48 72, 38 100"),
    style(2, "12 8, 48 6, 86 5, 86 5, 66 42, 50 72, 42 100", "32 54, 58 51, 84 49"),
    style(3, "12 24, 16 10, 42 8, 80 6, 80 6, 76 36, 66 68, 60 100"),
  ],
  // 8: one stroke that crosses; two rings; a slanted one with an open top.
  [
    style(5, "74 16, 48 0, 22 16, 36 42, 66 58, 80 82, 50 100, 20 84, 34 58, 66 38, 76 16"),
    style(2, "50 1, 25 12, 27 36, 50 46, 73 36, 76 12, 52 1", "50 47, 20 60, 20 88, 50 99, 80 88, 80 60, 52 47"),
    style(3, "84 8, 52 4, 28 20, 42 46, 62 64, 60 90, 38 100, 22 84, 38 62, 70 36, 86 12"),
  ],
  // 9: a loop with a straight leg; with a curved tail; an open loop.
  [
    style(5, "76 18, 50 2, 20 14, 18 38, 46 48, 74 34, 78 14, 78 14, 74 56, 68 100"),
    style(3, "76 20, 54 2, 24 14, 20 38, 44 50, 72 36, 79 16, 80 50, 68 88, 42 100, 18 92"),
    style(2, "82 6, 48 6, 22 28, 36 50, 66 40, 84 10, 84 10, 66 54, 50 100"),
  ],
];
