import { ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";
import { defaultGenerator, type Generator } from "../../random.js";
import type { Tensor } from "../../tensor.js";
import { write } from "../safetensors/index.js";
import { architectureOf } from "./architecture.js";
import { encodeRecord, optimizerPrefix, version } from "./record.js";

/** What goes into a checkpoint beside the model. */
export interface SaveOptions {
  /** Its moments, steps and options. */
  // biome-ignore lint/suspicious/noExplicitAny: options of every kind of optimizer
  optimizer?: Optimizer<any>;
  /** Whose place in its stream is kept (default: the generator that everything random uses unless given its own). */
  generator?: Generator;
  /** Epochs done. */
  epoch?: number;
  /** More to keep, as plain data that JSON can hold: a history, the state of a schedule. */
  extra?: unknown;
}

/**
 * Writes a checkpoint: one safetensors file with the weights and buffers under their names in `stateDict()`, what the model is
 * made of, and all that training needs to go on bit for bit. A file that was there stays until the new one is complete.
 * Other programs read the weights as from any safetensors file.
 * @throws ValueError for an epoch that is no whole number of at least 0, and for names that belong to the format
 * @example
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * const optimizer = new optim.Adam(model.parameters());
 * await io.save(model, "checkpoint.safetensors", { optimizer, epoch: 3 });
 * (await io.load("checkpoint.safetensors", { optimizer, model })).epoch; // 3
 */
export async function save(model: Module, path: string | URL, options: SaveOptions = {}): Promise<void> {
  const { optimizer, generator = defaultGenerator(), epoch = 0, extra } = options;
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new ValueError(`epoch is ${epoch}`, { op: "io.save", hint: "Give a whole number of at least 0." });
  }
  const tensors: Record<string, Tensor> = model.stateDict();
  const taken = Object.keys(tensors).filter(name => name.startsWith(optimizerPrefix));
  if (taken.length > 0) {
    throw new ValueError(`parameters are called ${taken.join(", ")}`, { op: "io.save", hint: "Rename their fields." });
  }
  const { tensors: moments = {}, ...rest } = optimizer?.stateDict() ?? {};
  for (const [name, x] of Object.entries(moments)) tensors[optimizerPrefix + name] = x;
  const gradbook = encodeRecord({
    version,
    architecture: architectureOf(model),
    random: generator.state,
    epoch,
    ...(optimizer ? { optimizer: rest } : {}),
    ...(extra === undefined ? {} : { extra }),
  });
  await write(path, tensors, { metadata: { format: "pt", gradbook } });
}
