import type { Opcode } from "../backend/commands.js";
import { capture } from "../capturing.js";
import { compute, finish, open, pushOptional } from "../record.js";
import type { Tensor } from "../tensor.js";

/** How the record of a step is laid out after `continues, parameters`. */
export interface UpdateForm {
  readonly opcode: Opcode;
  readonly before: readonly number[];
  /** Numbers by name, which every step gives anew, and fixed ones. */
  readonly numbers: readonly (string | number)[];
  readonly after: readonly number[];
  /** Tensors by name; `undefined` stands for one that is not given. */
  readonly operands: readonly (string | undefined)[];
}

type Numbers = Readonly<Record<string, number>>;

/** One record of a step, over several parameters. */
export interface UpdateRecord {
  readonly form: UpdateForm;
  /** By parameter its operands, in the order of the form. */
  readonly operands: readonly (readonly (Tensor | undefined)[])[];
  /** Of this step. */
  readonly numbers: Numbers;
  /** Of the step of a replay; called once per replay. */
  readonly next: () => Numbers;
}

/** Records a whole step. No Stop comes between its records. */
export function recordUpdates(records: readonly UpdateRecord[]): void {
  // What is still to compute comes before, not in between.
  for (const { operands } of records) for (const list of operands) for (const x of list) if (x) compute(x);
  records.forEach((record, i) => {
    recordUpdate(record, i > 0);
  });
}

function recordUpdate({ form, operands, numbers, next }: UpdateRecord, continues: boolean): void {
  const { before, after } = form;
  const { backend } = operands[0]![0]!.storage;
  const perParameter = (1 + 3 * form.operands.length) * operands.length;
  open(backend, form.opcode, 2 + before.length + form.numbers.length + after.length + perParameter);
  const { commands } = backend;
  const write = (words: Float64Array, start: number, values: Numbers): number => {
    let at = start;
    for (const number of form.numbers) words[at++] = typeof number === "number" ? number : values[number]!;
    return at;
  };
  commands.push(continues ? 1 : 0);
  commands.push(operands.length);
  for (const word of before) commands.push(word);
  if (capture !== undefined) capture.refresh(commands.at - commands.used, (words, at) => write(words, at, next()));
  commands.at = write(commands.words, commands.at, numbers);
  for (const word of after) commands.push(word);
  for (const list of operands) {
    commands.push(list[0]!.size);
    for (const x of list) pushOptional(backend, x);
  }
  finish(backend);
}
