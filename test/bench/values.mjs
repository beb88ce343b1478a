// What all contenders start from. measure.py has the same two functions, so the numbers are the same to the last bit.

/** `count` numbers in [-0.5, 0.5): an integer hash of the index. */
export function values(/** @type {number} */ count, /** @type {number} */ seed) {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (Math.imul(i, 2654435761) + seed * 97) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 2246822519) >>> 0;
    x = (x ^ (x >>> 13)) >>> 0;
    out[i] = x / 2 ** 32 - 0.5;
  }
  return out;
}

/** Starting values for the n-th parameter: small, and for a matrix by its number of inputs. */
export function startingValues(/** @type {readonly number[]} */ shape, /** @type {number} */ n) {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const scale = shape.length === 1 ? 0.1 : 2 / Math.sqrt(shape[1]);
  return values(size, 100 + n).map(v => v * scale);
}

/** @returns what gives the parameters of a model of ours the values that every contender starts from */
export const resetter = (/** @type {any} */ gb) => (/** @type {any} */ model) => {
  const start = ([name, { shape }], n) => [name, gb.tensor(startingValues(shape, n), { shape })];
  model.loadStateDict(Object.fromEntries(model.namedParameters().map(start)));
};
