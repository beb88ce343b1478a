import type { WidgetOptions } from "./widget.js";

/** What the protocol itself keeps in a state; a page may not change it. */
const reserved = /^_(model|view|esm|css|anywidget)/;

/** The version of the widget protocol, which a `comm_open` names. */
export const protocolVersion = "2.1.0";
/** Any anywidget: what these models use has not changed since its first releases. */
const frontEndVersion = "*";

/** The comm target of every Jupyter widget manager, and the type of its views. */
export const standardTarget = "jupyter.widget";
export const standardType = "application/vnd.jupyter.widget-view+json";
/** The same protocol, shown by our own extension: it must not meet another manager that does not know our models. */
export const ownTarget = "gradbook.widget";
/** The type of the outputs that our own extension draws. */
export const ownType = "application/vnd.gradbook.widget+json";

/** The part of a model's state that tells a front end which program shows it: anywidget, with our module. */
export function modelFace({
  esm,
  css,
  name,
}: Pick<WidgetOptions<object>, "esm" | "css" | "name">): Record<string, unknown> {
  return {
    _model_module: "anywidget",
    _model_module_version: frontEndVersion,
    _model_name: "AnyModel",
    _view_module: "anywidget",
    _view_module_version: frontEndVersion,
    _view_name: "AnyView",
    _view_count: null,
    _anywidget_id: `gradbook.${name ?? "Widget"}`,
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
  };
}

/** @throws TypeError for a name that belongs to the protocol */
export function checkName(name: string): void {
  if (reserved.test(name) || name === "__proto__") {
    throw new TypeError(
      `widget: the name "${name}" belongs to the protocol. Choose one without the leading underscore.`,
    );
  }
}
