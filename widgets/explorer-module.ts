/** The page's side of the tensor explorer: an anywidget module. */
export const explorerModule = `export default {
  render({ model, el, experimental }) {
    const make = (tag, set = {}) => Object.assign(document.createElement(tag), set);
    const save = values => { model.set(values); model.save_changes(); };
    const shape = model.get("shape");
    const bytes = name => { const v = model.get(name); return new Uint8Array(v.buffer, v.byteOffset, v.byteLength); };
    const row = name => { const label = make("label", { className: "gradbook-control" }); label.append(make("span", { textContent: name })); return label; };

    const chooser = (name, choices, get, set) => {
      const label = row(name), input = make("select");
      input.append(...choices.map(([value, text]) => make("option", { value, textContent: text })));
      input.onchange = () => set(input.value);
      label.append(input);
      return [label, () => { input.value = get(); }];
    };
    const axes = shape.map((n, i) => [i, i + " (" + n + ")"]);
    const swap = (which, to) => {
      const now = [...model.get("axes")];
      if (now[1 - which] === to) now[1 - which] = now[which];
      now[which] = to;
      save({ axes: now });
    };
    let zoom = 0;
    const tops = [
      chooser("rows: axis", axes, () => model.get("axes")[0], v => swap(0, Number(v))),
      chooser("columns: axis", axes, () => model.get("axes")[1], v => swap(1, Number(v))),
      chooser("colours", model.get("maps").map(m => [m, m]), () => model.get("colours"), v => save({ colours: v })),
      chooser("zoom", [0, 1, 2, 4, 8, 16].map(z => [z, z ? z + "x" : "fit"]), () => zoom, v => { zoom = Number(v); draw(); }),
    ];
    const top = make("div"), sliders = make("div"), canvas = make("canvas"), note = make("output", { className: "gradbook-note" });
    top.append(...tops.map(t => t[0]));
    canvas.style.imageRendering = "pixelated";
    canvas.setAttribute("role", "img");
    const frame = make("div", { className: "gradbook-frame" });
    // The board takes the keys, the spot shows where they are.
    const board = make("div", { className: "gradbook-board", tabIndex: 0 }), spot = make("div", { className: "gradbook-spot", hidden: true });
    board.setAttribute("role", "application");
    board.setAttribute("aria-label", "values: arrow keys go from value to value, Home and End to the first and last of a row");
    board.append(canvas, spot);
    frame.append(board);

    const parts = shape.map((n, axis) => {
      const label = row("axis " + axis), input = make("input", { type: "range", min: 0, max: n - 1, step: 1 }), shown = make("output");
      input.oninput = () => { const index = [...model.get("index")]; index[axis] = input.valueAsNumber; shown.textContent = input.value + " / " + (n - 1); save({ index }); };
      label.append(input, shown);
      sliders.append(label);
      return () => {
        label.style.display = model.get("axes").includes(axis) || n < 2 ? "none" : "flex";
        const at = model.get("index")[axis];
        if (document.activeElement !== input) input.value = at;
        shown.textContent = at + " / " + (n - 1);
      };
    });
    const draw = () => {
      for (const t of tops) t[1]();
      for (const part of parts) part();
      const { width, height, steps, text } = model.get("picture");
      const pixels = bytes("pixels"), palette = bytes("palette");
      if (pixels.length !== width * height) return;
      canvas.width = width;
      canvas.height = height;
      const image = new ImageData(width, height);
      for (let i = 0; i < pixels.length; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = palette[3 * pixels[i] + c];
        image.data[4 * i + 3] = 255;
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
      const factor = zoom || Math.max(1, Math.min(24, Math.floor(420 / Math.max(width, height))));
      canvas.style.width = width * factor + "px";
      canvas.style.height = height * factor + "px";
      canvas.setAttribute("aria-label", text);
      note.textContent = text;
    };
    let asked = 0, cell;
    const tell = async (row, column) => {
      const { steps, text } = model.get("picture");
      const mine = ++asked;
      await new Promise(resolve => setTimeout(resolve, 40));
      if (mine !== asked) return;
      const [value] = await experimental.invoke("value", [row * steps[0], column * steps[1]]);
      if (mine === asked) note.textContent = value + " · " + text;
    };
    canvas.onmousemove = event => {
      const { width, height } = model.get("picture");
      const box = canvas.getBoundingClientRect();
      tell(Math.floor((event.clientY - box.top) / box.height * height), Math.floor((event.clientX - box.left) / box.width * width));
    };
    const rest = () => { asked++; note.textContent = model.get("picture").text; };
    canvas.onmouseleave = rest;
    const mark = () => {
      spot.hidden = !cell;
      if (!cell) return;
      const { width, height } = model.get("picture");
      cell = [Math.min(cell[0], height - 1), Math.min(cell[1], width - 1)];
      const [down, across] = [parseFloat(canvas.style.height) / height, parseFloat(canvas.style.width) / width];
      Object.assign(spot.style, { top: cell[0] * down + "px", left: cell[1] * across + "px", height: down + "px", width: across + "px" });
      tell(...cell);
    };
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] };
    board.onkeydown = event => {
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const { width, height } = model.get("picture");
      const within = (x, n) => Math.min(n - 1, Math.max(0, x));
      cell = cell ? [within(cell[0] + move[0], height), within(cell[1] + move[1], width)] : [0, 0];
      mark();
      spot.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    board.onblur = () => { cell = undefined; spot.hidden = true; rest(); };
    const changed = () => { draw(); mark(); };
    model.on("change", changed);
    draw();
    el.append(top, sliders, frame, note);
    return () => model.off("change", changed);
  },
};`;

/** Its style, beside that of the controls. */
export const explorerStyle = `
.gradbook-frame{max-height:520px;max-width:880px;overflow:auto;margin:6px 2px}
.gradbook-board{position:relative;display:inline-block;vertical-align:top}
.gradbook-board canvas{display:block}
.gradbook-board:focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}
.gradbook-spot{position:absolute;box-sizing:border-box;min-width:4px;min-height:4px;outline:2px solid #fff;border:1px solid #000;pointer-events:none}
.gradbook-note{display:block;padding:2px;font:12px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color2,inherit);font-variant-numeric:tabular-nums}`;
