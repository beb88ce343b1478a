/**
 * Writes a number for people: four significant digits, an exponent outside 1e-4 to 1e6, `NaN`, `Inf`, `-Inf`.
 * The minus is ASCII, so that a copied number is a number.
 *
 * @example formatNumber(0.0312345) // "0.03123"
 */
export function formatNumber(x: number, significant = 4): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "Inf" : "-Inf";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x === 0 ? 0 : x);
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4)
    return x
      .toExponential(significant - 1)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
  const text = x.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Writes numbers so that they align in a column: the same decimals for all, as many as one of them needs, an exponent for all when one needs it. */
export function formatColumn(xs: readonly number[], significant = 4): string[] {
  const finite = xs.filter(Number.isFinite);
  if (finite.every(x => Number.isInteger(x) && Math.abs(x) < 1e7)) return xs.map(x => formatNumber(x));
  const largest = finite.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  if (largest >= 1e5 || largest < 1e-3) {
    return xs.map(x => (Number.isFinite(x) ? x.toExponential(significant - 2).replace("e+", "e") : formatNumber(x)));
  }
  const most = Math.max(0, significant - 1 - Math.max(0, Math.floor(Math.log10(largest))));
  const decimals = finite.reduce(
    (n, x) => Math.max(n, x.toFixed(most).replace(/^[^.]*\.?|0+$/g, "").length),
    Math.min(1, most),
  );
  return xs.map(x => (Number.isFinite(x) ? x.toFixed(decimals).replace(/^-(0(?:\.0+)?)$/, "$1") : formatNumber(x)));
}

/** Writes a count with thousands separated: `620,106`. */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Writes a count in short: `88K`, `28.3M`, `0.58G`. */
export function formatShortCount(n: number): string {
  if (n < 1000) return formatNumber(n, 3);
  const unit = n >= 1e8 ? ([1e9, "G"] as const) : n >= 1e6 ? ([1e6, "M"] as const) : ([1e3, "K"] as const);
  return `${formatNumber(n / unit[0], 3)}${unit[1]}`;
}

/** Writes a size in bytes with units of 1024: `9.0 KB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** Writes a time span given in milliseconds: `24 ms`, `0.4 s`, `0:41`, `1:02:03`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds > 0 && seconds < 0.0995) return `${formatNumber(milliseconds, 2)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Writes a singular or plural: `1 layer`, `3 layers`. */
export function formatQuantity(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;
}
