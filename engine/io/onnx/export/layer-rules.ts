import type { BatchNormOptions } from "../../../ops/batch-norm.js";
import type { ConvOptions } from "../../../ops/conv.js";
import type { ConvTransposeOptions } from "../../../ops/conv-transpose.js";
import { ones, zeros } from "../../../ops/create.js";
import type { GridSampleOptions } from "../../../ops/grid-sample.js";
import type { LinearOptions } from "../../../ops/matmul.js";
import type { LayerNormOptions, NormOptions } from "../../../ops/norm.js";
import type { AvgPoolOptions, MaxPoolOptions } from "../../../ops/pool-windows.js";
import { type PerAxis, perAxis, windowsOf } from "../../../ops/window.js";
import type { Tensor } from "../../../tensor.js";
import { type GraphBuilder, refuse } from "./graph.js";
import type { ExportRule } from "./rules.js";

const named = (graph: GraphBuilder, ...tensors: (Tensor | undefined)[]) =>
  tensors.filter(x => x !== undefined).map(x => graph.nameOf(x));

const conv: ExportRule = (graph, _result, x: Tensor, weight: Tensor, options: ConvOptions = {}) => {
  const kernel = weight.shape.slice(2);
  const windows = windowsOf("conv", x.shape.slice(2), kernel, options);
  return graph.add("Conv", named(graph, x, weight, options.bias), {
    kernel_shape: kernel,
    strides: windows.map(({ stride }) => stride),
    dilations: windows.map(({ dilation }) => dilation),
    pads: [...windows.map(({ before }) => before), ...windows.map(({ after }) => after)],
    group: options.groups ?? 1,
  });
};

const convTranspose: ExportRule = (graph, _result, x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}) => {
  const kernel = weight.shape.slice(2);
  const each = (name: string, value: PerAxis | undefined, otherwise: number) =>
    perAxis("convTranspose", name, value ?? otherwise, kernel.length, 0);
  const padding = each("padding", options.padding, 0);
  return graph.add("ConvTranspose", named(graph, x, weight, options.bias), {
    kernel_shape: kernel,
    strides: each("stride", options.stride, 1),
    dilations: each("dilation", options.dilation, 1),
    pads: [...padding, ...padding],
    output_padding: each("outputPadding", options.outputPadding, 0),
    group: options.groups ?? 1,
  });
};

function pool(type: "MaxPool" | "AveragePool"): ExportRule {
  return (
    graph: GraphBuilder,
    _result: Tensor,
    x: Tensor,
    size: PerAxis,
    options: MaxPoolOptions & AvgPoolOptions = {},
  ) => {
    const spatial = x.shape.length - 2;
    const kernel = perAxis(type, "kernel", size, spatial, 1);
    const padding = perAxis(type, "padding", options.padding ?? 0, spatial, 0);
    if (options.divisorOverride !== undefined) {
      return refuse("ONNX has no means with a divisor of their own", "Multiply the mean afterwards.");
    }
    return graph.add(type, [graph.nameOf(x)], {
      kernel_shape: kernel,
      strides: perAxis(type, "stride", options.stride ?? kernel, spatial, 1),
      pads: [...padding, ...padding],
      ...(options.ceilMode ? { ceil_mode: 1 } : {}),
      ...(options.dilation === undefined ? {} : { dilations: perAxis(type, "dilation", options.dilation, spatial, 1) }),
      ...(type === "AveragePool" ? { count_include_pad: (options.countIncludePad ?? true) ? 1 : 0 } : {}),
    });
  };
}

/** Windows whose number is given: those of one size where the sizes divide. */
function adaptivePool(type: "MaxPool" | "AveragePool"): ExportRule {
  return (graph: GraphBuilder, result: Tensor, x: Tensor) => {
    const [input, output] = [x.shape.slice(2), result.shape.slice(2)];
    if (input.some((length, i) => length % output[i]! !== 0)) {
      return refuse(
        `pooling ${input.join(" x ")} to ${output.join(" x ")} takes windows of different sizes, which ONNX has not`,
        "Pool to sizes that divide those of the input.",
      );
    }
    const kernel = input.map((length, i) => length / output[i]!);
    return graph.add(type, [graph.nameOf(x)], { kernel_shape: kernel, strides: kernel });
  };
}

/** Instance norm, which wants weight and bias. */
function instances(graph: GraphBuilder, x: string, channels: number, epsilon: number, options: NormOptions): string {
  const weight = options.weight ?? ones([channels]);
  const bias = options.bias ?? zeros([channels]);
  return graph.add("InstanceNormalization", [x, ...named(graph, weight as Tensor, bias as Tensor)], {
    epsilon: { float: epsilon },
  });
}

