import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { ownKernelspec, readKernelspec, writeKernelspec } from "../kernelspec/kernelspec.js";
import { kernelspecFolder, locationFlags } from "../kernelspec/location.js";
import { type Command, CommandError } from "./command.js";
import { buildNativeKernels } from "./native.js";
import { kernelEntry } from "./package-root.js";

export const install: Command = {
  name: "install",
  summary: "make the kernel known to Jupyter and VS Code (needs neither Python nor the jupyter command)",
  flags: { ...locationFlags, force: { help: "replace a kernelspec of that name that is not ours" } },
  async run(invocation) {
    const { folder, name } = kernelspecFolder(invocation);
    const there = readKernelspec(folder);
    if (there && !there.ours && !invocation.flags.force) {
      throw new CommandError(
        `${folder} holds another kernel (${there.spec.display_name}). Choose another --name, or replace it with --force.`,
      );
    }
    if (!existsSync(kernelEntry())) {
      throw new CommandError(
        `${kernelEntry()} is missing: build it with \`npm run build\`, or install the package again.`,
      );
    }
    try {
      writeKernelspec(folder, ownKernelspec(name));
    } catch (error) {
      throw new CommandError(`cannot write ${folder}: ${(error as Error).message}.${writableHint(folder)}`);
    }
    console.log(`Installed the kernel ${name} in ${folder}`);
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
