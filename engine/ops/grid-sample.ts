import type { DType } from "../dtype.js";
import { Elementwise } from "../elementwise.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { clip } from "./activation.js";
import { add, floorDivide, mod, mul, sub } from "./arithmetic.js";
import { at } from "./at.js";
import { ge, le, logicalAnd, where } from "./compare.js";
import { computing } from "./conv-require.js";
import { arange } from "./create.js";
import { take } from "./indexing.js";
import { abs, floor, round } from "./math.js";
import { moveAxis } from "./reorder.js";
import { requireTensor } from "./require.js";

const modes = ["bilinear", "nearest", "bicubic"] as const;
const paddings = ["zeros", "border", "reflection"] as const;

/** How values come from the places that a grid names. */
export interface GridSampleOptions {
  /** `"bilinear"` (default) blends neighbours, also in volumes; `"nearest"`; `"bicubic"` takes four on each axis of images. */
  mode?: (typeof modes)[number];
  /** What stands beyond the edge: 0 (default), the edge itself, or the image mirrored. */
  paddingMode?: (typeof paddings)[number];
  /** True: -1 and 1 are the middles of the corner pixels; false (default): their outer edges. */
  alignCorners?: boolean;
}

type Sampled<S extends Shape, G extends Shape> = S["length"] extends 4
  ? G extends readonly [number, infer H extends number, infer W extends number, number]
    ? [S[0], S[1], H, W]
    : number[]
  : number[];

interface GridSample extends Op {
  <S extends Shape, D extends DType, G extends Shape>(
    x: Tensor<S, D>,
    grid: Tensor<G>,
    options?: GridSampleOptions,
  ): Tensor<Sampled<S, G>, D>;
  readonly method: <S extends Shape, D extends DType, G extends Shape>(
    this: Tensor<S, D>,
    grid: Tensor<G>,
    options?: GridSampleOptions,
  ) => Tensor<Sampled<S, G>, D>;
}

/** Pixels of one axis that a place is made of. */
interface Tap {
  /** Their numbers, whole, perhaps beyond the edge. */
  place: Tensor;
  /** How much of them; undefined: all. */
  weight: Tensor | undefined;
}

const plus = (a: Tensor, b: Tensor | number) => add(a, b as never) as Tensor;
const less = (a: Tensor, b: Tensor | number) => sub(a, b as never) as Tensor;
const times = (a: Tensor, b: Tensor | number) => mul(a, b as never) as Tensor;
/** Held between two numbers, without a gradient on the ends, as in PyTorch. NaN is the lower one, so that it becomes no index. */
const hold = new Elementwise("hold", ["x", "low", "high"], "select(x > low, min(x, high), low)", "arithmetic", {
  x: "select((x > low) and (x < high), g, 0)",
});
const held = (x: Tensor, low: number, high: number) => hold.apply([x, low, high]);

/** Places from -1 to 1 as numbers of pixels. */
function inPixels(x: Tensor, length: number, alignCorners: boolean): Tensor {
  const scaled = times(plus(x, 1), (alignCorners ? length - 1 : length) / 2);
  return alignCorners ? scaled : less(scaled, 0.5);
}

/** Places beyond the edge thrown back, as often as it takes. */
function mirrored(x: Tensor, length: number, alignCorners: boolean): Tensor {
  const [low, span] = alignCorners ? [0, length - 1] : [-0.5, length];
  if (span === 0) return times(x, 0);
  const distance = abs(less(x, low)) as Tensor;
  const extra = mod(distance, span) as Tensor;
  const isEven = le(mod(floorDivide(distance, span) as Tensor, 2) as Tensor, 0.5) as Tensor;
  return where(isEven, plus(extra, low), less(times(extra, -1), -(span + low)) as never) as Tensor;
}

function padded(x: Tensor, length: number, { paddingMode, alignCorners }: Required<GridSampleOptions>): Tensor {
  if (paddingMode === "zeros") return held(x, -2, length + 1);
  const given = paddingMode === "reflection" ? mirrored(x, length, alignCorners) : x;
  return held(given, 0, length - 1);
}

