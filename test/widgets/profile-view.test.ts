import { describe, expect, test } from "vitest";
import { compile, nn, profile, randn, type Tensor } from "../../engine/index.js";
import "../../widgets/install.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { trainDigits } from "./trained.js";

/** A profile of three training steps. */
const ofTraining = () => profile(() => trainDigits(3));

describe("show.profile", () => {
  test("layers and operations over their time, and what took the most in itself", () => {
    const found = ofTraining();
    const { html, text, plain } = shown(views.profile(found));
    expect(Buffer.byteLength(html)).toBeLessThan(150 * 1024);
    expect(html).toMatch(/<title>DigitNet: [\d.]+ (ms|µs), [\d.]+ %, \d+ kernels<\/title>/);
    expect(html).toMatch(/<title>backward: /);
    expect(html).toMatch(/aria-label="[\d.]+ m?s, of which [\d.]+ m?s in kernels; the most in \w+, (forward|backward)/);
    expect(text).toMatch(/Profile · [\d.]+ m?s · .* in \d+ kernels \([\d.]+ %\) · .* in JavaScript .* measuring took/);
    expect(text).toMatch(/conv2d backward \[50, /);
    const rows = html.match(/<th scope="row"/g)!;
    expect(rows).toHaveLength(10);
    expect(plain).toBe(String(found));
    // The value shows itself.
    expect(shown(found as never).html).toBe(html);
  });

  test("the blocks of a level fill the time of the level above, no more", () => {
    const { html } = shown(views.profile(ofTraining()));
    const svg = /<svg viewBox.*?<\/svg>/s.exec(html)![0];
    const blocks = [...svg.matchAll(/<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map(m =>
      m.slice(1).map(Number),
    );
    const width = (y: number) => blocks.filter(b => b[1] === y).reduce((sum, b) => sum + b[2]! + 1, 0);
    expect(width(0)).toBeCloseTo(856, 0);
    expect(width(30)).toBeGreaterThan(856 * 0.95);
    for (const [x, , wide] of blocks) expect(x! + wide!).toBeLessThanOrEqual(857);
  });

  test("compiled steps say so; nothing, no kernel, thousands of layers and names with markup are no trouble", () => {
    const x = randn([8, 8]) as Tensor;
    const step = compile((a: Tensor) => a.matmul(a).relu() as Tensor);
    for (let i = 0; i < 3; i++) step(x);
    expect(shown(views.profile(profile(() => step(x)))).text).toContain("· compiled ·");
    expect(shown(views.profile(profile(() => undefined))).text).toContain("no kernel ran");
    const deep = new nn.Sequential(...Array.from({ length: 1000 }, () => new nn.Linear(2, 2)));
    const many = shown(views.profile(profile(() => deep(randn([1, 2])))));
    expect(Buffer.byteLength(many.html)).toBeLessThan(150 * 1024);
    class Named extends nn.Module {
      readonly "<img src=x onerror=alert(1)>" = new nn.Linear(2, 2);
      forward(a: Tensor): Tensor {
        return this["<img src=x onerror=alert(1)>"](a) as Tensor;
      }
    }
    const named = new Named();
    expect(shown(views.profile(profile(() => named(randn([1, 2]) as Tensor)))).html).not.toContain("<img src=x");
    expect(() => views.profile({} as never)).toThrow("this is no profile");
  });
});
