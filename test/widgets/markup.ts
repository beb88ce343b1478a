import { expect } from "vitest";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";

/** The most bytes of one output. */
export const mostBytes = 256 * 1024;

const voidTags = new Set(["img", "image", "br", "line", "path", "rect", "circle", "input", "source"]);

/** Fails unless `html` is what every front end can show: closed tags, nothing active, nothing from elsewhere, no broken path. */
export function expectSound(html: string, bytes = mostBytes): void {
  expect(Buffer.byteLength(html)).toBeLessThanOrEqual(bytes);
  expect(html).not.toMatch(/<(script|iframe|object|embed|link|foreignObject)\b/i);
  expect(tagsOf(html).filter(tag => /\son\w+\s*=|javascript:/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
  const addresses = [...html.matchAll(/(?:src|srcset|href)="([^"]*)"/g)].map(m => m[1]!);
  expect(addresses.filter(address => !address.startsWith("data:image/"))).toEqual([]);
  const drawn = [...html.matchAll(/\s(?:d|x|y|x1|x2|y1|y2|cx|cy|width|height|viewBox|value)=(?:"([^"]*)"|'([^']*)')/g)];
  expect(drawn.map(m => m[1] ?? m[2]!).filter(value => /NaN|undefined|Infinity/.test(value))).toEqual([]);
  expect(html).not.toMatch(/undefined|\[object /);
  for (const image of tagsOf(html).filter(tag => tag.startsWith("<img"))) expect(image).toMatch(/ alt="[^"]+"/);
  for (const svg of tagsOf(html).filter(tag => tag.startsWith("<svg")))
    expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
  // A style element takes its text as it is: an entity in it is a broken rule.
  for (const [, style] of html.matchAll(/<style>(.*?)<\/style>/gs)) expect(style).not.toMatch(/&|</);
  expectBalanced(html);
}

/** What a view shows, in its forms; its HTML must be sound. */
export function shown(view: { [displaySymbol]?(): unknown }) {
  const bundle = view[displaySymbol]!() as MimeBundle;
  const html = String(bundle["text/html"]);
  expectSound(html);
  return { html, text: textOf(html), plain: String(bundle["text/plain"]) };
}

/** Every tag with its attributes; a `>` inside quotes does not end one. */
export function tagsOf(html: string): string[] {
  return [...html.matchAll(/<\/?[a-zA-Z](?:"[^"]*"|[^">])*>/g)].map(m => m[0]);
}

/** What people read when neither styles nor pictures are there. */
export function textOf(html: string): string {
  const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'" };
  return html
    .replace(/<(style|svg)\b.*?<\/\1>/gs, "")
    .replace(/<(?:"[^"]*"|[^">])*>/g, " ")
    .replace(/&(?:lt|gt|amp|quot|#39);/g, entity => entities[entity]!)
    .replace(/\s+/g, " ");
}

function expectBalanced(html: string): void {
  const open: string[] = [];
  for (const tag of tagsOf(html.replace(/<style>.*?<\/style>/gs, ""))) {
    const name = /^<\/?([a-zA-Z]+)/.exec(tag)![1]!;
    if (voidTags.has(name)) continue;
    if (tag.startsWith("</")) expect(`</${open.pop()}>`).toBe(tag);
    else open.push(name);
  }
  expect(open).toEqual([]);
}
