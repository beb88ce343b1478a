import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  ownKernelspec,
  readKernelspec,
  tslabKernelspec,
  tslabNames,
  writeKernelspec,
} from "../kernelspec/kernelspec.js";
import { writeLabextension } from "../kernelspec/labextension.js";
import { kernelspecPlaces, locationFlags } from "../kernelspec/location.js";
import { type Command, CommandError, UsageError } from "./command.js";
import { buildNativeKernels } from "./native.js";
import { kernelEntry } from "./package-root.js";

export const install: Command = {
  name: "install",
  summary: "make the kernel known to Jupyter and VS Code (needs neither Python nor the jupyter command)",
  flags: {
    ...locationFlags,
    force: { help: "replace a kernelspec of that name that is not ours" },
    binary: { value: "B", help: "with --tslab: the program that Jupyter starts, as for tslab (default: this copy)" },
    python: { value: "PY", help: "with --tslab: taken and not used, because no Python is needed" },
  },
  async run(invocation) {
    const { flags } = invocation;
    const places = kernelspecPlaces(invocation);
    for (const flag of ["binary", "python"]) {
      if (flags[flag] !== undefined && !flags.tslab) throw new UsageError(`--${flag} goes with --tslab`);
    }
    for (const { folder } of places) {
      const there = readKernelspec(folder);
      if (!there || there.ours || flags.force) continue;
      const instead = flags.tslab ? "" : "Choose another --name, or ";
      const replace = `${instead}${instead ? "r" : "R"}eplace it with --force.`;
      throw new CommandError(`${folder} holds another kernel (${there.spec.display_name}). ${replace}`);
    }
    if (!existsSync(kernelEntry())) {
      throw new CommandError(
        `${kernelEntry()} is missing: build it with \`npm run build\`, or install the package again.`,
      );
    }
    for (const { folder, name } of places) {
      const binary = flags.binary === undefined ? undefined : String(flags.binary);
      const theirs = flags.tslab ? tslabNames.find(known => known === name) : undefined;
      const spec = theirs ? tslabKernelspec(theirs, binary) : ownKernelspec(name);
      try {
        writeKernelspec(folder, spec);
      } catch (error) {
        throw new CommandError(`cannot write ${folder}: ${(error as Error).message}.${writableHint(folder)}`);
      }
      console.log(`Installed the kernel ${name} in ${folder}`);
    }
    for (const data of new Set(places.map(place => place.data))) {
      try {
        console.log(`Installed the extension for JupyterLab and Notebook 7 in ${writeLabextension(data)}`);
      } catch (error) {
        throw new CommandError(`cannot write into ${data}: ${(error as Error).message}.${writableHint(data)}`);
      }
    }
    console.log(buildNativeKernels());
    console.log(
      "Next: jupyter lab, or open a notebook in VS Code and choose this kernel. `gradbook doctor` checks all of it.",
    );
    return 0;
  },
};

function writableHint(folder: string): string {
  let parent = folder;
  while (!existsSync(parent) && parent !== dirname(parent)) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK);
    return "";
  } catch {
    return ` You may not write to ${parent}: use --user, or --prefix with a folder of yours.`;
  }
}
