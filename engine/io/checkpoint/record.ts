import { ValueError } from "../../errors.js";
import { isPlainObject } from "../../tree.js";
import type { Architecture } from "./architecture.js";

/** The version of the checkpoint's own data. */
export const version = 1;

/** Before the names of an optimizer's tensors. */
export const optimizerPrefix = "optimizer/";

/** What a checkpoint says beside its tensors: JSON in the metadata of the file. */
export interface CheckpointRecord {
  readonly version: number;
  readonly architecture: Architecture;
  readonly random: { readonly seed: number; readonly counter: number };
  readonly epoch: number;
  /** The optimizer's `stateDict()` without its tensors. */
  readonly optimizer?: object;
  readonly extra?: unknown;
}

const special = "$number";

/** As JSON, which has no words for infinity and NaN. */
export function encodeRecord(record: CheckpointRecord): string {
  return JSON.stringify(record, (_, value: unknown) =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? { [special]: Object.is(value, -0) ? "-0" : String(value) }
      : value,
  );
}

/** @throws ValueError for a text that is no record of this version or an older one */
export function decodeRecord(text: string | undefined, label: string): CheckpointRecord {
  const fail = (problem: string): never => {
    throw new ValueError(`${label}: ${problem}`, {
      op: "io.load",
      hint: "Other safetensors files: model.loadStateDict(await io.safetensors.read(path)).",
    });
  };
  if (text === undefined) return fail("it is no checkpoint, only tensors");
  let record: unknown;
  try {
    record = JSON.parse(text, (_, value: unknown) =>
      isPlainObject(value) && typeof value[special] === "string" ? Number(value[special]) : value,
    );
  } catch {
    return fail("its record is no JSON");
  }
  if (!isPlainObject(record)) return fail("its record is no object");
  const { version: written, random, epoch, optimizer } = record as Partial<CheckpointRecord>;
  if (!isCount(written)) return fail("its record has no version");
  if (written > version) return fail(`it was written by a newer gradbook (version ${written}, here ${version})`);
  if (!isPlainObject(random) || !isCount(random.seed) || !isCount(random.counter))
    return fail("its record has no random state");
  if (!isCount(epoch)) return fail("its record has no epoch");
  if (optimizer !== undefined && !isOptimizer(optimizer)) return fail("its record of the optimizer is damaged");
  return record as unknown as CheckpointRecord;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOptimizer(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { groups, steps, numbers } = value as Record<string, unknown>;
  const isGroup = (group: unknown) =>
    isPlainObject(group) && Array.isArray((group as Record<string, unknown>).parameters);
  return (
    Array.isArray(groups) && groups.every(isGroup) && Array.isArray(steps) && steps.every(isCount) && isNumbers(numbers)
  );
}

function isNumbers(value: unknown): boolean {
  return isPlainObject(value) && Object.values(value).every(n => typeof n === "number");
}
