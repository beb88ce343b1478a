import { cardClass, styleParts, styleSheet } from "../theme.js";
import { viewMark, viewType } from "../view-type.js";
import type { LuminoWidgetClass, MimeModel, Renderer, RenderMime } from "./lab.js";
import { safeNodes } from "./safe-html.js";

/** The class of the elements that hold our views. */
const outputClass = "gradbook-view";

/** Gives the page the styles of our views, which the extension brings itself: those of a notebook are never used. */
export function addViewStyles(): void {
  const style = document.createElement("style");
  // The views of outputs that the application draws must not be met: there the sanitiser left other parts.
  const sheet = styleSheet(styleParts).replaceAll(`.${cardClass}`, `.${outputClass} .${cardClass}`);
  // Contained: nothing of an output reaches beyond it.
  style.textContent = `.${outputClass}{contain:paint;padding:0 1px}${sheet}`;
  document.head.append(style);
}

/**
 * Makes the class of outputs that hold a view, on the application's own base class. It draws the HTML of the bundle without
 * trusting it and asks no kernel, so that a notebook from elsewhere looks as it looked to whoever ran it.
 */
export function viewOutputClass(Base: LuminoWidgetClass): new (rendermime: RenderMime) => Renderer {
  return class ViewOutput extends Base implements Renderer {
    readonly #rendermime: RenderMime;

    constructor(rendermime: RenderMime) {
      super();
      this.#rendermime = rendermime;
    }

    /** Shows the view; what is not one of ours, or of a later release, as the application shows it. */
    async renderModel(output: MimeModel): Promise<void> {
      const { [viewType]: mark, ...others } = output.data;
      const html = others["text/html"];
      const ours = versionOf(mark) === viewMark.version && typeof html === "string";
      const nodes = ours ? safeNodes(html) : undefined;
      if (nodes) {
        const open = openParts(this.node);
        this.addClass(outputClass);
        this.node.replaceChildren(nodes);
        openAgain(this.node, open);
        return;
      }
      const type = this.#rendermime.preferredMimeType(others, output.trusted ? "any" : "ensure");
      if (type === undefined) return;
      const renderer = this.#rendermime.createRenderer(type);
      await renderer.renderModel(output);
      this.node.replaceChildren(renderer.node);
    }
  };
}

function versionOf(mark: unknown): unknown {
  return typeof mark === "object" && mark !== null ? (mark as { version?: unknown }).version : undefined;
}

/** The titles of the parts that a reader has unfolded. */
function openParts(node: HTMLElement): Set<string> {
  const open = [...node.querySelectorAll("details[open] > summary")];
  return new Set(open.map(summary => summary.textContent ?? ""));
}

/** A view that is sent again leaves unfolded what was unfolded. */
function openAgain(node: HTMLElement, titles: ReadonlySet<string>): void {
  if (titles.size === 0) return;
  for (const summary of node.querySelectorAll("details > summary")) {
    if (titles.has(summary.textContent ?? "")) summary.parentElement?.setAttribute("open", "");
  }
}
