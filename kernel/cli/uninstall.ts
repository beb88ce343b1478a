import { findKernelspecs, readKernelspec, removeKernelspec } from "../kernelspec/kernelspec.js";
import { removeLabextension } from "../kernelspec/labextension.js";
import { kernelspecPlaces, locationFlags } from "../kernelspec/location.js";
import { type Command, CommandError } from "./command.js";

export const uninstall: Command = {
  name: "uninstall",
  summary: "remove the kernelspec again (same flags as install)",
  flags: locationFlags,
  async run(invocation) {
    const places = kernelspecPlaces(invocation);
    for (const { folder, name } of places) {
      const there = readKernelspec(folder);
      if (!there)
        throw new CommandError(`no kernel ${name} in ${folder}. \`gradbook doctor\` lists where kernels are.`);
      if (!there.ours)
        throw new CommandError(`${folder} holds another kernel (${there.spec.display_name}); it was left alone.`);
    }
    for (const { folder, name } of places) {
      removeKernelspec(folder);
      console.log(`Removed the kernel ${name} from ${folder}`);
    }
    for (const data of new Set(places.map(place => place.data))) {
      // Another kernel of ours in the same place still needs the extension.
      const others = findKernelspecs([data]).some(({ ours }) => ours);
      if (!others && removeLabextension(data)) console.log(`Removed the extension for JupyterLab from ${data}`);
    }
    return 0;
  },
};
