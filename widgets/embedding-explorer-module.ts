import { light, themeVariables } from "./theme.js";

/** The page's side of the embedding explorer: an anywidget module. */
export const embeddingModule = `export default {
  render({ model, el, experimental }) {
    const make = (tag, set = {}, ...children) => { const made = Object.assign(document.createElement(tag), set); made.append(...children); return made; };
    const draw = (tag, set = {}, text = "") => { const made = document.createElementNS("http://www.w3.org/2000/svg", tag); for (const name in set) made.setAttribute(name, set[name]); made.textContent = text; return made; };
    const numbers = (name, Kind) => { const v = model.get(name); return new Kind(v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength)); };
    const points = numbers("points", Float32Array), rows = numbers("rows", Uint32Array), members = numbers("members", Uint16Array);
    const classes = model.get("classes"), named = classes.length > 1 || classes[0].name !== "";
    const hidden = new Set();

    const picture = draw("svg", { viewBox: "0 0 856 460", tabindex: 0, role: "application", "aria-label": model.get("title") + ": arrow keys go from point to point, Enter selects, Escape clears" });
    const dots = (some, colour, more = "") => {
      let d = "";
      for (const i of some) d += "M" + points[2 * i].toFixed(1) + " " + points[2 * i + 1].toFixed(1) + "h0";
      return draw("path", { class: "dot c" + colour + more, d });
    };
    const all = Array.from(rows, (_, i) => i);
    const layers = classes.map((c, k) => dots(all.filter(i => members[i] === k), c.colour));
    const marks = model.get("marks").map(m => draw("text", { class: "c" + m.colour, x: Math.max(24, Math.min(832, m.x)), y: m.y + 4, "text-anchor": "middle" }, m.text));
    const chosen = draw("path", { class: "chosen" }), ring = draw("circle", { class: "ring", r: 7 }), loop = draw("path", { class: "loop" });
    picture.append(chosen, ...layers, ...marks, ring, loop);

    const tip = make("div", { className: "gradbook-tip" });
    const note = make("output", { className: "gradbook-note" });
    const frame = make("div", { className: "gradbook-cloud" }, picture, tip);
    let at = -1, asked = 0;
    const known = new Map();
    const look = async i => {
      at = i;
      ring.style.display = tip.style.display = i < 0 ? "none" : "";
      if (i < 0) { status(); return; }
      const x = points[2 * i], y = points[2 * i + 1];
      ring.setAttribute("cx", x);
      ring.setAttribute("cy", y);
      tip.style[x > 428 ? "right" : "left"] = (x > 428 ? 100 - x / 8.56 : x / 8.56) + 1.5 + "%";
      tip.style[x > 428 ? "left" : "right"] = "auto";
      tip.style.top = Math.min(70, y / 4.6) + "%";
      const mine = ++asked, row = rows[i];
      const tell = ({ text, picture }) => {
        const name = named ? text + " · " + classes[members[i]].name : text;
        const image = document.createElement("template");
        image.innerHTML = picture;
        tip.replaceChildren(image.content, make("div", { textContent: name }));
        note.textContent = name;
      };
      if (known.has(row)) return tell(known.get(row));
      tip.replaceChildren(named ? classes[members[i]].name : "…");
      // A pointer that passes by asks nothing.
      await new Promise(resolve => setTimeout(resolve, 40));
      if (mine !== asked || at !== i) return;
      try {
        const [answer] = await experimental.invoke("point", row);
        known.set(row, answer);
        if (at === i) tell(answer);
      } catch { if (at === i) tell({ text: "[" + row + "]", picture: "" }); }
    };
    const nearest = (x, y, fits = () => true) => {
      let best = -1, least = Infinity;
      for (const i of all) {
        if (hidden.has(members[i]) || !fits(points[2 * i] - x, points[2 * i + 1] - y)) continue;
        const d = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
        if (d < least) { least = d; best = i; }
      }
      return [best, Math.sqrt(least)];
    };
    const place = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    const select = list => { model.set("selected", list); model.save_changes(); };

    let polygon;
    picture.onpointerdown = event => { const p = place(event); polygon = [p]; picture.setPointerCapture(event.pointerId); };
    picture.onpointermove = event => {
      const p = place(event);
      if (polygon) {
        polygon.push(p);
        loop.setAttribute("d", "M" + polygon.map(q => q.x.toFixed(1) + " " + q.y.toFixed(1)).join("L") + "Z");
        return;
      }
      const [i, distance] = nearest(p.x, p.y);
      const next = distance < 14 ? i : -1;
      if (next !== at) look(next);
    };
    picture.onpointerup = () => {
      const around = polygon ?? [];
      polygon = undefined;
      loop.setAttribute("d", "");
      if (around.length < 4) { select(at >= 0 ? [rows[at]] : []); return; }
      const inside = i => {
        const x = points[2 * i], y = points[2 * i + 1];
        let odd = false;
        for (let a = 0, b = around.length - 1; a < around.length; b = a++) {
          const p = around[a], q = around[b];
          if (p.y > y !== q.y > y && x < (q.x - p.x) * (y - p.y) / (q.y - p.y) + p.x) odd = !odd;
        }
        return odd;
      };
      select(all.filter(i => !hidden.has(members[i]) && inside(i)).map(i => rows[i]));
    };
    picture.onpointerleave = () => { if (!polygon) look(-1); };
    const ways = { ArrowLeft: (x, y) => x < 0 && Math.abs(y) <= -x, ArrowRight: (x, y) => x > 0 && Math.abs(y) <= x, ArrowUp: (x, y) => y < 0 && Math.abs(x) <= -y, ArrowDown: (x, y) => y > 0 && Math.abs(x) <= y };
    picture.onkeydown = event => {
      const way = ways[event.key];
      if (!way && event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      if (way) {
        const [i] = at < 0 ? nearest(428, 230) : nearest(points[2 * at], points[2 * at + 1], way);
        if (i >= 0) look(i);
      } else if (event.key === "Escape") select([]);
      else if (at >= 0) {
        const now = model.get("selected"), row = rows[at];
        select(now.includes(row) ? now.filter(r => r !== row) : [...now, row]);
      }
    };

    const legend = make("div", { className: "gradbook-legend" });
    if (named) legend.append(...classes.slice(0, 40).map((c, k) => {
      const button = make("button", { type: "button", ariaPressed: "true" }, make("span", { className: "c" + c.colour, textContent: "■ " }), c.name + " (" + c.count + ")");
      button.onclick = () => {
        if (!hidden.delete(k)) hidden.add(k);
        button.ariaPressed = String(!hidden.has(k));
        layers[k].style.display = hidden.has(k) ? "none" : "";
        choose();
      };
      return button;
    }));
    const status = () => { const n = model.get("selected").length; note.textContent = n === 0 ? model.get("note") : n + (n === 1 ? " point" : " points") + " selected · " + model.get("note"); };
    const choose = () => {
      const wanted = new Set(model.get("selected"));
      chosen.setAttribute("d", wanted.size === 0 ? "" : dots(all.filter(i => wanted.has(rows[i]) && !hidden.has(members[i])), 1).getAttribute("d"));
      status();
    };
    model.on("change:selected", choose);
    look(-1);
    choose();
    el.append(make("div", { className: "gradbook-embedding" }, make("b", { textContent: model.get("title") }), frame, legend, note));
    return () => model.off("change:selected", choose);
  },
};`;

