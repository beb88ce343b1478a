import { ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { NamedTensors } from "../safetensors/index.js";
import { BERT } from "./bert.js";
import { readFolder } from "./folder.js";
import { GPT2 } from "./gpt2.js";

/** How a kind of model is made, and what of a file is not its own: a prefix, and tensors that follow from others. */
interface Kind<M extends Module> {
  readonly make: (config: Readonly<Record<string, unknown>>) => M;
  readonly prefix: string;
  readonly derived: RegExp;
}

const kinds = {
  gpt2: {
    make: config => new GPT2(config),
    prefix: "transformer.",
    // Causal masks of old files, and the head, which is the table of the tokens.
    derived: /^h\.\d+\.attn\.(bias|masked_bias)$|^lm_head\.weight$/,
  } as Kind<GPT2>,
  bert: {
    make: config => new BERT(config),
    prefix: "bert.",
    derived: /^embeddings\.position_ids$|^cls\.predictions\.decoder\.(weight|bias)$/,
  } as Kind<BERT>,
} as const;

/**
 * Makes the model of a Hugging Face folder with its weights, in evaluation: GPT-2 and BERT, by the `model_type` of `config.json`.
 * Weights of half precision become float32.
 * @throws ValueError for another kind of model, for damaged files, and for parameters that are missing or unknown: all are listed
 * @example
 * const load = async (folder: string) => (await io.huggingface.load(folder)) as io.huggingface.GPT2;
 */
export async function load(folder: string): Promise<GPT2 | BERT> {
  const { config, tensors } = await readFolder(folder);
  const type = String(config.model_type);
  const kind: Kind<GPT2 | BERT> | undefined = Object.hasOwn(kinds, type)
    ? kinds[type as keyof typeof kinds]
    : undefined;
  if (kind === undefined) {
    throw new ValueError(`${folder}: no model of type ${type}`, {
      op: "huggingface",
      expected: Object.keys(kinds).join(", "),
      got: type,
      hint: "Read the tensors with readFolder, and load them into a model of your own.",
    });
  }
  const model = kind.make(config);
  model.loadStateDict(ownTensors(tensors, kind));
  return model.eval();
}

function ownTensors(tensors: NamedTensors, { prefix, derived }: Kind<Module>): NamedTensors {
  const named = Object.entries(tensors).map(([name, x]): [string, NamedTensors[string]] => [
    name.startsWith(prefix) ? name.slice(prefix.length) : name,
    x,
  ]);
  return Object.fromEntries(named.filter(([name]) => !derived.test(name)));
}
