import { expect, test } from "vitest";
import { readableSignature, readableTypes } from "../../../kernel/language/signature-text.js";

test.each([
  [
    'function zeros<readonly [1], "float32">(shape: readonly [1], options?: CreateOptions<"float32"> | undefined): Tensor<[ 1 ], "float32">',
    'function zeros(shape: [1], options?: CreateOptions<"float32">): Tensor<[1], "float32">',
  ],
  [
    '(property) add: <[2, 3], "float32", 1>(this: Tensor<[2, 3], "float32">, b: 1) => Tensor<[2, 3], "float32">',
    '(method) add(b: 1): Tensor<[2, 3], "float32">',
  ],
  [
    "(property) relu: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<S, D>",
    "(method) relu<S extends Shape, D extends DType>(): Tensor<S, D>",
  ],
  ['const relu: <[2], "float32">(x: Tensor<[2], DType>) => Tensor<[2]>', "const relu: (x: Tensor<[2]>) => Tensor<[2]>"],
  [
    "constructor Linear<2, 3>(inputs: 2, outputs: 3): nn.Linear<2, 3>",
    "constructor Linear(inputs: 2, outputs: 3): nn.Linear<2, 3>",
  ],
  ["function id<T>(x: T): T", "function id<T>(x: T): T"],
  ["function id<const S extends Shape>(x: S): S", "function id<const S extends Shape>(x: S): S"],
  ["function id<number>(x: number): number", "function id(x: number): number"],
  ["function id<() => void>(x: () => void): void", "function id(x: () => void): void"],
  ["const f: <T extends () => void>(x: T) => T", "const f: <T extends () => void>(x: T) => T"],
  ["(property) Box.cb: () => void", "(property) Box.cb: () => void"],
  ["class Linear<In extends number = number>", "class Linear<In extends number = number>"],
  ["function f(this: Map<string, () => number>, a: 1): void", "function f(a: 1): void"],
  ["function f(this: Date): void", "function f(): void"],
  ["type Name = string", "type Name = string"],
  [
    "(property) oneHot: <S extends Shape>(this: Tensor<S>, options?: {\n    dtype?: DType | undefined;\n}) => Tensor<[...S, 2]>",
    "(method) oneHot<S extends Shape>(options?: {\n    dtype?: DType;\n}): Tensor<[...S, 2]>",
  ],
  ["f(x: [ ...number[], 2 ]): Tensor<[ ]>", "f(x: [...number[], 2]): Tensor<[]>"],
  ["function a<1>(x: 1): 1\nfunction a<T>(x: T): T", "function a(x: 1): 1\nfunction a<T>(x: T): T"],
  ["const g: () => {\n    value: Tensor<Shape, DType>;\n}", "const g: () => {\n    value: Tensor;\n}"],
])("%s", (printed, readable) => {
  expect(readableSignature(printed)).toBe(readable);
});

test.each([
  ["Tensor<Shape, DType>", "Tensor"],
  ["Tensor<readonly [number, 28], DType>", "Tensor<[number, 28]>"],
  ["Tensor<number[], DType>", "Tensor<number[]>"],
  ["Tensor<number[], Promote<DType, DType>>", "Tensor<number[]>"],
  ["(axis?: undefined, b?: undefined)", "(axis?: number | readonly number[], b?: undefined)"],
  ["readonly string[]", "readonly string[]"],
  ["readonly [a: string]", "readonly [a: string]"],
  ["(params: Liftable<Tensor<Shape, DType>>) => Tensor<[], DType>", "(params: Tensor | number) => Tensor<[]>"],
  [
    'Tensor<[2], "bfloat16" | "bool" | "float16" | "float32" | "float64" | "int32" | "int64" | "int8" | "uint32" | "uint8">',
    "Tensor<[2]>",
  ],
  ['"float32" | "float64"', '"float32" | "float64"'],
])("%s", (printed, readable) => {
  expect(readableTypes(printed)).toBe(readable);
});
