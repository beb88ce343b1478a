import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DataLoader } from "../../../engine/data/data-loader.js";
import * as images from "../../../engine/data/images/index.js";
import { DTypeError, ShapeError, ValueError } from "../../../engine/errors.js";
import { ones, tensor, zeros } from "../../../engine/ops/create.js";
import "../../../engine/ops/index.js";
import type { Shape } from "../../../engine/shape.js";
import type { Tensor } from "../../../engine/tensor.js";

interface Listed {
  shape: number[];
  values: number[];
}
interface Fixture {
  decoded: Record<string, { base64: string }>;
  picture: Listed;
  rotate30: Listed;
  scaleShift: Listed;
  resized: Record<string, Listed>;
  rgb: Listed;
  colours: Record<string, Listed>;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../../fixtures/images.json", import.meta.url), "utf8"));
const read = ({ shape, values }: Listed) => tensor(Float32Array.from(values), { shape }) as Tensor<Shape, "float32">;
const picture = read(fixture.picture);
const rgb = read(fixture.rgb).div(255).unsqueeze(0) as Tensor<Shape, "float32">;

function expectClose(made: Tensor, wanted: Listed, tolerance: number): void {
  expect(made.size).toBe(wanted.values.length);
  const values = made.data() as ArrayLike<number>;
  expect(Math.max(...wanted.values.map((v, i) => Math.abs(v - values[i]!)))).toBeLessThan(tolerance);
}

describe("geometry", () => {
  test("rotate, and scale with translate: as SciPy", () => {
    expectClose(images.rotate(picture, 30), fixture.rotate30, 1e-5);
    expectClose(images.affine(picture, { scale: 1.25, translate: [-0.75, 1.5] }), fixture.scaleShift, 1e-5);
  });

  test("a quarter turn, a shear, a fill", () => {
    const square = tensor([
      [1, 2],
      [3, 4],
    ]);
    const turned = images.rotate(square, 90).toArray().flat();
    [2, 4, 1, 3].forEach((v, i) => {
      expect(turned[i]).toBeCloseTo(v, 5);
    });
    const sheared = images.affine(ones([3, 3]), { shear: 45, fill: 5 }).toArray();
    for (const [y, row] of [
      [1, 1, 5],
      [1, 1, 1],
      [5, 1, 1],
    ].entries()) {
      row.forEach((v, x) => {
        expect(sheared[y]![x]).toBeCloseTo(v, 5);
      });
    }
  });

  test.each(Object.keys(fixture.resized))("resize %s: as Pillow", name => {
    const [method, size] = name.split(" ") as ["bilinear" | "nearest", string];
    const [height, width] = size.split("x").map(Number) as [number, number];
    const made = images.resize(picture, [height, width], { method });
    expect(made.shape).toEqual(fixture.resized[name]!.shape);
    expectClose(made, fixture.resized[name]!, 1e-5);
  });

  test("crop and centerCrop are views of the right place", () => {
    const numbers = tensor(
      Float32Array.from({ length: 20 }, (_, i) => i),
      { shape: [4, 5] },
    );
    expect(images.crop(numbers, { top: 1, left: 2, height: 2, width: 3 }).toArray()).toEqual([
      [7, 8, 9],
      [12, 13, 14],
    ]);
    expect(images.centerCrop(numbers, [2, 3]).toArray()).toEqual([
      [6, 7, 8],
      [11, 12, 13],
    ]);
    expect(images.crop(numbers, { top: 0, left: 0, height: 4, width: 5 }).storage).toBe(numbers.storage);
  });
});

describe("colours", () => {
  test("brightness and saturation as Pillow, contrast and hue by their formulas", () => {
    // Pillow cuts off to whole levels.
    expectClose(images.adjust(rgb, { brightness: 0.6 }), fixture.colours.brightness!, 1 / 255);
    expectClose(images.adjust(rgb, { saturation: 0.4 }), fixture.colours.saturation!, 2 / 255);
    expectClose(images.adjust(rgb, { contrast: 1.7 }), fixture.colours.contrast!, 1e-5);
    expectClose(images.adjust(rgb, { hue: 0.3 }), fixture.colours.hue!, 1e-5);
    expectClose(images.adjust(rgb, { hue: -0.7 }), fixture.colours.hue!, 1e-5);
  });

  test("normalize", () => {
    const made = images.normalize(ones([2, 2, 1, 1]), [0.5, 1], [0.25, 2]);
    expect(made.toArray()).toEqual([
      [[[2]], [[0]]],
      [[[2]], [[0]]],
    ]);
    expect(
      images
        .normalize(ones([3, 1, 1]), 0, 2)
        .toArray()
        .flat(2),
    ).toEqual([0.5, 0.5, 0.5]);
  });
});

describe("by chance", () => {
  const numbered = tensor(
    Float32Array.from({ length: 64 * 2 * 5 * 6 }, (_, i) => i + 1),
    {
      shape: [64, 2, 5, 6],
    },
  ) as Tensor<Shape, "float32">;
  const transforms: Record<string, (seed: number) => images.RandomTransform> = {
    randomFlip: seed => images.randomFlip({ vertical: 0.5, seed }),
    randomCrop: seed => images.randomCrop({ padding: 2, seed }),
    randomAffine: seed => images.randomAffine({ degrees: 20, translate: 0.2, scale: [0.8, 1.2], shear: 5, seed }),
    randomRotation: seed => images.randomRotation({ degrees: 20, seed }),
    randomCutout: seed => images.randomCutout({ size: 3, seed }),
    colorJitter: seed => images.colorJitter({ brightness: 0.5, contrast: 0.5, seed }),
  };

  test.each(Object.keys(transforms))("%s: the seed decides, every call and picture is another", name => {
    const input = (name === "colorJitter" ? numbered.div(5000) : numbered) as Tensor<Shape, "float32">;
    const before = input.toArray();
    const first = transforms[name]!(1);
    const [a, b] = [first(input).toArray(), first(input).toArray()];
    const again = transforms[name]!(1);
    expect([again(input).toArray(), again(input).toArray()]).toEqual([a, b]);
    expect(b).not.toEqual(a);
    expect(transforms[name]!(2)(input).toArray()).not.toEqual(a);
    expect(input.toArray()).toEqual(before);
    // Equal pictures come out differently.
    const equal = input.at(0).unsqueeze(0).repeat([64, 1, 1, 1]) as Tensor<Shape, "float32">;
    const rows = (first(equal).toArray() as unknown[]).map(row => JSON.stringify(row));
    expect(new Set(rows).size).toBeGreaterThan(2);
    expect(first(zeros([0, 2, 5, 6])).shape).toEqual([0, 2, 5, 6]);
  });

  test("randomFlip mirrors whole pictures, about half of them", () => {
    const mirrored = images.randomFlip({ seed: 3 })(numbered);
    const sideways = numbered.flip(-1);
    let turned = 0;
    for (let n = 0; n < 64; n++) {
      const [is, was, other] = [mirrored, numbered, sideways].map(x => JSON.stringify(x.at(n).toArray()));
      expect([was, other]).toContain(is);
      if (is === other) turned++;
    }
    expect(turned).toBeGreaterThan(16);
    expect(turned).toBeLessThan(48);
    expect(images.randomFlip({ horizontal: 0, vertical: 1 })(numbered).toArray()).toEqual(numbered.flip(-2).toArray());
    expect(images.randomFlip({ horizontal: 1, vertical: 1 })(numbered).toArray()).toEqual(
      numbered.flip([-2, -1]).toArray(),
    );
  });

  test("randomCrop gives crops of the padded picture, all of them in time", () => {
    const made = images.randomCrop({ padding: 1, fill: -1, seed: 1 })(numbered);
    const seen = new Set<string>();
    for (let n = 0; n < 64; n++) {
      const padded = numbered.at(n).pad(
        [
          [0, 0],
          [1, 1],
          [1, 1],
        ],
        { value: -1 },
      ) as Tensor<Shape, "float32">;
      const is = JSON.stringify(made.at(n).toArray());
      const places = [0, 1, 2].flatMap(top => [0, 1, 2].map(left => ({ top, left })));
      const place = places.find(
        p => JSON.stringify(images.crop(padded, { ...p, height: 5, width: 6 }).toArray()) === is,
      );
      expect(place).toBeDefined();
      seen.add(JSON.stringify(place));
    }
    expect(seen.size).toBe(9);
    expect(images.randomCrop({ padding: 99, seed: 1 })(numbered).shape).toEqual(numbered.shape);
  });

  test("randomCutout covers a square in all channels, cut off at the edge", () => {
    const made = images.randomCutout({ size: 3, seed: 2 })(ones([200, 2, 9, 9]));
    const covered = made.eq(0).cast("float32").sum([2, 3]).toArray() as number[][];
    for (const [a, b] of covered) {
      expect(a).toBe(b);
      expect([4, 6, 9]).toContain(a);
    }
    expect(
      images
        .randomCutout({ size: 100 })(ones([3, 4, 4]))
        .sum()
        .item(),
    ).toBe(0);
  });

  test("compose takes turns; transforms with one seed are independent of each other", () => {
    const both = images.compose(images.randomFlip({ seed: 1 }), images.randomCutout({ size: 2, seed: 1 }));
    const flipped = images.randomFlip({ seed: 1 })(numbered);
    expect(both(numbered).toArray()).toEqual(images.randomCutout({ size: 2, seed: 1 })(flipped).toArray());
    expect(images.randomFlip({ seed: 1 })(numbered).toArray()).not.toEqual(
      images
        .randomFlip({ seed: 1 + 2 ** 32 })(numbered)
        .toArray(),
    );
  });
});

describe("a folder of classes", () => {
  const folder = mkdtemp(join(tmpdir(), "gradbook-folder-"));
  afterAll(async () => rm(await folder, { recursive: true, force: true }));

  test("is read by a loader, in order of the names", async () => {
    const path = await folder;
    for (const [name, file] of [
      ["dog/b.png", "rgb.png"],
      ["dog/deep/a.JPG", "q90.jpg"],
      ["cat/x.png", "grey.png"],
    ] as const) {
      await mkdir(join(path, name, ".."), { recursive: true });
      await writeFile(join(path, name), Buffer.from(fixture.decoded[file]!.base64, "base64"));
    }
    await writeFile(join(path, "readme.txt"), "no class");
    await writeFile(join(path, "dog", "notes.txt"), "no picture");
    const pictures = await images.folder(path, { size: [6, 7] });
    expect([pictures.classes, pictures.length]).toEqual([["cat", "dog"], 3]);
    expect(pictures.files.map(file => file.slice(path.length + 1))).toEqual([
      "cat/x.png",
      "dog/b.png",
      "dog/deep/a.JPG",
    ]);
    for await (const batch of new DataLoader(pictures)) {
      expect([batch.images.shape, batch.labels.dtype, batch.labels.toArray()]).toEqual([
        [3, 3, 6, 7],
        "int32",
        [0, 1, 1],
      ]);
    }
    const own = await (await images.folder(path, { channels: 1 })).at(0);
    expect(own.images.shape).toEqual([1, 9, 13]);
    await cp(join(path, "readme.txt"), join(path, "cat", "z.png"));
    const broken = await images.folder(path);
    await expect(broken.at(1)).rejects.toThrow("z.png: images.decode: the bytes are neither");
    await mkdir(join(path, "empty"));
    await expect(images.folder(path)).rejects.toThrow("class empty of");
    await expect(images.folder(join(path, "empty"))).rejects.toThrow("has no folders of pictures");
    await expect(images.folder(join(path, "nowhere"))).rejects.toThrow("ENOENT");
  });
});

describe("bad input", () => {
  const image = zeros([2, 3, 4, 5]);
  test.each<[string, () => unknown, new (...args: never[]) => Error]>([
    ["integers", () => images.rotate(zeros([2, 2], { dtype: "uint8" }) as never, 3), DTypeError],
    ["no tensor", () => images.rotate([1] as never, 3), ValueError],
    ["too few axes", () => images.rotate(zeros([3]), 3), ShapeError],
    ["too many axes", () => images.rotate(zeros([1, 1, 1, 2, 2]), 3), ShapeError],
    ["no pixels", () => images.resize(zeros([0, 4]), [2, 2]), ShapeError],
    ["a size of 0", () => images.resize(image, [0, 2]), ValueError],
    ["an unknown method", () => images.resize(image, [2, 2], { method: "cubic" as never }), ValueError],
    ["a crop beyond", () => images.crop(image, { top: 2, left: 0, height: 3, width: 2 }), ShapeError],
    ["a large centre", () => images.centerCrop(image, [5, 2]), ShapeError],
    ["an infinite angle", () => images.rotate(image, Number.POSITIVE_INFINITY), ValueError],
    ["a scale of 0", () => images.affine(image, { scale: 0 }), ValueError],
    ["a negative factor", () => images.adjust(image, { brightness: -1 }), ValueError],
    ["hue of grey", () => images.adjust(zeros([4, 5]), { hue: 0.1 }), ShapeError],
    ["an infinite hue", () => images.adjust(image, { hue: Number.NaN }), ValueError],
    ["two means of three", () => images.normalize(image, [1, 2], 1), ShapeError],
    ["a deviation of 0", () => images.normalize(image, 0, [1, 0, 1]), ValueError],
    ["grey without channels", () => images.normalize(zeros([4, 5]), 0, 1), ShapeError],
    ["a probability of 2", () => images.randomFlip({ horizontal: 2 }), ValueError],
    ["half a padding", () => images.randomCrop({ padding: 0.5 }), ValueError],
    ["scales upside down", () => images.randomAffine({ scale: [2, 1] }), ValueError],
    ["negative degrees", () => images.randomRotation({ degrees: -1 }), ValueError],
    ["a hue of 1", () => images.colorJitter({ hue: 1 }), ValueError],
    ["jitter of grey", () => images.colorJitter({ saturation: 0.1 })(zeros([4, 5])), ShapeError],
    ["a cutout of 0", () => images.randomCutout({ size: 0 }), ValueError],
    ["a seed of 0.5", () => images.randomFlip({ seed: 0.5 }), ValueError],
    ["no transforms", () => images.compose(), ValueError],
  ])("%s", (_, run, error) => {
    expect(run).toThrow(error);
  });
});
