import { type Html, html, type Part, trusted } from "./html.js";
import { isolated } from "./isolated.js";
import { viewMark } from "./view-type.js";

/** Colours of one theme, as CSS. `series` are told apart also by colour-blind readers and read as text. */
export interface Theme {
  text: string;
  muted: string;
  background: string;
  good: string;
  bad: string;
  series: readonly string[];
}

/** Okabe and Ito's hues, darkened so that each also reads as text (contrast 4.5 or more on white). */
export const light: Theme = {
  text: "#1f2328",
  muted: "#595f66",
  background: "#ffffff",
  good: "#1a7048",
  bad: "#b3261e",
  series: ["#0066a6", "#b04a00", "#007558", "#9a3b78", "#75600a", "#4f5bb5"],
};

/** The same hues for a dark page. */
export const dark: Theme = {
  text: "#e6e6e6",
  muted: "#a9b0b7",
  background: "#111111",
  good: "#56d39a",
  bad: "#ff8a80",
  series: ["#56b4e9", "#f0a04b", "#2fc497", "#e59ac6", "#e8d94a", "#a9b3ff"],
};

/** Where a page says that it is dark. */
const darkPages = ["[data-jp-theme-light=false]", ".vscode-dark", ".vscode-high-contrast", "[theme=dark]"];
/** The class of cards. Its number changes with the styles, so that old outputs keep theirs. */
export const cardClass = `gb${viewMark.version}`;

/** The parts of the style sheet. An output carries those that it uses, because outputs do not know of each other. */
export type StylePart = "table" | "plot" | "tiles" | "training";

/**
 * Wraps a view in a card: a heading of a title and facts, then the body, with the styles for both. Everything stays
 * readable when a page removes the style element: facts are separated by text, which the style hides.
 */
export function card(options: {
  title: string;
  /** Beside the title, e.g. dtype and shape. */
  subtitle?: Html;
  facts: readonly Fact[];
  body: readonly (Html | undefined | false)[];
  styles: readonly StylePart[];
}): Html {
  const facts = options.facts.map(
    fact =>
      html`<span class="s"> · </span><span class="${`c ${fact.tone ?? ""}`.trimEnd()}"${hint(fact)}>${isolated(fact.text)}</span>`,
  );
  return html`<style>${trusted(styleSheet(options.styles))}</style><figure class="${cardClass}"><figcaption class="h"><b>${isolated(options.title)}</b> ${options.subtitle}${facts}</figcaption>${options.body}</figure>`;
}

/** One fact in a card's heading. */
export interface Fact {
  text: string;
  tone?: "good" | "bad" | "live";
  /** Shown by the pointer. */
  hint?: string;
}

function hint(fact: Fact): Html | undefined {
  return fact.hint === undefined ? undefined : html` title="${fact.hint}"`;
}

export interface TableStyle {
  /** A row that stands out. */
  marked?: number;
  /** Columns of words, which align left. */
  words?: readonly number[];
}

