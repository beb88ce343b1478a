import { data, nn, Profile, Tensor, train } from "../engine/index.js";
import { displaySymbol } from "./display.js";
import { showTrainingRuns } from "./live.js";
import { datasetSampleView } from "./views/dataset.js";
import { graphView } from "./views/graph.js";
import { modelView } from "./views/model.js";
import { profileView } from "./views/profile.js";
import { tableView } from "./views/table.js";
import { tensorBundle } from "./views/tensor.js";
import type { TensorLike } from "./views/tensor-like.js";
import { tensorText } from "./views/tensor-text.js";
import { weightsView } from "./views/weights.js";

const inspectSymbol = Symbol.for("nodejs.util.inspect.custom");

interface InspectOptions {
  depth?: number | null;
}

/** Whether a logged value is not inside another. */
function standsAlone(depth: number | null, options: InspectOptions): boolean {
  return depth !== null && depth === options.depth;
}

/** How `console.log` shows a tensor: with its values where it stands alone, by its shape inside something else. */
function inspectTensor(this: TensorLike, depth: number | null, options: InspectOptions): string {
  try {
    return standsAlone(depth, options) ? tensorText(this) : String(this);
  } catch {
    // Its memory was given back, or it was never computed: a log must not fail for that.
    return `Tensor[${this.shape.join(", ")}] ${this.dtype} (no values)`;
  }
}

/** A model shows what it consists of; inside something else a log just names it. */
const ofModels = {
  [displaySymbol](this: nn.Module | train.Summary) {
    return modelView(this instanceof train.Summary ? this : train.summary(this))[displaySymbol]();
  },
  [inspectSymbol](this: nn.Module | train.Summary, depth: number | null, options: InspectOptions): string {
    const summary = this instanceof train.Summary ? this : train.summary(this);
    return standsAlone(depth, options) ? String(summary) : `${summary.name}(${summary.parameters.total} parameters)`;
  },
};

const ofTensors = {
  [displaySymbol](this: TensorLike) {
    return tensorBundle(this);
  },
  [inspectSymbol]: inspectTensor,
};

const ofWeightLogs = {
  [displaySymbol](this: train.WeightLog) {
    return weightsView(this)[displaySymbol]();
  },
};

const ofForwardGraphs = {
  [displaySymbol](this: train.ForwardGraph) {
    return graphView(this)[displaySymbol]();
  },
};

const ofProfiles = {
  [displaySymbol](this: Profile) {
    return profileView(this)[displaySymbol]();
  },
};

/** The first samples are made to be looked at. */
const ofDatasets = {
  async [displaySymbol](this: data.Dataset<unknown>) {
    return (await datasetSampleView(this))[displaySymbol]();
  },
};

const ofTables = {
  [displaySymbol](this: data.Table) {
    return tableView(this)[displaySymbol]();
  },
};

/** Adds methods under symbols, which no loop over an object's fields sees. */
function install(prototype: object, methods: object): void {
  for (const symbol of Object.getOwnPropertySymbols(methods)) {
    const value: unknown = Reflect.get(methods, symbol);
    Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true });
  }
}

install(Tensor.prototype, ofTensors);
install(nn.Module.prototype, ofModels);
install(train.Summary.prototype, ofModels);
install(train.WeightLog.prototype, ofWeightLogs);
install(train.ForwardGraph.prototype, ofForwardGraphs);
install(Profile.prototype, ofProfiles);
install(data.Table.prototype, ofTables);
install(data.Dataset.prototype, ofDatasets);

showTrainingRuns();
