import { describe, expect, test } from "vitest";
import { slice, type Tensor } from "../../engine/index.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { random, tensorOf } from "./samples.js";
import { trainedAttention, trainedDigits } from "./trained.js";

const hostile = "<img src=x onerror=alert(1)>";

describe("show.attention", () => {
  test("trained heads: the strongest pairs by name, the tokens beside the maps", () => {
    const tokens = ["the", "cat", "sat", "on", "the", "warm", hostile];
    const { text, html, plain } = shown(views.attention(trainedAttention(), { tokens }));
    expect(text).toContain("2 heads");
    // The second head looks at the last place.
    expect(plain).toMatch(/head 1: \w+ {2}<img src=x/);
    expect(html).not.toContain("<img src=x");
    expect(html.match(/<image /g)).toHaveLength(2);
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
  });

  test("weights that do not sum to 1 are said to; a masked row of NaN is marked", () => {
    expect(shown(views.attention([[0.5, 0.5]])).text).not.toContain("do not sum");
    expect(shown(views.attention([[0.5, 0.4]])).text).toContain("1 rows do not sum to 1");
    const masked = shown(views.attention([[Number.NaN, Number.NaN]]));
    expect(masked.text).toContain("1 rows do not sum to 1");
    expect(masked.text).toContain("NaN");
  });

  test("an even spread over four keys has four effective keys", () => {
    expect(shown(views.attention([[0.25, 0.25, 0.25, 0.25]])).text).toContain("effective keys: 4");
  });

  test("many heads over long sequences stay within the bytes", () => {
    const u = random(5);
    const { html, text } = shown(views.attention(tensorOf([32, 500, 500], u)));
    expect(Buffer.byteLength(html)).toBeLessThan(100_000);
    expect(text).toContain("16 of 32 heads");
    expect(text).toContain("1 of 13 shown");
  });

  test("wrong input is refused", () => {
    expect(() => views.attention([0.5, 0.5])).toThrow("weights of shape [2]");
    expect(() => views.attention(tensorOf([2, 2, 3, 3], () => 0.3))).toThrow("of one sample");
    expect(() => views.attention([[1.5, -2]])).toThrow("after the softmax");
    expect(() => views.attention([[1]], { tokens: ["a", "b"] })).toThrow("2 tokens for an axis of 1");
    expect(() => views.attention(tensorOf([0, 3], () => 0))).toThrow("weights of shape [0, 3]");
  });
});

describe("show.overlay", () => {
  test("a mask in classes with their share, over the image in grey", () => {
    const mask = tensorOf([2, 8, 8], i => (i < 16 ? 2 : i < 24 ? 1 : 0), { dtype: "int32" });
    const { text, html } = shown(
      views.overlay(
        tensorOf([2, 8, 8], i => i / 128),
        mask,
        { labels: ["nothing", "cat", hostile] },
      ),
    );
    expect(text).toContain("[0] · <img src=x onerror=aler… 25 %, cat 13 %");
    expect(text).toContain("[1] · nothing marked");
    expect(html).not.toContain("<img src=x");
  });

  test("a map names its strongest place and is stretched over the image", () => {
    const map = tensorOf([4, 4], i => (i === 6 ? -3 : i / 16));
    const { text } = shown(
      views.overlay(
        tensorOf([3, 32, 32], i => (i % 255) / 255),
        map,
      ),
    );
    expect(text).toContain("strongest -3 at row 1, column 2");
    expect(text).toContain("map of 4 x 4 stretched");
  });

  test("noise in colours stays within the bytes; all NaN says so", () => {
    const u = random(7);
    const { html, text } = shown(
      views.overlay(
        tensorOf([40, 3, 200, 200], u),
        tensorOf([40, 200, 200], () => u() - 0.5),
      ),
    );
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(200_000);
    expect(text).toMatch(/\d+ of 40 images/);
    const nan = shown(
      views.overlay(
        tensorOf([8, 8], u),
        tensorOf([8, 8], () => Number.NaN),
      ),
    );
    expect(nan.text).toContain("no finite value");
  });

  test("wrong input is refused", () => {
    const image = tensorOf([8, 8], () => 0);
    expect(() =>
      views.overlay(
        image,
        tensorOf([2, 8, 8], () => 0),
      ),
    ).toThrow("maps of shape [2, 8, 8]");
    expect(() => views.overlay(image, image, { alpha: 2 })).toThrow("alpha is 2");
    expect(() => views.overlay(image, image, { captions: [] })).toThrow("0 captions for 1 image");
    expect(() =>
      views.overlay(
        image,
        tensorOf([0, 8], () => 0),
      ),
    ).toThrow("maps of shape [0, 8]");
  });
});

describe("show.features", () => {
  test("the maps of a trained layer, with figures for each", () => {
    const { model, images } = trainedDigits();
    const { text, plain } = shown(views.features(model.features(images.at(slice(0, 4)) as Tensor), { sample: 2 }));
    expect(text).toContain("8 maps");
    expect(text).toContain("sample 2 of 4");
    expect(plain.split("\n")).toHaveLength(10);
  });

  test("maps without signal are named in words", () => {
    const { text } = shown(views.features(tensorOf([3, 4, 4], i => (i < 16 ? 0 : i))));
    expect(text).toContain("1 without signal");
    expect(text).toContain("0 · no signal");
  });

  test("512 maps of 64 x 64 noise stay within the bytes, on each scale", () => {
    const u = random(9);
    const noise = tensorOf([512, 64, 64], () => u() - 0.5);
    for (const scale of ["each", "shared"] as const) {
      const { html, text } = shown(views.features(noise, { scale }));
      expect(Buffer.byteLength(html)).toBeLessThan(200_000);
      expect(text).toContain("48 of 512 maps");
    }
  });

  test("wrong input is refused", () => {
    expect(() => views.features([[1]])).toThrow("is not feature maps");
    expect(() => views.features(tensorOf([0, 4, 4], () => 0))).toThrow("[0, 4, 4] is not feature maps");
    expect(() =>
      views.features(
        tensorOf([2, 1, 4, 4], () => 0),
        { sample: 2 },
      ),
    ).toThrow("no sample 2 among 2");
    expect(() =>
      views.features(
        tensorOf([1, 4, 4], () => 0),
        { scale: "x" as never },
      ),
    ).toThrow('scale is "x"');
  });
});