/** Its style, beside that of the controls. */
export const embeddingStyle = `${themeVariables(".gradbook-embedding")}
.gradbook-embedding{max-width:880px;color:var(--t);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums}
.gradbook-embedding svg{box-sizing:border-box;width:100%;height:auto;display:block;cursor:crosshair;touch-action:none;border:1px solid var(--l);border-radius:6px}
.gradbook-embedding svg:focus-visible{outline:2px solid var(--s1)}
.gradbook-embedding .dot{stroke-width:5;stroke-linecap:round;stroke-opacity:.6;fill:none}
.gradbook-embedding .chosen{stroke:var(--t);stroke-width:10;stroke-linecap:round;stroke-opacity:.55}
.gradbook-embedding .ring{fill:none;stroke:var(--t);stroke-width:2;pointer-events:none}
.gradbook-embedding .loop{fill:var(--q);fill-opacity:.5;stroke:var(--m);stroke-dasharray:4 3}
.gradbook-embedding text{font:600 13px system-ui,sans-serif;paint-order:stroke;stroke:var(--a);stroke-width:3px;stroke-linejoin:round;pointer-events:none}
.gradbook-cloud{position:relative;margin:4px 0}
.gradbook-tip{position:absolute;pointer-events:none;background:var(--a);color:var(--t);border:1px solid var(--l);border-radius:4px;padding:4px 8px;max-width:220px;overflow-wrap:anywhere;box-shadow:0 1px 5px #0003}
.gradbook-tip img{display:block;image-rendering:pixelated;margin:2px 0 4px}
.gradbook-legend{display:flex;flex-wrap:wrap;gap:4px 6px}
.gradbook-legend button{font:inherit;font-size:12px;color:inherit;background:none;border:1px solid var(--l);border-radius:9px;padding:0 8px;cursor:pointer}
.gradbook-legend button[aria-pressed=false]{color:var(--m);text-decoration:line-through}
.gradbook-embedding .gradbook-note{display:block;color:var(--m);font-size:12px;padding:4px 0}
${light.series.map((_, i) => `.gradbook-embedding path.c${i + 1}{stroke:var(--s${i + 1})}.gradbook-embedding text.c${i + 1}{fill:var(--s${i + 1})}.gradbook-embedding span.c${i + 1}{color:var(--s${i + 1})}`).join("\n")}`;
