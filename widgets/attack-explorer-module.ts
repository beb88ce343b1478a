import { themeVariables } from "./theme.js";

/** The page's side of the attack explorer: an anywidget module. */
export const attackModule = `export default {
  render({ model, el }) {
    const make = (tag, set = {}, ...children) => { const made = Object.assign(document.createElement(tag), set); made.append(...children); return made; };
    const max = model.get("max");
    const slider = make("input", { type: "range", min: 0, max: 100, step: 1 }), shown = make("output");
    slider.oninput = () => { model.set("epsilon", Number((slider.valueAsNumber / 100 * max).toPrecision(4))); model.save_changes(); };
    const verdict = make("span"), pictures = make("div", { className: "gradbook-pictures" }), bars = make("table");
    const share = p => p === null ? "–" : p.toFixed(3);
    const bar = (p, name) => { const made = make("div", { className: "gradbook-bar " + name }); made.style.width = 100 * (p ?? 0) + "%"; return made; };
    const head = (text, scope) => make("th", { textContent: text, scope });
    const draw = () => {
      const epsilon = model.get("epsilon"), digits = String(Number(epsilon.toPrecision(3)));
      if (document.activeElement !== slider) slider.value = 100 * epsilon / max;
      shown.textContent = digits;
      slider.setAttribute("aria-valuetext", digits);
      const right = model.get("right");
      verdict.textContent = right ? "✓ still taken for " + model.get("truth") : "✗ " + model.get("truth") + " is taken for " + model.get("answer");
      verdict.className = right ? "right" : "wrong";
      pictures.replaceChildren(...model.get("pictures").map(p => {
        const image = document.createElement("template");
        image.innerHTML = p.markup;
        return make("figure", {}, image.content, make("figcaption", { textContent: p.caption }));
      }));
      bars.replaceChildren(
        make("tr", {}, head("class", "col"), head("probability (grey: before)", "col"), head("before", "col"), head("after", "col")),
        ...model.get("classes").map(c => make("tr", { className: c.truth ? "truth" : "" },
          head(c.truth ? c.name + " (right)" : c.name, "row"),
          make("td", { className: "gradbook-bars" }, bar(c.before, "before"), bar(c.after, c.truth ? "after" : "after other")),
          make("td", { textContent: share(c.before) }), make("td", { textContent: share(c.after) }))));
    };
    model.on("change", draw);
    draw();
    el.append(make("div", { className: "gradbook-attack" },
      make("div", {}, make("b", { textContent: model.get("title") }), " ", verdict),
      make("label", { className: "gradbook-control" }, make("span", { textContent: "epsilon" }), slider, shown),
      make("div", { className: "gradbook-sides" }, pictures, bars),
      make("small", { textContent: model.get("note") })));
    return () => model.off("change", draw);
  },
};`;

/** Its style, beside that of the controls. */
export const attackStyle = `${themeVariables(".gradbook-attack")}
.gradbook-attack{max-width:880px;color:var(--t);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums}
.gradbook-attack small,.gradbook-attack figcaption{color:var(--m);font-size:12px}
.gradbook-attack .right{color:var(--ok)}
.gradbook-attack .wrong{color:var(--no);font-weight:600}
.gradbook-sides{display:flex;flex-wrap:wrap;gap:6px 24px;align-items:flex-start}
.gradbook-pictures{display:flex;flex-wrap:wrap;gap:10px}
.gradbook-pictures figure{margin:4px 0}
.gradbook-pictures img{display:block;image-rendering:pixelated;outline:1px solid var(--l)}
.gradbook-attack table{border-collapse:collapse;border:0;font-size:12px;margin:4px 0;flex:1 1 320px;max-width:420px}
.gradbook-attack tr:nth-child(n){background:none!important}
.gradbook-attack th,.gradbook-attack td{padding:3px 9px;border:0;border-bottom:1px solid var(--l);text-align:right;white-space:nowrap}
.gradbook-attack th:first-child,.gradbook-attack td.gradbook-bars,.gradbook-attack th:nth-child(2){text-align:left}
.gradbook-attack th{color:var(--m);font-weight:600}
.gradbook-attack .truth th{color:var(--t)}
.gradbook-attack td{font-family:var(--n)}
.gradbook-bars{width:100%;min-width:120px}
.gradbook-bar{height:6px;margin:1px 0;border-radius:2px}
.gradbook-bar.before{background:var(--m);opacity:.55}
.gradbook-bar.after{background:var(--s1)}
.gradbook-bar.other{background:var(--s2)}`;
