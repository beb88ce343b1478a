import { themeVariables } from "./theme.js";

/** The page's side of the threshold explorer: an anywidget module. */
export const thresholdModule = `export default {
  render({ model, el }) {
    const make = (tag, set = {}, ...children) => { const made = Object.assign(document.createElement(tag), set); made.append(...children); return made; };
    const draw = (tag, set = {}, text = "") => { const made = document.createElementNS("http://www.w3.org/2000/svg", tag); for (const name in set) made.setAttribute(name, set[name]); made.textContent = text; return made; };
    const numbers = name => { const v = model.get(name); return new Float64Array(v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength)); };
    const save = values => { model.set(values); model.save_changes(); };
    let steps, rates;

    // A click on a curve takes the nearest of its points.
    const plot = (name, xName, yName, xAt, yAt, chance) => {
      const picture = draw("svg", { viewBox: "0 0 320 246", role: "img" });
      const x = v => 34 + 276 * v, y = v => 226 - 216 * v;
      for (const t of [0, 0.25, 0.5, 0.75, 1]) {
        picture.append(draw("line", { x1: x(0), x2: x(1), y1: y(t), y2: y(t) }), draw("line", { x1: x(t), x2: x(t), y1: y(0), y2: y(1) }));
        if (t % 0.5 === 0) picture.append(draw("text", { x: x(0) - 6, y: y(t) + 4, "text-anchor": "end" }, String(t)), draw("text", { x: x(t), y: y(0) + 15, "text-anchor": "middle" }, String(t)));
      }
      const diagonal = draw("line", { class: "chance" }), line = draw("path"), spot = draw("circle", { r: 6 });
      picture.append(diagonal, line, spot);
      picture.onclick = event => {
        const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
        let best = -1, least = Infinity;
        for (let i = 0; i < steps.length; i++) {
          const d = Math.hypot(x(rates[3 * i + xAt]) - place.x, y(rates[3 * i + yAt]) - place.y);
          if (d < least) { least = d; best = i; }
        }
        if (best >= 0) save({ threshold: steps[best] });
      };
      return {
        frame: make("div", { className: "gradbook-plot" }, make("div", {}, make("b", { textContent: name }), make("small", { textContent: " x: " + xName + " · y: " + yName + " · dashed: chance" })), picture),
        curve() {
          const share = chance();
          for (const [k, v] of [["x1", x(0)], ["y1", y(share[0])], ["x2", x(1)], ["y2", y(share[1])]]) diagonal.setAttribute(k, v);
          let d = xAt === 0 ? "M" + x(0) + " " + y(0) : "";
          for (let i = 0; i < steps.length; i++) {
            const px = x(rates[3 * i + xAt]).toFixed(1), py = y(rates[3 * i + yAt]).toFixed(1);
            if (xAt === 0) d += "L" + px + " " + py;
            else d += (i === 0 ? "M" + x(0) + " " + py : "V" + py) + "H" + px;
          }
          line.setAttribute("d", d);
        },
        move(at) {
          const there = at[1] !== null;
          spot.style.display = there ? "" : "none";
          if (there) { spot.setAttribute("cx", x(at[0])); spot.setAttribute("cy", y(at[1])); }
          picture.setAttribute("aria-label", name + ": " + xName + " " + at[0].toFixed(3) + ", " + yName + " " + (there ? at[1].toFixed(3) : "none"));
        },
      };
    };
    const positives = () => { const { truePositives: a, falsePositives: b, falseNegatives: c, trueNegatives: d } = model.get("counts"); return (a + c) / (a + b + c + d); };
    const roc = plot("ROC", "false positive rate", "recall", 0, 1, () => [0, 1]);
    const pr = plot("precision-recall", "recall", "precision", 1, 2, () => [positives(), positives()]);

    const slider = make("input", { type: "range", min: 0, step: 1 });
    const number = make("input", { type: "number", step: "any", ariaLabel: "threshold as a number" });
    slider.oninput = () => save({ threshold: steps[steps.length - 1 - slider.valueAsNumber] });
    number.onchange = () => { if (Number.isFinite(number.valueAsNumber)) save({ threshold: number.valueAsNumber }); };
    const bar = make("div", {}, make("label", { className: "gradbook-control" }, make("span", { textContent: "threshold" }), slider), make("span", { className: "gradbook-control" }, number));
    const classes = model.get("classes");
    const chooser = make("select");
    if (classes.length > 0) {
      chooser.append(...classes.map((name, i) => make("option", { value: i, textContent: name })));
      chooser.onchange = () => save({ positive: chooser.selectedIndex });
      bar.prepend(make("label", { className: "gradbook-control" }, make("span", { textContent: "class against the rest" }), chooser));
    }

    const cell = () => make("td");
    const cells = { truePositives: cell(), falseNegatives: cell(), falsePositives: cell(), trueNegatives: cell() };
    const head = (text, scope) => make("th", { textContent: text, scope });
    const counts = make("table", {},
      make("tr", {}, make("td"), head("taken as positive", "col"), head("taken as negative", "col")),
      make("tr", {}, head("positive", "row"), cells.truePositives, cells.falseNegatives),
      make("tr", {}, head("negative", "row"), cells.falsePositives, cells.trueNegatives));
    const figures = make("table", { className: "gradbook-figures" });
    const heading = make("div"), areas = make("small");
    heading.append(make("b", { textContent: model.get("title") }), " ", areas);

    const curves = () => { steps = numbers("steps"); rates = numbers("rates"); slider.max = steps.length - 1; roc.curve(); pr.curve(); areas.textContent = model.get("areas"); chooser.selectedIndex = model.get("positive"); };
    const place = () => {
      const threshold = model.get("threshold");
      let i = 0;
      while (i < steps.length - 1 && steps[i] > threshold) i++;
      slider.value = steps.length - 1 - i;
      slider.setAttribute("aria-valuetext", String(Number(threshold.toPrecision(4))));
      if (document.activeElement !== number) number.value = Number(threshold.toPrecision(6));
      const { roc: atRoc, pr: atPr } = model.get("spots");
      roc.move(atRoc);
      pr.move(atPr);
      const now = model.get("counts");
      for (const name in cells) cells[name].textContent = now[name].toLocaleString("en");
      figures.replaceChildren(...model.get("figures").map(([name, value]) => make("tr", {}, head(name, "row"), make("td", { textContent: value }))));
    };
    const changed = () => { if (model.get("steps") !== seen) { seen = model.get("steps"); curves(); } place(); };
    let seen;
    model.on("change", changed);
    changed();
    const row = (...parts) => make("div", { className: "gradbook-plots" }, ...parts);
    const root = make("div", { className: "gradbook-explorer" }, heading, bar, row(roc.frame, pr.frame), row(counts, figures));
    el.append(root);
    return () => model.off("change", changed);
  },
};`;

