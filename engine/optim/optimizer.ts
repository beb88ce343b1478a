import { capture } from "../capturing.js";
import { ShapeError, ValueError } from "../errors.js";
import { applyKept } from "../nn/constraints.js";
import { forgetGradients } from "../parameters.js";
import { prepared } from "../record.js";
import { formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { updateForm } from "./formula.js";
import {
  type CommonOptions,
  type GivenGroup,
  givenGroups,
  type ParameterGroup,
  requireAtLeast,
  requireParameters,
  type Trainable,
  withDefaults,
} from "./groups.js";
import { recordUpdates, type UpdateForm, type UpdateRecord } from "./record-update.js";
import {
  ensureTensors,
  newState,
  type OptimizerState,
  type ParameterState,
  readSnapshot,
  takeSnapshot,
} from "./state.js";

/** A parameter with the gradient of this step, dense and in the parameter's dtype, and what is remembered of it. */
export interface Update {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly state: ParameterState;
}

/** Most parameters of one command record. */
const most = 256;

/**
 * Updates parameters in place from their gradients. A subclass says how in a formula, which runs as one native pass over all
 * parameters, in compiled steps, too: no Stop splits a step.
 *
 * Gradients add up over several `backward()` calls until `zeroGrad()`: for a batch in k pieces, call `backward()` on
 * `loss.div(k)` of each, then `step()` once. Frozen parameters and those without a gradient are left alone.
 * @example
 * class SignDescent extends optim.Optimizer {
 *   constructor(parameters: Iterable<Tensor>, lr: number) {
 *     super("SignDescent", parameters, { lr, maximize: false });
 *   }
 *   protected override formula() {
 *     return "p = p - lr * sign(g)";
 *   }
 *   protected override numbers({ lr }: { lr: number }) {
 *     return { lr };
 *   }
 * }
 */
export abstract class Optimizer<O extends CommonOptions = CommonOptions> {
  readonly name: string;
  readonly #groups: ParameterGroup<O>[] = [];
  readonly #defaults: O;
  readonly #states = new Map<Tensor, ParameterState>();
  readonly #taken = new Set<Tensor>();
  /** Counts what a captured step cannot know of: new groups, loaded states. */
  #changes = 0;

  /**
   * @param defaults the options of groups that do not say otherwise
   * @throws ValueError without parameters, for one given twice or an option out of range; DTypeError for what is no parameter
   */
  constructor(name: string, trainable: Trainable<O>, defaults: O) {
    this.name = name;
    this.#defaults = defaults;
    for (const group of givenGroups(name, trainable)) this.addGroup(group);
  }

  /** The groups with their options, which may be changed between steps, in compiled steps, too. */
  get groups(): readonly ParameterGroup<O>[] {
    return this.#groups;
  }

  /** All parameters, group by group. */
  get parameters(): readonly Tensor[] {
    return this.#groups.flatMap(({ parameters }) => parameters);
  }

  /** The learning rate of the first group; setting it sets that of all groups. */
  get lr(): number {
    return this.#groups[0]!.lr;
  }

  set lr(rate: number) {
    for (const group of this.#groups) group.lr = rate;
  }

  /**
   * Trains more parameters from now on.
   * @throws as the constructor
   * @example optimizer.addGroup({ parameters: new nn.Linear(2, 2).parameters(), lr: 1e-2 });
   */
  addGroup(group: GivenGroup<O>): void {
    const options = withDefaults(this.#defaults, group as Partial<O>);
    this.#check(options);
    const taken = new Set(this.#taken);
    const parameters = requireParameters(this.name, group.parameters, taken);
    for (const parameter of parameters) this.#taken.add(parameter);
    this.#groups.push({ ...options, parameters });
    this.#changes++;
  }

  /**
   * Updates every parameter that has a gradient and is not frozen.
   * @param gradients one per parameter, in order; by default what `backward()` has left in `.grad`
   * @throws ShapeError when a gradient does not fit its parameter; ValueError for options that were set out of range
   */
  step(gradients?: readonly (Tensor | undefined)[]): void {
    const parts: Part[] = [];
    let i = 0;
    for (const group of this.#groups) {
      this.#check(group);
      const updates: Update[] = [];
      for (const parameter of group.parameters) {
        const gradient = gradients ? gradients[i] : parameter.grad;
        if (gradient !== undefined && parameter.requiresGrad) updates.push(this.#update(i, parameter, gradient));
        i++;
      }
      if (updates.length > 0) parts.push(...this.#parts(group, updates));
    }
    if (capture !== undefined) {
      const forms = this.#forms();
      capture.guard(this, () => this.#forms().every((form, k) => form === forms[k]) && parts.every(isUniform));
    }
    recordUpdates(parts);
    for (const { parameters } of this.#groups) applyKept(parameters);
  }

  /** Forgets the gradients collected so far. */
  zeroGrad(): void {
    for (const { parameters } of this.#groups) forgetGradients(parameters);
  }

  /** A snapshot to continue from, bit for bit: copies of all state, and the options of the groups. */
  stateDict(): OptimizerState<O> {
    let count = 0;
    const states = this.parameters.map(parameter => this.#states.get(parameter) ?? newState());
    return {
      optimizer: this.name,
      groups: this.#groups.map(group => ({ ...group, parameters: group.parameters.map(() => count++) })) as never,
      ...takeSnapshot(states),
    };
  }

  /**
   * Continues from a snapshot of an optimizer of the same kind with as many parameters in its groups; nothing changes unless
   * all fits.
   * @throws ValueError for another optimizer or other groups; ShapeError for a state that does not fit its parameter
   */
  loadStateDict(snapshot: OptimizerState<O>): void {
    const op = `${this.name}.loadStateDict`;
    if (snapshot?.optimizer !== this.name) {
      throw new ValueError(`the state is that of ${snapshot?.optimizer ?? "no optimizer"}`, {
        op,
        expected: this.name,
        hint: "Give what stateDict() of the same kind of optimizer gave.",
      });
    }
    const sizes = (groups: readonly { readonly parameters: readonly unknown[] }[]) =>
      groups.map(({ parameters }) => parameters.length).join(" + ");
    if (sizes(snapshot.groups) !== sizes(this.#groups) || snapshot.steps.length !== this.parameters.length) {
      throw new ValueError(`${sizes(snapshot.groups)} parameters in the state, ${sizes(this.#groups)} here`, {
        op,
        hint: "Make the optimizer with the same groups of parameters.",
      });
    }
    for (const options of snapshot.groups) this.#check(options as unknown as O);
    const states = readSnapshot(op, snapshot, this.parameters);
    this.parameters.forEach((parameter, i) => {
      this.#states.set(parameter, states[i]!);
    });
    this.#groups.forEach((group, i) => {
      Object.assign(group, snapshot.groups[i], { parameters: group.parameters });
    });
    this.#changes++;
  }

  /** Checks the options of a group. @throws ValueError for one out of range */
  protected check(_options: O): void {}

  /** The state tensors that the formula needs, with the value that they begin with. */
  protected initialState(_options: O): Readonly<Record<string, number>> {
    return {};
  }

  /**
   * The step as lines `name = formula`, one after the other, over the parameter `p`, its gradient `g`, the state and the
   * numbers; those that it assigns change.
   */
  protected abstract formula(options: O): string;

  /** The numbers of the formula; `state.step` is 1 in the first step. */
  protected abstract numbers(options: O, state: ParameterState): Readonly<Record<string, number>>;

  /** A kernel of its own that does the same, faster. */
  protected kernel(_options: O): UpdateForm | undefined {
    return undefined;
  }

  /** More tensors that the formula reads, in the parameter's shape: what cannot be said element by element. */
  protected tensors(_options: O, _update: Update): Readonly<Record<string, Tensor>> {
    return {};
  }

  /** The options that `tensors` reads: a compiled step is captured anew when one changes. */
  protected dependsOn(_options: O): readonly unknown[] {
    return [];
  }

  #check(options: O): void {
    requireAtLeast(this.name, "lr", options.lr, 0);
    this.check(options);
  }

  #update(i: number, parameter: Tensor, gradient: Tensor): Update {
    if (!sameShape(gradient.shape, parameter.shape)) {
      throw new ShapeError(
        `gradient ${formatShape(gradient.shape)} for parameter ${i} of shape ${formatShape(parameter.shape)}`,
        { op: this.name, expected: formatShape(parameter.shape), got: formatShape(gradient.shape) },
      );
    }
    let state = this.#states.get(parameter);
    if (state === undefined) {
      state = newState();
      this.#states.set(parameter, state);
    }
    return { parameter, gradient: prepared(gradient, parameter.dtype), state };
  }

  /** The step of a group; parameters of one dtype whose numbers are the same go together. */
  #parts(group: ParameterGroup<O>, updates: readonly Update[]): Part[] {
    const initial = this.initialState(group);
    const open = new Map<string, Part>();
    const parts: Part[] = [];
    for (const update of updates) {
      const { parameter, gradient, state } = update;
      ensureTensors(parameter, state, initial);
      const key = `${parameter.dtype} ${state.step} ${Object.values(state.numbers).join()}`;
      let part = open.get(key);
      const extra = this.tensors(group, update);
      if (part === undefined || part.operands.length >= most) {
        const numbers = this.#advance(group, [state]);
        const names = ["p", "g", ...Object.keys(initial), ...Object.keys(extra)];
        const form = this.kernel(group) ?? updateForm(this.#lines(group), names, Object.keys(numbers));
        const states: ParameterState[] = [];
        part = { form, operands: [], numbers, states, next: () => this.#advance(group, states) };
        open.set(key, part);
        parts.push(part);
      } else {
        follow(state, part.states[0]!);
      }
      const named: Readonly<Record<string, Tensor>> = { p: parameter, g: gradient, ...state.tensors, ...extra };
      part.operands.push(part.form.operands.map(name => (name === undefined ? undefined : named[name]!)));
      part.states.push(state);
    }
    return parts;
  }

  /** Takes states that are equal but for their tensors one step on. */
  #advance(group: ParameterGroup<O>, states: readonly ParameterState[]): Readonly<Record<string, number>> {
    const [first] = states;
    this.#check(group);
    first!.step++;
    const numbers = this.numbers(group, first!);
    for (let i = 1; i < states.length; i++) follow(states[i]!, first!);
    return numbers;
  }

  #lines(options: O): string {
    return options.maximize ? `g = -g\n${this.formula(options)}` : this.formula(options);
  }

  /** What a captured step depends on beside numbers. */
  #forms(): readonly unknown[] {
    return [this.#changes, ...this.#groups.flatMap(group => [this.#lines(group), ...this.dependsOn(group)])];
  }
}

/** What parameters of one group, dtype and age do together. */
interface Part extends UpdateRecord {
  readonly operands: (Tensor | undefined)[][];
  readonly states: ParameterState[];
}

/** Whether the states still agree in everything but their tensors: a part of a captured step takes one for all. */
function isUniform({ states }: Part): boolean {
  const [first] = states;
  return states.every(({ step, numbers }) => {
    if (step !== first!.step) return false;
    for (const name in numbers) if (numbers[name] !== first!.numbers[name]) return false;
    return true;
  });
}

function follow(state: ParameterState, first: ParameterState): void {
  state.step = first.step;
  Object.assign(state.numbers, first.numbers);
}
