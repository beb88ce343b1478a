// Signs, rounding and square roots of vectors.
#pragma once
#include <math.h>

#include "vec.h"
#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace gradbook {
namespace GRADBOOK_ISA {

template <class T>
constexpr typename Lanes<T>::Integer signBit = (typename Lanes<T>::Integer)(1ull << (8 * sizeof(T) - 1));

template <class T>
ALWAYS_INLINE Mask<T> asBits(Vec<T> x) {
  return (Mask<T>)x;
}

template <class T>
ALWAYS_INLINE Vec<T> absolute(Vec<T> x) {
  return (Vec<T>)(asBits<T>(x) & ~signBit<T>);
}

template <class T>
ALWAYS_INLINE Vec<T> withSignOf(Vec<T> magnitude, Vec<T> sign) {
  return (Vec<T>)((asBits<T>(magnitude) & ~signBit<T>) | (asBits<T>(sign) & signBit<T>));
}

/** Above this every value is whole; adding and subtracting it rounds to the nearest, ties to even. */
template <class T>
constexpr T wholeFrom = sizeof(T) == 4 ? (T)8388608.0 : (T)4503599627370496.0;

template <class T>
ALWAYS_INLINE Vec<T> roundEven(Vec<T> x) {
  const Vec<T> a = absolute<T>(x);
  const Vec<T> r = (a + wholeFrom<T>)-wholeFrom<T>;
  return withSignOf<T>(a < wholeFrom<T> ? r : a, x);
}

template <class T>
ALWAYS_INLINE Vec<T> roundDown(Vec<T> x) {
  const Vec<T> r = roundEven<T>(x);
  return withSignOf<T>(r > x ? r - (T)1 : r, x);
}

template <class T>
ALWAYS_INLINE Vec<T> roundUpwards(Vec<T> x) {
  const Vec<T> r = roundEven<T>(x);
  return withSignOf<T>(r < x ? r + (T)1 : r, x);
}

template <class T>
ALWAYS_INLINE Vec<T> roundToZero(Vec<T> x) {
  const Vec<T> a = absolute<T>(x);
  const Vec<T> r = roundEven<T>(a);
  return withSignOf<T>(r > a ? r - (T)1 : r, x);
}

/** Applies a scalar function lane by lane: for the rare ones, where libm is fast enough. */
template <class T, class F>
ALWAYS_INLINE Vec<T> eachLane(Vec<T> x, const F& f) {
  T lanes[width<T>];
  store<T>(lanes, x);
  for (int i = 0; i < width<T>; i++) lanes[i] = (T)f((double)lanes[i]);
  return load<T>(lanes);
}

template <class T, class F>
ALWAYS_INLINE Vec<T> eachLane(Vec<T> x, Vec<T> y, const F& f) {
  T lanes[width<T>], others[width<T>];
  store<T>(lanes, x);
  store<T>(others, y);
  for (int i = 0; i < width<T>; i++) lanes[i] = (T)f((double)lanes[i], (double)others[i]);
  return load<T>(lanes);
}

template <class T>
ALWAYS_INLINE Vec<T> squareRoot(Vec<T> x);

#if defined(__AVX512F__)
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return (FloatVector)_mm512_sqrt_ps((__m512)x);
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return (DoubleVector)_mm512_sqrt_pd((__m512d)x);
}
#elif defined(__AVX2__)
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return (FloatVector)_mm256_sqrt_ps((__m256)x);
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return (DoubleVector)_mm256_sqrt_pd((__m256d)x);
}
#elif defined(__SSE2__)
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return (FloatVector)_mm_sqrt_ps((__m128)x);
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return (DoubleVector)_mm_sqrt_pd((__m128d)x);
}
#elif defined(__aarch64__)
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return (FloatVector)vsqrtq_f32((float32x4_t)x);
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return (DoubleVector)vsqrtq_f64((float64x2_t)x);
}
#elif defined(__wasm_simd128__)
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return (FloatVector)wasm_f32x4_sqrt((v128_t)x);
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return (DoubleVector)wasm_f64x2_sqrt((v128_t)x);
}
#else
template <>
ALWAYS_INLINE FloatVector squareRoot<float>(FloatVector x) {
  return eachLane<float>(x, [](double v) { return __builtin_sqrt(v); });
}
template <>
ALWAYS_INLINE DoubleVector squareRoot<double>(DoubleVector x) {
  return eachLane<double>(x, [](double v) { return __builtin_sqrt(v); });
}
#endif

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
