/** The page's side of every control: an anywidget module, so that it runs wherever anywidget does. */
export const controlModule = `
const make = (tag, set = {}) => Object.assign(document.createElement(tag), set);
const digits = x => Number(x.toPrecision(4)).toString();
const kinds = {
  slider(model, save) {
    const { min, max, step, log } = model.get("options");
    const to = log ? Math.log : x => x, from = log ? Math.exp : x => x;
    const input = make("input", { type: "range", min: to(min), max: to(max), step: log ? "any" : step });
    const output = make("output");
    const snap = x => Math.min(max, Math.max(min, log ? Number(x.toPrecision(3)) : Number((Math.round((x - min) / step) * step + min).toPrecision(12))));
    input.oninput = () => save(snap(from(input.valueAsNumber)));
    return [input, output, value => { input.value = to(value); output.value = digits(value); input.setAttribute("aria-valuetext", digits(value)); }];
  },
  select(model, save) {
    const { choices } = model.get("options");
    const input = make("select");
    input.append(...choices.map((c, i) => make("option", { value: i, textContent: c })));
    input.onchange = () => save(choices[input.selectedIndex]);
    return [input, null, value => { input.selectedIndex = choices.indexOf(value); }];
  },
  checkbox(model, save) {
    const input = make("input", { type: "checkbox" });
    input.onchange = () => save(input.checked);
    return [input, null, value => { input.checked = value; }];
  },
  text(model, save) {
    const input = make("input", { type: "text", placeholder: model.get("options").placeholder ?? "" });
    input.oninput = () => save(input.value);
    return [input, null, value => { if (input.value !== value) input.value = value; }];
  },
  button(model, save) {
    const input = make("button", { type: "button", textContent: model.get("label") });
    input.onclick = () => save(model.get("value") + 1);
    return [input, null, () => {}];
  },
};
export default {
  render({ model, el }) {
    const save = value => { model.set("value", value); model.save_changes(); };
    const kind = model.get("kind");
    const [input, output, draw] = kinds[kind](model, save);
    const label = make("label", { className: "gradbook-control" });
    if (kind === "button") input.classList.add("gradbook-button");
    else label.append(make("span", { textContent: model.get("label") }));
    label.append(input);
    if (output) label.append(output);
    const changed = () => { draw(model.get("value")); input.disabled = model.get("disabled"); };
    model.on("change:value", changed);
    model.on("change:disabled", changed);
    changed();
    el.append(label);
    return () => { model.off("change:value", changed); model.off("change:disabled", changed); };
  },
};`;

/** Its style: the page's own colours and fonts. */
export const controlStyle = `
.gradbook-control{display:inline-flex;gap:10px;align-items:center;padding:4px 2px;font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,var(--vscode-foreground,inherit));font-variant-numeric:tabular-nums}
.gradbook-control input[type=range]{width:260px;accent-color:var(--jp-brand-color1,#1976d2)}
.gradbook-control output{min-width:4.5em;font-family:var(--jp-code-font-family,monospace)}
.gradbook-control select,.gradbook-control input[type=text],.gradbook-button{font:inherit;color:inherit;background:var(--jp-layout-color1,var(--vscode-input-background,Canvas));border:1px solid var(--jp-border-color1,#8888);border-radius:3px;padding:3px 8px}
.gradbook-button{cursor:pointer;padding:4px 14px;background:var(--jp-layout-color2,#8882)}
.gradbook-button:disabled{opacity:.5;cursor:default}
.gradbook-control :focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}`;
