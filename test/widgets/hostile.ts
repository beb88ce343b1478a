import { nn } from "../../engine/index.js";
import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { trainingBundle } from "../../widgets/views/training.js";
import type { View } from "../../widgets/views/view.js";
import { widget } from "../../widgets/widget.js";
import { strokes, tensorOf, trainingState } from "./samples.js";

/** A name that sets `window.harmed` wherever it is taken for markup. */
export const hostileName = `<img src=x onerror="window.harmed = 1"></title></style></svg><script>window.harmed = 1</script>`;

/** Views of values whose every name is hostile. */
export function hostileViews(): [name: string, bundle: MimeBundle][] {
  const name = hostileName;
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
  Object.defineProperty(model.constructor, "name", { value: name, configurable: true });
  const shown: [string, View][] = [
    ["model", views.model(model, [1, 4])],
    ["graph", views.graph(model, [1, 4])],
    ["images", views.image(strokes(2), { labels: [name, name], predictions: [name, "b"] } as never)],
    [
      "heatmap",
      views.heatmap(
        tensorOf([3, 3], i => i),
        { title: name },
      ),
    ],
    [
      "histogram",
      views.hist(
        tensorOf([50], i => i),
        { xLabel: name },
      ),
    ],
    ["curve", views.curve([1, 2], { [name]: [1, 2], other: [2, 1] }, { title: name, xLabel: name, yLabel: name })],
    ["table", views.table([{ [name]: name, other: 1 }])],
    [
      "confusion",
      views.confusion(
        tensorOf([2, 2], i => i),
        { labels: [name, "b"] },
      ),
    ],
    [
      "attention",
      views.attention(
        tensorOf([2, 2], () => 0.5),
        { tokens: [name, "b"] },
      ),
    ],
    [
      "overlay",
      views.overlay(
        strokes(1),
        tensorOf([28, 28], i => i / 784),
        { captions: [name] },
      ),
    ],
  ];
  delete (model.constructor as { name?: string }).name;
  return [
    ...shown.map(([title, view]): [string, MimeBundle] => [`hostile ${title}`, view[displaySymbol]()]),
    ["hostile training", trainingBundle(trainingState({ done: 500, title: name, end: "failed", message: name }))],
    ["hostile widget", widget({ esm: "export default {}", name, state: { [name]: name } })[displaySymbol]()],
  ];
}
