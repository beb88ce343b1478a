import { describe, expect, test } from "vitest";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { tensorOf } from "./samples.js";

describe("show.confusion", () => {
  test("counts, shares of the rows, scores by class as scikit-learn computes them", () => {
    // precision 10/13, 15/19; recall 10/14, 15/18; F1 20/27, 30/37 (sklearn.metrics.classification_report)
    const { text, plain } = shown(
      views.confusion(
        [
          [10, 4],
          [3, 15],
        ],
        { labels: ["cat", "dog"] },
      ),
    );
    expect(text).toContain("32 samples");
    expect(text).toContain("accuracy 0.781");
    expect(text).toMatch(/cat\s*10\s*71 %\s*4\s*29 %/);
    expect(text).toMatch(/cat\s*0\.769\s*0\.714\s*0\.741\s*14/);
    expect(text).toMatch(/dog\s*0\.789\s*0\.833\s*0\.811\s*18/);
    expect(text).toContain("most often confused: cat taken for dog (4 times) · dog taken for cat (3 times)");
    expect(plain.split("\n")).toEqual([
      "Confusion matrix of 2 classes, accuracy 0.781",
      "true \\ predicted  cat  dog",
      "             cat   10    4",
      "             dog    3   15",
    ]);
  });

  test("a class that nobody is or nobody predicted has no score", () => {
    const { text } = shown(views.confusion(tensorOf([2, 2], i => (i === 0 ? 5 : 0))));
    expect(text).toMatch(/1\s*–\s*–\s*–\s*0/);
    expect(text).not.toContain("most often confused");
    expect(shown(views.confusion([[0]])).plain).toContain("accuracy –");
  });

  test("500 classes are a picture within the budget; names are escaped and cut", () => {
    const { html, plain } = shown(views.confusion(tensorOf([500, 500], i => (i % 501 === 0 ? 9 : i % 3))));
    expect(html.length).toBeLessThan(200_000);
    expect(plain).toBe("Confusion matrix of 500 classes, accuracy 0.018");
    const hostile = shown(views.confusion([[1]], { labels: ["<img src=x onerror=alert(1)>"] }));
    expect(hostile.html).not.toContain("<img src=x");
    expect(hostile.text).toContain("onerror=alert(1)");
  });

  test("of many classes some are named beside the picture", () => {
    const labels = Array.from({ length: 60 }, (_, i) => `class ${i} of many`);
    const { text } = shown(
      views.confusion(
        tensorOf([60, 60], () => 1),
        { labels },
      ),
    );
    expect(text).toMatch(/class 0 of m…\s+class 5 of m…\s+class 10 of …/);
  });

  test("wrong input is refused", () => {
    expect(() => views.confusion([[1, 2]])).toThrow("[1, 2] is not [classes, classes]");
    expect(() => views.confusion([[-1]])).toThrow("[0, 0] is -1");
    expect(() => views.confusion([[0.5]])).toThrow("counts nothing");
    expect(() => views.confusion([[1]], { labels: ["a", "b"] })).toThrow("2 labels for 1 classes");
    expect(() => views.confusion(tensorOf([0, 0], () => 0))).toThrow("is not [classes, classes]");
  });
});
