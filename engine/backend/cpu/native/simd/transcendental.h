// exp, log and their kin. In float32: vector polynomials, largest errors in test/engine/cpu/accuracy.test.ts. In float64: libm,
// since only gradient checks and integers take that way.
#pragma once
#include "bits.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** 2^n for whole n in [-126, 127]. */
ALWAYS_INLINE FloatVector powerOfTwo(Int32Vector n) { return (FloatVector)((n + 127) << 23); }

/** x = n * ln 2 + r with |r| <= ln 2 / 2; n as whole number. */
ALWAYS_INLINE FloatVector reduceByLog2(FloatVector x, Int32Vector& n) {
  const float magic = 12582912.f;  // 1.5 * 2^23: the sum has the whole part in its low bits
  const FloatVector shifted = x * 1.44269504088896341f + magic;
  n = (Int32Vector)shifted - 0x4B400000;
  const FloatVector whole = shifted - magic;
  return (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
}

/** (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2. */
ALWAYS_INLINE FloatVector expTail(FloatVector r) {
  FloatVector y = splat<float>(1.9875691500E-4f);
  y = y * r + 1.3981999507E-3f;
  y = y * r + 8.3334519073E-3f;
  y = y * r + 4.1665795894E-2f;
  y = y * r + 1.6666665459E-1f;
  return y * r + 5.0000001201E-1f;
}

ALWAYS_INLINE FloatVector exponential(FloatVector x) {
  FloatVector inRange = smaller(x, splat<float>(89.0f));
  inRange = larger(inRange, splat<float>(-104.0f));
  Int32Vector n;
  const FloatVector r = reduceByLog2(inRange, n);
  const FloatVector y = expTail(r) * (r * r) + r + 1.0f;
  // In two factors, so that 2^128 and denormals come out.
  const Int32Vector half = n >> 1;
  const FloatVector scaled = y * powerOfTwo(half) * powerOfTwo(n - half);
  return x != x ? x : scaled;
}

/** For finite x from -20 to 89. */
ALWAYS_INLINE FloatVector exponentialMinus1InRange(FloatVector x) {
  Int32Vector n;
  const FloatVector r = reduceByLog2(x, n);
  const FloatVector p = expTail(r) * (r * r) + r;
  // At half the scale, so that 2^128 can be formed.
  const FloatVector scale = powerOfTwo(n - 1);
  return (scale * p + (scale - 0.5f)) * 2.0f;
}

ALWAYS_INLINE FloatVector exponentialMinus1(FloatVector x) {
  FloatVector inRange = smaller(x, splat<float>(89.0f));
  inRange = larger(inRange, splat<float>(-20.0f));
  const FloatVector y = exponentialMinus1InRange(inRange);
  return (x != x) | (x == 0.0f) ? x : y;
}

ALWAYS_INLINE FloatVector logarithm(FloatVector x) {
  const Mask<float> tiny = x < 1.17549435e-38f;
  const FloatVector normal = tiny ? x * 8388608.0f : x;
  Int32Vector bits = (Int32Vector)normal;
  Int32Vector e = (bits >> 23) - 126;
  FloatVector m = (FloatVector)((bits & 0x007fffff) | 0x3f000000);  // [0.5, 1)
  const Mask<float> low = m < 0.707106781186547524f;
  e = e + low;  // a true lane is -1
  m = low ? m + m - 1.0f : m - 1.0f;
  e = tiny ? e - 23 : e;
  const FloatVector exponent = __builtin_convertvector(e, FloatVector);
  const FloatVector z = m * m;
  FloatVector y = splat<float>(7.0376836292E-2f);
  y = y * m + -1.1514610310E-1f;
  y = y * m + 1.1676998740E-1f;
  y = y * m + -1.2420140846E-1f;
  y = y * m + 1.4249322787E-1f;
  y = y * m + -1.6668057665E-1f;
  y = y * m + 2.0000714765E-1f;
  y = y * m + -2.4999993993E-1f;
  y = y * m + 3.3333331174E-1f;
  y = y * m * z;
  y = y + exponent * -2.12194440e-4f;
  y = y - 0.5f * z;
  FloatVector result = m + y + exponent * 0.693359375f;
  result = x == 0.0f ? splat<float>(-__builtin_inff()) : result;
  result = x == __builtin_inff() ? x : result;
  result = x < 0.0f ? splat<float>(__builtin_nanf("")) : result;
  return x != x ? x : result;
}

/** log(1 + x): what 1 + x loses is added back. */
ALWAYS_INLINE FloatVector logarithmOf1Plus(FloatVector x) {
  const FloatVector u = 1.0f + x;
  const FloatVector lost = (x - (u - 1.0f)) / u;
  const FloatVector sum = logarithm(u) + lost;
  const FloatVector result = (u == 0.0f) | (u == __builtin_inff()) ? logarithm(u) : sum;
  return absolute<float>(x) < 5.9604645e-8f ? x : result;
}

ALWAYS_INLINE FloatVector hyperbolicTangent(FloatVector x) {
  const FloatVector t = exponentialMinus1InRange(larger(absolute<float>(x) * -2.0f, splat<float>(-20.0f)));
  const FloatVector result = withSignOf<float>(-t / (2.0f + t), x);
  return (x != x) | (x == 0.0f) ? x : result;
}

/** Sine and cosine of r for |r| <= pi / 4 (polynomials of Cephes). */
ALWAYS_INLINE FloatVector sineNear(FloatVector r) {
  const FloatVector z = r * r;
  FloatVector y = splat<float>(-1.9515295891E-4f);
  y = y * z + 8.3321608736E-3f;
  y = y * z + -1.6666654611E-1f;
  return y * z * r + r;
}
ALWAYS_INLINE FloatVector cosineNear(FloatVector r) {
  const FloatVector z = r * r;
  FloatVector y = splat<float>(2.443315711809948E-5f);
  y = y * z + -1.388731625493765E-3f;
  y = y * z + 4.166664568298827E-2f;
  return y * z * z + (1.0f - 0.5f * z);
}

/** The sine of r + quarter * pi / 2. */
ALWAYS_INLINE FloatVector sineOfQuarter(FloatVector r, Int32Vector quarter) {
  const FloatVector y = (quarter & 1) != 0 ? cosineNear(r) : sineNear(r);
  return (FloatVector)((Int32Vector)y ^ ((quarter & 2) << 30));
}

/** Up to here three parts of pi / 2 leave an error below 1e-7; NaN is beyond. */
ALWAYS_INLINE bool smallAngles(FloatVector x) {
  const Mask<float> beyond = absolute<float>(x) < 8192.0f;
  for (int i = 0; i < width<float>; i++) {
    if (!beyond[i]) return false;
  }
  return true;
}

/** x = quarter * pi / 2 + r. */
ALWAYS_INLINE FloatVector reduceByQuarters(FloatVector x, Int32Vector& quarter) {
  const float magic = 12582912.f;
  const FloatVector shifted = x * 0.636619772367581343f + magic;
  quarter = (Int32Vector)shifted - 0x4B400000;
  const FloatVector whole = shifted - magic;
  return ((x - whole * 1.5703125f) - whole * 4.837512969970703125e-4f) - whole * 7.54978995489188216e-8f;
}

ALWAYS_INLINE FloatVector sine(FloatVector x) {
  if (!smallAngles(x)) return eachLane<float>(x, [](double v) { return ::sin(v); });
  Int32Vector quarter;
  const FloatVector r = reduceByQuarters(x, quarter);
  return x == 0.0f ? x : sineOfQuarter(r, quarter);
}
ALWAYS_INLINE FloatVector cosine(FloatVector x) {
  if (!smallAngles(x)) return eachLane<float>(x, [](double v) { return ::cos(v); });
  Int32Vector quarter;
  const FloatVector r = reduceByQuarters(x, quarter);
  return sineOfQuarter(r, quarter + 1);
}

ALWAYS_INLINE FloatVector logistic(FloatVector x) {
  const FloatVector e = exponential((FloatVector)((Int32Vector)x | signBit<float>));  // exp(-|x|)
  const FloatVector d = 1.0f + e;
  return (x < 0.0f ? e : splat<float>(1.0f)) / d;
}

/** After N. Juffa's single-precision erf: one polynomial near 0, 1 - exp(polynomial) beyond. */
ALWAYS_INLINE FloatVector errorFunction(FloatVector x) {
  const FloatVector t = absolute<float>(x);
  const FloatVector s = x * x;
  FloatVector near = splat<float>(-5.96761703e-4f);
  near = near * s + 4.99119423e-3f;
  near = near * s + -2.67681349e-2f;
  near = near * s + 1.12819925e-1f;
  near = near * s + -3.76125336e-1f;
  near = near * s + 1.28379166e-1f;
  near = near * x + x;
  FloatVector far = splat<float>(-1.72853470e-5f) * t + 3.83197126e-4f;
  const FloatVector u = splat<float>(-3.88396438e-3f) * t + 2.42546219e-2f;
  far = far * s + u;
  far = far * t + -1.06777877e-1f;
  far = far * t + -6.34846687e-1f;
  far = far * t + -1.28717512e-1f;
  far = far * t + -t;
  far = 1.0f - exponential(far);
  // Beyond 4 the polynomial overflows and turns back.
  far = t > 4.0f ? splat<float>(1.0f) : far;
  const FloatVector result = t > 0.927734375f ? withSignOf<float>(far, x) : near;
  return x != x ? x : result;
}

/** exp(-t²) times exp(t²) erfc(t), which times t + 3 is nearly a polynomial of (t - 3) / (t + 3) for t from 0. */
ALWAYS_INLINE FloatVector complementOfErrorFunction(FloatVector x) {
  const FloatVector t = smaller(absolute<float>(x), splat<float>(10.5f));  // beyond 10.06 the result is below all floats
  const FloatVector inverse = 1.0f / (t + 3.0f);
  const FloatVector q = (t - 3.0f) * inverse;
  FloatVector y = splat<float>(-3.2289856e-4f);
  y = y * q + -4.7851633e-4f;
  y = y * q + 3.0812456e-3f;
  y = y * q + -1.2289189e-3f;
  y = y * q + -2.6840745e-2f;
  y = y * q + 1.195295e-1f;
  y = y * q + -3.1046587e-1f;
  y = y * q + 5.9022826e-1f;
  y = y * q + -8.833945e-1f;
  y = y * q + 1.0740069f;
  // The square of the first 12 bits is exact; what they leave of t² is small.
  const FloatVector coarse = (FloatVector)(((Int32Vector)t + 0x800) & ~0xfff);
  Int32Vector n;
  const FloatVector r = reduceByLog2(-(coarse * coarse), n) + (coarse - t) * (coarse + t);
  const Int32Vector half = n >> 1;
  const FloatVector bell = (expTail(r) * (r * r) + r + 1.0f) * powerOfTwo(half);
  const FloatVector result = bell * (y * inverse) * powerOfTwo(n - half);
  return x != x ? x : x < 0.0f ? 2.0f - result : result;
}

ALWAYS_INLINE DoubleVector exponential(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::exp(v); });
}
ALWAYS_INLINE DoubleVector exponentialMinus1(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::expm1(v); });
}
ALWAYS_INLINE DoubleVector logarithm(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::log(v); });
}
ALWAYS_INLINE DoubleVector logarithmOf1Plus(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::log1p(v); });
}
ALWAYS_INLINE DoubleVector hyperbolicTangent(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::tanh(v); });
}
ALWAYS_INLINE DoubleVector errorFunction(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::erf(v); });
}
ALWAYS_INLINE DoubleVector complementOfErrorFunction(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::erfc(v); });
}
ALWAYS_INLINE DoubleVector sine(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::sin(v); });
}
ALWAYS_INLINE DoubleVector cosine(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return ::cos(v); });
}
ALWAYS_INLINE DoubleVector logistic(DoubleVector x) {
  return eachLane<double>(x, [](double v) {
    const double e = ::exp(-__builtin_fabs(v));
    return (v < 0 ? e : 1.0) / (1.0 + e);
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