/** Its style, beside that of the controls. */
export const thresholdStyle = `${themeVariables(".gradbook-explorer")}
.gradbook-explorer{max-width:900px;color:var(--t);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums}
.gradbook-explorer small{color:var(--m);font-size:12px}
.gradbook-explorer input[type=number]{width:8em;font:inherit;color:inherit;background:var(--a);border:1px solid var(--l);border-radius:3px;padding:3px 6px}
.gradbook-plots{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:flex-start}
.gradbook-plot{flex:1 1 300px;max-width:410px}
.gradbook-plot svg{width:100%;height:auto;display:block;cursor:crosshair}
.gradbook-plot text{font:9px system-ui,sans-serif;fill:var(--m)}
.gradbook-plot line{stroke:var(--l);stroke-opacity:.6}
.gradbook-plot .chance{stroke:var(--m);stroke-dasharray:3 4;stroke-opacity:.9}
.gradbook-plot path{fill:none;stroke:var(--s1);stroke-width:2;stroke-linejoin:round}
.gradbook-plot circle{fill:var(--a);stroke:var(--s2);stroke-width:3}
.gradbook-explorer table{border-collapse:collapse;font-size:12px;margin:4px 0 10px;border:0}
.gradbook-explorer tr:nth-child(n){background:none!important}
.gradbook-explorer th,.gradbook-explorer td{padding:3px 9px;border:0;border-bottom:1px solid var(--l);text-align:right;white-space:nowrap}
.gradbook-explorer th{color:var(--m);font-weight:600}
.gradbook-explorer td{font-family:var(--n)}`;
