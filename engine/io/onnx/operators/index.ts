import type { Operators } from "../node.js";
import { elementwise } from "./elementwise.js";
import { matrix } from "./matrix.js";
import { reduce } from "./reduce.js";
import { shape } from "./shape.js";

/** What every operator of the standard domain does, by its ONNX name. */
export const operators: Operators = { ...elementwise, ...reduce, ...shape, ...matrix };
