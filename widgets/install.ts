import { Tensor } from "../engine/index.js";
import { displaySymbol, type MimeBundle } from "./display.js";
import { tensorBundle } from "./views/tensor.js";
import type { TensorLike } from "./views/tensor-like.js";

Object.defineProperty(Tensor.prototype, displaySymbol, {
  value(this: TensorLike): MimeBundle {
    return tensorBundle(this);
  },
  writable: true,
  configurable: true,
});
