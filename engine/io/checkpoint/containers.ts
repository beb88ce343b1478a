import type { Wiring } from "../../nn/functional/wiring.js";
import * as nn from "../../nn/index.js";
import { isPlainObject } from "../../tree.js";
import { decodeWiring, encodeWiring } from "./wiring.js";

/** What is in a container, as modules and plain data. */
export interface Contents {
  readonly layers: readonly nn.Module[];
  readonly names?: readonly string[];
  readonly wiring?: unknown;
  /** How it brings the layers together. */
  readonly args?: readonly unknown[];
}

interface Container {
  /** What is in it; undefined where plain data cannot tell. */
  contents(module: nn.Module): Contents | undefined;
  /** Makes it of that again; undefined where it does not fit. */
  make(contents: Contents): nn.Module | undefined;
}

/** Modules that are made of other modules. All others say in `config()` what their constructors take. */
export const containers: Readonly<Record<string, Container>> = {
  Sequential: {
    contents: module => ({ layers: (module as nn.Sequential).layers }),
    make: ({ layers }) => new nn.Sequential(...layers),
  },
  Residual: {
    contents: module => {
      const { inner, shortcut } = module as nn.Residual;
      return { layers: shortcut ? [inner, shortcut] : [inner] };
    },
    make: ({ layers: [inner, shortcut, ...more] }) =>
      inner && more.length === 0 ? new nn.Residual(inner, shortcut ? { shortcut } : {}) : undefined,
  },
  TimeDistributed: {
    contents: module => ({ layers: [(module as nn.TimeDistributed).layer] }),
    make: ({ layers: [layer, ...more] }) => (layer && more.length === 0 ? new nn.TimeDistributed(layer) : undefined),
  },
  WeightNorm: reparametrized(nn.WeightNorm, ({ target: name, axis }) => ({ name, axis })),
  SpectralNorm: reparametrized(nn.SpectralNorm, ({ target: name, iterations, epsilon, axis }) => {
    return { name, iterations, epsilon, axis };
  }),
  Bidirectional: {
    contents: module => {
      const { forwards, backwards, mergeMode } = module as nn.Bidirectional;
      return { layers: [forwards, backwards], args: [mergeMode] };
    },
    make: ({ layers: [forwards, backwards], args }) =>
      forwards && backwards && new nn.Bidirectional(forwards as never, { backwards, mergeMode: args?.[0] as never }),
  },
  ModuleList: {
    contents: module => ({ layers: module.children() }),
    make: ({ layers }) => new nn.ModuleList(layers),
  },
  ModuleDict: {
    contents: module => ({ layers: module.children(), names: module.namedChildren().map(([name]) => name) }),
    make: ({ layers, names }) =>
      names && new nn.ModuleDict(Object.fromEntries(names.map((name, i) => [name, layers[i]!]))),
  },
  TransformerEncoder: {
    contents: stackContents,
    make: ({ layers }) => stack(layers, nn.TransformerEncoderLayer, nn.TransformerEncoder),
  },
  TransformerDecoder: {
    contents: stackContents,
    make: ({ layers }) => stack(layers, nn.TransformerDecoderLayer, nn.TransformerDecoder),
  },
  GraphModel: {
    contents: module => {
      const { layers, wiring: wires } = module as nn.GraphModel;
      const wiring = encodeWiring(wires as Wiring);
      const named = layers as unknown as Readonly<Record<string, nn.Module>>;
      return wiring === undefined ? undefined : { names: Object.keys(named), layers: Object.values(named), wiring };
    },
    make: ({ layers, names, wiring }) => {
      const decoded = names && decodeWiring(wiring, names);
      return decoded && new nn.GraphModel(Object.fromEntries(names.map((name, i) => [name, layers[i]!])), decoded);
    },
  },
};

/** A layer around another one, with options. */
function reparametrized<M extends nn.WeightNorm | nn.SpectralNorm>(
  Made: new (layer: nn.Module, options: object) => M,
  options: (module: M) => object,
): Container {
  return {
    contents: module => ({ layers: [(module as M).layer], args: [options(module as M)] }),
    make: ({ layers: [layer, ...more], args }) => {
      return layer && more.length === 0 && isPlainObject(args?.[0]) ? new Made(layer, args[0]) : undefined;
    },
  };
}

type Stack = nn.TransformerEncoder | nn.TransformerDecoder;
type StackClass = new (make: () => never, count: number, options: nn.TransformerStackOptions) => nn.Module;

function stackContents(module: nn.Module): Contents {
  const { layers, norm } = module as unknown as Stack;
  return { layers: (norm ? [...layers, norm] : layers) as unknown as nn.Module[] };
}

/** The layers of a kind, and a norm behind them where there is one. */
function stack(layers: readonly nn.Module[], kind: unknown, made: unknown): nn.Module | undefined {
  const last = layers.at(-1);
  const norm = last instanceof nn.LayerNorm ? last : undefined;
  const own = norm ? layers.slice(0, -1) : layers;
  if (own.length === 0 || !own.every(layer => layer instanceof (kind as new () => object))) return undefined;
  const next = own.values();
  return new (made as StackClass)(() => next.next().value as never, own.length, norm ? { norm } : {});
}
