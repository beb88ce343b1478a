import { outside } from "../capturing.js";
import { ShapeError, ValueError } from "../errors.js";
import { allocate, denseCopy, onDevice, recordCopy, recordFill } from "../record.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** What an optimizer remembers of one parameter. */
export interface ParameterState {
  /** Steps taken. */
  step: number;
  /** In the parameter's shape and dtype, by name. */
  readonly tensors: Record<string, Tensor>;
  /** By name, for those optimizers that carry a number from step to step. */
  readonly numbers: Record<string, number>;
}

/** A snapshot of an optimizer: plain data and tensors of its own, so that training may go on. */
export interface OptimizerState<O = Record<string, unknown>> {
  readonly optimizer: string;
  /** Options, and the numbers of the parameters, counted through all groups. */
  readonly groups: readonly (O & { readonly parameters: readonly number[] })[];
  /** Steps taken, by parameter. */
  readonly steps: readonly number[];
  /** `"3.first"` is the first moment of parameter 3. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
}

export function newState(): ParameterState {
  return { step: 0, tensors: {}, numbers: {} };
}

/**
 * Makes the tensors that are not there yet, and those whose parameter has another dtype or device now, as if before a captured
 * step.
 */
export function ensureTensors(
  parameter: Tensor,
  state: ParameterState,
  initial: Readonly<Record<string, number>>,
): void {
  for (const name in initial) {
    const before = state.tensors[name];
    const { backend } = parameter.storage;
    if (before?.dtype === parameter.dtype && before.storage.backend === backend) continue;
    state.tensors[name] = outside(() => {
      const made = allocate(parameter.shape as Shape, parameter.dtype, backend);
      if (before === undefined) recordFill(made, initial[name]!);
      else recordCopy(onDevice(before, backend), made);
      return made;
    });
  }
}

/** The parts of a snapshot that belong to states, in the order of the parameters. */
export function takeSnapshot(states: readonly ParameterState[]): Pick<OptimizerState, "steps" | "tensors" | "numbers"> {
  const each = <T, U>(pick: (state: ParameterState) => Record<string, T>, change: (value: T) => U) =>
    Object.fromEntries(
      states.flatMap((state, i) => Object.entries(pick(state)).map(([name, value]) => [`${i}.${name}`, change(value)])),
    );
  return {
    steps: states.map(({ step }) => step),
    tensors: each(({ tensors }) => tensors, denseCopy),
    numbers: each(
      ({ numbers }) => numbers,
      value => value,
    ),
  };
}

/**
 * The states of a snapshot, as tensors of their own.
 * @throws ShapeError, ValueError for what does not belong to the parameters
 */
export function readSnapshot(
  op: string,
  snapshot: Pick<OptimizerState, "steps" | "tensors" | "numbers">,
  parameters: readonly Tensor[],
): ParameterState[] {
  const states = snapshot.steps.map(step => ({ ...newState(), step }));
  const owner = (key: string): [number, string] => {
    const [, index, name] = /^(\d+)\.(.+)$/.exec(key) ?? [];
    if (index !== undefined && Number(index) < states.length) return [Number(index), name!];
    throw new ValueError(`the state "${key}" belongs to none of ${states.length} parameters`, { op });
  };
  for (const [key, value] of Object.entries(snapshot.tensors)) {
    const [i, name] = owner(key);
    const { shape } = parameters[i]!;
    if (!sameShape(value.shape, shape)) {
      throw new ShapeError(`the state "${key}" is ${formatShape(value.shape)}, its parameter ${formatShape(shape)}`, {
        op,
        expected: formatShape(shape),
        got: formatShape(value.shape),
      });
    }
    states[i]!.tensors[name] = value;
  }
  for (const [key, value] of Object.entries(snapshot.numbers)) {
    const [i, name] = owner(key);
    states[i]!.numbers[name] = value;
  }
  // Only now, when all of it fits.
  states.forEach((state, i) => {
    const { shape, dtype, storage } = parameters[i]!;
    for (const [name, value] of Object.entries(state.tensors)) {
      const own = allocate(shape, dtype, storage.backend);
      recordCopy(onDevice(value, storage.backend), own);
      state.tensors[name] = own;
    }
  });
  return states;
}
