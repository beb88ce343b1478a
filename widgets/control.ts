import { controlModule, controlStyle } from "./control-module.js";
import { html } from "./html.js";
import { card, table } from "./theme.js";
import { TrainingControl } from "./training-control.js";
import { stateText } from "./views/state.js";
import { View } from "./views/view.js";
import { Widget } from "./widget.js";

/** What both sides of a control know. */
export interface ControlState<Value> {
  kind: string;
  label: string;
  value: Value;
  disabled: boolean;
  options: object;
}

/** A control in the page that holds a value. It is live while a cell awaits too; a loop just reads `value`. */
export class Control<Value> extends Widget<ControlState<Value>> {
  constructor(kind: string, label: string, value: Value, options: object = {}) {
    if (typeof label !== "string") {
      throw new TypeError(`control.${kind}: the label is ${stateText(label)}. Give text, then the options.`);
    }
    super({
      name: label || kind,
      esm: controlModule,
      css: controlStyle,
      state: { kind, label, value, disabled: false, options },
      fallback: stillControl,
    });
  }

  /** The value it has now. */
  get value(): Value {
    return this.get("value");
  }

  /** Moves the control; listeners hear of it. */
  set value(value: Value) {
    this.set("value", value);
  }

  /** Greys the control out, or makes it usable again. */
  set disabled(disabled: boolean) {
    this.set("disabled", disabled);
  }

  /** Whether the control is greyed out. */
  get disabled(): boolean {
    return this.get("disabled");
  }

  /** Calls back with every new value; what the listener prints goes below the cell that added it. */
  onChange(listener: (value: Value) => void): void {
    this.on("change:value", listener);
  }

  /** Resolves with the next value that the page gives. */
  changed(): Promise<Value> {
    return this.next("value");
  }
}

function stillControl({ kind, label, value }: ControlState<unknown>): View {
  const shown = kind === "button" ? `pressed ${value} times` : stateText(value);
  const body = [table(["control", "value"], [[label || kind, html`${shown}`]], { words: [0, 1] })];
  return new View(
    card({ title: label || kind, facts: [], body, styles: ["table"] }).text,
    `${label || kind}: ${shown}`,
  );
}

/** What `control.slider` takes. */
export interface SliderOptions {
  /** The lowest value. Default: 0. */
  min?: number;
  /** The highest value. Default: 1. */
  max?: number;
  /** Between two values. Default: a hundredth of the range. */
  step?: number;
  /** Where it begins. Default: the lowest value. */
  value?: number;
  /** Equal distances are equal factors, as for a learning rate. `min` must be above 0. */
  log?: boolean;
}

function slider(label: string, options: SliderOptions = {}): Control<number> {
  const { min = 0, max = 1, log = false, value = min } = options;
  const { step = (max - min) / 100 } = options;
  const wrong = (what: string, hint: string) => new TypeError(`control.slider: ${what}. ${hint}`);
  for (const [name, number] of Object.entries({ min, max, step, value })) {
    if (!Number.isFinite(number)) throw wrong(`${name} is ${String(number)}`, "Give a finite number.");
  }
  if (max <= min) throw wrong(`max ${max} is not above min ${min}`, "Give a range.");
  if (step <= 0) throw wrong(`step is ${step}`, "Give a number above 0.");
  if (log && min <= 0) throw wrong(`min is ${min} on a logarithmic scale`, "Give a number above 0.");
  if (value < min || value > max) throw wrong(`value ${value} is outside ${min} to ${max}`, "Give one inside.");
  return new Control("slider", label, value, { min, max, step, log });
}

function select<Choice extends string>(
  label: string,
  choices: readonly Choice[],
  options: { value?: NoInfer<Choice> } = {},
): Control<Choice> {
  const [first] = Array.isArray(choices) ? choices : [];
  const { value = first } = options;
  if (value === undefined || !choices.every(choice => typeof choice === "string")) {
    throw new TypeError("control.select: there is nothing to choose from. Give a list of texts.");
  }
  if (!choices.includes(value)) {
    throw new TypeError(`control.select: "${value}" is not among the choices. Choose one of ${choices.join(", ")}.`);
  }
  return new Control<Choice>("select", label, value, { choices });
}

/**
 * Controls in the page, each bound to a value: show one as a cell's last value, read `value`, or listen with `onChange`.
 *
 * @example
 * const lr = control.slider("learning rate", { min: 1e-4, max: 1, value: 0.01, log: true });
 * lr.onChange(value => { optimizer.lr = value; });
 * lr.value; // 0.01
 */
export const control = {
  /** A number in a range. @throws TypeError for a range that is none, or a value outside of it */
  slider,
  /** One of several texts. @throws TypeError when there are none, or the value is not among them */
  select,
  /** Yes or no. */
  checkbox: (label: string, options: { value?: boolean } = {}): Control<boolean> =>
    new Control("checkbox", label, options.value ?? false),
  /** A line of text. */
  text: (label: string, options: { value?: string; placeholder?: string } = {}): Control<string> => {
    const { value = "", placeholder = "" } = options;
    return new Control("text", label, value, { placeholder });
  },
  /** A button; its value counts how often it was pressed. */
  button: (label: string, onPress?: (presses: number) => void): Control<number> => {
    const made = new Control("button", label, 0);
    if (onPress) made.onChange(onPress);
    return made;
  },
  /**
   * Pause, Stop and the learning rate beside a loop that asks it once a step: `while (await run.step()) { ... }`.
   * @throws TypeError when the optimizer's learning rate is not above 0
   */
  training: (optimizer?: { lr: number }): TrainingControl => new TrainingControl(controlStyle, optimizer),
} as const;
