/**
 * Float arithmetic that keeps to IEEE 754 where WGSL does not promise to: it lets a driver assume that there is no NaN and no
 * infinity, and drivers do. So these are recognised by their bits.
 */
export const arithmetic: Readonly<Record<string, string>> = {
  // Through variables: a constant that is not finite is an error of the shader.
  nan: "fn nan() -> f32 { var bits = 0x7fc00000u; return bitcast<f32>(bits); }",
  inf: "fn inf() -> f32 { var bits = 0x7f800000u; return bitcast<f32>(bits); }",
  isNan: "fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  isInf: "fn isInf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }",
  isZero: "fn isZero(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0u; }",
  isNegative: "fn isNegative(x: f32) -> bool { return (bitcast<u32>(x) & 0x80000000u) != 0u; }",
  withSign:
    "fn withSign(x: f32, sign: f32) -> f32 { return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u)); }",
  negated: "fn negated(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }",
  magnitude: "fn magnitude(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }",
  equal: "fn equal(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && a == b; }",
  less: "fn less(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && a < b; }",
  atMost: "fn atMost(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && a <= b; }",
  truth: "fn truth(x: bool) -> f32 { return select(0.0, 1.0, x); }",
  divided: `fn divided(a: f32, b: f32) -> f32 {
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  if (isZero(b)) {
    if (isZero(a)) { return nan(); }
    return withSign(inf(), select(-1.0, 1.0, isNegative(a) == isNegative(b)));
  }
  if (isInf(b)) {
    if (isInf(a)) { return nan(); }
    return withSign(0.0, select(-1.0, 1.0, isNegative(a) == isNegative(b)));
  }
  return a / b;
}`,
  root: `fn root(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  if (isNegative(x)) { return nan(); }
  if (isInf(x)) { return x; }
  return sqrt(x);
}`,
  smaller: `fn smaller(a: f32, b: f32) -> f32 {
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  return select(b, a, a < b);
}`,
  larger: `fn larger(a: f32, b: f32) -> f32 {
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  return select(b, a, a > b);
}`,
  whole: "fn whole(x: f32) -> bool { return isNan(x) || isInf(x) || magnitude(x) >= 8388608.0; }",
  roundedDown: "fn roundedDown(x: f32) -> f32 { if (whole(x)) { return x; } return withSign(floor(x), x); }",
  roundedUp: "fn roundedUp(x: f32) -> f32 { if (whole(x)) { return x; } return withSign(ceil(x), x); }",
  roundedEven: "fn roundedEven(x: f32) -> f32 { if (whole(x)) { return x; } return withSign(round(x), x); }",
  truncated: "fn truncated(x: f32) -> f32 { if (whole(x)) { return x; } return withSign(trunc(x), x); }",
  signOf: `fn signOf(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  return select(1.0, -1.0, isNegative(x));
}`,
  // Sign of the divisor, as in Python.
  modulo: `fn modulo(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b) || isInf(a) || isZero(b)) { return nan(); }
  if (isInf(b)) {
    if (isZero(a)) { return withSign(0.0, b); }
    return select(b, a, isNegative(a) == isNegative(b));
  }
  // By long division: a quotient beyond 2^24 would not be exact.
  let y = magnitude(b);
  var r = magnitude(a);
  for (var i = 0; i < 280 && r >= y; i++) {
    var d = y;
    let up = i32(bitcast<u32>(r) >> 23u) - i32(bitcast<u32>(y) >> 23u);
    if (up > 0) { d = bitcast<f32>(bitcast<u32>(y) + (u32(up) << 23u)); }
    if (d > r) { d = d * 0.5; }
    r = r - d;
  }
  if (r == 0.0) { return withSign(0.0, b); }
  r = withSign(r, a);
  if (isNegative(a) != isNegative(b)) { return r + b; }
  return r;
}`,
  integerModulo: `fn integerModulo(a: i32, b: i32) -> i32 {
  if (b == 0 || b == -1) { return 0; }
  let r = a % b;
  if (r != 0 && (r < 0) != (b < 0)) { return r + b; }
  return r;
}`,
  // To integers: NaN becomes 0, what lies outside takes the nearest end.
  toInt: `fn toInt(x: f32) -> i32 {
  if (isNan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`,
  toUint: `fn toUint(x: f32) -> u32 {
  if (isNan(x)) { return 0u; }
  if (x >= 4294967296.0) { return 4294967295u; }
  if (x < 0.0) { return bitcast<u32>(toInt(x)); }
  return u32(x);
}`,
};