/** How much of the four pixels around a place belongs to it, `t` behind the second (Keys 1981, with -0.75 as PyTorch has it). */
function cubicWeights(t: Tensor): Tensor[] {
  const a = -0.75;
  const horner = (x: Tensor, c3: number, c2: number, c1: number, c0: number) =>
    plus(times(plus(times(plus(times(x, c3), c2), x), c1), x), c0);
  const near = (d: Tensor) => horner(d, a + 2, -(a + 3), 0, 1);
  const far = (d: Tensor) => horner(d, a, -5 * a, 8 * a, -4 * a);
  const mirror = plus(times(t, -1), 1);
  return [far(plus(t, 1)), near(t), near(mirror), far(plus(mirror, 1))];
}

function tapsOf(x: Tensor, length: number, options: Required<GridSampleOptions>): Tap[] {
  const place = inPixels(x, length, options.alignCorners);
  if (options.mode === "bicubic") {
    const first = floor(place) as Tensor;
    const weights = cubicWeights(less(place, first));
    return weights.map((weight, i) => ({ place: padded(plus(first, i - 1), length, options), weight }));
  }
  const inside = padded(place, length, options);
  if (options.mode === "nearest") return [{ place: round(inside) as Tensor, weight: undefined }];
  const first = floor(inside) as Tensor;
  const share = less(inside, first);
  return [
    { place: first, weight: plus(times(share, -1), 1) },
    { place: plus(first, 1), weight: share },
  ];
}

/** Every choice of one element from each list. */
const choices = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((all, list) => all.flatMap(some => list.map(each => [...some, each])), [[]]);

function requireChoice(name: string, value: unknown, among: readonly string[]): void {
  if (among.includes(value as string)) return;
  throw new ValueError(`no ${name} ${String(value)}`, {
    op: "gridSample",
    hint: `There are ${among.map(each => `"${each}"`).join(", ")}.`,
  });
}

function requireGrid(x: unknown, grid: unknown, mode: string): asserts x is Tensor {
  requireTensor("gridSample", x);
  requireTensor("gridSample", grid);
  const [image, places] = [formatShape(x.shape), formatShape(grid.shape)];
  const spatial = x.shape.length - 2;
  if (spatial !== 2 && spatial !== 3) {
    throw new ShapeError(`the input ${image} is no batch of images or volumes`, {
      op: "gridSample",
      expected: "[N, C, H, W] or [N, C, D, H, W]",
      got: image,
    });
  }
  if (mode === "bicubic" && spatial === 3) {
    throw new ValueError("no mode bicubic for volumes", {
      op: "gridSample",
      hint: 'There are "bilinear" and "nearest".',
    });
  }
  if (x.shape.slice(2).includes(0)) throw new ShapeError(`the input ${image} has no pixels`, { op: "gridSample" });
  if (grid.shape.length !== x.shape.length || grid.shape.at(-1) !== spatial || grid.shape[0] !== x.shape[0]) {
    throw new ShapeError(`a grid ${places} for an input ${image}`, {
      op: "gridSample",
      expected: `[${x.shape[0]}, ${spatial === 2 ? "H, W, 2" : "D, H, W, 3"}]`,
      got: places,
    });
  }
  for (const each of [x, grid]) {
    if (isFloat(each.dtype)) continue;
    throw new DTypeError(`cannot blend ${each.dtype}`, {
      op: "gridSample",
      expected: "a float dtype",
      got: each.dtype,
    });
  }
}

/**
 * Images or volumes read at the places of a grid, as `torch.nn.functional.grid_sample`: the last axis of the grid holds x, y (and
 * z), -1 the left or upper edge and 1 the other. Gradients flow to both (Jaderberg et al. 2015). x: [N, C, H, W], grid:
 * [N, H', W', 2] -> [N, C, H', W']; x: [N, C, D, H, W], grid: [N, D', H', W', 3] -> [N, C, D', H', W'].
 * @throws ShapeError when they do not fit; ValueError for an unknown mode; DTypeError for integers
 * @example
 * // The image mirrored from left to right.
 * const grid = affineGrid(tensor([[[-1, 0, 0], [0, 1, 0]]]), [1, 1, 1, 2]);
 * gridSample(tensor([[[[1, 2]]]]), grid).toArray(); // [[[[2, 1]]]]
 */
