import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MissingPackageError, readArrow, readParquet } from "../../../engine/data/table/index.js";
import { optionalPackage } from "../../../engine/data/table/optional.js";
import { ValueError } from "../../../engine/errors.js";

const fixture = (name: string) => join(import.meta.dirname, "../../fixtures/columnar", name);
const people = [
  { name: "Ada", age: 36, height: 1.75, left: true, born: 86_400_000 },
  { name: null, age: 7, height: null, left: false, born: null },
  { name: "Zoë 🎉", age: null, height: 1.5, left: null, born: 946_684_800_000 },
];

test("Arrow, as pyarrow wrote it", async () => {
  expect([...(await readArrow(fixture("people.arrow")))]).toEqual(people);
});

test.each(["snappy", "zstd", "gzip"])("Parquet with %s, as pyarrow wrote it", async compression => {
  expect([...(await readParquet(fixture(`people-${compression}.parquet`)))]).toEqual(people);
});

test("lists, damaged files and absent ones are refused", async () => {
  await expect(readParquet(fixture("lists.parquet"))).rejects.toThrow(/list holds lists or objects \(row 0\)/);
  await expect(readParquet(fixture("none.parquet"))).rejects.toThrow(/no file/);
  const folder = mkdtempSync(join(tmpdir(), "gradbook-columnar-"));
  try {
    const path = join(folder, "x");
    writeFileSync(path, "not a table at all");
    await expect(readParquet(path)).rejects.toThrow(ValueError);
    await expect(readArrow(path)).rejects.toThrow(ValueError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a package that is not there says how to install it", async () => {
  await expect(optionalPackage("readX", "gradbook-no-such-package")).rejects.toThrow(MissingPackageError);
  await expect(optionalPackage("readX", "gradbook-no-such-package")).rejects.toThrow(
    /readX: the package gradbook-no-such-package is not installed.*npm install gradbook-no-such-package/,
  );
});
