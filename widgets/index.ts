/** The package's main entry: the engine, and every value shows itself. */
export * from "../engine/index.js";
export {
  clearOutput,
  type Displayable,
  type DisplayHandle,
  display,
  displaySymbol,
  type MimeBundle,
} from "./display.js";
export { show, views } from "./show.js";

import "./install.js";
