import type { Display, TslabModule } from "./tslab.js";

export type { Display } from "./tslab.js";

const running = (globalThis as Record<symbol, unknown>)[Symbol.for("gradbook.tslab")] as TslabModule;

/** Versions of the interface, of TypeScript and of Node. */
export const versions: TslabModule["versions"] = running.versions;

/**
 * Shows content of many types below the cell.
 *
 * @example
 * import * as tslab from "tslab";
 * tslab.display.html("<b>bold</b>");
 */
export const display: Display = running.display;

/**
 * Makes a display whose later calls replace what the first one showed.
 *
 * @example
 * const d = tslab.newDisplay();
 * d.text("working");
 * d.text("done");
 */
export const newDisplay: () => Display = running.newDisplay;
