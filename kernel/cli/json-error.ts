// Blanks, then a mark, a whole scalar, or the end of the text.
const scalar = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`;
const token = new RegExp(String.raw`[ \t\r\n]*(?:([{}[\],:])|(${scalar})|$)`, "y");

/**
 * Where a text stops being JSON: the offset of the first character that cannot go on, or the end of the text when it is cut off.
 * V8 tells a position for some errors only.
 *
 * @example jsonErrorOffset('{"a": ,}') // 6
 */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  /** What may come: a value, the key of an object, a colon, or what follows a value. */
  let state: "value" | "first" | "key" | "firstKey" | "colon" | "after" = "value";
  for (let at = 0; ; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    const start = match ? token.lastIndex - (match[1] ?? match[2] ?? "").length : at + blanks(text, at);
    if (!match || start >= text.length) return start;
    const [, mark, value] = match;
    const inside = open.at(-1);
    if (value !== undefined) {
      if (state === "key" || state === "firstKey") {
        if (!value.startsWith('"')) return start;
        state = "colon";
      } else if (state === "value" || state === "first") state = "after";
      else return start;
    } else if ((mark === "{" || mark === "[") && (state === "value" || state === "first")) {
      open.push(mark);
      state = mark === "{" ? "firstKey" : "first";
    } else if (mark === "}" && inside === "{" && (state === "after" || state === "firstKey")) {
      open.pop();
      state = "after";
    } else if (mark === "]" && inside === "[" && (state === "after" || state === "first")) {
      open.pop();
      state = "after";
    } else if (mark === "," && inside !== undefined && state === "after") {
      state = inside === "{" ? "key" : "value";
    } else if (mark === ":" && state === "colon") state = "value";
    else return start;
  }
}

/** How many blanks stand at `at`. */
function blanks(text: string, at: number): number {
  return /^[ \t\r\n]*/.exec(text.slice(at))![0].length;
}
