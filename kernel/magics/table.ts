import { suggest } from "../cli/suggest.js";
import { bash } from "./bash.js";
import { cd } from "./cd.js";
import { env } from "./env.js";
import { createHelp } from "./help.js";
import { html } from "./html.js";
import { inspect } from "./inspect.js";
import { install } from "./install.js";
import { load } from "./load.js";
import type { Magic } from "./magic.js";
import { markdown } from "./markdown.js";
import { reset } from "./reset.js";
import { sh } from "./sh.js";
import { time } from "./time.js";
import { timeit } from "./timeit.js";
import { who } from "./who.js";
import { writefile } from "./writefile.js";

/** Every magic, in the order in which `%help` lists them. */
export const magics: readonly Magic[] = [
  time,
  timeit,
  who,
  inspect,
  reset,
  load,
  env,
  cd,
  sh,
  bash,
  install,
  writefile,
  html,
  markdown,
  createHelp({ all: () => magics, find: findMagic, suggest: name => suggestMagic(name, "line") }),
];

const byName = new Map(magics.map(magic => [magic.name, magic]));

/** The magic of a name. */
export function findMagic(name: string): Magic | undefined {
  return byName.get(name);
}

/** What to do about a magic that there is not. */
export function suggestMagic(name: string, form: "line" | "cell"): string {
  const sign = form === "line" ? "%" : "%%";
  const names = magics.filter(magic => magic[form]).map(magic => magic.name);
  const meant = suggest(name, names);
  return meant ? `did you mean ${sign}${meant}?` : "%help lists all";
}
