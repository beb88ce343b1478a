import type { Device } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { tensor } from "./create.js";
import { addedRows, takeRows } from "./indexing.js";
import { pad } from "./pad.js";
import { requireTensor } from "./require.js";
import { slice } from "./slice.js";
import { type PerAxis, perAxis, type WindowAxis, windowsOf } from "./window.js";

/** How windows lie on an image: as those of a convolution. */
export interface FoldOptions {
  /** From one window to the next (default 1). */
  stride?: PerAxis;
  /** Zeros around the image (default 0). */
  padding?: PerAxis;
  /** From one tap of a window to the next (default 1). */
  dilation?: PerAxis;
}

const padded = ({ before, input, after }: WindowAxis) => before + input + after;

/** For every tap of a window, and for every window, its place in the padded image taken as one axis. */
function places([rows, columns]: readonly [WindowAxis, WindowAxis], device: Device): Tensor {
  const width = padded(columns);
  const list = new Int32Array(rows.kernel * columns.kernel * rows.output * columns.output);
  let next = 0;
  for (let i = 0; i < rows.kernel; i++) {
    for (let j = 0; j < columns.kernel; j++) {
      for (let y = 0; y < rows.output; y++) {
        const start = (y * rows.stride + i * rows.dilation) * width + j * columns.dilation;
        for (let x = 0; x < columns.output; x++) list[next++] = start + x * columns.stride;
      }
    }
  }
  return tensor(list, { device }) as Tensor;
}

function windowsOver(op: string, image: Shape, kernel: PerAxis, options: FoldOptions): [WindowAxis, WindowAxis] {
  const size = perAxis(op, "the kernel", kernel, 2, 1);
  return windowsOf(op, image, size, options) as [WindowAxis, WindowAxis];
}

interface Unfold extends Op {
  <D extends DType>(x: Tensor<Shape, D>, kernel: PerAxis, options?: FoldOptions): Tensor<[number, number, number], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    kernel: PerAxis,
    options?: FoldOptions,
  ) => Tensor<[number, number, number], D>;
}

/**
 * The windows of images as columns (im2col), as `torch.nn.functional.unfold`. x: [N, C, H, W] -> [N, C * kernel height * kernel
 * width, windows].
 * @throws ShapeError when x has not four axes or no window fits; ValueError for broken options
 * @example randn([1, 3, 8, 8]).unfold(2, { stride: 2 }).shape; // [1, 12, 16]
 */
export const unfold: Unfold = defineOp(
  {
    name: "unfold",
    doc: "The windows of images as columns.",
    samples: [
      { args: [{ shape: [2, 2, 4, 5] }, 2] },
      { args: [{ shape: [1, 2, 5, 4] }, [3, 2], { stride: [2, 1], padding: [1, 0] }] },
      { args: [{ shape: [1, 1, 5, 5] }, 2, { dilation: 2, padding: 1, stride: 2 }] },
    ],
    rejects: [
      { args: [{ shape: [2, 4, 5] }, 2], message: "expected images [N, C, H, W], got [2, 4, 5]" },
      { args: [{ shape: [1, 1, 2, 2] }, 3], message: "a kernel of [3, 3] does not fit into [2, 2]" },
      { args: [{ shape: [1, 1, 2, 2] }, 0], message: "the kernel is 0" },
      { args: [{ shape: [1, 1, 2, 2] }, 1, { stride: 0.5 }], message: "stride is 0.5" },
    ],
    gradient: true,
  },
  (x: Tensor, kernel: PerAxis, options: FoldOptions = {}) => {
    requireTensor("unfold", x);
    if (x.shape.length !== 4) {
      throw new ShapeError(`expected images [N, C, H, W], got ${formatShape(x.shape)}`, { op: "unfold" });
    }
    const [images, channels, ...image] = x.shape as number[];
    const windows = windowsOver("unfold", image, kernel, options);
    const [rows, columns] = windows;
    const bordered = pad(x, [
      [rows.before, rows.after],
      [columns.before, columns.after],
    ]) as Tensor;
    const lines = reshapeTo(bordered, [images! * channels!, padded(rows) * padded(columns)]);
    const taps = rows.kernel * columns.kernel;
    return reshapeTo(takeRows(lines, places(windows, lines.device), 1), [
      images!,
      channels! * taps,
      rows.output * columns.output,
    ]);
  },
);

interface Fold extends Op {
  <D extends DType>(
    x: Tensor<Shape, D>,
    size: PerAxis,
    kernel: PerAxis,
    options?: FoldOptions,
  ): Tensor<[number, number, number, number], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    size: PerAxis,
    kernel: PerAxis,
    options?: FoldOptions,
  ) => Tensor<[number, number, number, number], D>;
}

/**
 * Images of their windows, which add up where they overlap (col2im), as `torch.nn.functional.fold`; the derivative of `unfold`.
 * x: [N, C * kernel height * kernel width, windows], size: the image's height and width -> [N, C, H, W].
 * @throws ShapeError when x does not hold the windows of such an image; ValueError for broken options
 * @example ones([1, 4, 4]).fold(3, 2).toArray(); // [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
 */
export const fold: Fold = defineOp(
  {
    name: "fold",
    doc: "Images of their windows, which add up where they overlap.",
    samples: [
      { args: [{ shape: [2, 8, 12] }, [4, 5], 2] },
      { args: [{ shape: [1, 12, 9] }, [5, 4], [3, 2], { stride: [2, 1], padding: [1, 0] }] },
    ],
    rejects: [
      { args: [{ shape: [8, 12] }, 4, 2], message: "expected windows [N, C * taps, windows], got [8, 12]" },
      { args: [{ shape: [1, 7, 12] }, [4, 5], 2], message: "[1, 7, 12] does not hold the windows" },
      { args: [{ shape: [1, 8, 11] }, [4, 5], 2], message: "4 taps, 12 windows" },
      { args: [{ shape: [1, 8, 11] }, -1, 2], message: "the size is -1" },
    ],
    gradient: true,
  },
  (x: Tensor, size: PerAxis, kernel: PerAxis, options: FoldOptions = {}) => {
    requireTensor("fold", x);
    if (x.shape.length !== 3) {
      throw new ShapeError(`expected windows [N, C * taps, windows], got ${formatShape(x.shape)}`, { op: "fold" });
    }
    const windows = windowsOver("fold", perAxis("fold", "the size", size, 2, 1), kernel, options);
    const [rows, columns] = windows;
    const [taps, count] = [rows.kernel * columns.kernel, rows.output * columns.output];
    const [images, parts] = x.shape as [number, number];
    if (parts % taps !== 0 || x.shape[2] !== count) {
      throw new ShapeError(
        `${formatShape(x.shape)} does not hold the windows of such images: ${taps} taps, ${count} windows`,
        {
          op: "fold",
          expected: `[N, C * ${taps}, ${count}]`,
          got: formatShape(x.shape),
        },
      );
    }
    const lines = reshapeTo(x, [(images * parts) / taps, taps * count]);
    const area = [padded(rows), padded(columns)];
    const whole = addedRows(lines, places(windows, lines.device), sizeOf(area), 1);
    const inside = ({ before, input }: WindowAxis) => slice(before, before + input);
    return at(reshapeTo(whole, [images, parts / taps, ...area]), "...", inside(rows), inside(columns));
  },
);
