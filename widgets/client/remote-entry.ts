// The file that JupyterLab loads: it finds the extension under its name and asks it for its plugins.
import { makePlugins } from "./plugin.js";
import { type SharedScope, setSharedScope } from "./shared-scope.js";

const registry = window as unknown as { _JUPYTERLAB?: Record<string, unknown> };
registry._JUPYTERLAB ??= {};
registry._JUPYTERLAB.gradbook = {
  init: (scope: SharedScope) => setSharedScope(scope),
  get: async () => {
    const plugins = await makePlugins();
    return () => ({ __esModule: true, default: plugins });
  },
};