/** A table whose cells align right. `heads` label the columns; the first cell of a row labels the row. */
export function table(
  heads: readonly (string | Html)[],
  rows: readonly (readonly (string | Html)[])[],
  { marked, words = [] }: TableStyle = {},
): Html {
  const align = (column: number) => (words.includes(column) ? trusted(' style="text-align:left"') : undefined);
  return html`<table class="t"><thead><tr>${heads.map((h, j) => columnHead(h, align(j)))}</tr></thead><tbody>${rows.map(
    ([head, ...cells], i) =>
      html`<tr${i === marked ? trusted(' class="m"') : ""}><th scope="row"${align(0)}>${head}</th>${cells.map((c, j) => html`<td${align(j + 1)}>${c}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** The head of a column; the corner above the heads of rows is no head, which a screen reader would read as an empty one. */
export function columnHead(text: string | Html, attributes?: Html): Html {
  return text === "" ? html`<td></td>` : html`<th scope="col"${attributes}>${text}</th>`;
}

/** Something wide, usually a table, that scrolls within its card, also with the arrow keys. */
export function scrolled(part: Part): Html {
  return html`<div tabindex="0" style="overflow-x:auto">${part}</div>`;
}

/** Pixels between a tile and the one to its right. */
export const tileGap = 12;

/**
 * Pictures side by side, each with its caption. The style sits at the tile, because sanitisers keep it there.
 *
 * @param width in pixels; by default that of the picture or the caption
 */
export function tile(image: Html, caption: Part, width?: number): Html {
  const size = width === undefined ? "" : `;width:${width}px`;
  return html`<div class="i" style="display:inline-block;vertical-align:top;margin:6px ${tileGap}px 2px 0${size}">${image}<small style="display:block">${caption}</small></div>`;
}

/** A foldable part. It folds without a script. */
export function foldable(title: string, body: Part): Html {
  return html`<details><summary>${title}</summary>${body}</details>`;
}

/**
 * The style of plots: themed inside a page, fixed inside a picture, which cannot see the page.
 *
 * @param drawn what is drawn; rules for classes that are not in it are left out
 */
export function plotStyle(scope: string, theme?: Theme, drawn?: string): string {
  const colour = (name: string, fixed: string | undefined) => fixed ?? `var(--${name})`;
  const good = colour("ok", theme?.good);
  const bad = colour("no", theme?.bad);
  const rules = [
    `text{font:11px system-ui,sans-serif;fill:${colour("m", theme?.muted)}}`,
    "path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}",
    `line{stroke:${theme ? "#ddd" : "var(--l)"};stroke-opacity:.7}`,
    ".r{opacity:.35;stroke-width:1}",
    ".d{stroke-dasharray:5 3}",
    // A rim of the page's colour keeps a name readable where a line crosses it.
    `.b{font-weight:600;paint-order:stroke;stroke:${theme ? theme.background : "var(--a)"};stroke-width:3px;stroke-linejoin:round}`,
    `.k{stroke:${good};stroke-opacity:1;stroke-dasharray:2 3}`,
    `.x{stroke:${bad};stroke-opacity:1;stroke-width:2}`,
    ".pt{stroke-width:5;stroke-opacity:.55}",
    `.bx{fill:${theme ? "#fff" : "var(--a)"};stroke:${colour("s1", theme?.series[0])};stroke-width:1.3}`,
    `.bx.quiet{stroke:${theme ? "#999" : "var(--l)"}}`,
    `.bx.good{stroke:${good};stroke-width:2}`,
    `.bx.bad{stroke:${bad};stroke-width:2.5}`,
    `.tt{font-weight:600;fill:${colour("t", theme?.text)}}`,
    `.eg{stroke:${colour("m", theme?.muted)};stroke-width:1.3;stroke-opacity:.7}`,
    // Opaque, so that a ridge hides what is behind it, and tinted, so that this is seen.
    ".rg{stroke-width:1.3}",
    ...[1, 2].map(
      i =>
        `.rg.s${i}{fill:color-mix(in srgb,${colour(`s${i}`, theme?.series[i - 1])} 22%,${theme ? theme.background : "var(--a)"})}`,
    ),
    `.z{stroke:${colour("m", theme?.muted)};stroke-opacity:.8;stroke-dasharray:3 4}`,
    `.q{fill:none;stroke:${colour("t", theme?.text)};stroke-width:2}`,
    `.kt{fill:${good}}`,
    `.xt{fill:${bad}}`,
    `.u{fill:${colour("m", theme?.muted)}}`,
    ...light.series.flatMap((_, i) => {
      const series = colour(`s${i + 1}`, theme?.series[i]);
      return [`.s${i + 1}{stroke:${series}}`, `.f${i + 1}{fill:${series}}`];
    }),
  ];
  const used = drawn === undefined ? rules : rules.filter(rule => isUsed(rule, drawn));
  return used.map(rule => scope + rule).join("");
}

/** Whether the class that a rule begins with occurs. */
function isUsed(rule: string, drawn: string): boolean {
  const name = /^\.([a-z0-9]+)/.exec(rule)?.[1];
  return name === undefined || new RegExp(`class="(?:[^"]* )?${name}[ "]`).test(drawn);
}

/** The style sheet of an output. */
export function styleSheet(parts: readonly StylePart[]): string {
  return base + parts.map(part => styles[part]).join("");
}

function variables(theme: Theme): string {
  const series = theme.series.map((colour, i) => `--s${i + 1}:${colour}`).join(";");
  return `--ok:${theme.good};--no:${theme.bad};${series}`;
}

/** Rules that give what `scope` selects the colours of our drawings, in the theme of the page. */
export function themeVariables(scope: string): string {
  return [
    `${scope}{${variables(light)};--t:var(--jp-ui-font-color1,var(--vscode-foreground,CanvasText));--m:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,GrayText));--l:var(--jp-border-color2,var(--vscode-panel-border,#8886));--q:var(--jp-layout-color2,#8882);--n:var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));--a:var(--jp-layout-color0,var(--vscode-editor-background,Canvas))}`,
    `@media(prefers-color-scheme:dark){body:not([data-jp-theme-light],[class*=vscode]) ${scope}{${variables(dark)};color-scheme:dark}}`,
    `${darkPages.map(page => `${page} ${scope}`).join()}{${variables(dark)}}`,
  ].join("");
}

const g = `.${cardClass}`;

const base = [
  themeVariables(g),
  `${g}{color:var(--t);background:var(--a);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums;border:1px solid var(--l);border-radius:6px;padding:10px 12px;margin:4px 0;max-width:880px}`,
  `${g} .h{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin-bottom:6px}`,
  `${g} .h b{font-size:14px}`,
  `${g} .s,${g} .o{display:none}`,
  `${g} .v{display:block!important}`,
  `${g} .c{border:1px solid var(--l);border-radius:9px;padding:0 8px;font-size:12px;color:var(--m)}`,
  `${g} .good{color:var(--ok);border-color:currentColor}`,
  `${g} .bad{color:var(--no);border-color:currentColor;font-weight:600}`,
  `${g} .live{color:var(--s1);border-color:currentColor}`,
  `${g} code{font:12px var(--n);background:var(--q);padding:0 5px;border-radius:3px;color:var(--t)}`,
  `${g} small,${g} summary{color:var(--m);font-size:12px}`,
  `${g} summary{cursor:pointer;margin-top:6px}`,
  `${g} .w{display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center}`,
].join("");

const styles: Readonly<Record<StylePart, string>> = {
  table: [
    `${g} .t{border-collapse:collapse;border:0;font-size:12px;margin:4px 0}`,
    `${g} .t tbody tr:nth-child(n){background:none}`,
    `${g} .t td,${g} .t th{padding:2px 9px;text-align:right;white-space:nowrap;border:0;border-bottom:1px solid var(--l)}`,
    `${g} .t th{color:var(--m);font-weight:600}`,
    `${g} .t td{font-family:var(--n)}`,
    `${g} .g td{text-align:center;border:0;padding:3px 8px}`,
    `${g} .g thead th{text-align:center}`,
    `${g} .t .m>*{font-weight:700;color:var(--t)}`,
  ].join(""),
  plot: `${g} svg{width:100%;height:auto;display:block}${plotStyle(`${g} svg `)}`,
  tiles: [`${g} .i img:not(.o){display:block;image-rendering:pixelated;outline:1px solid var(--l)}`].join(""),
  training: [
    `${g} .p{width:100%;height:8px;accent-color:var(--s1);margin:0 0 8px;display:block}`,
    // A drawing for half of the width is not enlarged when it stands alone.
    `${g} .n{flex:1 1 340px;min-width:0;max-width:418px}`,
    `${g} .y{flex:1 1 100%;min-width:0}`,
  ].join(""),
};

/** Every part of the style sheet. */
export const styleParts = Object.keys(styles) as StylePart[];
