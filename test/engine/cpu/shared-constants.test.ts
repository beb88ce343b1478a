import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { groupSize, streamedBytes } from "../../../engine/backend/cpu/binding.js";

/** The value of a C++ constant written as a number, `size_t{a} << b` or both. */
function constantOf(header: string, name: string): number {
  const source = readFileSync(new URL(`../../../engine/backend/cpu/native/${header}`, import.meta.url), "utf8");
  const found = new RegExp(`constexpr \\w+ ${name} = (?:size_t\\{(\\d+)\\}|(\\d+))(?: << (\\d+))?;`).exec(source);
  if (found === null) throw new Error(`${header} has no constant ${name}`);
  return Number(found[1] ?? found[2]) * 2 ** Number(found[3] ?? 0);
}

it("has the size of a group and the bound of streaming stores as the kernels have them", () => {
  expect(groupSize).toBe(constantOf("heap.h", "groupSize"));
  expect(streamedBytes).toBe(constantOf("simd/stream.h", "streamedBytes"));
});
