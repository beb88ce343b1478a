// As much of JupyterLab and Notebook 7 as the extension uses. The objects come from the application itself, so that there is
// one copy of each; these types say what every 4.x release has.

/** An event source of Lumino. */
export interface Signal<Sender, Value> {
  connect(slot: (sender: Sender, value: Value) => void): void;
}

/** A message of the Jupyter protocol, as far as comms have it. */
export interface KernelMessage {
  content: { comm_id?: string; data: Record<string, unknown> };
  parent_header: { msg_id?: string };
  buffers?: (ArrayBuffer | ArrayBufferView)[];
}

/** One open comm of the page. */
export interface LabComm {
  readonly commId: string;
  onMsg: (message: KernelMessage) => void;
  onClose: (message: KernelMessage) => void;
  open(data?: object): unknown;
  send(data: object, metadata?: object, buffers?: ArrayBufferView[]): { msg: { header: { msg_id: string } } };
  close(data?: object): unknown;
}

/** A kernel as the page is connected to it. */
export interface LabKernel {
  readonly id: string;
  /** The name of its kernelspec. */
  readonly name: string;
  readonly info: Promise<{ implementation: string }>;
  readonly statusChanged: Signal<LabKernel, string>;
  readonly connectionStatusChanged: Signal<LabKernel, string>;
  createComm(target: string, id?: string): LabComm;
  hasComm(id: string): boolean;
  registerCommTarget(target: string, accept: (comm: LabComm, opening: KernelMessage) => void): void;
  requestCommInfo(content: { target_name: string }): Promise<{ content: { comms?: Record<string, unknown> } }>;
}

/** The data of one output. */
export interface MimeModel {
  readonly data: Readonly<Record<string, unknown>>;
  readonly trusted: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  setData(options: { data: Record<string, unknown> }): void;
}

/** A Lumino widget: an element with a life. */
export interface LuminoWidget {
  readonly node: HTMLElement;
  addClass(name: string): void;
  dispose(): void;
}

/** The class of Lumino widgets, which the application provides. */
export type LuminoWidgetClass = new () => LuminoWidget;

/** Draws one type of output. */
export interface Renderer extends LuminoWidget {
  renderModel(model: MimeModel): Promise<void>;
}

/** The renderers of one notebook. */
export interface RenderMime {
  addFactory(factory: { safe: boolean; mimeTypes: string[]; createRenderer: () => Renderer }, rank?: number): void;
  createRenderer(mimeType: string): Renderer;
  preferredMimeType(data: object, safe?: "ensure" | "prefer" | "any"): string | undefined;
}

/** The editor of a cell. */
export interface CellEditor {
  injectExtension?(extension: unknown): void;
}

/** One cell of a notebook. */
export interface Cell {
  readonly model: { readonly type: string };
  readonly editor: CellEditor | null;
  readonly ready?: Promise<void>;
}

/** The kernels that the server can start, as the page knows them. */
export interface KernelspecManager {
  /** Settles when the first request has ended, also when it failed. */
  readonly ready: Promise<void>;
  /** Nothing until a request succeeded. */
  readonly specs: object | null;
  refreshSpecs(): Promise<void>;
}

/** The application. */
export interface LabApplication {
  readonly serviceManager: { readonly kernelspecs: KernelspecManager };
}

/** A notebook that is open in the page. */
export interface NotebookPanel {
  readonly content: {
    readonly rendermime: RenderMime;
    readonly activeCell: Cell | null;
    readonly activeCellChanged: Signal<unknown, Cell | null>;
  };
  readonly sessionContext: {
    readonly ready: Promise<void>;
    readonly session: { readonly kernel: LabKernel | null } | null;
    readonly kernelChanged: Signal<unknown, { newValue: LabKernel | null }>;
  };
}

/** The notebooks that are open in the page. */
export interface NotebookTracker {
  readonly widgetAdded: Signal<unknown, NotebookPanel>;
  forEach(visit: (panel: NotebookPanel) => void): void;
}
