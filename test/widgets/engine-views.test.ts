import { describe, expect, test } from "vitest";
import { memoryReport, nn, tensor, zeros } from "../../engine/index.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { trainDigits } from "./trained.js";

describe("show.memory", () => {
  test("of this process: what is live, and who made it", () => {
    const held = zeros([512, 1024]);
    const { live } = memoryReport();
    expect(live).toBeGreaterThanOrEqual(2 * 1024 * 1024);
    const { text, html, plain } = shown(views.memory());
    expect(text).toContain("outside of cells");
    expect(text).toMatch(/[\d.]+ MB live/);
    expect(plain).toMatch(/^memory: .* live in \d[\d,]* storages?, .* kept for reuse, peak /);
    expect(Buffer.byteLength(html)).toBeLessThan(30_000);
    expect(held.shape).toEqual([512, 1024]);
  });

  test("shares are of what is live; many cells are cut; lines are inert", () => {
    const cells = Array.from({ length: 100 }, (_, i) => ({ cell: i, bytes: 1024, storages: 1 }));
    const sites = [{ site: "<img src=x onerror=alert(1)>:1:2", bytes: 1024, storages: 1 }];
    const { text, html } = shown(
      views.memory({ live: 102_400, pooled: 0, peak: 204_800, storages: 100, cells, sites }),
    );
    expect(text).toMatch(/\[1\]\s*1\.0 KB\s*1\.0 %\s*1/);
    expect(text).toContain("88 more not shown");
    expect(html).not.toContain("<img src=x");
    expect(shown(views.memory({ live: 0, pooled: 0, peak: 0, storages: 0, cells: [] })).text).toContain("0 B live");
    // The name of the peak stands in the row of the other names, and below them only where it would touch one.
    const rowOf = (peak: number) => {
      const { html } = shown(views.memory({ live: 50e6, pooled: 30e6, peak, storages: 1, cells: [] }));
      return />live<.*? y="(\d+)" text-anchor="middle">peak</.exec(html.replace(/.*<svg viewBox/s, ""))?.[1];
    };
    expect(rowOf(200e6)).toBe("46");
    expect(rowOf(63e6)).toBe("62");
    expect(() => views.memory({} as never)).toThrow("this is no report");
  });
});

describe("show.autograd", () => {
  test("of a trained network's loss: operations, parameters by name, their gradients", () => {
    const { model, images, labels } = trainDigits(1);
    const loss = model(images).crossEntropy(labels);
    const { text, plain, html } = shown(views.autograd(loss, { model }));
    expect(text).toContain("8 parameters");
    expect(plain).toMatch(/conv1\.weight \[8, 1, 3, 3\]/);
    const norm = Math.hypot(...(model.fc2.bias!.grad!.data() as Float32Array));
    expect(html).toContain(`[10] · gradient ${Number(norm.toPrecision(3))}`);
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
  });

  test("a value without a graph says so; a parameter without gradient too", () => {
    expect(shown(views.autograd(tensor([1, 2]))).text).toContain("nothing to differentiate");
    const weight = zeros([2], { requiresGrad: true });
    const { text, html } = shown(views.autograd(weight.sum()));
    expect(text).toContain("1 without gradient yet");
    expect(html).toContain("no gradient yet");
  });

  test("a graph of 20,000 steps is cut, without a deep stack; names are inert", () => {
    const name = "<img src=x onerror=alert(1)>";
    class Named extends nn.Module {
      readonly [name] = zeros([1], { requiresGrad: true });
      forward() {
        return this[name];
      }
    }
    const model = new Named();
    let value = model.forward().add(1);
    for (let i = 0; i < 20_000; i++) value = value.mul(0.999).relu();
    const { text, html } = shown(views.autograd(value, { model }));
    expect(text).toMatch(/the last 80 of [\d,]+ steps/);
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
    expect(shown(views.autograd(model.forward().add(1), { model })).html).not.toContain("<img src=x");
    expect(() => views.autograd(3 as never)).toThrow("expected a tensor, got number");
  });
});
