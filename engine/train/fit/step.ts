import { noGrad } from "../../autograd/graph.js";
import { type Compiled, compile } from "../../compile/compile.js";
import { type EngineError, InterruptedError, ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";
import { defaultGenerator } from "../../random.js";
import { denseCopy } from "../../record.js";
import { Tensor } from "../../tensor.js";
import { type Batch, type Inputs, namedTensors } from "./batch.js";
import type { Measured, Objective } from "./objective.js";

/** What an own `trainStep` works with. */
export interface StepTools {
  readonly optimizer: Optimizer;
  /** What the model gives for a batch. */
  outputsOf(batch: Batch): Inputs;
  /** The compiled loss of outputs, with the penalty: a scalar. */
  lossOf(outputs: Inputs, batch: Batch): Tensor;
}

/** A step's numbers, still in tensors. */
export interface StepResult {
  /** Means over the batch. */
  readonly values: Readonly<Record<string, Tensor>>;
  readonly measured: Measured | undefined;
  /** How many values each of `measured.sums` is of. */
  readonly counts: readonly number[];
}

type Run = (batch: Batch) => { values: Record<string, Tensor>; measured?: Measured };

/** A step that is captured and replayed; one that cannot be is run as it is written, and says why. */
export class Step {
  readonly #run: Run;
  readonly #objective: Objective;
  readonly #compiled: Compiled<[Batch], ReturnType<Run>> | undefined;
  readonly #restorePoint: () => () => void;
  /** By the shapes of a batch: what the run says beside its tensors. */
  readonly #counts = new Map<string, readonly number[]>();
  #began = false;
  /** Why steps are not replayed. */
  reason: string | undefined;

  constructor(run: Run, objective: Objective, eager: boolean, restorePoint: () => () => void) {
    this.#run = batch => {
      const result = run(batch);
      if (result.measured?.sums.length) this.#counts.set(shapesOf(batch), objective.counts);
      return result;
    };
    this.#objective = objective;
    this.#restorePoint = restorePoint;
    if (eager) this.reason = "compile({ eager: true })";
    else this.#compiled = compile(this.#run);
  }

  /** Runs a step and counts its metrics. */
  take(batch: Batch): StepResult {
    const { values, measured } = this.#replayed(batch);
    const counts = measured?.sums.length ? this.#counts.get(shapesOf(batch))! : [];
    if (measured) this.#objective.update(measured, batch, counts);
    // What the step has let go of can be used again by the next one only once the step was computed.
    Object.values(values)[0]!.storage.backend.flush();
    return { values, measured, counts };
  }

  #replayed(batch: Batch): ReturnType<Run> {
    if (this.#compiled === undefined || this.reason !== undefined) return this.#run(batch);
    if (this.#began) return this.#compiled(batch);
    // The first call listens already: what cannot be captured is found here, and what it has changed until then is undone.
    const restore = this.#restorePoint();
    try {
      const result = this.#compiled(batch);
      this.#began = true;
      return result;
    } catch (error) {
      if (!(error instanceof ValueError) || error instanceof InterruptedError || !isRefusal(error)) throw error;
      restore();
      this.reason = (error as EngineError).message;
      return this.#run(batch);
    }
  }
}

/** Whether an error says that a function cannot be captured, rather than that it is wrong. */
function isRefusal(error: EngineError): boolean {
  return error.op === "compile" || error.message.includes("inside a compiled function");
}

function shapesOf(batch: Batch): string {
  const { x, y } = batch;
  let text =
    x instanceof Tensor
      ? x.shape.join()
      : namedTensors(x, "")
          .map(([, each]) => each.shape.join())
          .join(";");
  if (y instanceof Tensor) text += `|${y.shape.join()}`;
  else if (y !== undefined)
    text += `|${namedTensors(y, "")
      .map(([, each]) => each.shape.join())
      .join(";")}`;
  return text;
}

/** Calls a model with one tensor, with several, or with an object of them. */
export function callModel(model: Module, x: Inputs): Inputs {
  const call = model as unknown as (...args: unknown[]) => Inputs;
  return Array.isArray(x) ? call(...(x as Tensor[])) : call(x);
}

/** One update of the model: its own `trainStep`, or forward, backward, step. */
export function trainingStep(model: Module, optimizer: Optimizer, objective: Objective): Run {
  const own = model.trainStep;
  if (own !== undefined) {
    const tools: StepTools = {
      optimizer,
      outputsOf: batch => callModel(model, batch.x),
      lossOf: (outputs, batch) => objective.lossOf(outputs, batch),
    };
    return batch => ({ values: requireScalars(own.call(model, batch, tools)) });
  }
  return batch => {
    optimizer.zeroGrad();
    const measured = objective.measure(callModel(model, batch.x), batch);
    measured.loss.backward();
    optimizer.step();
    // Gradients that nobody reads need not outlive the step.
    optimizer.zeroGrad();
    const loss = measured.loss.detach() as Tensor;
    return { values: { loss, ...measured.each }, measured: { ...measured, loss } };
  };
}

/** One look at the model, without gradients. */
export function testingStep(model: Module, objective: Objective): Run {
  return batch =>
    noGrad(() => {
      const measured = objective.measure(callModel(model, batch.x), batch);
      return { values: { loss: measured.loss, ...measured.each }, measured };
    });
}

function requireScalars(values: unknown): Record<string, Tensor> {
  const entries =
    typeof values === "object" && values !== null && !(values instanceof Tensor) ? Object.entries(values) : [];
  const bad = entries.find(([, value]) => !(value instanceof Tensor) || value.size !== 1);
  if (entries.length > 0 && bad === undefined) {
    return Object.fromEntries(entries.map(([name, value]) => [name, (value as Tensor).detach() as Tensor]));
  }
  throw new ValueError(
    bad ? `trainStep returned ${bad[0]}, which is no tensor with one element` : "trainStep returned no values",
    {
      op: "fit",
      expected: "an object of scalars, as { loss }",
      hint: "Return the means over the batch as tensors: { loss }.",
    },
  );
}

/** Remembers the weights, the optimizer's state and the random state; the result brings them back. */
export function restorePoint(model: Module, optimizer: Optimizer): () => void {
  const weights = Object.fromEntries(
    Object.entries(model.stateDict()).map(([name, x]) => [name, denseCopy(x as Tensor)]),
  );
  const state = optimizer.stateDict();
  const generator = defaultGenerator();
  const random = generator.state;
  return () => {
    generator.state = random;
    model.loadStateDict(weights);
    optimizer.loadStateDict(state as never);
  };
}
