import { type Comm, type CommMessage, commChannel, type JsonObject } from "./comm.js";
import { type Displayable, displaySymbol, isDisplayable, type MimeBundle } from "./display.js";
import { hasOwnFrontEnd } from "./front-ends.js";
import { type BufferPath, joinState, splitState } from "./state-buffers.js";
import { stateText, stateView } from "./views/state.js";
import { answerInvocation, invocationOf, type WidgetCommand } from "./widget-commands.js";
import { WidgetEvents } from "./widget-events.js";
import { liveModels } from "./widget-manager.js";
import {
  checkName,
  modelFace,
  ownTarget,
  ownType,
  protocolVersion,
  standardTarget,
  standardType,
} from "./widget-protocol.js";

/** What `widget` takes. */
export interface WidgetOptions<State extends object> {
  /** An ES module as text, or its address. Its default export has `render({ model, el })`, as anywidget defines it. */
  esm: string;
  /** A style sheet as text, or its address. */
  css?: string;
  /** What both sides know: JSON values and bytes (typed arrays), at any depth. */
  state?: State;
  /** Functions that the page can call. */
  commands?: Readonly<Record<string, WidgetCommand>>;
  /** What stands in place of the widget where there is no front end for it. Default: a table of the state. */
  fallback?: (state: State) => Displayable;
  /** Names the widget in texts. Default: `Widget`. */
  name?: string;
}

/**
 * A value with a view in the page: both sides hold the same state, and each hears of the other's changes. Made by `widget`.
 * Follows anywidget's model (`get`, `set`, `save`, `on`) over the Jupyter widget protocol 2.1.
 */
export class Widget<State extends object = Record<string, unknown>> implements Displayable {
  readonly #options: WidgetOptions<State>;
  #state: State;
  readonly #changed = new Set<keyof State>();
  readonly #events = new WidgetEvents();
  #comm: Comm | undefined;
  #closed = false;
  #flushing = false;

  constructor(options: WidgetOptions<State>) {
    for (const key of ["esm", "css"] as const) {
      const text = options[key];
      if (typeof text === "string" ? key === "esm" && text.trim() === "" : key === "esm" || text !== undefined) {
        throw new TypeError(`widget: ${key} must be text, an ES module or its address. Give the source as a string.`);
      }
    }
    const state = options.state ?? ({} as State);
    for (const name of Object.keys(state)) checkName(name);
    splitState(state as Record<string, unknown>);
    this.#options = options;
    this.#state = { ...state };
  }

  /** The value of one name of the state. */
  get<Name extends keyof State>(name: Name): State[Name] {
    return this.#state[name];
  }

  /** The whole state, as it is now. */
  get state(): Readonly<State> {
    return this.#state;
  }

