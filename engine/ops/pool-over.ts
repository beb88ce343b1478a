import { castTo, reshapeTo } from "../layout.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { insertAxis, removeAxis } from "./conv-layout.js";
import { computing } from "./conv-require.js";
import { tensor } from "./create.js";
import { take } from "./indexing.js";
import { maxOfWindows, meanOfWindows } from "./pool-kernel.js";
import type { AxisWindows } from "./pool-windows.js";
import { permute } from "./view.js";

/** The kernels by what they make of a window. */
const kernels = { max: maxOfWindows, avg: meanOfWindows } as const;

/** What a window becomes. */
export type PoolKind = keyof typeof kernels;

/**
 * Windows over one, two or three spatial axes of [N, C, ...]. A sum is divided by `divisor`, or by the number of elements of
 * its window at 0.
 */
export function poolOver(kind: PoolKind, x: Tensor, windows: readonly AxisWindows[], divisor: number): Tensor {
  const run = kernels[kind];
  let images: Tensor = castTo(x, computing(x.dtype));
  windows.forEach(({ taps }, i) => {
    if (taps !== undefined) images = take(images, tensor(taps, { device: x.device }) as Tensor, i + 2) as Tensor;
  });
  const [first, second, third] = windows.map(axis => axis.ranges);
  if (third !== undefined) {
    return castTo(poolVolumes(run, images, [first!, second!, third], divisor), x.dtype);
  }
  if (second !== undefined) return castTo(run(images, { rows: first!, columns: second, divisor }), x.dtype);
  const y = run(insertAxis(images, 2), { rows: [0, 1], columns: first!, divisor });
  return castTo(removeAxis(y, 2), x.dtype);
}

/**
 * Volumes by two passes over images: first height and width, at every depth, then the depth. Channels run fastest all along, so
 * that nothing is copied in between; of equal maxima the first in the volume wins, as in one pass.
 */
function poolVolumes(
  run: (typeof kernels)[PoolKind],
  x: Tensor,
  [depths, rows, columns]: readonly [readonly number[], readonly number[], readonly number[]],
  divisor: number,
): Tensor {
  const [samples, channels, depth, height, width] = x.shape as Shape as [number, number, number, number, number];
  const flat = reshapeTo(permute(x, [0, 2, 3, 4, 1]) as Tensor, [samples * depth, height, width, channels]);
  const slices = run(permute(flat, [0, 3, 1, 2]) as Tensor, { rows, columns, divisor });
  const [down, across] = [rows.length / 2, columns.length / 2];
  const places = down * across;
  const lines = reshapeTo(permute(slices, [0, 2, 3, 1]) as Tensor, [samples, depth, places, channels]);
  const each = Array.from({ length: places }, (_, i) => [i, i + 1]).flat();
  const y = run(permute(lines, [0, 3, 1, 2]) as Tensor, { rows: depths, columns: each, divisor: divisor && 1 });
  const volumes = reshapeTo(permute(y, [0, 2, 3, 1]) as Tensor, [samples, depths.length / 2, down, across, channels]);
  return permute(volumes, [0, 4, 1, 2, 3]) as Tensor;
}
