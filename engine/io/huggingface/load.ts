import { ValueError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import type { NamedTensors } from "../safetensors/index.js";
import { BERT } from "./bert.js";
import { type HuggingFaceFolder, readFolder } from "./folder.js";
import { GPT2 } from "./gpt2.js";

/** How a kind of model is made, and what of a file is not its own: a prefix, and tensors that follow from others. */
interface Kind<M extends Module> {
  readonly make: (config: Readonly<Record<string, unknown>>) => M;
  /** How the config calls the sizes that decide how large the model is. */
  readonly sizes: readonly [vocabulary: string, places: string, size: string, layers: string, inner: string];
  readonly prefix: string;
  readonly derived: RegExp;
}

const kinds = {
  gpt2: {
    make: config => new GPT2(config),
    sizes: ["vocab_size", "n_positions", "n_embd", "n_layer", "n_inner"],
    prefix: "transformer.",
    // Causal masks of old files, and the head, which is the table of the tokens.
    derived: /^h\.\d+\.attn\.(bias|masked_bias)$|^lm_head\.weight$/,
  } as Kind<GPT2>,
  bert: {
    make: config => new BERT(config),
    sizes: ["vocab_size", "max_position_embeddings", "hidden_size", "num_hidden_layers", "intermediate_size"],
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
  requireFits(folder, config, tensors, kind);
  const model = kind.make(config);
  model.loadStateDict(ownTensors(tensors, kind));
  return model.eval();
}

/** Nothing is allocated for a config that promises a much larger model than the weights make. @throws ValueError */
function requireFits(
  folder: string,
  config: HuggingFaceFolder["config"],
  tensors: NamedTensors,
  { sizes }: Kind<Module>,
) {
  const [vocabulary, places, size, layers, inner] = sizes.map(key => {
    const value = config[key];
    return typeof value === "number" ? value : 1;
  }) as [number, number, number, number, number];
  const wanted = size * (vocabulary + places + layers * (4 * size + 2 * inner));
  const there = Object.values(tensors).reduce((sum, x) => sum + x.size, 0);
  if (wanted <= 2 * there) return;
  throw new ValueError(`${folder}: its config describes ${wanted} parameters and more, its weights are ${there}`, {
    op: "huggingface",
    hint: "Config and weights belong to different models, or a file is missing.",
  });
}

function ownTensors(tensors: NamedTensors, { prefix, derived }: Kind<Module>): NamedTensors {
  const named = Object.entries(tensors).map(([name, x]): [string, NamedTensors[string]] => [
    name.startsWith(prefix) ? name.slice(prefix.length) : name,
    x,
  ]);
  return Object.fromEntries(named.filter(([name]) => !derived.test(name)));
}
