import type { KernelspecManager } from "./lab.js";

/** How often the list is asked for again, and after how many milliseconds. */
const mostTries = 4;
const pause = 100;

/**
 * Fetches the list of kernels again where the page did not get it. JupyterLab asks once when it starts and then every minute;
 * without the list it asks "Select Kernel" for every notebook, also for one that names its kernel.
 */
export async function ensureKernelList(kernelspecs: KernelspecManager): Promise<void> {
  await kernelspecs.ready;
  for (let tries = 0; !kernelspecs.specs && tries < mostTries; tries++) {
    await kernelspecs.refreshSpecs().catch(() => undefined);
    if (!kernelspecs.specs) await new Promise(resolve => setTimeout(resolve, pause << tries));
  }
}
