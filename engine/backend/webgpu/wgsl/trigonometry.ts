/** Sine, cosine and their kin: WGSL's own are good to 2^-11 only, and only near 0. */
export const trigonometry: Readonly<Record<string, string>> = {
  sineNear: `fn sineNear(r: f32) -> f32 {
  let z = r * r;
  return ((-1.9515295891E-4 * z + 8.3321608736E-3) * z - 1.6666654611E-1) * z * r + r;
}`,
  cosineNear: `fn cosineNear(r: f32) -> f32 {
  let z = r * r;
  return ((2.443315711809948E-5 * z - 1.388731625493765E-3) * z + 4.166664568298827E-2) * z * z + (1.0 - 0.5 * z);
}`,
  highWord: `fn highWord(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let low = al * bl;
  let one = ah * bl + (low >> 16u);
  let two = al * bh + (one & 0xffffu);
  return ah * bh + (one >> 16u) + (two >> 16u);
}`,
  // 2 / pi to 288 bits, after a word of zeros.
  twoOverPi: `fn twoOverPi(word: u32, shift: u32) -> u32 {
  var table = array<u32, 10>(0u, 0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u, 0xF534DDC0u, 0xDB629599u, 0x3C439041u, 0xFE5163ABu, 0xDEBBC561u, 0xB7246E3Au);
  if (shift == 0u) { return table[word]; }
  return (table[word] << shift) | (table[word + 1u] >> (32u - shift));
}`,
  /** x, not negative, as count * pi / 2 + rest. Beyond 8192 by Payne and Hanek: with the bits of 2 / pi that matter. */
  byQuarters: `struct Quarters { count: u32, rest: f32 }
fn byQuarters(x: f32) -> Quarters {
  if (x < 8192.0) {
    let whole = round(x * 0.636619772);
    return Quarters(u32(whole), ((x - whole * 1.5703125) - whole * 4.837512969970703125e-4) - whole * 7.54978995489188216e-8);
  }
  let bits = bitcast<u32>(x);
  let m = (bits & 0x007fffffu) | 0x00800000u;
  let at = (bits >> 23u) - 150u - 2u + 32u;
  let w0 = twoOverPi(at >> 5u, at & 31u);
  let w1 = twoOverPi((at >> 5u) + 1u, at & 31u);
  let w2 = twoOverPi((at >> 5u) + 2u, at & 31u);
  let r2 = m * w2;
  let r1 = highWord(m, w2) + m * w1;
  let carry = select(0u, 1u, r1 < m * w1);
  let r0 = highWord(m, w1) + carry + m * w0;
  let high = bitcast<i32>((r0 << 2u) | (r1 >> 30u));
  let low = (r1 << 2u) | (r2 >> 30u);
  let count = (r0 >> 30u) + select(0u, 1u, high < 0);
  return Quarters(count, (f32(high) * 2.3283064365386963e-10 + f32(low) * 5.421010862427522e-20) * 1.57079633);
}`,
  sineOfQuarter: `fn sineOfQuarter(r: f32, count: u32) -> f32 {
  let y = select(sineNear(r), cosineNear(r), (count & 1u) != 0u);
  return bitcast<f32>(bitcast<u32>(y) ^ ((count & 2u) << 30u));
}`,
  sine: `fn sine(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  if (isZero(x)) { return x; }
  let q = byQuarters(magnitude(x));
  let y = sineOfQuarter(q.rest, q.count);
  return select(y, negated(y), isNegative(x));
}`,
  cosine: `fn cosine(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  let q = byQuarters(magnitude(x));
  return sineOfQuarter(q.rest, q.count + 1u);
}`,
  tangent: `fn tangent(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  if (isZero(x)) { return x; }
  let q = byQuarters(magnitude(x));
  let y = sineOfQuarter(q.rest, q.count) / sineOfQuarter(q.rest, q.count + 1u);
  return select(y, negated(y), isNegative(x));
}`,
  arcSineNear: `fn arcSineNear(x: f32) -> f32 {
  let z = x * x;
  return ((((4.2163199048E-2 * z + 2.4181311049E-2) * z + 4.5470025998E-2) * z + 7.4953002686E-2) * z + 1.6666752422E-1) * z * x + x;
}`,
  arcSine: `fn arcSine(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  let a = magnitude(x);
  if (a > 1.0) { return nan(); }
  if (a <= 0.5) { return arcSineNear(x); }
  return withSign(1.57079633 - 2.0 * arcSineNear(sqrt(0.5 * (1.0 - a))), x);
}`,
  arcCosine: `fn arcCosine(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let a = magnitude(x);
  if (a > 1.0) { return nan(); }
  if (a <= 0.5) { return 1.57079633 - arcSineNear(x); }
  let near = 2.0 * arcSineNear(sqrt(0.5 * (1.0 - a)));
  return select(near, 3.14159265 - near, isNegative(x));
}`,
  arcTangent: `fn arcTangent(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  if (isInf(x)) { return withSign(1.57079633, x); }
  let a = magnitude(x);
  var y = 0.0;
  var r = a;
  if (a > 2.414213562) { y = 1.57079633; r = -1.0 / a; } else if (a > 0.414213562) { y = 0.785398163; r = (a - 1.0) / (a + 1.0); }
  let z = r * r;
  y = y + ((((8.05374449538e-2 * z - 1.38776856032E-1) * z + 1.99777106478E-1) * z - 3.33329491539E-1) * z * r + r);
  return withSign(y, x);
}`,
  arcTangent2: `fn arcTangent2(y: f32, x: f32) -> f32 {
  if (isNan(y)) { return y; }
  if (isNan(x)) { return x; }
  var angle: f32;
  if (isInf(x) && isInf(y)) { angle = 0.785398163; }
  else if (isZero(y)) { angle = 0.0; }
  else { angle = arcTangent(divided(magnitude(y), magnitude(x))); }
  if (isNegative(x)) { angle = 3.14159265 - angle; }
  return withSign(angle, y);
}`,
};
