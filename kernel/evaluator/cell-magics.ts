import { Script } from "node:vm";
import { displaySink } from "../../widgets/display.js";
import type { MagicHost } from "../magics/magic.js";
import { findMagic } from "../magics/table.js";
import { startClock } from "../magics/time.js";
import { runTimeit } from "../magics/timeit.js";
import type { Bindings } from "./bindings.js";
import { KeyboardInterrupt } from "./interrupt.js";
import type { Loader } from "./loader.js";
import type { Output } from "./output.js";
import { renamePrefix, unrename } from "./rewrite.js";
import type { Runs } from "./runs.js";

/** A name that is neither a member nor the beginning of a text. */
const nameInCode = /(?<![.\p{ID_Continue}$'"`])[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** What the scripts of cells call in place of magics, and the names that cells have declared so far. */
export class CellMagics {
  /** Built-ins that cells redeclared. */
  readonly shadowed = new Set<string>();
  /** Names as the user writes them. */
  readonly #names = new Set<string>();
  readonly #parts: { output: Output; runs: Runs; bindings: Bindings; loader: Loader };
  readonly #check: () => void;

  /** @param check throws when the cell was stopped */
  constructor(parts: { output: Output; runs: Runs; bindings: Bindings; loader: Loader }, check: () => void) {
    this.#parts = parts;
    this.#check = check;
  }

  /** Functions for the scripts of cells. */
  readonly given = {
    magic: async (name: string, args: string, body: string): Promise<void> => {
      await findMagic(name)?.run?.({ args, body }, this.#host());
    },
    time: () => startClock(this.#host().print),
    timeit: (args: string, body: () => unknown) => runTimeit(args, body, this.#host()),
  };

  /** Takes the names of the bindings that a cell declares. */
  declare(bindings: readonly string[]): void {
    for (const name of bindings) this.#names.add(unrename(name));
  }

  /** Whether code of a cell that uses the name means something. */
  isName(name: string): boolean {
    return this.#names.has(name) || name in globalThis || name === "require";
  }

  #host(): MagicHost {
    const { output, runs, bindings, loader } = this.#parts;
    const run = runs.current;
    const bindingName = (name: string) => (this.shadowed.has(name) ? renamePrefix + name : name);
    return {
      installFolder: () => loader.installFolder(),
      signal: () => run.signal,
      checkStopped: () => {
        this.#check();
        if (run.stopped) throw new KeyboardInterrupt();
      },
      print: (text, stream = "stdout") => output.write(run.number, stream, text),
      show: data => displaySink()?.show({ data, metadata: {}, update: false }),
      payload: payload => output.send({ type: "payload", run: run.number, payload }),
      names: () => [...this.#names],
      read: name => bindings.read(bindingName(name)).value,
      evaluate: expression => new Script(`(${expression.replace(nameInCode, bindingName)}\n)`).runInThisContext(),
      forget: async names => {
        await bindings.forget(names.map(bindingName));
        for (const name of names) {
          this.#names.delete(name);
          this.shadowed.delete(name);
        }
      },
    };
  }
}
