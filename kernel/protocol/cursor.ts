/** The protocol counts Unicode code points, JavaScript counts UTF-16 units: an offset in units from one in code points. */
export function toUnits(code: string, points: number): number {
  let units = 0;
  for (let i = 0; i < points && units < code.length; i++) units += code.codePointAt(units)! > 0xffff ? 2 : 1;
  return units;
}

/** The other way: code points before an offset in UTF-16 units. */
export function toPoints(code: string, units: number): number {
  let points = 0;
  for (let at = 0; at < units && at < code.length; points++) at += code.codePointAt(at)! > 0xffff ? 2 : 1;
  return points;
}

/** Code and cursor of a request; a cursor that is missing or wild means the end. In UTF-16 units. */
export function codeAndCursor(content: Record<string, unknown>): { code: string; offset: number } {
  const code = typeof content.code === "string" ? content.code : "";
  const position = content.cursor_pos;
  const valid = typeof position === "number" && position >= 0;
  return { code, offset: valid ? toUnits(code, position) : code.length };
}
