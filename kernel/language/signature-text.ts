import { plainSignature } from "./plain-message.js";
import { signaturesOf } from "./printed-type.js";

/**
 * A signature as the compiler prints it, without what says nothing to its reader: type arguments of a call that stand in the
 * parameters too, `this`, `readonly` and spaces in shapes, defaults.
 *
 * @example
 * readableSignature("(property) add: <[2], \"float32\", 1>(this: Tensor<[2], \"float32\">, b: 1) => Tensor<[2], \"float32\">");
 * // (method) add(b: 1): Tensor<[2], "float32">
 */
export function readableSignature(printed: string): string {
  return plainSignature(printed)
    .split(/\n(?=[\p{L}("])/u)
    .map(readableLine)
    .join("\n");
}

function readableLine(line: string): string {
  const head = /^(?:(?:function|class|constructor|const|let|var|\(\w+\)) )?[\p{ID_Continue}$.]*(?:: )?/u.exec(line)![0];
  const text = withoutReceiver(head + withoutArguments(line.slice(head.length)));
  return readableTypes(text).replace(/(\?: (?:[^,()<>]|<[^<>]*>)*?) \| undefined(?=[,);])/g, "$1");
}

/** Shapes and tensors as they are written by hand. */
export function readableTypes(text: string): string {
  return (
    text
      .replace(/\[ | \](?! =)/g, bracket => bracket.trim())
      .replace(/\breadonly (\[(?:(?:\d+|number)(?:, )?)*\])/g, "$1")
      .replace(/\bPromote<DType, DType>/g, "DType")
      // What the compiler fills in for an axis that is not given yet; any may be.
      .replace(/\baxis\?: undefined(?=[,)])/g, "axis?: number | readonly number[]")
      .replace(dtypeUnion, union => (everyDType(union) ? "DType" : union))
      .replace(/\bTensor<Shape, DType>/g, "Tensor")
      .replace(/\bTensor<((?:readonly )?(?:\[[^\]]*\]|[\w$]+(?:\[\])?)), DType>/g, "Tensor<$1>")
      .replace(/\bLiftable<(Tensor(?:<(?:[^<>]|<[^<>]*>)*>)?)>/g, "$1 | number")
  );
}

const dtypeUnion = /"\w+"(?: \| "\w+"){9,}/g;

/** The compiler prints some unions by their members although they have a name. */
function everyDType(union: string): boolean {
  const members = union.split(" | ").sort().join();
  return members === '"bfloat16","bool","float16","float32","float64","int32","int64","int8","uint32","uint8"';
}

/** Begins what can only be the arguments of one call, and no list of type parameters. */
const argument =
  /^<(?:readonly |typeof |["'[({\d-]|(?:string|number|boolean|bigint|symbol|undefined|null|any|unknown|never|true|false|void|object)\b|\w+[<.])/;

function withoutArguments(text: string): string {
  if (!argument.test(text)) return text;
  const end = closing(text, 0);
  return end !== undefined && text[end + 1] === "(" ? text.slice(end + 1) : text;
}

/** A function of the package that is called on a tensor reads as the method that it is. */
function withoutReceiver(line: string): string {
  const property = /^\(property\) ([\w$]+): ((?:<.*?>)?\(this: [\s\S]*)$/.exec(line);
  if (property) {
    const signatures = signaturesOf(property[2]!);
    if (signatures) return signatures.map(s => `(method) ${property[1]}${withoutThis(s)}`).join("\n");
  }
  return withoutThis(line);
}

function withoutThis(text: string): string {
  const at = text.indexOf("(this: ");
  if (at < 0) return text;
  let depth = 0;
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!;
    if (depth === 0 && (char === "," || char === ")")) {
      return text.slice(0, at + 1) + text.slice(char === "," ? i + 1 : i).trimStart();
    }
    if ("<([{".includes(char)) depth++;
    // The arrow of a function type closes nothing.
    else if (")]}".includes(char) || (char === ">" && text[i - 1] !== "=")) depth--;
  }
  return text;
}

/** Where the bracket that opens at an index is closed. Brackets in strings of a type are not counted. */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (const { index, 0: token } of text.slice(open).matchAll(/"(?:[^"\\]|\\.)*"|=>|[<([{>)\]}]/g)) {
    if (token.length > 1) continue;
    depth += "<([{".includes(token) ? 1 : -1;
    if (depth === 0) return open + index;
  }
  return undefined;
}
