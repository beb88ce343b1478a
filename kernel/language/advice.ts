/** What the rules look at. */
export interface Mistake {
  code: number;
  /** As it is shown, without our own names. */
  message: string;
  /** The text of the cell that the message is about. */
  text: string;
  /** The cell up to there, and from there on. */
  before: string;
  after: string;
  /** Texts that the compiler attached for other places. */
  related: readonly string[];
}

interface Rule {
  codes: readonly number[];
  /** Says what to do instead, or nothing. */
  advise(mistake: Mistake): string | undefined;
}

const awaiting = "Did you forget to use 'await'?";

/** Methods that do what operators cannot do with tensors. */
const methodOf = new Map([
  ["+", "add"],
  ["-", "sub"],
  ["*", "mul"],
  ["/", "div"],
  ["**", "pow"],
  ["<", "lt"],
  ["<=", "le"],
  [">", "gt"],
  [">=", "ge"],
  ["+=", "add"],
  ["-=", "sub"],
  ["*=", "mul"],
  ["/=", "div"],
]);

const aTensor = "Tensor(?:<[^']*>)?";
const anArray = String.raw`(?:(?:number|boolean|bigint)(?:\[\])+|\w+Array(?:<\w+>)?)`;

/** A first number in a call of what takes an array, with more to come. */
const lengthByLength = /\b(?:reshape|expand|permute|squeeze|flip|tile|repeat|zeros|ones|rand|randn)\(\s*-?\d+\s*,\s*$/;

/** Mistakes with tensors that beginners make, and what the compiler does not say about them. The first that fits speaks. */
const rules: readonly Rule[] = [
  {
    codes: [2345],
    advise: says(/'number' is not assignable to parameter of type 'Shape'/, "Write the lengths as one array: [2, 3]."),
  },
  {
    codes: [2554],
    advise({ message, before }) {
      const surplus = /^Expected 1(?:-2)? arguments?, but got \d/.test(message);
      return surplus && lengthByLength.test(before) ? "Lengths and axes are one array: [2, 3]." : undefined;
    },
  },
  {
    codes: [2345, 2322, 2740],
    advise: says(
      new RegExp(
        `(?:'${anArray}' is not assignable to (?:parameter of )?type '(?:Operand|${aTensor})'|'${anArray}' is missing .* '${aTensor}')`,
      ),
      "Make a tensor of it with tensor(...).",
    ),
  },
  {
    codes: [2345, 2322],
    advise: says(
      new RegExp(`'${aTensor}' is not assignable to (?:parameter of )?type '(?:number|number \\| undefined)'`),
      "item() gives the number that is in a tensor of one element.",
    ),
  },
  {
    codes: [2365],
    advise({ message }) {
      const operator = new RegExp(`Operator '(\\S+)' cannot be applied to types .*'${aTensor}'`).exec(message)?.[1];
      return operator === undefined ? undefined : operatorAdvice(operator);
    },
  },
  {
    codes: [7053, 7052],
    advise: says(new RegExp(`(?:index|on) type '${aTensor}'`), "at(...) takes a part of a tensor: x.at(0)."),
  },
  { codes: [7053, 7052, 2339], advise: says(/type 'Promise</, awaiting) },
  {
    codes: [2353],
    advise: says(
      /'(?:axis|dim|axes)' does not exist in type '(?:readonly )?number\[\]'/,
      "Give the axis itself: sum(0).",
    ),
  },
  {
    codes: [2559],
    advise({ message, text }) {
      const options = /^Type '"\w+"' has no properties in common with type '(?:Create|Random)Options</.test(message);
      return options ? `Write it as an option: { dtype: ${text} }.` : undefined;
    },
  },
  {
    codes: [2584],
    advise: () => "Cells run in Node, where there is no page.",
  },
];

/** What stands for an operator between tensors; nothing where there is no such method. */
export function operatorAdvice(operator: string): string | undefined {
  const method = methodOf.get(operator);
  return method && `Tensors have methods for that: a.${method}(b).`;
}

function says(pattern: RegExp, advice: string): Rule["advise"] {
  return ({ message }) => (pattern.test(message) ? advice : undefined);
}

/** What to do about a mistake, in one sentence, where the message itself does not tell. */
export function adviceOn(mistake: Mistake): string | undefined {
  const attached = mistake.related.find(text => text === awaiting || /^An argument for /.test(text));
  if (attached !== undefined) return attached;
  for (const { codes, advise } of rules) {
    const advice = codes.includes(mistake.code) ? advise(mistake) : undefined;
    if (advice !== undefined) return advice;
  }
  return undefined;
}

/** The message without the lines that only the compiler's authors need. */
export function shortened({ code, message }: Pick<Mistake, "code" | "message">): string {
  const lines = message.split("\n");
  // The first line blames a missing index signature; the second says what is the matter.
  if (code === 7053 && /^\s*Property '/.test(lines[1] ?? "")) return lines[1]!.trim();
  if (code === 2584) return message.replace(/ Do you need to change your target library\?.*/, "");
  if (code === 2740)
    return message.replace(
      / is missing the following properties from (type 'Tensor.*?'): #private.*/,
      " is not assignable to $1.",
    );
  const ends = lines.findIndex(line => {
    return new RegExp(`^\\s+Type '[^']*' is missing the following properties from type '${aTensor}'`).test(line);
  });
  const kept = ends < 0 ? lines : lines.slice(0, ends);
  // Once two shapes are named, single lengths add nothing.
  const shapes = kept.findIndex(line =>
    /^\s+Type '(readonly )?\[[^']*' is not assignable to type '(readonly )?\[/.test(line),
  );
  return (shapes < 0 ? kept : kept.slice(0, shapes + 1)).join("\n");
}
