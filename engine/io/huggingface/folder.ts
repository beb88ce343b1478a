import { join } from "node:path";
import { ValueError } from "../../errors.js";
import { isPlainObject } from "../../tree.js";
import { type NamedTensors, open, read } from "../safetensors/index.js";

/** What a folder of Hugging Face holds. */
export interface HuggingFaceFolder {
  /** `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: NamedTensors;
}

/**
 * Reads a folder as `save_pretrained` writes it: `config.json`, and the weights in `model.safetensors` or in several files
 * that `model.safetensors.index.json` lists.
 * @throws ValueError for missing or damaged files, and for an index that does not fit its files: all that is missing is listed
 * @example
 * const read = (folder: string) => io.huggingface.readFolder(folder);
 */
export async function readFolder(folder: string): Promise<HuggingFaceFolder> {
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined) refuse(folder, "there is no config.json");
  const index = await readJson(join(folder, "model.safetensors.index.json"));
  const tensors = index === undefined ? await readOne(folder) : await readShards(folder, index);
  return { config, tensors };
}

async function readOne(folder: string): Promise<NamedTensors> {
  const { existsSync } = await import("node:fs");
  const path = join(folder, "model.safetensors");
  if (!existsSync(path)) refuse(folder, "there is no model.safetensors");
  return await read(path);
}

async function readShards(folder: string, { weight_map: map }: Record<string, unknown>): Promise<NamedTensors> {
  const isName = (file: unknown): file is string => typeof file === "string" && /^[\w.-]+\.safetensors$/.test(file);
  if (!isPlainObject(map) || !Object.values(map).every(isName)) refuse(folder, "its index is damaged");
  const places = new Map(Object.entries(map as Record<string, string>));
  const tensors: [string, NamedTensors[string]][] = [];
  const missing: string[] = [];
  for (const shard of [...new Set(places.values())].sort()) {
    const file = await open(join(folder, shard));
    try {
      const there = new Set(file.names);
      const wanted = [...places].filter(([, place]) => place === shard).map(([name]) => name);
      missing.push(...wanted.filter(name => !there.has(name)).map(name => `${name} in ${shard}`));
      for (const name of wanted) if (there.has(name)) tensors.push([name, await file.read(name)]);
    } finally {
      await file.close();
    }
  }
  if (missing.length > 0) refuse(folder, `its index names tensors that are not there: ${missing.join(", ")}`);
  return Object.fromEntries(tensors);
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const { readFile } = await import("node:fs/promises");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(path, "it is no JSON");
  }
  if (!isPlainObject(value)) refuse(path, "it is no object");
  return value as Record<string, unknown>;
}

function refuse(path: string, problem: string): never {
  throw new ValueError(`${path}: ${problem}`, {
    op: "huggingface",
    hint: "Give a folder that save_pretrained wrote, or one downloaded from Hugging Face.",
  });
}

/** A whole number of a config. @throws ValueError for anything else */
export function countOf(config: Readonly<Record<string, unknown>>, key: string, otherwise?: number): number {
  const value = config[key] ?? otherwise;
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 24) return value as number;
  throw new ValueError(`config.json: ${key} is ${JSON.stringify(value)}`, {
    op: "huggingface",
    hint: "A whole number of at least 1 belongs there.",
  });
}

/** A number of a config, such as a rate. @throws ValueError for anything else */
export function numberOf(config: Readonly<Record<string, unknown>>, key: string, otherwise: number): number {
  const value = config[key] ?? otherwise;
  if (typeof value === "number") return value;
  throw new ValueError(`config.json: ${key} is ${JSON.stringify(value)}`, { op: "huggingface" });
}

/** @throws ValueError unless the config has that value, or none where it is the default */
export function requireSetting(
  config: Readonly<Record<string, unknown>>,
  key: string,
  allowed: readonly unknown[],
): void {
  const value = config[key];
  if (value === undefined || allowed.includes(value)) return;
  throw new ValueError(`config.json: ${key} is ${JSON.stringify(value)}`, {
    op: "huggingface",
    expected: allowed.map(one => JSON.stringify(one)).join(" or "),
    hint: "The model has no such part here.",
  });
}
