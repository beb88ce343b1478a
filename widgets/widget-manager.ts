import { answerComms, type CommMessage } from "./comm.js";
import { type BufferPath, type SplitState, splitState } from "./state-buffers.js";

/** What a model tells about itself to a front end that comes later. */
export interface LiveModel {
  readonly modelState: Record<string, unknown>;
}

const live = new Map<string, LiveModel>();

/** Every model whose comm is open, by the comm's id. */
export const liveModels = {
  add: (id: string, model: LiveModel): void => void live.set(id, model),
  remove: (id: string): void => void live.delete(id),
};

// A page that was loaded again asks for all models at once.
answerComms("jupyter.widget.control", comm => {
  comm.onMessage((message: CommMessage) => {
    if (message.data.method !== "request_states") return;
    const states: Record<string, unknown> = {};
    const paths: BufferPath[] = [];
    const buffers: Uint8Array[] = [];
    for (const [id, model] of live) {
      const split: SplitState = splitState(model.modelState);
      const { state } = split;
      const name = (key: string) => state[`_model_${key}`];
      states[id] = {
        model_name: name("name"),
        model_module: name("module"),
        model_module_version: name("module_version"),
        state,
      };
      paths.push(...split.paths.map(path => [id, "state", ...path]));
      buffers.push(...split.buffers);
    }
    comm.send({ method: "update_states", states, buffer_paths: paths }, { buffers, answers: message });
  });
});
