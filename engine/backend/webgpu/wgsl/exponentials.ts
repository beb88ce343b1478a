/**
 * exp, log and their kin with the polynomials of the CPU kernels: WGSL's own may be off by 3 + 2 |x| units, and some drivers
 * give exp(NaN) = Inf and log(0) = -88.
 */
export const exponentials: Readonly<Record<string, string>> = {
  powerOfTwo: "fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>((n + 127) << 23u); }",
  expTail: `fn expTail(r: f32) -> f32 {
  return ((((1.9875691500E-4 * r + 1.3981999507E-3) * r + 8.3334519073E-3) * r + 4.1665795894E-2) * r + 1.6666665459E-1) * r + 5.0000001201E-1;
}`,
  exponential: `fn exponential(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x > 88.7228394) { return inf(); }
  if (x < -103.972084) { return 0.0; }
  let whole = round(x * 1.44269504);
  let r = (x - whole * 0.693359375) - whole * -2.12194440e-4;
  let n = i32(whole);
  let half = n >> 1u;
  return (expTail(r) * (r * r) + r + 1.0) * powerOfTwo(half) * powerOfTwo(n - half);
}`,
  exponentialMinus1: `fn exponentialMinus1(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  if (x > 88.7228394) { return inf(); }
  let inRange = max(x, -20.0);
  let whole = round(inRange * 1.44269504);
  let r = (inRange - whole * 0.693359375) - whole * -2.12194440e-4;
  let p = expTail(r) * (r * r) + r;
  // At half the scale, so that 2^128 can be formed.
  let scale = powerOfTwo(i32(whole) - 1);
  return (scale * p + (scale - 0.5)) * 2.0;
}`,
  logarithm: `fn logarithm(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isZero(x)) { return negated(inf()); }
  if (isNegative(x)) { return nan(); }
  if (isInf(x)) { return x; }
  var bits = bitcast<u32>(x);
  var e = -126;
  // Denormals, which a driver may take for 0, by their bits.
  if (bits < 0x00800000u) { bits = bitcast<u32>(f32(bits)); e = -126 - 149; }
  e += i32(bits >> 23u);
  var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
  if (m < 0.707106781) { e -= 1; m = m + m - 1.0; } else { m = m - 1.0; }
  let z = m * m;
  var y = 7.0376836292E-2;
  y = y * m - 1.1514610310E-1;
  y = y * m + 1.1676998740E-1;
  y = y * m - 1.2420140846E-1;
  y = y * m + 1.4249322787E-1;
  y = y * m - 1.6668057665E-1;
  y = y * m + 2.0000714765E-1;
  y = y * m - 2.4999993993E-1;
  y = y * m + 3.3333331174E-1;
  y = y * m * z;
  y = y + f32(e) * -2.12194440e-4;
  y = y - 0.5 * z;
  return m + y + f32(e) * 0.693359375;
}`,
  logarithmOf1Plus: `fn logarithmOf1Plus(x: f32) -> f32 {
  if (isNan(x) || magnitude(x) < 5.9604645e-8) { return x; }
  let u = 1.0 + x;
  if (isInf(u) || isZero(u)) { return logarithm(u); }
  return logarithm(u) + (x - (u - 1.0)) / u;
}`,
  hyperbolicTangent: `fn hyperbolicTangent(x: f32) -> f32 {
  if (isNan(x) || isZero(x)) { return x; }
  let t = exponentialMinus1(max(magnitude(x) * -2.0, -20.0));
  return withSign(-t / (2.0 + t), x);
}`,
  hyperbolicSine: `fn hyperbolicSine(x: f32) -> f32 {
  if (isNan(x) || isZero(x) || isInf(x)) { return x; }
  let a = magnitude(x);
  if (a > 20.0) {
    let h = exponential(0.5 * a);
    return withSign((0.5 * h) * h, x);
  }
  let e = exponentialMinus1(a);
  return withSign(0.5 * (e + e / (e + 1.0)), x);
}`,
  hyperbolicCosine: `fn hyperbolicCosine(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isInf(x)) { return inf(); }
  let a = magnitude(x);
  if (a > 20.0) {
    let h = exponential(0.5 * a);
    return (0.5 * h) * h;
  }
  let e = exponential(a);
  return 0.5 * (e + 1.0 / e);
}`,
  logistic: `fn logistic(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let e = exponential(-magnitude(x));
  return select(1.0, e, isNegative(x)) / (1.0 + e);
}`,
  // After N. Juffa's single-precision erf: one polynomial near 0, 1 - exp(polynomial) beyond.
  errorFunction: `fn errorFunction(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let t = magnitude(x);
  if (t > 4.0) { return withSign(1.0, x); }
  let s = x * x;
  if (t <= 0.927734375) {
    let near = ((((-5.96761703e-4 * s + 4.99119423e-3) * s - 2.67681349e-2) * s + 1.12819925e-1) * s - 3.76125336e-1) * s + 1.28379166e-1;
    return near * x + x;
  }
  var far = -1.72853470e-5 * t + 3.83197126e-4;
  far = far * s + (-3.88396438e-3 * t + 2.42546219e-2);
  far = far * t - 1.06777877e-1;
  far = far * t - 6.34846687e-1;
  far = far * t - 1.28717512e-1;
  far = far * t - t;
  return withSign(1.0 - exponential(far), x);
}`,
  // exp(-t²) times exp(t²) erfc(t), which times t + 3 is nearly a polynomial of (t - 3) / (t + 3) for t from 0.
  complementOfErrorFunction: `fn complementOfErrorFunction(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let t = min(magnitude(x), 10.5);
  let inverse = 1.0 / (t + 3.0);
  let q = (t - 3.0) * inverse;
  var y = -3.2289856e-4 * q - 4.7851633e-4;
  y = y * q + 3.0812456e-3;
  y = y * q - 1.2289189e-3;
  y = y * q - 2.6840745e-2;
  y = y * q + 1.195295e-1;
  y = y * q - 3.1046587e-1;
  y = y * q + 5.9022826e-1;
  y = y * q - 8.833945e-1;
  y = y * q + 1.0740069;
  // The square of the first 12 bits is exact; what they leave of t² is small.
  let coarse = bitcast<f32>((bitcast<i32>(t) + 0x800) & -4096);
  let result = exponential(-(coarse * coarse)) * (exponential((coarse - t) * (coarse + t)) * (y * inverse));
  return select(result, 2.0 - result, isNegative(x));
}`,
  power: `fn power(a: f32, b: f32) -> f32 {
  if (isZero(b) || equal(a, 1.0)) { return 1.0; }
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  if (isInf(b) && magnitude(a) == 1.0) { return 1.0; }
  let n = magnitude(b);
  let isWhole = !isInf(b) && (n >= 8388608.0 || trunc(n) == n);
  if (isWhole && n <= 64.0) {
    // By squaring: exact where the result is.
    var result = 1.0;
    var factor = a;
    for (var i = u32(n); i > 0u; i = i >> 1u) {
      if ((i & 1u) != 0u) { result = result * factor; }
      if (i > 1u) { factor = factor * factor; }
    }
    if (isNegative(b)) { return divided(1.0, result); }
    return result;
  }
  if (isNegative(a) && !isZero(a) && !isInf(a) && !isWhole && !isInf(b)) { return nan(); }
  let result = exponential(b * logarithm(magnitude(a)));
  let isOdd = isWhole && n < 16777216.0 && (u32(n) & 1u) == 1u;
  return select(result, negated(result), isNegative(a) && isOdd);
}`,
};
