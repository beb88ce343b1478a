// Arithmetic of lengths at the type level, digit by digit, so that 59,999 costs no more than five steps. A length that is not
// known (`number`), or is no whole number, makes the result `number`.

type Units = {
  "0": [];
  "1": [0];
  "2": [0, 0];
  "3": [0, 0, 0];
  "4": [0, 0, 0, 0];
  "5": [0, 0, 0, 0, 0];
  "6": [0, 0, 0, 0, 0, 0];
  "7": [0, 0, 0, 0, 0, 0, 0];
  "8": [0, 0, 0, 0, 0, 0, 0, 0];
  "9": [0, 0, 0, 0, 0, 0, 0, 0, 0];
};
type Digit = keyof Units;
type Ten = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** True for a literal whole number of at least 0. */
type IsCount<N extends number> = number extends N
  ? false
  : `${N}` extends `-${string}` | `${string}.${string}` | `${string}e${string}`
    ? false
    : true;

/** `A + B`. */
export type Sum<A extends number, B extends number> = [IsCount<A>, IsCount<B>] extends [true, true]
  ? Value<Add<Reverse<`${A}`>, Reverse<`${B}`>>>
  : number;

/** `A - B`, 0 where B is larger. */
export type Difference<A extends number, B extends number> = [IsCount<A>, IsCount<B>] extends [true, true]
  ? Value<Subtract<Reverse<`${A}`>, Reverse<`${B}`>>>
  : number;

/** The smaller one. */
export type Smaller<A extends number, B extends number> = Difference<A, Difference<A, B>>;

type Value<S extends string> = S extends `0${infer T extends `${Digit}${string}`}`
  ? Value<T>
  : S extends `${infer N extends number}`
    ? N
    : number;

type Reverse<S extends string, R extends string = ""> = S extends `${infer H}${infer T}` ? Reverse<T, `${H}${R}`> : R;

/** Both with the last digit first; `R` is the result so far, first digit first. */
type Add<A extends string, B extends string, Carry extends 0[] = [], R extends string = ""> = A extends ""
  ? B extends ""
    ? Carry extends []
      ? R
      : `1${R}`
    : AddDigit<"0", B, Carry, R>
  : AddDigit<A, B extends "" ? "0" : B, Carry, R>;

type AddDigit<
  A extends string,
  B extends string,
  Carry extends 0[],
  R extends string,
> = A extends `${infer X extends Digit}${infer AT}`
  ? B extends `${infer Y extends Digit}${infer BT}`
    ? Carried<[...Units[X], ...Units[Y], ...Carry]["length"] & number, AT, BT, R>
    : never
  : never;

type Carried<
  N extends number,
  A extends string,
  B extends string,
  R extends string,
> = `${N}` extends `1${infer D extends Digit}` ? Add<A, B, [0], `${D}${R}`> : Add<A, B, [], `${N}${R}`>;

type Subtract<
  A extends string,
  B extends string,
  Borrow extends 0[] = [],
  R extends string = "",
> = A extends `${infer X extends Digit}${infer AT}`
  ? B extends `${infer Y extends Digit}${infer BT}`
    ? SubtractDigit<Units[X], [...Units[Y], ...Borrow], AT, BT, R>
    : SubtractDigit<Units[X], Borrow, AT, "", R>
  : B extends ""
    ? Borrow extends []
      ? R
      : "0"
    : "0";

type SubtractDigit<X extends 0[], Y extends 0[], A extends string, B extends string, R extends string> = X extends [
  ...Y,
  ...infer Left,
]
  ? Subtract<A, B, [], `${Left["length"] & number}${R}`>
  : [...X, ...Ten] extends [...Y, ...infer Left]
    ? Subtract<A, B, [0], `${Left["length"] & number}${R}`>
    : never;
