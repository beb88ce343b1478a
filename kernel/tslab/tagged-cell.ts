import { join } from "node:path";
import { displaySink } from "../../widgets/display.js";
import { findLocal, localText, setModuleCell } from "../evaluator/local-modules.js";
import { stripTypes } from "../evaluator/strip.js";
import { bundleForBrowser } from "./browser-bundle.js";
import { cellTags, moduleFile } from "./cell-tags.js";

/**
 * Does what a tagged cell asks for: a module cell becomes a module that later cells import, a browser cell is bundled with
 * what it imports and runs in the page that shows the notebook.
 *
 * @param folder the notebook's folder
 * @returns undefined for a cell without tags, which runs like any other
 * @throws CellSyntaxError when the cell cannot be read
 */
export function runTaggedCell(code: string, title: string, folder: string): Promise<void> | undefined {
  const tags = cellTags(code);
  if (!tags) return undefined;
  return (async () => {
    // Now, rather than by the cell that imports it, is when a mistake should be heard of.
    stripTypes(code, title, { file: true });
    if (tags.module !== undefined) {
      const path = join(folder, moduleFile(tags));
      setModuleCell(path, code);
      return;
    }
    const script = await bundleForBrowser({
      code,
      title,
      folder,
      find: specifier => findLocal(specifier, folder),
      read: localText,
    });
    displaySink()?.show({
      data: { "application/javascript": script, "text/plain": `<script for the browser, ${script.length} characters>` },
      metadata: {},
      update: false,
    });
  })();
}
