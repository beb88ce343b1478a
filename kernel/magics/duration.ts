const units: [name: string, milliseconds: number][] = [
  ["s", 1000],
  ["ms", 1],
  ["us", 1e-3],
  ["ns", 1e-6],
];

/**
 * A time with three digits and the unit that suits it.
 *
 * @param milliseconds 0 or more
 * @example duration(0.01234) // "12.3 us"
 */
export function duration(milliseconds: number): string {
  if (milliseconds >= 60_000) {
    const seconds = Math.round(milliseconds / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  const [name, size] = units.find(([, size]) => milliseconds >= size) ?? units.at(-1)!;
  return `${Number((milliseconds / size).toPrecision(3))} ${name}`;
}
