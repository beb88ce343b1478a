import { ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";
import type { OptimizerState } from "../../optim/state.js";
import type { Generator } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import { open, type Source } from "../safetensors/index.js";
import { buildArchitecture } from "./architecture.js";
import { decodeRecord, optimizerPrefix } from "./record.js";

/** What continues from a checkpoint. */
export interface LoadOptions<M extends Module = Module> {
  /** Takes the weights (default: a new one, made as the file says). */
  model?: M;
  /** Takes its moments, steps and options. */
  // biome-ignore lint/suspicious/noExplicitAny: options of every kind of optimizer
  optimizer?: Optimizer<any>;
  /** Goes on where the saved one stood; `defaultGenerator()` for the global one. */
  generator?: Generator;
}

/** What a checkpoint held. */
export interface Loaded<M extends Module = Module> {
  readonly model: M;
  /** Epochs done. */
  readonly epoch: number;
  /** Whatever was saved as `extra`. */
  readonly extra: unknown;
}

/**
 * Reads a checkpoint of `io.save`. Without a model given it makes one, where the saved one was of layers of `nn` alone. Nothing
 * changes unless all that was asked for fits.
 * @throws ValueError for a file that is damaged or no checkpoint, and as `loadStateDict` of the model and the optimizer
 * @example
 * await io.save(new nn.Sequential(new nn.Linear(4, 2), new nn.Tanh()), "model.safetensors");
 * const { model } = await io.load("model.safetensors");
 * model.parameters().length; // 2
 */
export async function load<M extends Module = Module>(path: Source, options: LoadOptions<M> = {}): Promise<Loaded<M>> {
  const { optimizer, generator } = options;
  const label = path instanceof Uint8Array || path instanceof ArrayBuffer ? "the bytes" : String(path);
  const file = await open(path);
  const [weights, moments]: Record<string, Tensor>[] = [{}, {}];
  const record = await (async () => {
    try {
      const read = decodeRecord(file.metadata.gradbook, label);
      for (const name of file.names) {
        if (!name.startsWith(optimizerPrefix)) weights![name] = await file.read(name);
        else if (optimizer) moments![name.slice(optimizerPrefix.length)] = await file.read(name);
      }
      return read;
    } finally {
      await file.close();
    }
  })();
  if (optimizer && record.optimizer === undefined) {
    throw new ValueError(`${label}: it was saved without an optimizer`, {
      op: "io.load",
      hint: "Leave the optimizer out: it begins anew.",
    });
  }
  const model = options.model ?? (buildArchitecture(record.architecture) as M);
  const before = optimizer?.stateDict();
  optimizer?.loadStateDict({ ...record.optimizer, tensors: moments } as unknown as OptimizerState);
  try {
    model.loadStateDict(weights!);
  } catch (error) {
    if (before) optimizer?.loadStateDict(before);
    throw error;
  }
  if (generator) generator.state = record.random;
  return { model, epoch: record.epoch, extra: record.extra };
}
