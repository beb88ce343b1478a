import { type ServerPosition, serverPosition } from "./places.js";
import { plainSignature } from "./plain-message.js";
import type { Inspection } from "./service.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell } from "./workspace.js";

type Markup = string | { value: string };

interface Hover {
  contents: Markup | Markup[];
}

interface SignatureHelp {
  signatures: { label: string; documentation?: Markup }[];
  activeSignature?: number;
}

/**
 * Asks what stands at an offset of a cell that the server already has: the name under or right before it, else the
 * function whose arguments are being written there.
 */
export async function askInspection(
  server: TypeServer,
  cell: PreparedCell,
  code: string,
  offset: number,
  timeout: number,
): Promise<Inspection | undefined> {
  const ask = <T>(method: string, at: number) =>
    server.rpc.request<T | null>(
      method,
      { textDocument: { uri: cell.uri }, position: serverPosition(code, at, cell) satisfies ServerPosition },
      timeout,
    );
  const namePart = /[\p{ID_Continue}$#]/u;
  const places = [offset, offset - 1].filter(at => at >= 0 && namePart.test(code[at] ?? ""));
  for (const at of places) {
    const hover = await ask<Hover>("textDocument/hover", at);
    const inspection = hover && readHover(hover);
    if (inspection) return inspection;
  }
  const help = await ask<SignatureHelp>("textDocument/signatureHelp", offset);
  const signature = help?.signatures[help.activeSignature ?? 0] ?? help?.signatures[0];
  if (!signature) return undefined;
  return {
    signature: plainSignature(signature.label),
    documentation: signature.documentation ? markdown(signature.documentation) : "",
  };
}

function readHover(hover: Hover): Inspection | undefined {
  const text = [hover.contents].flat().map(markdown).join("\n\n");
  const fence = /^```\w*\n([\s\S]*?)\n```[ \t]*\n?/.exec(text);
  if (!fence) return text.trim() ? { signature: "", documentation: text.trim() } : undefined;
  return { signature: plainSignature(fence[1]!), documentation: text.slice(fence[0].length).trim() };
}

function markdown(markup: Markup): string {
  return typeof markup === "string" ? markup : markup.value;
}
