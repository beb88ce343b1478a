import { viewType } from "../view-type.js";
import { ensureKernelList } from "./kernel-list.js";
import { KernelModels } from "./kernel-models.js";
import type { LabApplication, LuminoWidgetClass, NotebookPanel, NotebookTracker } from "./lab.js";
import { checkWhileEditing } from "./language.js";
import { shared } from "./shared-scope.js";
import { addViewStyles, viewOutputClass } from "./view-output.js";
import { widgetOutputClass, widgetType } from "./widget-output.js";

/** Before every other renderer: an output that holds one of our widgets or views holds static forms too. */
const widgetRank = -20;
const viewRank = -10;

/** The extension, as JupyterLab 4 and Notebook 7 load it. */
export async function makePlugins(): Promise<unknown[]> {
  const [notebook, lumino] = await Promise.all([
    shared<{ INotebookTracker: unknown }>("@jupyterlab/notebook"),
    shared<{ Widget: LuminoWidgetClass }>("@lumino/widgets"),
  ]);
  if (!notebook || !lumino) return [];
  const WidgetOutput = widgetOutputClass(lumino.Widget);
  const ViewOutput = viewOutputClass(lumino.Widget);

  const follow = (panel: NotebookPanel): void => {
    const { sessionContext, content } = panel;
    const { rendermime } = content;
    const models = async (): Promise<KernelModels | undefined> => {
      await sessionContext.ready;
      const kernel = sessionContext.session?.kernel;
      return kernel ? KernelModels.of(kernel) : undefined;
    };
    const createWidget = () => new WidgetOutput({ rendermime, models });
    rendermime.addFactory({ safe: false, mimeTypes: [widgetType], createRenderer: createWidget }, widgetRank);
    const createView = () => new ViewOutput(rendermime);
    rendermime.addFactory({ safe: true, mimeTypes: [viewType], createRenderer: createView }, viewRank);
    sessionContext.kernelChanged.connect((_, { newValue: kernel }) => {
      if (kernel) void KernelModels.of(kernel);
    });
    void models();
    checkWhileEditing(panel);
  };

  return [
    {
      id: "gradbook:widgets",
      autoStart: true,
      requires: [notebook.INotebookTracker],
      activate: ({ serviceManager }: LabApplication, tracker: NotebookTracker) => {
        void ensureKernelList(serviceManager.kernelspecs);
        addViewStyles();
        tracker.forEach(follow);
        tracker.widgetAdded.connect((_, panel) => follow(panel));
      },
    },
  ];
}
