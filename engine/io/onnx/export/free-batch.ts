import { full } from "../../../ops/create.js";
import type { Tensor } from "../../../tensor.js";
import type { GraphBuilder, GraphNode } from "./graph.js";

/**
 * Makes a graph that was traced with one length of the batch one for every length, by the differences to a trace with another
 * length: in shapes what differs becomes -1, and constants of one value that are repeated over the batch are taken once.
 * @returns false where the traces differ in more than that; the graph is then not to be used
 */
export function freeBatch(graph: GraphBuilder, other: GraphBuilder): boolean {
  if (graph.nodes.length !== other.nodes.length) return false;
  const shapes = new Map<string, string>();
  for (let i = 0; i < graph.nodes.length; i++) {
    const [node, twin] = [graph.nodes[i]!, other.nodes[i]!];
    if (!sameNode(node, twin)) return false;
    for (let k = 0; k < node.inputs.length; k++) {
      const [name, twinName] = [node.inputs[k]!, twin.inputs[k]!];
      const [x, y] = [graph.initializers.get(name), other.initializers.get(twinName)];
      if ((x === undefined) !== (y === undefined)) return false;
      if (x === undefined || y === undefined) {
        if (name !== twinName) return false;
        continue;
      }
      if (x === y || sameValues(x, y)) continue;
      const changed = k === 1 ? freeShape(graph, node, x, y) : undefined;
      const freed = changed ?? takenOnce(graph, x, y);
      if (freed === undefined) return false;
      shapes.set(`${i} ${k}`, freed);
    }
  }
  graph.nodes.forEach((node, i) => {
    const inputs = node.inputs.map((name, k) => shapes.get(`${i} ${k}`) ?? name);
    graph.nodes[i] = { ...node, inputs };
  });
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  for (const name of [...graph.initializers.keys()]) if (!used.has(name)) graph.initializers.delete(name);
  return true;
}

function sameNode(a: GraphNode, b: GraphNode): boolean {
  return (
    a.type === b.type &&
    a.inputs.length === b.inputs.length &&
    JSON.stringify([a.outputs, a.attributes]) === JSON.stringify([b.outputs, b.attributes])
  );
}

const valuesOf = (x: Tensor) => Array.from(x.data() as ArrayLike<number | bigint>, Number);

function sameValues(x: Tensor, y: Tensor): boolean {
  if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join()) return false;
  const other = valuesOf(y);
  return valuesOf(x).every((value, i) => Object.is(value, other[i]));
}

/** The shape with what differs left open: one length in a Reshape, any in an Expand, where 1 keeps the input's. */
function freeShape(graph: GraphBuilder, { type }: GraphNode, x: Tensor, y: Tensor): string | undefined {
  if ((type !== "Reshape" && type !== "Expand") || x.shape.join() !== y.shape.join()) return undefined;
  const [a, b] = [valuesOf(x), valuesOf(y)];
  const open = type === "Reshape" ? -1 : 1;
  const freed = a.map((length, i) => (length === b[i] ? length : open));
  return type === "Reshape" && freed.filter(length => length === -1).length !== 1 ? undefined : graph.integers(freed);
}

/** A constant of one value that is as long as the batch, with length 1 there: it broadcasts. */
function takenOnce(graph: GraphBuilder, x: Tensor, y: Tensor): string | undefined {
  if (x.dtype !== y.dtype || x.shape.length !== y.shape.length || x.size === 0) return undefined;
  const [first, ...rest] = valuesOf(x);
  if (!rest.every(value => value === first) || !valuesOf(y).every(value => value === first)) return undefined;
  const name = graph.unusedName("constant");
  const shape = x.shape.map((length, i) => (length === y.shape[i] ? length : 1));
  graph.initializers.set(name, full(shape, first!, { dtype: x.dtype }) as Tensor);
  return name;
}
