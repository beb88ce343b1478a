/**
 * Sixty cells as people write them, one after the other: inference chains, generics, overloads, classes with private
 * members, enums, namespaces, and mistakes in between. No name is declared twice, so that together they are one program.
 */
export const mixedCells: readonly string[] = [
  `const a1 = [1, 2, 3];
let total = 0;
for (const value of a1) total += value;`,
  `const a2 = a1.map(n => ({ n, text: String(n) }));`,
  `const a3 = a2.filter(e => e.n > 1).map(e => [e.text, e.n] as const);`,
  `const a4 = new Map(a3);`,
  `const a5 = [...a4.entries()].reduce((all, [key, value]) => ({ ...all, [key]: value }), {} as Record<string, number>);`,
  `a5.two.toFixed(1);
a4.get(3);`,
  `/** Twice the number. */
function twice(n: number) {
  return n * 2;
}`,
  `function pair<A, B>(first: A, second: B) {
  return { first, second, swap: () => pair(second, first) as { first: B; second: A } };
}`,
  `const p1 = pair("x", 1);
const p2 = p1.swap();
p2.first.toUpperCase();`,
  `function parse(text: string): number;
function parse(text: string, radix: number): number;
function parse(text: string[]): number[];
function parse(text: string | string[], radix?: number): number | number[] {
  return typeof text === "string" ? Number.parseInt(text, radix) : text.map(t => Number.parseInt(t, 10));
}`,
  `const q1 = parse("1"), q2 = parse(["1"]);
parse(1);`,
  `/** A point of the plane. */
class Point {
  #norm = 0;
  private cached = new Map<string, number>();
  protected kind = "point" as const;
  static readonly origin = new Point(0, 0);
  static count = 0;
  constructor(public x = 0, public readonly y: number = 0) {
    this.#norm = Math.hypot(x, y);
  }
  /** Distance to the origin. */
  get norm() {
    return this.#norm;
  }
  set norm(value) {
    this.#norm = value;
  }
  plus(other: Point) {
    return new Point(this.x + other.x, this.y + other.y);
  }
  toJSON() {
    return { x: this.x, y: this.y, kind: this.kind };
  }
}`,
  `const pt = new Point(1, 2).plus(Point.origin);
pt.cached;
pt.y = 3;`,
  `pt.norm = "3";
const json = pt.toJSON();`,
  `class Point3 extends Point {
  constructor(x: number, y: number, public z = 0) {
    super(x, y);
  }
  override toJSON() {
    return { ...super.toJSON(), z: this.z };
  }
  depth = () => this.z;
}`,
  `const pt3 = new Point3(1, 2, 3);
const json3 = pt3.toJSON();
pt3.depth().toFixed();
new Point3("1");`,
  `enum Color { Red, Green = 5, Blue }
enum Level { Low = "low", High = "high" }
const enum Bits { A = 1 << 0, B = 1 << 1, Both = A | B }`,
  `const c1 = Color.Green;
let c2 = Color.Red;
c2 = Level.Low;
const names = Color[c2];`,
  `const bits = Bits.A | Bits.B;
const byLevel: Record<Level, number> = { low: 1 };`,
  `interface Shape2 {
  /** In square metres. */
  area(): number;
}
interface Named<T extends string = string> {
  readonly name: T;
  tags?: string[];
}
type Both<T extends string> = Shape2 & Named<T>;`,
  `class Square implements Both<"square"> {
  readonly name = "square";
  tags?: string[];
  constructor(private side: number) {}
  area() {
    return this.side ** 2;
  }
}`,
  `const shapes: Both<"square">[] = [new Square(1)];
const area = shapes.map(s => s.area()).reduce((x, y) => x + y, 0);
shapes[0]!.side;`,
  `abstract class Animal<Sound extends string> {
  abstract sound(): Sound;
  speak(times = 1) {
    return Array.from({ length: times }, () => this.sound());
  }
}`,
  `class Dog extends Animal<"wuff"> {
  sound() {
    return "wuff" as const;
  }
}
const spoken = new Dog().speak(2);
new Animal();`,
  `type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
const doc: Json = { a: [1, { b: null }] };
const notJson: Json = { f: () => 1 };`,
  `type Elem<T> = T extends readonly (infer U)[] ? U : never;
type Getters<T> = { [K in keyof T & string as \`get\${Capitalize<K>}\`]: () => T[K] };
type PointGetters = Getters<{ x: number; y: string }>;`,
  `declare const getters: PointGetters;
const gx = getters.getX(), gy = getters.getY();
getters.getZ();`,
  `const first = <T,>(list: readonly T[]): T | undefined => list[0];
const f1 = first(["a", "b"] as const);
const f2 = first(shapes)?.name;`,
  `async function load(url: string) {
  await Promise.resolve();
  return { url, status: 200 as 200 | 404 };
}
const page = await load("x");`,
  `page.status === 500;
const status = page.status;`,
  `function* counter(to: number) {
  for (let i = 0; i < to; i++) yield i;
}
const counted = [...counter(3)];
async function* ticks() {
  yield "tick" as const;
}`,
  `for await (const t of ticks()) t.toUpperCase();
const iterator = counter(1)[Symbol.iterator]();`,
  `class Bag<T> implements Iterable<T> {
  #items: T[] = [];
  add(item: T) {
    this.#items.push(item);
    return this;
  }
  *[Symbol.iterator]() {
    yield* this.#items;
  }
  get size() {
    return this.#items.length;
  }
  static of<U>(...items: U[]) {
    const bag = new Bag<U>();
    for (const item of items) bag.add(item);
    return bag;
  }
}`,
  `const bag = Bag.of(1, 2).add(3);
bag.add("4");
bag.size = 3;`,
  `function isString(value: unknown): value is string {
  return typeof value === "string";
}
function assertNumber(value: unknown): asserts value is number {
  if (typeof value !== "number") throw new TypeError("no number");
}`,
  `declare const anything: unknown;
const upper = isString(anything) ? anything.toUpperCase() : undefined;`,
  `const literal = "fixed";
const count = 3;
const flag = true;
const negative = -1;
let widened = literal;
let widened2 = count;`,
  `widened = "other";
widened2 = 4;
widened = 5;`,
  `const config = { lr: 0.1, layers: [784, 10], name: "net" } as const;
type LayerSize = (typeof config)["layers"][number];
const size: LayerSize = 11;`,
  `const { lr, layers: [inputs, outputs], ...rest } = config;
const [head, ...tail] = a1;`,
  `rest.name.toUpperCase();
rest.lr;
tail.push("x");`,
  `namespace Geometry {
  export const unit = 1;
  const hidden = 2;
  export function scale(p: Point, by = unit) {
    return new Point(p.x * by * hidden, p.y);
  }
  export interface Options { deep?: boolean }
  export namespace Deep { export const level = 2 as const; }
}`,
  `const scaled = Geometry.scale(pt);
const options: Geometry.Options = { deep: 1 };
Geometry.hidden;
const level = Geometry.Deep.level;`,
  `const key = Symbol("key");
const keyed = { [key]: 1, plain: 2 };
const byKey = keyed[key];`,
  `function tagged(parts: TemplateStringsArray, ...values: number[]) {
  return parts.join("") + values.length;
}
const text = tagged\`a\${1}b\`;
tagged\`\${"x"}\`;`,
  `type Event2 = { kind: "step"; loss: number } | { kind: "end"; reason: string };
function handle(event: Event2) {
  switch (event.kind) {
    case "step":
      return event.loss;
    case "end":
      return event.reason;
  }
}`,
  `const handled = handle({ kind: "step", loss: 1 });
handle({ kind: "stop" });`,
  `import { basename, type ParsedPath } from "node:path";
import * as os from "node:os";
const parsedName = basename("/a/b");`,
  `const cpus = os.cpus().map(c => c.model);
let parsedPath: ParsedPath | undefined;
basename(1);`,
  `const compose = <A, B, C>(f: (a: A) => B, g: (b: B) => C) => (a: A) => g(f(a));
const lengthTwice = compose((s: string) => s.length, twice);`,
  `const composed = lengthTwice("abc");
lengthTwice(3);`,
  `const memo = new WeakMap<Point, { hits: number }>();
function hits(p: Point = pt) {
  const entry = memo.get(p) ?? { hits: 0 };
  memo.set(p, entry);
  return entry;
}`,
  `hits().hits++;
hits().misses;`,
  `const x1 = zeros([2, 3]);
const w1 = randn([3, 4]);
const y1 = x1.matmul(w1);`,
  `const bad = x1.matmul(zeros([5, 6]));`,
  `class Net extends nn.Module {
  fc1 = new nn.Linear(4, 8);
  layers: nn.Linear[] = [this.fc1];
  forward(x: gb.Tensor) {
    return this.layers.reduce((h, layer) => layer.forward(h), x);
  }
}`,
  `const net = new Net();
const out = net.forward(y1);
net.forward("x");
net.training = 1;`,
  `const steps = Array.from({ length: 2 }, (_, i) => ({ i, net, out }));
const summary = Object.entries(config).map(([k, v]) => [k, typeof v] as [string, string]);`,
  `let model: Net | undefined;
var legacy = steps[0]?.net.fc1.weight;
for (var step = 0; step < 2; step++) { var inner = steps[step]; }`,
  `const everything = { pt3, bag, handled, composed, parsedName, legacy, inner: inner! } satisfies object;
everything.inner.out.item().toUpperCase();`,
];
