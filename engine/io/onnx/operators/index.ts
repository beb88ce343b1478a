import type { Operators } from "../node.js";
import { attentions } from "./attention.js";
import { convTransposeOperators } from "./conv-transpose.js";
import { elementwise } from "./elementwise.js";
import { fourier } from "./fourier.js";
import { gather } from "./gather.js";
import { grid } from "./grid.js";
import { loss } from "./loss.js";
import { matrix } from "./matrix.js";
import { norm } from "./norm.js";
import { quantized } from "./quantize.js";
import { recurrents } from "./recurrent.js";
import { reduce } from "./reduce.js";
import { shape } from "./shape.js";
import { window } from "./window.js";

/** What every operator of the standard domain does, by its ONNX name. */
export const operators: Operators = {
  ...elementwise,
  ...reduce,
  ...shape,
  ...fourier,
  ...gather,
  ...grid,
  ...matrix,
  ...norm,
  ...window,
  ...convTransposeOperators,
  ...loss,
  ...attentions,
  ...quantized,
  ...recurrents,
};