  /** Whether the widget was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Changes one value, or several at once. The page hears of it when the code that runs now lets go, or at `save()`.
   *
   * @throws TypeError for a value that cannot travel (a function, a bigint, a tree that contains itself)
   */
  set<Name extends keyof State>(name: Name, value: State[Name]): void;
  set(values: Partial<State>): void;
  set(first: keyof State | Partial<State>, value?: unknown): void {
    const values = (typeof first === "object" ? first : { [first]: value }) as Partial<State>;
    for (const name of Object.keys(values)) checkName(name);
    splitState(values as Record<string, unknown>);
    this.#assign(values);
    for (const name of Object.keys(values)) this.#changed.add(name as keyof State);
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.save());
    }
  }

  /** Tells the page now what `set` changed: for loops that do not let go of the thread. */
  save(): void {
    this.#flushing = false;
    if (this.#changed.size === 0) return;
    const names = [...this.#changed];
    this.#changed.clear();
    this.#sendState("update", names);
  }

  /**
   * Calls back after a change: `"change:name"` with the new value, `"change"` with the names that changed, `"msg:custom"`
   * with what the page sent, `"close"` at the end. Messages arrive while a cell awaits too.
   */
  on<Name extends keyof State & string>(event: `change:${Name}`, listener: (value: State[Name]) => void): void;
  on(event: "change", listener: (names: (keyof State)[]) => void): void;
  on(event: "msg:custom", listener: (content: unknown, buffers: Uint8Array[]) => void): void;
  on(event: "close", listener: () => void): void;
  on(event: string, listener: (value: never, buffers: Uint8Array[]) => void): void {
    const known = /^(change(:.+)?|msg:custom|close)$/;
    if (!known.test(event)) {
      throw new TypeError(`widget.on: there is no event "${event}". Choose change, change:NAME, msg:custom or close.`);
    }
    this.#events.add(event, listener);
  }

  /** Takes a listener away; without one, all of the event. */
  off(event: string, listener?: (value: never, buffers: Uint8Array[]) => void): void {
    this.#events.remove(event, listener);
  }

  /** Sends anything to the page, which gets it as `msg:custom`. */
  send(content: unknown, buffers: ArrayBufferView[] = []): void {
    this.#comm?.send({ method: "custom", content }, { buffers: buffers.map(bytes) });
  }

  /** Resolves when the page changed `name` next, with the new value; when the widget is closed, with the value it has. */
  next<Name extends keyof State & string>(name: Name): Promise<State[Name]> {
    return new Promise(resolve => {
      const settle = () => {
        this.off(`change:${name}`, settle);
        this.off("close", settle);
        resolve(this.get(name));
      };
      this.#events.add(`change:${name}`, settle);
      this.#events.add("close", settle);
      if (this.#closed) settle();
    });
  }

  /** Ends the widget: its view becomes what `fallback` shows, and stays so. */
  close(): void {
    if (this.#closed) return;
    this.save();
    const comm = this.#comm;
    this.#ended();
    comm?.close({ frozen: this.#frozen() });
  }

  /** What a front end shows: the widget where it can run, and static forms beside it. */
  [displaySymbol](): MimeBundle {
    const frozen = this.#frozen();
    const comm = this.#closed ? undefined : this.#open();
    if (!comm) return frozen;
    if (comm.target === ownTarget) return { ...frozen, [ownType]: { model_id: comm.id } };
    return { ...frozen, [standardType]: { version_major: 2, version_minor: 1, model_id: comm.id } };
  }

  /** The widget as text: its name and its state. */
  toString(): string {
    const values = Object.entries(this.#state).map(([name, value]) => `${name}: ${stateText(value)}`);
    return `${this.#options.name ?? "Widget"}(${values.join(", ")})`;
  }

  /** All that a front end has to know to make the model. */
  get modelState(): Record<string, unknown> {
    return { ...modelFace(this.#options), ...this.#state };
  }

  #frozen(): MimeBundle {
    const { fallback, name = "Widget" } = this.#options;
    const shown = fallback?.(this.#state);
    if (shown !== undefined && !isDisplayable(shown)) {
      throw new TypeError("widget: fallback must return something that shows itself, such as views.table(rows).");
    }
    const made = (shown ?? stateView(name, this.#state))[displaySymbol]();
    if (made instanceof Promise)
      throw new TypeError("widget: fallback must be ready at once, not a promise of a form.");
    return { ...made, "text/plain": made["text/plain"] ?? String(this) };
  }

  #open(): Comm | undefined {
    const target = hasOwnFrontEnd() ? ownTarget : standardTarget;
    // Made for a front end that is gone: one that came since needs a comm of its own.
    if (this.#comm && this.#comm.target === target) return this.#comm;
    const { state, paths, buffers } = splitState(this.modelState);
    const data = { state, buffer_paths: paths };
    const comm = commChannel()?.open(target, data, { metadata: { version: protocolVersion }, buffers });
    if (!comm) return undefined;
    const former = this.#comm;
    this.#leave();
    former?.close({ frozen: this.#frozen() });
    this.#comm = comm;
    this.#changed.clear();
    liveModels.add(comm.id, this);
    comm.onMessage(message => this.#receive(comm, message));
    comm.onClose(() => {
      // A page that cannot show it closes it; the value itself lives on and may be shown elsewhere.
      if (this.#comm === comm) this.#leave();
    });
    return comm;
  }

  #leave(): void {
    if (this.#comm) liveModels.remove(this.#comm.id);
    this.#comm = undefined;
  }

  #ended(): void {
    this.#leave();
    this.#closed = true;
    this.#events.emit("close", undefined);
    this.#events.clear();
  }

  #receive(comm: Comm, message: CommMessage): void {
    const { data, buffers } = message;
    switch (data.method) {
      case "update":
        this.#updated(message);
        return;
      case "request_state": {
        const split = splitState(this.modelState);
        const answer = { method: "update", state: split.state, buffer_paths: split.paths };
        comm.send(answer, { buffers: split.buffers, answers: message });
        return;
      }
      case "custom": {
        const call = invocationOf(data.content);
        if (call) answerInvocation(this.#options.commands ?? {}, comm, message, call);
        else this.#events.emit("msg:custom", data.content, buffers);
      }
    }
  }

  /** The page changed the state. What it sent goes back to it, for its other views. */
  #updated(message: CommMessage): void {
    const { data, buffers } = message;
    if (typeof data.state !== "object" || data.state === null) return;
    const paths = Array.isArray(data.buffer_paths) ? (data.buffer_paths as BufferPath[]) : [];
    const sent = joinState({ ...(data.state as JsonObject) }, paths, buffers);
    const values = Object.fromEntries(Object.entries(sent).filter(([name]) => !name.startsWith("_")));
    const names = Object.keys(values) as (keyof State)[];
    if (names.length === 0) return;
    // Before the listeners, which may set other values.
    const echo = splitState(values);
    const answer = { method: "echo_update", state: echo.state, buffer_paths: echo.paths };
    this.#comm?.send(answer, { buffers: echo.buffers, answers: message });
    this.#assign(values as Partial<State>);
  }

  #assign(values: Partial<State>): void {
    const names = (Object.keys(values) as (keyof State)[]).filter(name => !Object.is(this.#state[name], values[name]));
    if (names.length === 0) return;
    this.#state = { ...this.#state, ...values };
    for (const name of names) this.#events.emit(`change:${String(name)}`, this.#state[name]);
    this.#events.emit("change", names);
  }

  #sendState(method: "update", names: (keyof State)[]): void {
    const values = Object.fromEntries(names.map(name => [name, this.#state[name]]));
    const { state, paths, buffers } = splitState(values);
    this.#comm?.send({ method, state, buffer_paths: paths }, { buffers });
  }
}

/**
 * Makes a widget: a value with a view in the page, written as one ES module. Anything that anywidget runs, this runs.
 *
 * @throws TypeError when `esm` is no text, or the state holds what cannot travel
 * @example
 * const counter = widget({
 *   esm: `export default { render({ model, el }) {
 *     const button = document.createElement("button");
 *     const draw = () => { button.textContent = "count " + model.get("count"); };
 *     button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
 *     model.on("change:count", draw);
 *     draw();
 *     el.append(button);
 *   } }`,
 *   state: { count: 0 },
 * });
 * counter.set("count", 3);
 * counter.get("count"); // 3
 */
export function widget<State extends object = Record<string, unknown>>(options: WidgetOptions<State>): Widget<State> {
  return new Widget(options);
}

const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
