import { suggest } from "../cli/suggest.js";
import { packageName, preloadedNames } from "../prelude.js";
import { type Mistake, operatorAdvice } from "./advice.js";
import type { ServerPosition } from "./places.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell, Workspace } from "./workspace.js";

interface Named {
  label: string;
  kind?: number;
}

/** What other libraries call things that have another name here. */
const otherNames = new Map<string, readonly string[]>([
  ["lr", ["learningRate", "learning_rate", "rate", "eta"]],
  ["reshape", ["view", "resize"]],
  ["cast", ["astype", "type", "to", "float", "int", "long", "asType", "toFloat"]],
  ["toArray", ["numpy", "tolist", "arraySync", "array"]],
  ["data", ["dataSync"]],
  ["transpose", ["T", "t"]],
  ["size", ["length", "numel", "count"]],
  ["rank", ["ndim", "dim"]],
  ["concat", ["cat", "concatenate"]],
  ["matmul", ["mm", "dot", "bmm"]],
  ["clip", ["clamp"]],
  ["clamp", ["clip", "clipByValue"]],
  ["keepDims", ["keepdim", "keepdims"]],
  ["weightDecay", ["l2", "wd"]],
  ["expand", ["broadcastTo", "broadcast_to", "expandDims"]],
  ["unsqueeze", ["expandDims", "newaxis"]],
  ["sub", ["subtract", "minus"]],
  ["add", ["plus"]],
  ["mul", ["multiply", "times"]],
  ["div", ["divide"]],
  ["variance", ["var"]],
]);

/** Longer lists of what there is help nobody. */
const longestList = 12;

const unknownName = 2304;
const unknownMember = 2339;
const unknownProperty = 2353;
const leftOperand = 2362;
const rightOperand = 2363;

/** Finds what was probably meant where the compiler has no idea; it only knows near spellings of what the cell can see. */
export class Suggestions {
  readonly #server: TypeServer;
  readonly #workspace: Workspace;
  #exported: Promise<Map<string, string>> | undefined;

  constructor(server: TypeServer, workspace: Workspace) {
    this.#server = server;
    this.#workspace = workspace;
  }

  /** A sentence to put behind a message, or nothing; nothing too when it takes longer than `timeout` milliseconds. */
  async about(mistake: Mistake, cell: PreparedCell, at: ServerPosition, timeout: number): Promise<string | undefined> {
    try {
      switch (mistake.code) {
        case unknownName:
          return didYouMean(await this.#name(mistake.text, cell, timeout));
        case unknownMember: {
          const typed = /^(?:Property|Namespace) '([^']+)'/.exec(mistake.message)?.[1];
          if (typed === undefined) return undefined;
          return didYouMean(nearest(typed, await this.#labels(cell, at, timeout)));
        }
        case unknownProperty: {
          const typed = /'([^']+)' does not exist/.exec(mistake.message)?.[1];
          const known = await this.#labels(cell, at, timeout);
          const meant = typed === undefined ? undefined : nearest(typed, known);
          if (meant !== undefined || known.length === 0 || known.length > longestList) return didYouMean(meant);
          return `It has ${known.join(", ")}.`;
        }
        case leftOperand:
        case rightOperand:
          return (await this.#isTensor(mistake, cell, timeout)) ? operatorAdvice(operatorBeside(mistake)) : undefined;
        default:
          return undefined;
      }
    } catch {
      // Too late, or the server has gone: the message stays as it is.
      return undefined;
    }
  }

  /** A name of an earlier cell that is spelled nearly so, or something of the package that has exactly that name. */
  async #name(typed: string, cell: PreparedCell, timeout: number): Promise<string | undefined> {
    const near = suggest(
      typed,
      [...this.#workspace.names.all().keys()].filter(name => !cell.own.has(name)),
    );
    if (near !== undefined && near !== typed) return near;
    this.#exported ??= this.#readExports(cell, timeout);
    const exported = await this.#exported.catch(error => {
      this.#exported = undefined;
      throw error;
    });
    return exported.get(typed);
  }

  /** Everything that the package exports, and how a cell reaches it: `relu` by `gb.relu`, `Linear` by `nn.Linear`. */
  async #readExports(cell: PreparedCell, timeout: number): Promise<Map<string, string>> {
    const namespaces = ["gb", ...preloadedNames.map(name => `gb.${name}`)];
    const lines = [`import * as gb from "${packageName}";`, ...namespaces.map(name => `${name}.;`)];
    // All in one document: each text that the server has not seen costs it a new program.
    this.#workspace.show(this.#server, { ...cell, text: lines.join("\n") });
    const lists = namespaces.map((name, i) => this.#ask(cell, { line: i + 1, character: name.length + 1 }, timeout));
    const [whole = [], ...inner] = await Promise.all(lists).finally(() => this.#workspace.show(this.#server, cell));
    const found = new Map(whole.map(({ label }) => [label, `gb.${label}`]));
    for (const [i, members] of inner.entries()) {
      // The list does not tell namespaces from functions; functions have methods.
      if (members.some(({ label }) => label === "apply")) continue;
      for (const { label } of members) if (!found.has(label)) found.set(label, `${preloadedNames[i]}.${label}`);
    }
    return found;
  }

  /** Whether an expression that ends with a name or a call is a tensor, which the message about operators does not say. */
  async #isTensor({ before, text }: Mistake, cell: PreparedCell, timeout: number): Promise<boolean> {
    const name = before + text.trimEnd().replace(/\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)$/, "");
    const lines = name.split(/\r\n|\r|\n/);
    const position = { line: lines.length - 1, character: Math.max(0, lines.at(-1)!.length - 1) };
    const request = { textDocument: { uri: cell.uri }, position };
    const hover = await this.#server.rpc.request<{ contents: { value: string } } | null>(
      "textDocument/hover",
      request,
      timeout,
    );
    const signature = /```\w*\n([\s\S]*?)\n```/.exec(hover?.contents.value ?? "")?.[1] ?? "";
    return /(?::|=>) (?:\w+\.)?Tensor(?:<[^()]*>)?$/.test(signature);
  }

  async #labels(cell: PreparedCell, position: ServerPosition, timeout: number): Promise<string[]> {
    const items = await this.#ask(cell, position, timeout);
    return items.filter(i => i.kind !== keywordKind).map(i => i.label.replace(/\?$/, ""));
  }

  async #ask(cell: PreparedCell, position: ServerPosition, timeout: number): Promise<Named[]> {
    const answer = await this.#server.rpc.request<{ items: Named[] } | Named[] | null>(
      "textDocument/completion",
      { textDocument: { uri: cell.uri }, position },
      timeout,
    );
    return Array.isArray(answer) ? answer : (answer?.items ?? []);
  }
}

const keywordKind = 14;

function nearest(typed: string, known: readonly string[]): string | undefined {
  const other = known.find(name => otherNames.get(name)?.includes(typed));
  if (other !== undefined) return other;
  const camel = typed.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return known.includes(camel) ? camel : suggest(camel, known);
}

function operatorBeside({ code, before, after }: Mistake): string {
  const found = code === leftOperand ? /^[\s)]*([-+*/%]+)/.exec(after) : /([-+*/%]+)[\s(]*$/.exec(before);
  return found?.[1] ?? "*";
}

function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `Did you mean '${name}'?`;
}
