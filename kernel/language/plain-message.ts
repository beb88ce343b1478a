import { cellModuleName, cellNamespacePrefix, packageNamespace } from "./names.js";

/** A message about a name or text without end is cut off here, in characters. */
const longest = 4_000;

const moduleOfCell = new RegExp(`["']?[^"'\\s]{0,400}${cellModuleName}[s_\\d]+["']?`, "g");

const namespaceOfCell = new RegExp(`(typeof )?\\b${cellNamespacePrefix}\\d+(\\.)?`, "g");

/** Takes out of the compiler's text what only this service put in: the modules of cells and of the package. */
export function plainMessage(text: string): string {
  const short = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return (
    short
      .replace(/import\("[^"]*"\)\./g, "")
      .replace(/typeof import\("([^"]*)"\)/g, (_, path: string) => `typeof ${moduleName(path)}`)
      .replace(namespaceOfCell, (_, query = "", dot) => (dot ? query : "an earlier cell"))
      // A type is written with the package's name only because the cell uses that name for something else.
      .replace(new RegExp(`(?<![\\w$.])(${packageNamespace}\\.|gb\\.(?=[A-Z]))`, "g"), "")
      .replace(moduleOfCell, "an earlier cell")
  );
}

/** The same for a signature. Names of earlier cells are imported under the surface; the reader asks what they are. */
export function plainSignature(text: string): string {
  const lines = text.split("\n").filter(line => !/^import [\w$]+( = [\w$.]+)?$/.test(line));
  return plainMessage(lines.join("\n").replace(/^\(alias\) /gm, "")).trim();
}

const mismatch = /\bShapeMismatch<("(?:[^"\\]|\\.)*")>/;

/** What the engine's types have to say about shapes that do not fit, without the types that say it. */
export function shapeMessage(text: string): string | undefined {
  const quoted = mismatch.exec(text)?.[1];
  return quoted === undefined ? undefined : String(JSON.parse(quoted));
}

/** What a cell calls a module that the compiler knows by the path of its declarations. */
function moduleName(path: string): string {
  if (/\/widgets\/index$/.test(path)) return "gb";
  const parts = path.replace(/\/index$/, "").split("/");
  const packages = parts.lastIndexOf("node_modules");
  return packages >= 0 ? `"${parts.slice(packages + 1).join("/")}"` : parts.at(-1)!;
}
