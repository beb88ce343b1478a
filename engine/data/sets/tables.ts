import type { RemoteFile } from "../download.js";
import { readCsv } from "../table/csv.js";
import type { Schema } from "../table/schema.js";
import type { Table } from "../table/table.js";
import { findFile, type SetOptions } from "./find.js";

const source = "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/";

function remote(name: string, bytes: number, sha256: string): RemoteFile {
  return { name, bytes, sha256, urls: [source + name] };
}

/** The tables as they are published. */
export const publishedTables = {
  iris: remote("iris.csv", 3858, "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355"),
  penguins: remote("penguins.csv", 13478, "e07636bd8af74260099ea2f8678e2eabbf35def579940cc76f67061ee16c06c1"),
  titanic: remote("titanic.csv", 57018, "81787d320d7f7b03df935e91de8bd19e11d45c5bbcab86ef4d4a76dc91b7d4f2"),
};

const irisSchema = {
  sepal_length: "number",
  sepal_width: "number",
  petal_length: "number",
  petal_width: "number",
  species: "text",
} as const satisfies Schema;

/**
 * Fisher's irises: 150 flowers of three species with four lengths in centimetres; nothing is missing. Looked for in `folder`,
 * else in `$GRADBOOK_DATA/tables`, then in the cache, then downloaded there (checksum verified).
 * @throws EngineError that names the ways out when the file can be found nowhere
 * @example
 * const iris = await data.iris();
 * const x = iris.tensor(["sepal_length", "petal_length"]); // float32 [150, 2]
 */
export async function iris(options: SetOptions = {}): Promise<Table<typeof irisSchema, never>> {
  const path = await findFile("iris", "tables", publishedTables.iris, options);
  return (await readCsv(path, { schema: irisSchema })).dropMissing();
}

const penguinSchema = {
  species: "text",
  island: "text",
  bill_length_mm: "number",
  bill_depth_mm: "number",
  flipper_length_mm: "number",
  body_mass_g: "number",
  sex: "text",
} as const satisfies Schema;

/**
 * The Palmer penguins: 344 birds of three species, some measures missing (Gorman et al. 2014). Looked for as `iris`.
 * @throws as `iris`
 * @example (await data.penguins()).dropMissing().length; // 333 birds
 */
export async function penguins(options: SetOptions = {}): Promise<Table<typeof penguinSchema>> {
  return readCsv(await findFile("penguins", "tables", publishedTables.penguins, options), { schema: penguinSchema });
}

const titanicSchema = {
  survived: "number",
  pclass: "number",
  sex: "text",
  age: "number",
  sibsp: "number",
  parch: "number",
  fare: "number",
  embarked: "text",
  class: "text",
  who: "text",
  adult_male: "boolean",
  deck: "text",
  embark_town: "text",
  alive: "text",
  alone: "boolean",
} as const satisfies Schema;

/**
 * 891 passengers of the Titanic and whether they survived; many ages and most decks are missing. Looked for as `iris`.
 * @throws as `iris`
 * @example (await data.titanic()).missing().age; // 177 ages
 */
export async function titanic(options: SetOptions = {}): Promise<Table<typeof titanicSchema>> {
  return readCsv(await findFile("titanic", "tables", publishedTables.titanic, options), { schema: titanicSchema });
}
