import { type InspectOptions, inspect } from "node:util";
import { displaySymbol, isDisplayable, type MimeBundle } from "../../widgets/display.js";
import { elementBundle } from "./element.js";
import { modelBundle } from "./model.js";
import { pictureBundle } from "./picture.js";

/** Longest text of one value. */
const longestText = 1024 * 1024;

const inspection: InspectOptions = {
  depth: 4,
  colors: false,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  breakLength: 100,
};

/**
 * The forms in which a value can be shown: its own display method, then what it looks like (a mime bundle, a canvas, a
 * Vega-Lite specification, a picture's bytes or blob, an element, an anywidget model), then text. Never throws: what fails falls back to text.
 */
export function formatValue(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (!isDisplayable(value)) return guess(value) ?? plain(value);
  try {
    const shown = value[displaySymbol]();
    if (!(shown instanceof Promise)) return checked(shown, value);
    return shown.then(bundle => checked(bundle, value)).catch((error: unknown) => failed(value, error));
  } catch (error) {
    return failed(value, error);
  }
}

/** The text of a value, without colours. */
export function inspectValue(value: unknown): string {
  let text: string;
  try {
    text = inspect(value, inspection);
  } catch {
    text = inspect(value, { ...inspection, customInspect: false });
  }
  return text.length > longestText
    ? `${text.slice(0, longestText)}\n... ${text.length - longestText} more characters`
    : text;
}

function plain(value: unknown): MimeBundle {
  return { "text/plain": inspectValue(value) };
}

function checked(bundle: unknown, value: unknown): MimeBundle {
  // An empty bundle says that there is nothing to show: the value is on the page already.
  if (bundle !== null && typeof bundle === "object" && Object.keys(bundle).length === 0) return {};
  if (isMimeBundle(bundle)) return "text/plain" in bundle ? bundle : { "text/plain": inspectValue(value), ...bundle };
  return failed(value, new TypeError("it did not return an object whose keys are mime types"));
}

function failed(value: unknown, error: unknown): MimeBundle {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { "text/plain": `${inspectValue(value)}\n(its display method failed: ${why})` };
}

function guess(value: unknown): MimeBundle | Promise<MimeBundle> | undefined {
  if (value === null || typeof value !== "object") return undefined;
  try {
    return (
      pictureBundle(value) ??
      asMimeBundle(value) ??
      asVega(value) ??
      asCanvas(value) ??
      elementBundle(value) ??
      modelBundle(value)
    );
  } catch {
    // A getter or method of a value that only looks like one of these failed: it is shown as text.
    return undefined;
  }
}

function isMimeBundle(value: unknown): value is MimeBundle {
  if (value === null || typeof value !== "object") return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every(key => /^[a-z]+\/[\w.+-]+$/.test(key));
}

function asMimeBundle(value: object): MimeBundle | undefined {
  if (!isMimeBundle(value) || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  return { "text/plain": inspectValue(value), ...value };
}

/** The last version of Vega and Vega-Lite that has a mime type which JupyterLab and VS Code draw. */
const latestVega = 5;

function asVega(value: object): MimeBundle | undefined {
  const schema = "$schema" in value ? value.$schema : undefined;
  const found = typeof schema === "string" ? /vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/.exec(schema) : null;
  if (!found) return undefined;
  // Front ends know no later type than this one, and draw what later versions write.
  const version = Math.min(Number(found[2]), latestVega);
  const type = `application/vnd.${found[1] === "vega" ? "vega" : "vegalite"}.v${version}+json`;
  return { [type]: value, "text/plain": inspectValue(value) };
}

function asCanvas(value: object): MimeBundle | undefined {
  if (!("toDataURL" in value) || typeof value.toDataURL !== "function") return undefined;
  const url: unknown = (value as { toDataURL(type: string): unknown }).toDataURL("image/png");
  const found = typeof url === "string" ? /^data:(image\/[\w+.-]+);base64,(.*)$/s.exec(url) : null;
  return found ? { [found[1]!]: found[2]!, "text/plain": "<canvas>" } : undefined;
}
