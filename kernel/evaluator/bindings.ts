import type { Runtime, Session } from "node:inspector";
import { Script } from "node:vm";

/** The names that cells declare. They outlive the cell, can be declared anew as anything, and are as fast as globals. */
export interface Bindings {
  /** Creates the names that are not there yet. */
  declare(names: readonly string[]): Promise<void> | void;
  /** The value behind a name, without running a getter. */
  read(name: string): { found: boolean; value?: unknown };
  /** Gives a name to every cell, computed at its first use; a cell may redeclare it. */
  provide(name: string, value: () => unknown): void;
  /** Takes names away again; one that was provided is what it was before. */
  forget(names: readonly string[]): Promise<void> | void;
}

/** Chooses what this engine is best at: script-scope `let` through the inspector from Node 24 on, else global properties. */
export async function createBindings(): Promise<Bindings> {
  if (Number(process.versions.node.split(".")[0]) < 24) return new GlobalBindings();
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connect();
  // An open session would keep the process waiting for a debugger at its end.
  process.on("exit", () => session.disconnect());
  return new ScriptBindings(session);
}

class GlobalBindings implements Bindings {
  declare(names: readonly string[]): void {
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(globalThis, name);
      if (own?.writable) continue;
      define(name, { value: undefined, writable: true });
    }
  }

  read(name: string): { found: boolean; value?: unknown } {
    return readGlobal(name);
  }

  provide(name: string, value: () => unknown): void {
    provideGlobal(name, value);
  }

  forget(names: readonly string[]): void {
    for (const name of names) {
      delete (globalThis as Record<string, unknown>)[name];
      const value = provided.get(name);
      if (value) provideGlobal(name, value);
    }
  }
}

class ScriptBindings implements Bindings {
  readonly #session: Session;
  readonly #declared = new Set<string>();
  /** Declared, then given up, and not declared again. */
  readonly #forgotten = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  declare(names: readonly string[]): Promise<void> | void {
    for (const name of names) this.#forgotten.delete(name);
    const fresh = names.filter(name => !this.#declared.has(name));
    if (fresh.length === 0) return;
    // Awaited: Node 22 crashed when such a promise was collected unawaited.
    return new Promise((resolve, reject) => {
      const expression = `let ${fresh.join(", ")};`;
      this.#session.post("Runtime.evaluate", { expression, replMode: true, silent: true }, (error, result) => {
        const problem = error?.message ?? (result as Runtime.EvaluateReturnType).exceptionDetails?.text;
        if (problem !== undefined) {
          reject(new Error(`cannot declare ${fresh.join(", ")}: ${problem}`));
          return;
        }
        for (const name of fresh) this.#declared.add(name);
        resolve();
      });
    });
  }

  read(name: string): { found: boolean; value?: unknown } {
    if (!this.#declared.has(name) || this.#forgotten.has(name)) return readGlobal(name);
    return { found: true, value: new Script(name).runInThisContext() };
  }

  provide(name: string, value: () => unknown): void {
    provideGlobal(name, value);
  }

  /** A script's binding stays; it gives its value up. */
  forget(names: readonly string[]): void {
    for (const name of names.filter(name => this.#declared.has(name))) {
      const set = new Script(`value => { ${name} = value; }`).runInThisContext() as (value: unknown) => void;
      set(provided.get(name)?.());
      this.#forgotten.add(name);
    }
  }
}

function define(name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(globalThis, name, { configurable: true, enumerable: true, ...descriptor });
}

/** What the preloaded names are before anyone asks for them. */
const provided = new Map<string, () => unknown>();

function provideGlobal(name: string, value: () => unknown): void {
  provided.set(name, value);
  define(name, {
    enumerable: false,
    get: value,
    set: (next: unknown) => define(name, { value: next, writable: true }),
  });
}

function readGlobal(name: string): { found: boolean; value?: unknown } {
  for (let at: object | null = globalThis; at; at = Object.getPrototypeOf(at) as object | null) {
    const own = Object.getOwnPropertyDescriptor(at, name);
    if (!own) continue;
    if ("value" in own) return { found: true, value: own.value as unknown };
    const value = provided.get(name);
    return value && own.get === value ? { found: true, value: value() } : { found: false };
  }
  return { found: false };
}
