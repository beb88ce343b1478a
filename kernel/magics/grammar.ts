import { parseSync } from "oxc-parser";

/** Words that begin an expression or are one, so that `!word` is TypeScript whatever is in scope. */
export const reserved = new Set(
  "async await class delete false function import new null super this true typeof undefined void yield".split(" "),
);

/** True when the text is a whole program: nothing in it waits for more. */
export function parses(text: string): boolean {
  return text.trim() === "" || firstError(text) === undefined;
}

/** True when the first mistake in the text, if there is one, comes after the token that follows `end`. */
export function readsPast(text: string, end: number): boolean {
  const next = end + /^\s*/.exec(text.slice(end))![0].length;
  return (firstError(text) ?? Number.POSITIVE_INFINITY) > next;
}

/** Where the first mistake is, in UTF-16 units; text with JSX is read in the way that gets further. */
export function firstError(text: string): number | undefined {
  const typed = errorIn(text, "ts");
  if (typed === undefined || !/<\/|\/>/.test(text)) return typed;
  const jsx = errorIn(text, "tsx");
  return jsx === undefined ? undefined : Math.max(typed, jsx);
}

function errorIn(text: string, lang: "ts" | "tsx"): number | undefined {
  const { errors } = parseSync(`cell.${lang}`, text, { lang, sourceType: "module" });
  const starts = errors.filter(e => e.severity === "Error").map(e => e.labels[0]?.start ?? 0);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}
