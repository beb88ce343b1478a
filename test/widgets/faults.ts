import type { Page } from "playwright-core";

/**
 * Texts whose contrast is below 4.5, parts that stick out of their output, and pictures that did not load, in every element of a page that is an output.
 *
 * @param outputs the selector of the outputs
 */
export function faults(page: Page, outputs: string): Promise<string[]> {
  return page.evaluate(selector => {
    const found: string[] = [];
    const parse = (css: string) => (css.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]).map(Number);
    const over = (top: number[], under: number[]) => {
      const alpha = top[3] ?? 1;
      return [0, 1, 2].map(i => top[i]! * alpha + under[i]! * (1 - alpha));
    };
    const luminance = (rgb: number[]) => {
      const [r, g, b] = rgb.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const backgroundOf = (element: Element): number[] => {
      const own = parse(getComputedStyle(element).backgroundColor);
      if ((own[3] ?? 1) === 1) return own.slice(0, 3);
      return over(own, element.parentElement ? backgroundOf(element.parentElement) : [255, 255, 255]);
    };
    for (const out of document.querySelectorAll(selector)) {
      const box = out.getBoundingClientRect();
      const title = out.querySelector("b")?.textContent ?? "output";
      for (const element of out.querySelectorAll("*")) {
        const rect = element.getBoundingClientRect();
        if (rect.width === 0 || element.closest("details:not([open]) > :not(summary)")) continue;
        if (rect.right > box.right + 1 && !element.closest("[style*=overflow-x]")) {
          found.push(`${title}: <${element.tagName}> sticks out by ${Math.round(rect.right - box.right)} px`);
        }
        const svg = element.closest("svg");
        if (svg && element !== svg && element.tagName === "text") {
          const frame = svg.getBoundingClientRect();
          const out = Math.max(
            frame.left - rect.left,
            rect.right - frame.right,
            frame.top - rect.top,
            rect.bottom - frame.bottom,
          );
          if (out > 1) found.push(`${title}: the text "${element.textContent}" is cut by ${Math.round(out)} px`);
        }
        const text = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent!.trim() !== "");
        // Squares in a legend are colours, not text.
        if (!text || element.textContent === "■") continue;
        const style = getComputedStyle(element);
        const background = backgroundOf(svg ?? element);
        const opacity = Number(style.opacity);
        const colour = parse(element.tagName === "text" ? style.fill : style.color);
        const ink = over([...colour.slice(0, 3), (colour[3] ?? 1) * opacity], background);
        const [low, high] = [luminance(ink), luminance(background)].sort((a, b) => a - b) as [number, number];
        const contrast = (high + 0.05) / (low + 0.05);
        if (contrast < 4.5)
          found.push(`${title}: "${element.textContent!.slice(0, 30)}" has contrast ${contrast.toFixed(2)}`);
      }
      for (const image of out.querySelectorAll("img")) {
        if (image.complete && image.naturalWidth === 0) found.push(`${title}: a picture did not load`);
      }
    }
    return found;
  }, outputs);
}
