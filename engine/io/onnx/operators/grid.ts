import * as ops from "../../../ops/all.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";

/** The names of modes until version 19, and since. */
const modes: Readonly<Record<string, "bilinear" | "nearest" | "bicubic">> = {
  bilinear: "bilinear",
  linear: "bilinear",
  nearest: "nearest",
  bicubic: "bicubic",
  cubic: "bicubic",
};

function gridSample(node: Node): Tensor {
  const given = node.text("mode", "linear");
  const mode = modes[given];
  if (mode === undefined) node.refuse(`there is no mode ${given}`);
  const paddingMode = node.text("padding_mode", "zeros") as "zeros" | "border" | "reflection";
  const alignCorners = node.number("align_corners", 0) !== 0;
  return t(ops.gridSample(node.input(0), node.input(1), { mode, paddingMode, alignCorners }));
}

function affineGrid(node: Node): Tensor {
  const size = node.values(1) ?? node.refuse("the size is no constant");
  return t(ops.affineGrid(node.input(0), size, { alignCorners: node.number("align_corners", 0) !== 0 }));
}

/** Reading images at the places of a grid. */
export const grid: Operators = { GridSample: gridSample, AffineGrid: affineGrid };
