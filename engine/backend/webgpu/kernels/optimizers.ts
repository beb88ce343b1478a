import { Bindings } from "../bindings.js";
import type { Encoder } from "../encoder.js";
import type { Operand } from "../record-reader.js";
import { floatWord, type Kernel } from "./kernel.js";

/** One lane for each element: `step` reads and sets `p` from `g` and the state. */
function update(
  gpu: Encoder,
  key: string,
  n: number,
  operands: readonly { name: string; operand: Operand; isState: boolean }[],
  numbers: readonly number[],
  step: (at: number) => string,
): void {
  const bindings = new Bindings();
  const places = operands.map(({ operand, isState }) => {
    const buffer = gpu.buffers.of(operand.storage);
    return isState ? bindings.write(buffer, "float32") : bindings.read(buffer);
  });
  gpu.dispatch({
    key: `${key} ${places}`,
    bindings,
    code: () => {
      const loads = operands.map(({ name }, i) => `var ${name} = bitcast<f32>(b${places[i]}[P(${i + 1}u) + t]);`);
      const stores = operands.map(({ name, isState }, i) =>
        isState ? `b${places[i]}[P(${i + 1}u) + t] = bitcast<u32>(${name});` : "",
      );
      return `fn run(t: u32) {\n${loads.join("\n")}\n${step(operands.length + 1)}\n${stores.join("\n")}\n}`;
    },
    parameters: [...operands.map(({ operand }) => operand.offset), ...numbers.map(floatWord)],
    threads: n,
  });
}

export const sgd: Kernel = (record, gpu) => {
  const [, parameters, rate, momentum, dampening, decay, nesterov, first] = record.take(8) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < parameters; i++) {
    const n = record.next();
    const [p, g] = [record.operand(), record.operand()];
    const velocity = record.optional();
    const operands = [
      { name: "p", operand: p, isState: true },
      { name: "g", operand: g, isState: false },
      ...(velocity ? [{ name: "v", operand: velocity, isState: true }] : []),
    ];
    const numbers = [rate, momentum, first ? 1 : 1 - dampening, decay];
    update(gpu, `sgd ${velocity !== undefined} ${nesterov} ${first}`, n, operands, numbers, at => {
      const [lr, kept, fresh, share] = [0, 1, 2, 3].map(j => `F(${at + j}u)`);
      if (velocity === undefined) return `p -= ${lr} * (g + ${share} * p);`;
      // On the first step the velocity may be anything, NaN included.
      const before = first ? "0.0" : `${kept} * v`;
      return `let d = g + ${share} * p;\nv = ${before} + ${fresh} * d;\np -= ${lr} * (${nesterov ? `d + ${kept} * v` : "v"});`;
    });
  }
};

export const adam: Kernel = (record, gpu) => {
  const [, parameters, rate, beta1, beta2, epsilon, decay, decoupled, step] = record.take(9) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const numbers = [
    beta1,
    beta2,
    1 - beta1,
    1 - beta2,
    rate / (1 - beta1 ** step),
    1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
    decoupled ? 1 - rate * decay : 1,
    decoupled ? 0 : decay,
  ];
  for (let i = 0; i < parameters; i++) {
    const n = record.next();
    const operands = ["p", "g", "m", "v"].map(name => ({ name, operand: record.operand(), isState: name !== "g" }));
    update(gpu, "adam", n, operands, numbers, at => {
      const [b1, b2, f1, f2, lr, inverseRoot, eps, keep, share] = numbers.map((_, j) => `F(${at + j}u)`);
      return `let d = g + ${share} * p;
m = ${b1} * m + ${f1} * d;
v = ${b2} * v + ${f2} * d * d;
p = p * ${keep} - ${lr} * m / (sqrt(v) * ${inverseRoot} + ${eps});`;
    });
  }
};
