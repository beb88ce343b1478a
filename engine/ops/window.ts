import { ShapeError, ValueError } from "../errors.js";
import { formatShape, type Shape } from "../shape.js";

/** One number for every spatial axis, or one for each. */
export type PerAxis = number | readonly number[];

/** Zeros around the input: per axis on both sides; `"same"` keeps the size at stride 1; `"valid"` is none. */
export type Padding = PerAxis | "same" | "valid";

/** How windows move over one spatial axis. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first element. */
  readonly before: number;
  /** Zeros after the last. */
  readonly after: number;
  /** Length of the input and of the output. */
  readonly input: number;
  readonly output: number;
}

/** Reads an option that is one number, or one per axis. @throws ValueError for anything else, or a number below `least` */
export function perAxis(op: string, name: string, value: unknown, axes: number, least: number): number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : value;
  if (
    !Array.isArray(list) ||
    list.length !== axes ||
    list.some(n => !Number.isSafeInteger(n) || n < least || n > 2 ** 20)
  ) {
    const got = Array.isArray(value) ? formatShape(value) : String(value);
    throw new ValueError(`${name} is ${got}`, {
      op,
      expected: `a whole number of at least ${least}, or ${axes} of them`,
      got,
      hint: `Give one whole number of at least ${least}${axes > 1 ? `, or ${axes} of them` : ""}.`,
    });
  }
  return [...list];
}

export interface WindowOptions {
  /** From one window to the next (default 1). */
  stride?: PerAxis;
  padding?: Padding;
  /** From one tap of the kernel to the next (default 1). */
  dilation?: PerAxis;
}

/**
 * Works out how windows of `kernel` lie on the spatial axes of `input`.
 * @throws ValueError for broken options; ShapeError when no window fits
 */
export function windowsOf(op: string, input: Shape, kernel: Shape, options: WindowOptions): WindowAxis[] {
  const axes = input.length;
  const strides = perAxis(op, "stride", options.stride ?? 1, axes, 1);
  const dilations = perAxis(op, "dilation", options.dilation ?? 1, axes, 1);
  const { padding = 0 } = options;
  const named = padding === "same" || padding === "valid";
  if (padding === "same" && strides.some(stride => stride !== 1)) {
    throw new ValueError('padding "same" with a stride', { op, hint: "Give the padding as a number." });
  }
  const pads = perAxis(op, "padding", named ? 0 : padding, axes, 0);
  return input.map((length, i) => {
    const [stride, dilation, size] = [strides[i]!, dilations[i]!, kernel[i]!];
    const reach = dilation * (size - 1) + 1;
    const before = padding === "same" ? Math.floor((reach - 1) / 2) : pads[i]!;
    const after = padding === "same" ? reach - 1 - before : pads[i]!;
    const output = Math.floor((length + before + after - reach) / stride) + 1;
    if (length + before + after < reach || size < 1) {
      throw new ShapeError(`a kernel of ${formatShape(kernel)} does not fit into ${formatShape(input)}`, {
        op,
        expected: `at least ${reach} places on spatial axis ${i}, padding included`,
        got: `${length + before + after}`,
        hint: "Use a smaller kernel or dilation, or more padding.",
      });
    }
    return { kernel: size, stride, dilation, before, after, input: length, output };
  });
}
