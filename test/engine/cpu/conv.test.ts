import { describe, expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import { Device, indices, numbers, operand, worstError } from "./device.js";

const device = new Device();

interface Geometry {
  images: number;
  height: number;
  width: number;
  channels: number;
  filters: number;
  kernel: [number, number];
  stride?: [number, number];
  pad?: [number, number];
  dilation?: [number, number];
  groups?: number;
}

/** The fields of a record, and the places that take part: image, output row, output column, filter, and each tap. */
function plan({ stride = [1, 1], pad = [0, 0], dilation = [1, 1], groups = 1, ...g }: Geometry) {
  const out = [g.height, g.width].map(
    (n, i) => Math.floor((n + 2 * pad[i]! - dilation[i]! * (g.kernel[i]! - 1) - 1) / stride[i]!) + 1,
  ) as [number, number];
  const depth = g.channels / groups;
  const perGroup = g.filters / groups;
  const visit = (body: (x: number, w: number, y: number) => void) => {
    for (const [n, oy, ox, o] of indices([g.images, ...out, g.filters]) as Iterable<[number, number, number, number]>) {
      const y = ((n * out[0] + oy) * out[1] + ox) * g.filters + o;
      const first = Math.floor(o / perGroup) * depth;
      for (let ky = 0; ky < g.kernel[0]; ky++) {
        const row = oy * stride[0] - pad[0] + ky * dilation[0];
        if (row < 0 || row >= g.height) continue;
        for (let kx = 0; kx < g.kernel[1]; kx++) {
          const column = ox * stride[1] - pad[1] + kx * dilation[1];
          if (column < 0 || column >= g.width) continue;
          for (let c = 0; c < depth; c++) {
            const w = ((o * depth + c) * g.kernel[0] + ky) * g.kernel[1] + kx;
            body(((n * g.height + row) * g.width + column) * g.channels + first + c, w, y);
          }
        }
      }
    }
  };
  const sizes = {
    x: g.images * g.height * g.width * g.channels,
    w: g.filters * depth * g.kernel[0] * g.kernel[1],
    y: g.images * out[0] * out[1] * g.filters,
  };
  const head = [
    g.images,
    g.height,
    g.width,
    g.channels,
    ...out,
    g.filters,
    ...g.kernel,
    ...stride,
    ...pad,
    ...dilation,
  ];
  return { sizes, visit, head: [...head, groups] };
}

const geometries: [string, Geometry][] = [
  ["the middle of a network", { images: 3, height: 9, width: 26, channels: 32, filters: 40, kernel: [3, 3] }],
  ["one channel in", { images: 2, height: 12, width: 15, channels: 1, filters: 33, kernel: [3, 3] }],
  ["one filter", { images: 2, height: 6, width: 31, channels: 19, filters: 1, kernel: [2, 3] }],
  ["padded", { images: 2, height: 8, width: 7, channels: 5, filters: 18, kernel: [3, 5], pad: [1, 2] }],
  [
    "padded beyond the kernel",
    { images: 1, height: 3, width: 4, channels: 2, filters: 3, kernel: [2, 2], pad: [4, 3] },
  ],
  [
    "strided",
    { images: 2, height: 11, width: 10, channels: 6, filters: 9, kernel: [3, 2], stride: [2, 3], pad: [1, 0] },
  ],
  [
    "a stride beyond the kernel",
    { images: 1, height: 9, width: 8, channels: 3, filters: 4, kernel: [1, 2], stride: [4, 3] },
  ],
  [
    "dilated",
    { images: 1, height: 12, width: 13, channels: 4, filters: 17, kernel: [3, 3], dilation: [2, 4], pad: [2, 1] },
  ],
  [
    "strided and dilated with common factors",
    {
      images: 1,
      height: 14,
      width: 15,
      channels: 3,
      filters: 5,
      kernel: [3, 4],
      stride: [4, 6],
      dilation: [2, 4],
      pad: [3, 2],
    },
  ],
  ["in groups", { images: 2, height: 5, width: 9, channels: 12, filters: 60, kernel: [3, 3], groups: 3, pad: [1, 1] }],
  ["depthwise", { images: 2, height: 9, width: 8, channels: 37, filters: 37, kernel: [3, 3], groups: 37, pad: [1, 1] }],
  [
    "depthwise, strided",
    { images: 1, height: 9, width: 9, channels: 16, filters: 16, kernel: [3, 2], groups: 16, stride: [2, 2] },
  ],
  [
    "depthwise with two filters each",
    { images: 1, height: 5, width: 6, channels: 4, filters: 8, kernel: [2, 2], groups: 4 },
  ],
  ["of 1 x 1", { images: 4, height: 7, width: 7, channels: 50, filters: 35, kernel: [1, 1] }],
  ["of 1 x 1, strided", { images: 2, height: 7, width: 6, channels: 9, filters: 8, kernel: [1, 1], stride: [2, 2] }],
  ["as large as the image", { images: 5, height: 4, width: 4, channels: 30, filters: 20, kernel: [4, 4] }],
  ["without images", { images: 0, height: 4, width: 4, channels: 3, filters: 2, kernel: [2, 2] }],
];

describe.each(["float32", "float64"] as const)("%s convolution", dtype => {
  const tolerance = dtype === "float64" ? 1e-12 : 1e-4;

  test.each(geometries)("%s: forward and both gradients", (_, geometry) => {
    const { sizes, visit, head } = plan(geometry);
    const [x, w, y] = [numbers(sizes.x, 1), numbers(sizes.w, 2), numbers(sizes.y, 3)];
    const bias = numbers(geometry.filters, 4);
    const forward = Float64Array.from({ length: sizes.y }, (_, i) => bias[i % geometry.filters]!);
    const byInput = new Float64Array(sizes.x);
    const byWeight = new Float64Array(sizes.w);
    visit((i, j, k) => {
      forward[k]! += x[i]! * w[j]!;
      byInput[i]! += y[k]! * w[j]!;
      byWeight[j]! += x[i]! * y[k]!;
    });
    const [xs, ws, ys, bs] = [x, w, y, bias].map(values => device.block(values, dtype));
    const none = [NONE, 0, 0];

    const out = device.empty(sizes.y, dtype);
    device.record(opcodes.conv, [...head, 0, ...operand(xs!), ...operand(ws!), ...operand(bs!), ...operand(out)]);
    expect(worstError(device.read(out), forward), "forward").toBeLessThan(tolerance);
    device.record(opcodes.conv, [...head, 1, ...operand(xs!), ...operand(ws!), ...operand(bs!), ...operand(out)]);
    expect(
      worstError(
        device.read(out),
        forward.map(v => Math.max(v, 0)),
      ),
      "relu",
    ).toBeLessThan(tolerance);
    const dx = device.empty(sizes.x, dtype);
    device.record(opcodes.convInputGrad, [...head, 0, ...operand(dx), ...operand(ws!), ...none, ...operand(ys!)]);
    expect(worstError(device.read(dx), byInput), "by input").toBeLessThan(tolerance);
    const dw = device.empty(sizes.w, dtype);
    device.record(opcodes.convWeightGrad, [...head, 0, ...operand(xs!), ...operand(dw), ...none, ...operand(ys!)]);
    expect(worstError(device.read(dw), byWeight), "by weight").toBeLessThan(tolerance);
  });
});

describe("refused without touching memory", () => {
  const { sizes, head } = plan({ images: 1, height: 5, width: 5, channels: 4, filters: 6, kernel: [3, 3], groups: 2 });
  const [x, w, y] = [device.empty(sizes.x), device.empty(sizes.w), device.empty(sizes.y)];
  const record = (fields: number[], operands = [operand(x), operand(w), [NONE, 0, 0], operand(y)]) => {
    device.record(opcodes.conv, [...fields, 0, ...operands.flat()]);
    return () => device.backend.flush();
  };

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("field %i too large for the storages", field => {
    for (const factor of [2, 7, 2 ** 30]) expect(record(head.with(field, head[field]! * factor))).toThrow(/conv: /);
  });
  test("broken numbers", () => {
    for (let field = 0; field < head.length; field++) {
      for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
        expect(record(head.with(field, bad))).toThrow(/no whole number/);
      }
    }
  });
  test("groups that do not divide, a result over an operand, another dtype", () => {
    expect(record(head.with(15, 4))).toThrow(/divide into the groups/);
    expect(record(head, [operand(y), operand(w), [NONE, 0, 0], operand(y)])).toThrow(/storage of/);
    const wide = device.empty(sizes.w, "float64");
    expect(record(head, [operand(x), operand(wide), [NONE, 0, 0], operand(y)])).toThrow(/is float64/);
  });
});
