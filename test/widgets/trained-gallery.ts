import { displaySymbol, type MimeBundle } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import type { View } from "../../widgets/views/view.js";
import { trainedDigits } from "./trained.js";

/** What the gallery shows of a network that was trained: its scores, its insides, its mistakes. */
export function trainedGallery(): [name: string, bundle: MimeBundle][] {
  const { model, images, labels } = trainedDigits();
  const scores = model(images).softmax(-1);
  const shown: [string, View][] = [
    ["roc", views.roc(scores.at("...", 8), labels.eq(8))],
    ["roc of classes", views.roc(scores, labels)],
  ];
  return shown.map(([name, view]) => [name, view[displaySymbol]()]);
}
