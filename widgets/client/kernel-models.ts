import type { LabComm, LabKernel } from "./lab.js";
import { PageModel } from "./page-model.js";

/** The comm targets that this page and the kernel agreed on. */
const widgetTarget = "gradbook.widget";
const frontEndTarget = "gradbook.frontend";

/** How long after the kernel's other end was lost the page says again that it is here, in milliseconds. */
const pause = 300;

/** The widgets of one kernel, as this page knows them. */
export class KernelModels {
  readonly #kernel: LabKernel;
  readonly #models = new Map<string, PageModel>();
  #hello: LabComm | undefined;

  private constructor(kernel: LabKernel) {
    this.#kernel = kernel;
    kernel.registerCommTarget(widgetTarget, (comm, opening) => {
      this.#models.set(comm.commId, new PageModel(comm, opening));
    });
    kernel.statusChanged.connect((_, status) => {
      if (status === "restarting" || status === "autorestarting") this.#forget();
      if (status === "autorestarting") this.#sayHello();
    });
    kernel.connectionStatusChanged.connect((_, status) => {
      if (status === "connected" && !this.#hello) this.#sayHello();
    });
    this.#sayHello();
  }

  static readonly #known = new WeakMap<LabKernel, Promise<KernelModels | undefined>>();

  /** The widgets of a kernel; nothing when it is not one of ours. */
  static of(kernel: LabKernel): Promise<KernelModels | undefined> {
    const known = KernelModels.#known.get(kernel);
    if (known) return known;
    // The usual name is believed at once: then the kernel hears of this page before the first cell, however soon that runs.
    const made =
      kernel.name === "gradbook"
        ? Promise.resolve(new KernelModels(kernel))
        : kernel.info.then(({ implementation }) =>
            implementation === "gradbook" ? new KernelModels(kernel) : undefined,
          );
    KernelModels.#known.set(kernel, made);
    return made;
  }

  /** A widget by its id; one that was opened before this page was loaded is asked for its state. */
  async find(id: string): Promise<PageModel | undefined> {
    const known = this.#models.get(id);
    if (known) return known;
    const { content } = await this.#kernel.requestCommInfo({ target_name: widgetTarget });
    if (!content.comms || !(id in content.comms)) return undefined;
    // It may have come while the kernel answered.
    const model = this.#models.get(id) ?? new PageModel(this.#kernel.createComm(widgetTarget, id));
    this.#models.set(id, model);
    return model;
  }

  /** Tells the kernel that this page shows its widgets. */
  #sayHello(): void {
    const hello = this.#kernel.createComm(frontEndTarget);
    this.#hello = hello;
    hello.onClose = () => {
      if (this.#hello === hello) setTimeout(() => this.#sayHello(), pause);
    };
    hello.open({ theme: document.body.dataset.jpThemeLight === "false" ? "dark" : "light" });
  }

  #forget(): void {
    this.#hello = undefined;
    for (const model of this.#models.values()) model.close();
    this.#models.clear();
  }
}
