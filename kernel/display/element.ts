import type { MimeBundle } from "../../widgets/display.js";
import { escapeHtml } from "../../widgets/html.js";

/** The longest drawing that travels twice: as it is, and as a picture of itself. */
const longestPicture = 256 * 1024;

/** The forms of an element: anything with `outerHTML`, from a browser's DOM or one for Node. */
export function elementBundle(value: object): MimeBundle | undefined {
  if (!("outerHTML" in value) || typeof value.outerHTML !== "string") return undefined;
  const markup = value.outerHTML;
  const bundle = { "text/html": withPictures(markup), "text/plain": markup.slice(0, 1000) };
  return /^\s*<svg[\s>/]/.test(markup) ? { ...bundle, "image/svg+xml": standalone(markup) } : bundle;
}

/**
 * Puts a picture of each drawing beside it, for pages that remove drawings from what they do not trust. The style hides
 * the picture where styles are; without them the drawing stays hidden, and so does the text that is left of it.
 */
function withPictures(markup: string): string {
  let drawings = 0;
  const parts = outermostDrawings(markup).map(part => {
    if (!part.drawing || part.text.length > longestPicture) return part.text;
    drawings++;
    const label = /\saria-label="([^"]*)"/.exec(part.text.slice(0, part.text.indexOf(">")))?.[1];
    const address = `data:image/svg+xml;base64,${Buffer.from(standalone(part.text)).toString("base64")}`;
    // A drawing's own colours are meant for a light page.
    return `<img class="gb1p" style="background:#fff" alt="${escapeHtml(label ?? "drawing")}" src="${address}"><div class="gb1d" style="display:none">${part.text}</div>`;
  });
  if (drawings === 0) return markup;
  return `<style>.gb1p{display:none}.gb1d{display:block!important}</style>${parts.join("")}`;
}

/** The markup in pieces: drawings that are in no other, and what is between. */
function outermostDrawings(markup: string): { drawing: boolean; text: string }[] {
  const pieces: { drawing: boolean; text: string }[] = [];
  let [depth, from] = [0, 0];
  const cut = (to: number, drawing: boolean) => {
    if (to > from) pieces.push({ drawing, text: markup.slice(from, to) });
    from = to;
  };
  for (const { 0: tag, index } of markup.matchAll(/<svg(?:\s(?:"[^"]*"|'[^']*'|[^"'>])*)?>|<svg\/>|<\/svg\s*>/gi)) {
    if (depth === 0 && !tag.startsWith("</")) cut(index, false);
    if (tag.startsWith("</")) depth--;
    else if (!tag.endsWith("/>")) depth++;
    if (depth === 0) cut(index + tag.length, true);
    // An end without a beginning: this is no markup to take apart.
    if (depth < 0) return [{ drawing: false, text: markup }];
  }
  cut(markup.length, false);
  return pieces;
}

/** A drawing as a file of its own: the name space, which a page need not write. */
function standalone(svg: string): string {
  const tag = svg.slice(0, svg.indexOf(">"));
  const spaces = [
    ...(/\sxmlns=/.test(tag) ? [] : [' xmlns="http://www.w3.org/2000/svg"']),
    ...(svg.includes("xlink:") && !/\sxmlns:xlink=/.test(tag) ? [' xmlns:xlink="http://www.w3.org/1999/xlink"'] : []),
  ];
  return svg.replace(/<svg/i, start => start + spaces.join(""));
}
