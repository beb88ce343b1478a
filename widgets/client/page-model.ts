import { type BufferPath, joinState, splitState } from "../state-buffers.js";
import type { KernelMessage, LabComm } from "./lab.js";

type Listener = (...values: unknown[]) => void;
type State = Record<string, unknown>;

/** How long an update waits for its echo before the next one goes out anyway, in milliseconds. */
const patience = 1000;

/** How long a command may take, in milliseconds, as anywidget has it. */
const commandTimeout = 3000;

/**
 * The page's side of a widget: what anywidget modules get as `model`. One update is on its way at a time; what changes
 * meanwhile goes together in the next, so that a slider that is dragged never floods the kernel.
 */
export class PageModel {
  /** Resolves once the state is known. */
  readonly ready: Promise<void>;
  /** Aborted when the widget was closed. */
  readonly closing = new AbortController();
  /** What to show in place of the widget once it was closed, if the kernel said so. */
  frozen: State | undefined;
  readonly #comm: LabComm;
  readonly #state: State = {};
  readonly #unsaved = new Set<string>();
  readonly #listeners = new Map<string, Set<Listener>>();
  /** The update on its way. */
  #sent: { id: string; names: Set<string>; timer: ReturnType<typeof setTimeout> } | undefined;
  #waiting = false;
  #becomeReady: () => void = () => {};

  /** @param opening the message that opened the comm; without one, the state is asked for */
  constructor(comm: LabComm, opening?: KernelMessage) {
    this.#comm = comm;
    this.ready = new Promise(resolve => {
      this.#becomeReady = resolve;
    });
    comm.onMsg = message => this.#receive(message);
    comm.onClose = message => this.close(message.content.data.frozen as State | undefined);
    if (opening) this.#begin(opening);
    else comm.send({ method: "request_state" });
  }

  /** The value of one name. */
  get(name: string): unknown {
    return this.#state[name];
  }

  /** Changes one value, or several; `save_changes` tells the kernel. */
  set(name: string | State, value?: unknown): void {
    const values = typeof name === "string" ? { [name]: value } : name;
    for (const key of this.#assign(values)) this.#unsaved.add(key);
  }

  /** Tells the kernel what `set` changed. */
  save_changes(): void {
    if (this.#unsaved.size === 0 || this.closing.signal.aborted) return;
    if (this.#sent) {
      this.#waiting = true;
      return;
    }
    const names = new Set(this.#unsaved);
    this.#unsaved.clear();
    const { state, paths, buffers } = splitState(Object.fromEntries([...names].map(n => [n, this.#state[n]])));
    const { msg } = this.#comm.send({ method: "update", state, buffer_paths: paths }, undefined, buffers);
    const timer = setTimeout(() => this.#arrived(), patience);
    this.#sent = { id: msg.header.msg_id, names, timer };
  }

  /** Sends anything to the kernel. The second parameter is anywidget's, which nobody uses. */
  send(content: unknown, _callbacks?: unknown, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.#comm.send({ method: "custom", content }, undefined, splitState({ buffers }).buffers);
  }

  /** Calls back: `change:NAME` with the model and the value, `change`, `msg:custom` with the content and its bytes. */
  on(events: string, listener: Listener): void {
    for (const event of events.split(/\s+/)) {
      this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    }
  }

  /** Takes listeners away: one, all of an event, or all. */
  off(events?: string | null, listener?: Listener | null): void {
    for (const event of events ? events.split(/\s+/) : [...this.#listeners.keys()]) {
      if (listener) this.#listeners.get(event)?.delete(listener);
      else this.#listeners.delete(event);
    }
  }

  /** Calls a command of the kernel's side: its answer and the bytes beside it. */
  invoke(name: string, message?: unknown, { buffers = [] }: { buffers?: ArrayBufferView[] } = {}): Promise<unknown> {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        this.off("msg:custom", answer);
        end();
      };
      const answer = (content: unknown, bytes: unknown) => {
        const { id: of, response, error } = content as { id?: string; response?: unknown; error?: string };
        if (of !== id) return;
        settle(() => (error === undefined ? resolve([response, bytes]) : reject(new Error(error))));
      };
      const late = () => settle(() => reject(new Error(`${name}: no answer within ${commandTimeout / 1000} s`)));
      const timer = setTimeout(late, commandTimeout);
      this.on("msg:custom", answer);
      this.send({ id, kind: "anywidget-command", name, msg: message }, undefined, buffers);
    });
  }

  /** The other end is gone. */
  close(frozen?: State): void {
    this.frozen = frozen;
    clearTimeout(this.#sent?.timer);
    this.closing.abort();
    this.#becomeReady();
  }

  #begin({ content, buffers }: KernelMessage): void {
    Object.assign(this.#state, stateOf(content.data, buffers));
    this.#becomeReady();
  }

  #receive(message: KernelMessage): void {
    const { data } = message.content;
    switch (data.method) {
      case "update":
        this.#assign(stateOf(data, message.buffers));
        this.#becomeReady();
        return;
      case "echo_update": {
        if (this.#sent?.id === message.parent_header.msg_id) {
          this.#arrived();
          return;
        }
        // Another page's change; what is being changed here is newer.
        const newer = (name: string) => this.#unsaved.has(name) || this.#sent?.names.has(name);
        const values = Object.entries(stateOf(data, message.buffers)).filter(([name]) => !newer(name));
        this.#assign(Object.fromEntries(values));
        return;
      }
      case "custom":
        this.#emit("msg:custom", data.content, views(message.buffers));
    }
  }

  /** The kernel has the update: the next one may go. */
  #arrived(): void {
    clearTimeout(this.#sent?.timer);
    this.#sent = undefined;
    if (!this.#waiting) return;
    this.#waiting = false;
    this.save_changes();
  }

  #assign(values: State): string[] {
    const names = Object.keys(values).filter(name => !Object.is(this.#state[name], values[name]));
    for (const name of names) this.#state[name] = values[name];
    for (const name of names) this.#emit(`change:${name}`, this, values[name]);
    if (names.length > 0) this.#emit("change", this);
    return names;
  }

  #emit(event: string, ...values: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...values);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

function stateOf(data: Record<string, unknown>, buffers: KernelMessage["buffers"]): State {
  return joinState({ ...(data.state as State) }, (data.buffer_paths ?? []) as BufferPath[], views(buffers));
}

/** Bytes as anywidget gives them. */
function views(buffers: KernelMessage["buffers"] = []): DataView[] {
  return buffers.map(b =>
    ArrayBuffer.isView(b) ? new DataView(b.buffer, b.byteOffset, b.byteLength) : new DataView(b),
  );
}
