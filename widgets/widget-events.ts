import { AsyncResource } from "node:async_hooks";

/** A function that hears of an event: a value, and the bytes beside it. */
export type Listener = (value: never, buffers: Uint8Array[]) => void;

/** Who listens to what. */
export class WidgetEvents {
  /** By event: what was given, and the same as part of the cell that gave it, so that what it prints goes there. */
  readonly #listeners = new Map<string, Map<Listener, Listener>>();

  add(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Map<Listener, Listener>();
    this.#listeners.set(event, listeners.set(listener, AsyncResource.bind(listener as (...values: unknown[]) => void)));
  }

  /** Takes a listener away; without one, all of the event. */
  remove(event: string, listener?: Listener): void {
    if (listener) this.#listeners.get(event)?.delete(listener);
    else this.#listeners.delete(event);
  }

  emit(event: string, value: unknown, buffers: Uint8Array[] = []): void {
    for (const listener of [...(this.#listeners.get(event)?.values() ?? [])]) listener(value as never, buffers);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