export const gridSample: GridSample = defineOp(
  {
    name: "gridSample",
    doc: "Images or volumes read at the places of a grid.",
    samples: [
      { args: [{ shape: [2, 2, 4, 3] }, { shape: [2, 2, 3, 2], range: [-0.9, 0.9] }] },
      { args: [{ shape: [1, 2, 3, 4] }, { shape: [1, 3, 2, 2] }, { paddingMode: "reflection", alignCorners: true }] },
      { args: [{ shape: [1, 1, 3, 4] }, { shape: [1, 3, 2, 2] }, { paddingMode: "border", mode: "bicubic" }] },
      { args: [{ shape: [1, 1, 2, 3, 2] }, { shape: [1, 2, 1, 2, 3] }] },
      { args: [{ shape: [1, 2, 3, 4] }, { shape: [1, 2, 2, 2] }, { mode: "nearest", paddingMode: "border" }] },
    ],
    rejects: [
      { args: [{ shape: [3, 4] }, { shape: [1, 2, 2, 2] }], message: "the input [3, 4] is no batch of images" },
      {
        args: [{ shape: [1, 1, 3, 4] }, { shape: [2, 2, 2, 2] }],
        message: "a grid [2, 2, 2, 2] for an input [1, 1, 3, 4]",
      },
      { args: [{ shape: [1, 1, 3, 4] }, { shape: [1, 2, 2, 3] }], message: "a grid [1, 2, 2, 3]" },
      { args: [{ shape: [1, 1, 0, 4] }, { shape: [1, 2, 2, 2] }], message: "has no pixels" },
      { args: [{ shape: [1, 1, 3, 4] }, { shape: [1, 2, 2, 2] }, { mode: "cubic" }], message: "no mode cubic" },
      {
        args: [{ shape: [1, 1, 3, 4] }, { shape: [1, 2, 2, 2] }, { paddingMode: "edge" }],
        message: "no paddingMode edge",
      },
      {
        args: [{ shape: [1, 1, 2, 2, 2] }, { shape: [1, 1, 1, 1, 3] }, { mode: "bicubic" }],
        message: "no mode bicubic for volumes",
      },
      { args: [{ shape: [1, 1, 3, 4], dtype: "int32" }, { shape: [1, 2, 2, 2] }], message: "cannot blend int32" },
    ],
    gradient: true,
  },
  (
    x: Tensor,
    grid: Tensor,
    { mode = "bilinear", paddingMode = "zeros", alignCorners = false }: GridSampleOptions = {},
  ) => {
    requireChoice("mode", mode, modes);
    requireChoice("paddingMode", paddingMode, paddings);
    requireGrid(x, grid, mode);
    const options = { mode, paddingMode, alignCorners };
    const dtype = computing(x.dtype);
    const [images, channels, ...lengths] = x.shape as readonly [number, number, ...number[]];
    const outputs = grid.shape.slice(1, -1);
    // Pixels as rows of channels, and places as rows of one number per axis.
    const pixels = reshapeTo(moveAxis(castTo(x, dtype), 1, -1) as Tensor, [images * sizeOf(lengths), channels]);
    const places = reshapeTo(castTo(grid, dtype), [images, sizeOf(outputs), lengths.length]);
    const firstPixel = reshapeTo(mul(arange(0, images, 1, { device: x.device }), sizeOf(lengths)) as Tensor, [
      images,
      1,
    ]);
    const taps = lengths.map((length, axis) => {
      // The grid counts its axes from the last one of the image.
      const along = at(places, "...", lengths.length - 1 - axis) as Tensor;
      return tapsOf(along, length, options).map(({ place, weight }) => {
        const isInside = castTo(logicalAnd(ge(place, 0), le(place, length - 1) as never) as Tensor, dtype);
        return {
          number: castTo(clip(place, { min: 0, max: length - 1 }) as Tensor, "int32") as Tensor,
          share: weight ? times(weight, isInside) : isInside,
        };
      });
    });
    let result: Tensor | undefined;
    for (const corner of choices(taps)) {
      const [first, ...rest] = corner as [(typeof corner)[number], ...typeof corner];
      const index = rest.reduce((all, { number }, i) => plus(times(all, lengths[i + 1]!), number), first.number);
      const weight = rest.reduce((all, { share }) => times(all, share), first.share);
      const read = take(pixels, reshapeTo(plus(index, firstPixel), [images * sizeOf(outputs)]), 0) as Tensor;
      const part = times(read, reshapeTo(weight, [images * sizeOf(outputs), 1]));
      result = result ? plus(result, part) : part;
    }
    return castTo(moveAxis(reshapeTo(result!, [images, ...outputs, channels]), -1, 1) as Tensor, x.dtype);
  },
);
