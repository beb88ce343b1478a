import * as ops from "../../../ops/all.js";
import { zeros } from "../../../ops/create.js";
import { concat, stack } from "../../../ops/join.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operator, type Operators, t } from "../node.js";

const add = (...parts: (Tensor | undefined)[]) => parts.filter(p => p !== undefined).reduce((a, b) => t(ops.add(a, b)));
const times = (a: Tensor, b: Tensor) => t(ops.mul(a, b));
/** x [N, I] times the rows of a weight [H, I]. */
const linear = (x: Tensor, weight: Tensor) => t(ops.matmul(x, t(ops.transpose(weight, 0, 1)) as never));

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sigmoid: x => t(ops.sigmoid(x)),
  tanh: x => t(ops.tanh(x)),
  relu: x => t(ops.relu(x)),
};

/** The weights of one direction, cut by gate. */
interface Direction {
  weight: Tensor[];
  recurrent: Tensor[];
  /** Biases of the inputs, then of the state, by gate. */
  bias: Tensor[] | undefined;
  peephole: Tensor[] | undefined;
  act: ((x: Tensor) => Tensor)[];
}

/** One step: x [N, I] and the states [N, H] -> the new states; the first is the output. */
type Cell = (x: Tensor, states: Tensor[], d: Direction, node: Node) => Tensor[];

const rnn: Cell = (x, [h], { weight: [w], recurrent: [r], bias, act: [f] }) => [
  f!(add(linear(x, w!), linear(h!, r!), bias?.[0], bias?.[1])),
];

const gru: Cell = (x, [h], { weight: w, recurrent: r, bias: b, act: [f, g] }, node) => {
  const gate = (i: number) => f!(add(linear(x, w[i]!), linear(h!, r[i]!), b?.[i], b?.[i + 3]));
  const [update, reset] = [gate(0), gate(1)];
  const inner =
    node.number("linear_before_reset", 0) !== 0
      ? times(reset, add(linear(h!, r[2]!), b?.[5]))
      : add(linear(times(reset, h!), r[2]!), b?.[5]);
  const fresh = g!(add(linear(x, w[2]!), inner, b?.[2]));
  return [add(fresh, times(update, t(ops.sub(h!, fresh))))];
};

const lstm: Cell = (x, [h, c], { weight: w, recurrent: r, bias: b, peephole: p, act: [f, g, last] }) => {
  const sum = (i: number) => add(linear(x, w[i]!), linear(h!, r[i]!), b?.[i], b?.[i + 4]);
  const peep = (i: number, state: Tensor) => p && times(p[i]!, state);
  const input = f!(add(sum(0), peep(0, c!)));
  const forget = f!(add(sum(2), peep(2, c!)));
  const cell = add(times(forget, c!), times(input, g!(sum(3))));
  return [times(f!(add(sum(1), peep(1, cell))), last!(cell)), cell];
};

/** The sequence [S, N, I] through the cell, in one or both directions. */
function recurrent(cell: Cell, gates: number, stateInputs: readonly number[], usual: readonly string[]): Operator {
  return node => {
    for (const name of ["clip", "activation_alpha", "activation_beta", "input_forget"])
      if (node.has(name)) node.refuse(`attribute ${name}`);
    const batchFirst = node.number("layout", 0) !== 0;
    const flip = (x: Tensor) => (batchFirst ? t(ops.transpose(x, 0, 1)) : x);
    const x = flip(node.input(0));
    const [steps, batch] = x.shape as [number, number];
    if (node.values(4)?.some(length => length !== steps)) node.refuse("sequences of different lengths");
    const direction = node.text("direction", "forward");
    const size = node.input(2).shape[2]!;
    const count = node.input(1).shape[0]!;
    const names = (node.attribute("activations") as string[] | undefined) ?? Array(count).fill(usual).flat();
    const results = Array.from({ length: count }, (_, d) => {
      const part = (i: number) => node.inputs[i] && t(ops.at(node.inputs[i], d));
      const cut = (i: number, n: number) => {
        const whole = part(i);
        return whole && (ops.split(whole, Array(n).fill(size), 0) as Tensor[]);
      };
      const act = usual.map((_, i) => {
        const name = String(names[d * usual.length + i]).toLowerCase();
        return activations[name] ?? node.refuse(`activation ${name}`);
      });
      const weights: Direction = {
        weight: cut(1, gates) ?? [],
        recurrent: cut(2, gates) ?? [],
        bias: cut(3, 2 * gates),
        peephole: cell === lstm ? cut(7, 3) : undefined,
        act,
      };
      const backward = direction === "reverse" || d === 1;
      let states = stateInputs.map(i => {
        const initial = node.inputs[i];
        return initial ? t(ops.at(flip(initial), d)) : (zeros([batch, size], { dtype: x.dtype }) as Tensor);
      });
      const outputs: Tensor[] = [];
      for (let k = 0; k < steps; k++) {
        const step = backward ? steps - 1 - k : k;
        states = cell(t(ops.at(x, step)), states, weights, node);
        outputs[step] = states[0]!;
      }
      return { y: t(ops.unsqueeze(stack(outputs, 0), 1)), states };
    });
    const y = concat(
      results.map(r => r.y),
      1,
    ) as Tensor;
    const last = stateInputs.map((_, i) =>
      flip(
        stack(
          results.map(r => r.states[i]!),
          0,
        ) as Tensor,
      ),
    );
    return [batchFirst ? t(ops.permute(y, [2, 0, 1, 3])) : y, ...last];
  };
}

export const recurrents: Operators = {
  RNN: recurrent(rnn, 1, [5], ["Tanh"]),
  GRU: recurrent(gru, 3, [5], ["Sigmoid", "Tanh"]),
  LSTM: recurrent(lstm, 4, [5, 6], ["Sigmoid", "Tanh", "Tanh"]),
};
