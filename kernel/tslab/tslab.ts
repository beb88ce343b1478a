import { randomBytes } from "node:crypto";
import { displaySink } from "../../widgets/display.js";

/** The display functions of tslab. */
export interface Display {
  javascript(code: string): void;
  html(html: string): void;
  markdown(markdown: string): void;
  latex(latex: string): void;
  svg(svg: string): void;
  text(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  /** Shows content of any type; JSON types may be given as text. */
  raw(contentType: string, content: string | Uint8Array): void;
}

/** What a notebook written for tslab imports: `import * as tslab from "tslab"`. */
export interface TslabModule {
  versions: { tslab: string; typescript: string; node: string };
  display: Display;
  /** A display whose later calls replace what the first one showed. */
  newDisplay(): Display;
}

/** The module `tslab`, served by this kernel. `tslab` in `versions` is the release whose interface this is. */
export function createTslab(typescript: string): TslabModule {
  return {
    versions: { tslab: "1.0.22", typescript, node: process.version },
    display: makeDisplay(show => show(undefined, false)),
    newDisplay() {
      const id = randomBytes(8).toString("hex");
      let shown = false;
      return makeDisplay(show => {
        show(id, shown);
        shown = true;
      });
    },
  };
}

type Show = (displayId: string | undefined, update: boolean) => void;

function makeDisplay(place: (show: Show) => void): Display {
  const raw = (contentType: string, content: string | Uint8Array): void => {
    place((displayId, update) => {
      const data = { [contentType]: encode(contentType, content) };
      displaySink()?.show({ data, metadata: {}, update, ...(displayId === undefined ? {} : { displayId }) });
    });
  };
  const as = (contentType: string) => (content: string | Uint8Array) => raw(contentType, content);
  return {
    javascript: as("text/javascript"),
    html: as("text/html"),
    markdown: as("text/markdown"),
    latex: as("text/latex"),
    svg: as("image/svg+xml"),
    text: as("text/plain"),
    png: as("image/png"),
    jpeg: as("image/jpeg"),
    gif: as("image/gif"),
    pdf: as("application/pdf"),
    raw,
  };
}

/** Bytes travel as base64; JSON types as values, not as text in which JSON is written. */
function encode(contentType: string, content: string | Uint8Array): unknown {
  if (typeof content !== "string") return Buffer.from(content).toString("base64");
  if (!/[/+]json$/.test(contentType)) return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}
