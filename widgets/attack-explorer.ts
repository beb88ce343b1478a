import { explain, nn, noGrad, type Tensor, tensor } from "../engine/index.js";
import { attackModule, attackStyle } from "./attack-explorer-module.js";
import { controlStyle } from "./control-module.js";
import { formatNumber } from "./format.js";
import { type AttackState, attackView, likeliest } from "./views/attack.js";
import { attackPictures } from "./views/attack-pictures.js";
import { numbersOf } from "./views/tensor-like.js";
import { Widget } from "./widget.js";

/** How `show.attack` works and draws. */
export interface AttackOptions {
  /** Heading of the card. */
  title?: string;
  /** The largest epsilon of the slider. Default: 0.3 of the range of the input. */
  max?: number;
  /** Where the slider begins. Default: 0. */
  epsilon?: number;
  /** The smallest and largest value an input may have. Default: 0 to 1 for an input within that, else no limit. */
  range?: readonly [low: number, high: number];
  /** The names of the classes, in order; by default their numbers. */
  labels?: readonly string[];
}

/** A classifier: logits [1, classes] for an input [1, ...]. */
export type Classifier = nn.Module | ((input: Tensor) => Tensor);

/**
 * An input that is moved against its model by a slider (the fast gradient sign method, `explain.fgsm`): the picture, what was
 * added, and what the model makes of it. The model is asked anew at each move, as after `eval()`, so that a slider beside a
 * training loop shows the model as it is then.
 *
 * @example
 * const classify = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 2));
 * const explorer = views.attack(classify, rand([1, 28, 28]), 1);
 * explorer.epsilon = 0.1;
 * explorer.get("classes").length; // 2
 */
export class AttackExplorer extends Widget<AttackState> {
  /**
   * @param input x: [1, ...], one input with its batch axis
   * @param label the right class, by its number
   * @throws TypeError when the input is not one, the label is no class, or an option is no number that can be used
   */
  constructor(model: Classifier, input: Tensor, label: number | Tensor, options: AttackOptions = {}) {
    const wrong = (what: string, hint: string) => new TypeError(`show.attack: ${what}. ${hint}`);
    if (typeof model !== "function") throw wrong("the model cannot be called", "Give a module or a function.");
    if (input?.shape?.[0] !== 1 || input.size === 0) {
      const got = input?.shape ? `an input of shape [${input.shape.join(", ")}]` : "the input is no tensor";
      throw wrong(got, "Give one, with its batch axis: images.at(slice(0, 1)).");
    }
    // A copy: training may go on and change what the tensor holds.
    const x = tensor(Float32Array.from(numbersOf(input)) as never).reshape(input.shape as never) as Tensor;
    const values = numbersOf(x);
    const [low, high] = Array.from(values).reduce(
      ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
      [Infinity, -Infinity],
    ) as [number, number];
    if (!(Number.isFinite(low) && Number.isFinite(high)))
      throw wrong("the input has values that are not finite", "Give others.");
    const range = options.range ?? (low >= 0 && high <= 1 ? ([0, 1] as const) : undefined);
    const { max = 0.3 * ((range ? range[1] - range[0] : high - low) || 1), epsilon = 0 } = options;
    if (!(Number.isFinite(max) && max > 0)) throw wrong(`max is ${String(max)}`, "Give a finite number above 0.");
    if (!(epsilon >= 0 && epsilon <= max))
      throw wrong(`epsilon ${String(epsilon)} is outside 0 to ${max}`, "Give one inside.");
    const truth = Number(typeof label === "number" ? label : label.item());
    const title = options.title ?? "Attack by the gradient's sign";

    const clean = asEvaluated(model, () => probabilities(model, x));
    if (!(Number.isInteger(truth) && truth >= 0 && truth < clean.length)) {
      throw wrong(`the label ${truth} is no class of ${clean.length}`, "Give a whole number from 0 on.");
    }
    if (options.labels && options.labels.length !== clean.length) {
      throw wrong(`${options.labels.length} names for ${clean.length} classes`, "Give one for each.");
    }
    const target = tensor([truth] as never, { dtype: "int32" }) as Tensor;
    const name = (c: number) => (options.labels?.[c] ?? String(c)).slice(0, 40);
    const attacked = (size: number): AttackState => {
      const [before, moved, after] = asEvaluated(model, () => {
        const found = explain.fgsm(model as (x: never) => unknown, x, target, {
          epsilon: size,
          ...(range ? { range } : {}),
        });
        return [probabilities(model, x), numbersOf(found), probabilities(model, found)] as const;
      });
      const said = after.indexOf(Math.max(...after));
      return {
        title,
        epsilon: size,
        max,
        truth: name(truth),
        answer: said < 0 ? "nothing: its logits are NaN" : name(said),
        right: said === truth,
        classes: likeliest(before, after, truth).map(c => ({
          name: name(c),
          before: before[c]!,
          after: after[c]!,
          truth: c === truth,
        })),
        pictures: attackPictures(x.shape, values, moved, [range?.[0] ?? low, range?.[1] ?? high], max),
        note: `${range ? `values stay within ${range[0]} and ${range[1]}` : "values are not limited"} · sign of the loss's gradient times epsilon`,
      };
    };
    let shown = attacked(epsilon);
    super({
      name: title,
      esm: attackModule,
      css: controlStyle + attackStyle,
      state: shown,
      // What was computed here, whatever a page wrote into the state.
      fallback: () => attackView(shown),
    });
    this.on("change:epsilon", wanted => {
      if (wanted === shown.epsilon) return;
      // What a page sends is not to be trusted.
      const size = typeof wanted === "number" && wanted >= 0 ? Math.min(wanted, max) : shown.epsilon;
      shown = attacked(size);
      this.set(shown);
    });
  }

  /** How far each value is moved now. */
  get epsilon(): number {
    return this.get("epsilon");
  }

  /** Moves the slider; the page follows. */
  set epsilon(epsilon: number) {
    this.set("epsilon", epsilon);
  }

  /** The epsilon, and what the model says, as text. */
  override toString(): string {
    const { title, epsilon, truth, answer } = this.state;
    return `${title}: epsilon ${formatNumber(epsilon)}, ${truth} is taken for ${answer}`;
  }
}

function probabilities(model: Classifier, input: Tensor): number[] {
  const logits = noGrad(() => (model as (x: Tensor) => Tensor)(input));
  if (logits?.shape?.length !== 2 || logits.shape[0] !== 1 || logits.size === 0) {
    const got = logits?.shape ? `[${logits.shape.join(", ")}]` : typeof logits;
    throw new TypeError(`show.attack: the model gave ${got} for one input. It must give logits [1, classes].`);
  }
  return Array.from(numbersOf(logits.softmax(-1) as Tensor));
}

/** Does work with a model as after `eval()`, and leaves it as it was. */
function asEvaluated<T>(model: Classifier, work: () => T): T {
  const restored: (() => void)[] = [];
  const quiet = (module: nn.Module): void => {
    const { training } = module;
    restored.push(() => {
      module.training = training;
    });
    module.training = false;
    for (const [, child] of module.namedChildren()) quiet(child);
  };
  // The order back is the other way round: a module that is shared gets what it had first.
  if (model instanceof nn.Module) quiet(model);
  try {
    return work();
  } finally {
    for (const restore of restored.reverse()) restore();
  }
}
