import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { type Widget, widget } from "../../widgets/widget.js";

const widgets = new WeakMap<object, Widget>();

/**
 * The forms of an object that reads as an anywidget model: `_esm`, perhaps `_css`, and values beside them. It becomes a
 * widget with these values; what the page changes is written back into the object.
 */
export function modelBundle(value: object): MimeBundle | Promise<MimeBundle> | undefined {
  if (!("_esm" in value) || typeof value._esm !== "string" || value._esm.trim() === "") return undefined;
  const known = widgets.get(value);
  const state = Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("_")));
  if (known) {
    known.set(state);
    return known[displaySymbol]();
  }
  const css = "_css" in value && typeof value._css === "string" ? { css: value._css } : {};
  const made: Widget = widget({ esm: value._esm, ...css, state });
  made.on("change", names => {
    for (const name of names) Reflect.set(value, name, made.get(name));
  });
  widgets.set(value, made);
  return made[displaySymbol]();
}
