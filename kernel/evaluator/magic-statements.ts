import type MagicString from "magic-string";
import type { ExpressionStatement, Program, Statement } from "oxc-parser";
import { type FoundMagic, marker } from "../magics/find.js";
import type { CellAnalysis } from "./analysis.js";

/** A magic in the syntax tree: its marker and the statements that it times. */
interface Placed {
  magic: FoundMagic;
  statements: Statement[];
  /** The name of the clock that the script of the cell has for it. */
  clock: string;
}

/** Puts calls in place of the markers of a cell's magics, and around the statements that some of them time. */
export class MagicStatements {
  readonly #placed = new Map<Statement, Placed>();
  /** The magic that a statement belongs to. */
  readonly #owners = new Map<Statement, Placed>();
  readonly #analysis: CellAnalysis;

  constructor(program: Program, magics: readonly FoundMagic[], analysis: CellAnalysis) {
    this.#analysis = analysis;
    const left = [...magics];
    let placed: Placed | undefined;
    for (const statement of program.body) {
      if (isMarker(statement)) {
        const magic = left.shift();
        if (!magic) continue;
        placed = { magic, statements: [], clock: `$t${this.#placed.size}` };
        this.#placed.set(statement, placed);
      } else if (placed && placed.statements.length < placed.magic.statements && statement.type !== "EmptyStatement") {
        placed.statements.push(statement);
        this.#owners.set(statement, placed);
      }
    }
  }

  /** True when some of the magics have to be waited for. */
  get wait(): boolean {
    return [...this.#placed.values()].some(({ magic }) => magic.magic.code !== "time");
  }

  /** Writes what stands before the statements of a magic. */
  open(statement: Statement, text: MagicString): void {
    const placed = this.#placed.get(statement);
    if (placed) text.update(statement.start, statement.end, this.#opening(placed));
  }

  /** Writes what stands behind the last statement of a magic. */
  close(statement: Statement, text: MagicString, isLast: boolean): void {
    const placed = this.#owners.get(statement);
    if (!placed || placed.statements.at(-1) !== statement) return;
    // To the right of the boundary: what is left of it moves away with a function.
    if (placed.magic.magic.code === "timeit") text.appendRight(statement.end, "}));");
    else if (!(isLast && statement.type === "ExpressionStatement"))
      text.appendRight(statement.end, `;${placed.clock}();`);
  }

  /** False for a statement that runs many times. */
  hasValue(statement: Statement): boolean {
    return this.#owners.get(statement)?.magic.magic.code !== "timeit";
  }

  /** The clock that the value of a timed statement goes through. */
  clock(statement: Statement): string {
    return this.#owners.get(statement)?.clock ?? "";
  }

  #opening({ magic: { magic, args, body }, statements, clock }: Placed): string {
    if (magic.code === "time") return `;const ${clock} = $g.time();`;
    if (magic.code === "timeit") {
      return `;$a(await $g.timeit(${JSON.stringify(args)}, ${this.#awaits(statements) ? "async " : ""}() => {`;
    }
    return `;$a(await $g.magic(${[magic.name, args, body].map(text => JSON.stringify(text)).join(", ")}));`;
  }

  /** Whether running the statements waits for something, not counting what their functions do. */
  #awaits(statements: Statement[]): boolean {
    const { awaits, functions, loops } = this.#analysis;
    const within = (inner: Node, outer: Node) => inner.start >= outer.start && inner.end <= outer.end;
    const waiting = [...awaits, ...loops.filter(l => "await" in l.node && l.node.await).map(l => l.node)];
    return statements.some(
      statement =>
        statement.type === "ImportDeclaration" ||
        waiting.some(node => within(node, statement) && !functions.some(f => within(f, statement) && within(node, f))),
    );
  }
}

interface Node {
  start: number;
  end: number;
}

/** True for the statement that stands for a magic. */
export function isMarker(node: { type: string }): boolean {
  if (node.type !== "ExpressionStatement") return false;
  const { expression } = node as ExpressionStatement;
  return expression.type === "Identifier" && expression.name === marker;
}
