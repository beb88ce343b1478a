import type { NameKind } from "./cell-source.js";
import { cellOffset, type ServerPosition, serverPosition } from "./places.js";
import { plainSignature } from "./plain-message.js";
import type { Completion, CompletionList } from "./service.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell, Workspace } from "./workspace.js";

interface ServerItem {
  label: string;
  kind?: number;
  sortText?: string;
  insertText?: string;
  detail?: string;
  textEdit?: { newText: string; range?: Range; insert?: Range; replace?: Range };
}

interface Range {
  start: ServerPosition;
  end: ServerPosition;
}

/** `CompletionItemKind` of the Language Server Protocol, from 1. */
const kinds =
  "text method function constructor field variable class interface module property unit value enum keyword snippet color file reference folder enum-member constant struct event operator type-parameter".split(
    " ",
  );

/** A list this short gets the types of its entries too; each costs the server a question. */
const detailedUpTo = 32;

/** Asks for the completions at an offset of a cell that the server already has. */
export async function askCompletions(
  server: TypeServer,
  workspace: Workspace,
  cell: PreparedCell,
  code: string,
  offset: number,
  timeout: number,
): Promise<CompletionList> {
  const position = serverPosition(code, offset, cell);
  const textDocument = { uri: cell.uri };
  const answer = await server.rpc.request<{ items: ServerItem[] } | ServerItem[] | null>(
    "textDocument/completion",
    { textDocument, position },
    timeout,
  );
  const items = (Array.isArray(answer) ? answer : (answer?.items ?? [])).filter(
    i => !i.label.startsWith("__gradbook_"),
  );
  const word = wordStart(code, offset);
  const starts = items.map(item => replacedFrom(code, item, cell) ?? word);
  // In a string the replaced range begins where the server says. A name that would replace the dot before it is left out.
  const start = starts.length === 0 || starts.includes(word) ? word : starts[0]!;
  const prefix = code.slice(start, offset);
  const found = new Map<string, { item: ServerItem | undefined; completion: Completion; rank: string }>();
  for (const [i, item] of items.entries()) {
    const text = item.textEdit?.newText ?? item.insertText ?? item.label;
    if (starts[i] !== start || !matches(text, prefix) || found.has(text)) continue;
    found.set(text, {
      item,
      completion: { text, kind: kinds[(item.kind ?? 1) - 1] ?? "text" },
      rank: item.sortText ?? "",
    });
  }
  if (start === word && isBareName(code, word) && items.some(i => i.kind === keywordKind)) {
    // The header only brings in names that the cell already uses; here any of them may be meant.
    for (const [name, kind] of workspace.names.all()) {
      if (!matches(name, prefix) || cell.own.has(name)) continue;
      found.set(name, { item: found.get(name)?.item, completion: { text: name, kind: kindOf[kind] }, rank: "0" });
    }
  }
  const sorted = [...found.values()].sort(
    (a, b) =>
      Number(b.completion.text.startsWith(prefix)) - Number(a.completion.text.startsWith(prefix)) ||
      (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.completion.text < b.completion.text ? -1 : 1),
  );
  if (sorted.length <= detailedUpTo) {
    await Promise.all(
      sorted.map(async ({ item, completion }) => {
        if (!item) return;
        const resolved = await server.rpc
          .request<ServerItem>("completionItem/resolve", item, Math.min(timeout, 200))
          .catch(() => undefined);
        if (resolved?.detail) describe(completion, plainSignature(resolved.detail));
      }),
    );
  }
  return { start, end: offset, items: sorted.map(s => s.completion) };
}

const keywordKind = 14;

/** How far back the beginning of a name is looked for, in UTF-16 units. */
const longestName = 500;

const kindOf: Record<NameKind, string> = {
  const: "constant",
  let: "variable",
  var: "variable",
  function: "function",
  class: "class",
  enum: "enum",
  namespace: "module",
  type: "interface",
  import: "variable",
};

/** Adds what the server found out about an entry. Of what a module exports, the list itself only says that it is a name. */
function describe(completion: Completion, detail: string): void {
  const word = /^(?:abstract )?(class|function|enum|interface|type|module|namespace)\b/.exec(detail)?.[1];
  if (word) completion.kind = { namespace: "module", type: "interface" }[word] ?? word;
  // The rest of such a line would be the path of a file.
  if (word !== "module") completion.detail = detail;
}

function matches(text: string, prefix: string): boolean {
  return text.toLowerCase().startsWith(prefix.toLowerCase());
}

function wordStart(code: string, offset: number): number {
  const from = Math.max(0, offset - longestName);
  const word = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(from, offset));
  return word ? from + word.index : offset;
}

/** False after a dot, where only members are meant. A spread is three dots and no member access. */
function isBareName(code: string, start: number): boolean {
  const before = code.slice(0, start).trimEnd();
  return !before.endsWith(".") || before.endsWith("...");
}

/** Where the range begins that an item replaces, if it says so. */
function replacedFrom(code: string, { textEdit }: ServerItem, cell: PreparedCell): number | undefined {
  const start = (textEdit?.range ?? textEdit?.replace ?? textEdit?.insert)?.start;
  return start && cellOffset(code, start, cell);
}
