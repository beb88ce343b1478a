/** c0 + x (c1 + x (c2 + ...)), as a formula. */
export const polynomial = (x: string, coefficients: readonly number[]): string =>
  coefficients.reduceRight(
    (inner, c, i) => (i === coefficients.length - 1 ? `(${c})` : `fma(${x}, ${inner}, ${c})`),
    "",
  );
