/** True for a type that is no union of several. */
export type IsSingle<T, All = T> = [T] extends [never]
  ? false
  : T extends T
    ? [All] extends [T]
      ? true
      : false
    : false;
