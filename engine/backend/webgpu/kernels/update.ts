import { Bindings } from "../bindings.js";
import { typeFloats } from "../typed-tape.js";
import { floatWord, type Kernel } from "./kernel.js";
import { stepLines, stepsKey } from "./tape.js";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** A step of an optimizer from its formula: one lane for each element, one run for each parameter. */
export const update: Kernel = (record, gpu) => {
  const [, parameters, operands, outputs, constants, instructions] = record.take(6) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const results = range(outputs).map(() => ({ target: record.next(), register: record.next() }));
  const numbers = record.take(constants);
  const typed = typeFloats(operands, numbers, record.take(4 * instructions));
  const written = new Set(results.map(({ target }) => target));
  const at = (register: number) =>
    register >= operands && register < operands + constants ? `F(${1 + register}u)` : `r${register}`;
  for (let p = 0; p < parameters; p++) {
    const n = record.next();
    const bindings = new Bindings();
    const tensors = range(operands).map(() => record.operand());
    const places = tensors.map(({ storage }, i) => {
      const buffer = gpu.buffers.of(storage);
      return written.has(i) ? bindings.write(buffer, "float32") : bindings.read(buffer);
    });
    gpu.dispatch({
      key: `update ${places} ${constants} ${stepsKey(typed)} ${results.map(({ target, register }) => [target, register])}`,
      bindings,
      code: () => {
        const place = (i: number) => `b${places[i]}[P(${1 + i}u) + t]`;
        const lines = range(operands).map(i => `let r${i} = bitcast<f32>(${place(i)});`);
        lines.push(...stepLines(typed, operands + constants, at));
        for (const { target, register } of results) lines.push(`${place(target)} = bitcast<u32>(${at(register)});`);
        return `fn run(t: u32) {\n${lines.join("\n")}\n}`;
      },
      parameters: [...tensors.map(({ offset }) => offset), ...numbers.map(floatWord)],
      threads: n,
    });
  }
};
