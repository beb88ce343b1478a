/** Dimensions that every operand walks through in one stride, as one: a dense tensor of any rank has one. */
export function mergeDims(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): { dims: number[]; strides: number[][] } {
  const merged: number[] = [];
  const steps: number[][] = strides.map(() => []);
  dims.forEach((length, axis) => {
    if (length === 1) return;
    const last = merged.length - 1;
    const joins = last >= 0 && strides.every((s, i) => steps[i]![last] === s[axis]! * length);
    if (joins) merged[last] = merged[last]! * length;
    else merged.push(length);
    strides.forEach((s, i) => {
      steps[i]![joins ? last : merged.length - 1] = s[axis]!;
    });
  });
  return { dims: merged, strides: steps };
}

/**
 * WGSL that takes a running number apart into places along dimensions, and gives each operand's place.
 * @param number the name of the running number, a u32
 * @param at the parameter of the first dimension; the strides of operand i begin at `strideAt[i]`
 * @param starts expressions of the places of element 0, i32
 */
export function places(
  prefix: string,
  number: string,
  rank: number,
  at: number,
  strideAt: readonly number[],
  starts: readonly string[],
): string {
  const lines = starts.map((start, i) => `var ${prefix}${i} = ${start};`);
  if (rank === 0) return lines.join("\n");
  lines.push(`var ${prefix}rest = ${number};`);
  for (let axis = rank - 1; axis >= 0; axis--) {
    const place = axis === 0 ? `${prefix}rest` : `${prefix}rest % P(${at + axis}u)`;
    lines.push(`{ let place = i32(${place});`);
    starts.forEach((_, i) => {
      lines.push(`${prefix}${i} += place * I(${strideAt[i]! + axis}u);`);
    });
    if (axis > 0) lines.push(`${prefix}rest = ${prefix}rest / P(${at + axis}u);`);
    lines.push("}");
  }
  return lines.join("\n");
}
