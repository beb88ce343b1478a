/** A model as plain data: what `summary(model)` returns and what the model view draws. No tensors, no functions. */
export interface ModelSummary {
  /** Class or given name, e.g. `"Net"`. */
  name: string;
  /** The layers in order of declaration, nested as the modules are. */
  layers: LayerSummary[];
  /** Counts of scalars, each parameter once even when shared. */
  parameters: { total: number; trainable: number; bytes: number };
  /** Multiply-adds of one forward pass times two; absent until a pass was seen. */
  flops?: number;
  /** Bytes of all layer outputs of one forward pass; absent until a pass was seen. */
  activationBytes?: number;
}

/** One layer of a model in numbers. */
export interface LayerSummary {
  /** Attribute or key under which its parent holds it, e.g. `"fc1"`. */
  name: string;
  /** Class, e.g. `"Linear"`. */
  type: string;
  /** Short description of its options, e.g. `"784 -> 128"`. */
  options: string;
  /** Shapes seen in the last forward pass; absent until the first call. -1 stands for the batch. */
  inputShape?: readonly number[];
  outputShape?: readonly number[];
  /** Scalars owned by this layer itself, without its children. */
  parameters: number;
  trainable: boolean;
  /** True for a layer that has yet to make its parameters, on its first call; `parameters` is 0 then. */
  unbuilt?: boolean;
  flops?: number;
  /** True when another layer, listed earlier, owns the same parameters. */
  shared?: boolean;
  /** In a functional model: the names of the layers, operations or inputs that it reads. */
  from?: readonly string[];
  children: LayerSummary[];
}