/** Layers that are one operator of ONNX, or a few. */
export const layerRules: Readonly<Record<string, ExportRule>> = {
  linear(graph, result, x: Tensor, weight: Tensor, { bias, activation = "none" }: LinearOptions = {}) {
    let name: string;
    if (x.shape.length === 2) {
      name = graph.add("Gemm", named(graph, x, weight, bias), { transB: 1 });
    } else {
      const transposed = graph.add("Transpose", [graph.nameOf(weight)], { perm: [1, 0] });
      name = graph.add("MatMul", [graph.nameOf(x), transposed]);
      if (bias) name = graph.add("Add", [name, graph.nameOf(bias)]);
    }
    if (activation === "none") return name;
    return activation === "relu"
      ? graph.add("Relu", [name])
      : refuse(`linear with activation ${String(activation)} on ${result.dtype}`, "Call the activation by itself.");
  },
  conv1d: conv,
  conv2d: conv,
  conv3d: conv,
  convTranspose1d: convTranspose,
  convTranspose2d: convTranspose,
  convTranspose3d: convTranspose,
  ...Object.fromEntries(
    ["1d", "2d", "3d"].flatMap(axes => [
      [`maxPool${axes}`, pool("MaxPool")],
      [`avgPool${axes}`, pool("AveragePool")],
      [`adaptiveMaxPool${axes}`, adaptivePool("MaxPool")],
      [`adaptiveAvgPool${axes}`, adaptivePool("AveragePool")],
    ]),
  ),
  gridSample(graph, _result, x: Tensor, grid: Tensor, options: GridSampleOptions = {}) {
    // Volumes came with version 20.
    if (x.shape.length !== 4) return undefined;
    const { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = options;
    return graph.add("GridSample", named(graph, x, grid), {
      mode,
      padding_mode: paddingMode,
      align_corners: alignCorners ? 1 : 0,
    });
  },
  batchNorm(graph, _result, x: Tensor, options: BatchNormOptions = {}) {
    const { running, weight, bias, training = running === undefined, epsilon = 1e-5 } = options;
    if (training || running === undefined) return undefined;
    const channels = x.shape[1]!;
    const scale = weight ?? (ones([channels]) as Tensor);
    const shift = bias ?? (zeros([channels]) as Tensor);
    return graph.add("BatchNormalization", named(graph, x, scale, shift, running.mean, running.variance), {
      epsilon: { float: epsilon },
    });
  },
  layerNorm(graph, _result, x: Tensor, options: LayerNormOptions = {}) {
    const { weight, bias, axes = weight?.shape.length ?? 1, epsilon = 1e-5 } = options;
    const scale = weight ?? (ones(x.shape.slice(x.shape.length - axes)) as Tensor);
    return graph.add("LayerNormalization", named(graph, x, scale, bias), { axis: -axes, epsilon: { float: epsilon } });
  },
  rmsNorm(graph, _result, x: Tensor, options: LayerNormOptions = {}) {
    const { weight, axes = weight?.shape.length ?? 1, epsilon = 2 ** -23 } = options;
    const name = graph.nameOf(x);
    const last = Array.from({ length: axes }, (_, i) => i - axes);
    const squares = graph.add("ReduceMean", [graph.add("Mul", [name, name]), graph.integers(last)], { keepdims: 1 });
    const root = graph.add("Sqrt", [graph.add("Add", [squares, graph.constant(epsilon, x.dtype)])]);
    const divided = graph.add("Div", [name, root]);
    return weight ? graph.add("Mul", [divided, graph.nameOf(weight)]) : divided;
  },
  instanceNorm: (graph, _result, x: Tensor, options: NormOptions = {}) =>
    instances(graph, graph.nameOf(x), x.shape[1]!, options.epsilon ?? 1e-5, options),
  groupNorm(graph, _result, x: Tensor, groups: number, { weight, bias, epsilon = 1e-5 }: NormOptions = {}) {
    const grouped = graph.add("Reshape", [graph.nameOf(x), graph.integers([0, groups, -1])]);
    const even = instances(graph, grouped, groups, epsilon, {});
    let name = graph.add("Reshape", [even, graph.integers(x.shape)]);
    const byChannel = graph.integers([x.shape[1]!, ...x.shape.slice(2).map(() => 1)]);
    for (const [type, parameter] of [
      ["Mul", weight],
      ["Add", bias],
    ] as const) {
      if (parameter) name = graph.add(type, [name, graph.add("Reshape", [graph.nameOf(parameter), byChannel])]);
    }
    return name;
  },
};
