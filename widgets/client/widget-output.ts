import type { KernelModels } from "./kernel-models.js";
import type { LuminoWidgetClass, MimeModel, Renderer, RenderMime } from "./lab.js";
import { isAddress, loadModule } from "./modules.js";
import type { PageModel } from "./page-model.js";

/** The type of the outputs that hold a widget. */
export const widgetType = "application/vnd.gradbook.widget+json";

/** Where an output finds its widget and the static forms. */
export interface OutputContext {
  rendermime: RenderMime;
  /** The widgets of the notebook's kernel, once it is known. */
  models(): Promise<KernelModels | undefined>;
}

/** Makes the class of outputs that hold a widget, on the application's own base class. */
export function widgetOutputClass(Base: LuminoWidgetClass): new (context: OutputContext) => Renderer {
  return class WidgetOutput extends Base implements Renderer {
    readonly #context: OutputContext;
    #end = new AbortController();

    constructor(context: OutputContext) {
      super();
      this.#context = context;
      this.addClass("gradbook-widget");
    }

    /** Shows the static form at once, and the widget in its place when the kernel knows it. */
    async renderModel(output: MimeModel): Promise<void> {
      this.#end.abort();
      this.#end = new AbortController();
      const { signal } = this.#end;
      const { model_id: id } = output.data[widgetType] as { model_id?: string };
      const found = this.#find(String(id));
      const soon = await Promise.race([found, new Promise<undefined>(resolve => setTimeout(resolve, 100))]);
      if (signal.aborted) return;
      if (soon) await this.#live(soon, output, signal);
      else {
        await this.#still(output);
        // Not waited for: a kernel that computes may take its time, and the page goes on meanwhile.
        void found.then(async model => {
          if (model && !signal.aborted) await this.#live(model, output, signal);
        });
      }
    }

    override dispose(): void {
      this.#end.abort();
      super.dispose();
    }

    async #find(id: string): Promise<PageModel | undefined> {
      try {
        const model = await (await this.#context.models())?.find(id);
        await model?.ready;
        return model?.closing.signal.aborted ? undefined : model;
      } catch (error) {
        console.warn("gradbook: the widget's kernel does not answer", error);
        return undefined;
      }
    }

    async #live(model: PageModel, output: MimeModel, signal: AbortSignal): Promise<void> {
      const el = document.createElement("div");
      this.node.replaceChildren(el);
      const ended = () => {
        if (!signal.aborted) void this.#freeze(model, output);
      };
      model.closing.signal.addEventListener("abort", ended, { signal });
      try {
        await draw(model, el, AbortSignal.any([signal, model.closing.signal]));
      } catch (error) {
        const message = document.createElement("pre");
        message.textContent = `The widget failed: ${error instanceof Error ? error.message : String(error)}`;
        console.error(error);
        await this.#still(output);
        this.node.prepend(message);
      }
    }

    /** The widget is over: the output becomes what the kernel left, also in the notebook's file. */
    async #freeze(model: PageModel, output: MimeModel): Promise<void> {
      if (model.frozen) output.setData({ data: model.frozen });
      else await this.#still(output);
    }

    async #still(output: MimeModel): Promise<void> {
      const data = Object.fromEntries(Object.entries(output.data).filter(([type]) => type !== widgetType));
      const { rendermime } = this.#context;
      const type = rendermime.preferredMimeType(data, output.trusted ? "any" : "ensure");
      if (type === undefined) return;
      const renderer = rendermime.createRenderer(type);
      await renderer.renderModel(output);
      this.node.replaceChildren(renderer.node);
    }
  };
}

const initialized = new WeakSet<PageModel>();

/** Runs the widget's module in an element. */
async function draw(model: PageModel, el: HTMLElement, signal: AbortSignal): Promise<void> {
  const css = model.get("_css");
  if (typeof css === "string" && css !== "") el.before(styleOf(css));
  const module = await loadModule(String(model.get("_esm")));
  const experimental = { invoke: model.invoke.bind(model) };
  if (!initialized.has(model)) {
    initialized.add(model);
    const end = await module.initialize?.({ model, signal: model.closing.signal, experimental });
    if (typeof end === "function") model.closing.signal.addEventListener("abort", () => end());
  }
  const end = await module.render?.({ model, el, signal, experimental });
  if (typeof end !== "function") return;
  if (signal.aborted) end();
  else signal.addEventListener("abort", () => end());
}

function styleOf(css: string): HTMLElement {
  if (!isAddress(css)) {
    const style = document.createElement("style");
    style.textContent = css;
    return style;
  }
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = css;
  return link;
}
