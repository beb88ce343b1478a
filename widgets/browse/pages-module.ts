/** The page's side of a view to leaf through: an anywidget module. */
export const pagesModule = `export default {
  render({ model, el }) {
    const make = (tag, set = {}, ...children) => { const made = Object.assign(document.createElement(tag), set); made.append(...children); return made; };
    const turn = (which, to) => { const at = [...model.get("at")]; at[which] = to; model.set("at", at); model.save_changes(); };
    const bar = make("div"), body = make("div", { className: "gradbook-page" });
    const parts = model.get("choices").map(({ name, count, options }, i) => {
      const label = make("label", { className: "gradbook-control" }, make("span", { textContent: name }));
      bar.append(label);
      if (options) {
        const input = make("select");
        input.append(...options.map((text, value) => make("option", { value, textContent: text })));
        input.onchange = () => turn(i, input.selectedIndex);
        label.append(input);
        return () => { input.selectedIndex = model.get("at")[i]; };
      }
      const input = make("input", { type: "range", min: 0, max: count - 1, step: 1 }), said = make("output");
      input.oninput = () => turn(i, input.valueAsNumber);
      const step = (text, ariaLabel, by) => make("button", { type: "button", className: "gradbook-button", textContent: text, ariaLabel, onclick: () => turn(i, model.get("at")[i] + by) });
      const back = step("‹", "previous " + name, -1), on = step("›", "next " + name, 1);
      label.append(input);
      bar.append(make("span", { className: "gradbook-control gradbook-turn" }, back, on, said));
      return () => {
        const at = model.get("at")[i];
        if (document.activeElement !== input || input.valueAsNumber !== at) input.value = at;
        said.value = model.get("said")[i];
        input.setAttribute("aria-valuetext", said.value);
        back.disabled = at === 0;
        on.disabled = at === count - 1;
      };
    });
    let seen;
    const draw = () => {
      for (const part of parts) part();
      const html = model.get("html");
      if (html !== seen) body.innerHTML = seen = html;
    };
    model.on("change", draw);
    draw();
    el.append(bar, body);
    return () => model.off("change", draw);
  },
};`;

/** Its style, beside that of the controls. */
export const pagesStyle = `
.gradbook-turn{margin-right:16px}`;
