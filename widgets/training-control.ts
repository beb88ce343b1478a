import { html } from "./html.js";
import { card, table } from "./theme.js";
import { stateText } from "./views/state.js";
import { View } from "./views/view.js";
import { Widget } from "./widget.js";

/** What both sides know of a training loop. */
export interface TrainingControlState {
  /** The learning rate; null where there is no optimizer. */
  lr: number | null;
  paused: boolean;
  stopped: boolean;
}

/** How long a loop computes before it lets messages in, in milliseconds: a page feels at once what comes sooner. */
const between = 30;

const module = `export default {
  render({ model, el }) {
    const make = (tag, set = {}) => Object.assign(document.createElement(tag), set);
    const save = values => { model.set(values); model.save_changes(); };
    const bar = make("div", { className: "gradbook-control" });
    const pause = make("button", { type: "button", className: "gradbook-button" });
    const stop = make("button", { type: "button", className: "gradbook-button", textContent: "Stop" });
    const label = make("label", { className: "gradbook-control" });
    const rate = make("input", { type: "range", min: -6, max: 0, step: 0.05 });
    const shown = make("output");
    label.append(make("span", { textContent: "learning rate" }), rate, shown);
    pause.onclick = () => save({ paused: !model.get("paused") });
    stop.onclick = () => save({ stopped: true, paused: false });
    rate.oninput = () => save({ lr: Number((10 ** rate.valueAsNumber).toPrecision(3)) });
    const draw = () => {
      const lr = model.get("lr"), over = model.get("stopped");
      pause.textContent = model.get("paused") ? "Go on" : "Pause";
      pause.disabled = stop.disabled = rate.disabled = over;
      label.hidden = lr === null;
      label.style.display = lr === null ? "none" : "";
      if (lr !== null) { if (document.activeElement !== rate) rate.value = Math.log10(lr); shown.textContent = lr.toPrecision(3).replace(/\\.?0+$/, ""); }
    };
    model.on("change", draw);
    draw();
    bar.append(pause, stop, label);
    el.append(bar);
    return () => model.off("change", draw);
  },
};`;

/** Buttons and a slider beside a training loop: pause, stop, and the learning rate. Made by `control.training`. */
export class TrainingControl extends Widget<TrainingControlState> {
  #due = 0;

  constructor(css: string, optimizer?: { lr: number }) {
    const lr = optimizer?.lr ?? null;
    if (lr !== null && !(lr > 0)) {
      throw new TypeError(`control.training: the optimizer's lr is ${String(lr)}. Give an optimizer with lr above 0.`);
    }
    super({
      name: "Training control",
      esm: module,
      css,
      state: { lr, paused: false, stopped: false },
      fallback: still,
    });
    if (optimizer) {
      this.on("change:lr", rate => {
        if (rate !== null && rate > 0) optimizer.lr = rate;
      });
    }
  }

  /**
   * To be awaited once a step: lets the page in every 30 ms, waits while it says pause, and gives false once it said stop.
   */
  async step(): Promise<boolean> {
    if (performance.now() >= this.#due) {
      await new Promise(resolve => setImmediate(resolve));
      this.#due = performance.now() + between;
    }
    while (this.get("paused") && !this.get("stopped") && !this.closed) await this.next("paused");
    return !this.get("stopped") && !this.closed;
  }
}

function still({ lr, paused, stopped }: TrainingControlState): View {
  const what = stopped ? "stopped by hand" : paused ? "paused" : "running or over";
  const rate = lr === null ? "" : `, learning rate ${stateText(lr)}`;
  const rows = [["state", what], ...(lr === null ? [] : [["learning rate", html`${stateText(lr)}`]])];
  const body = [table(["training", "value"], rows, { words: [0, 1] })];
  return new View(
    card({ title: "Training control", facts: [], body, styles: ["table"] }).text,
    `Training ${what}${rate}`,
  );
}
