import { Tensor } from "../engine/index.js";
import { displaySymbol } from "./display.js";
import { showTrainingRuns } from "./live.js";
import { tensorBundle } from "./views/tensor.js";
import type { TensorLike } from "./views/tensor-like.js";
import { tensorText } from "./views/tensor-text.js";

/** How `console.log` shows a tensor: with its values where it stands alone, by its shape inside something else. */
function inspectTensor(this: TensorLike, depth: number | null, options: { depth?: number | null }): string {
  const alone = depth !== null && depth === options.depth;
  try {
    return alone ? tensorText(this) : String(this);
  } catch {
    // Its memory was given back, or it was never computed: a log must not fail for that.
    return `Tensor[${this.shape.join(", ")}] ${this.dtype} (no values)`;
  }
}

const methods = {
  [displaySymbol](this: TensorLike) {
    return tensorBundle(this);
  },
  [Symbol.for("nodejs.util.inspect.custom")]: inspectTensor,
};

for (const symbol of Object.getOwnPropertySymbols(methods)) {
  const value: unknown = Reflect.get(methods, symbol);
  Object.defineProperty(Tensor.prototype, symbol, { value, writable: true, configurable: true });
}

showTrainingRuns();
