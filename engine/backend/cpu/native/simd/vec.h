// Vectors of the widest kind that this compilation may use, by the vector extension of GCC and Clang.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

namespace gradbook {
namespace GRADBOOK_ISA {

typedef float FloatVector __attribute__((vector_size(VECTOR_BYTES)));
typedef double DoubleVector __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t Int32Vector __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t Uint32Vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t Int64Vector __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t Uint64Vector __attribute__((vector_size(VECTOR_BYTES)));
// The same where the address has only the alignment of an element.
typedef float FloatVectorAt __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef double DoubleVectorAt __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));

template <class T>
struct Lanes;
template <>
struct Lanes<float> {
  typedef FloatVector Vector;
  typedef FloatVectorAt VectorAt;
  typedef Int32Vector Mask;
  typedef int32_t Integer;
};
template <>
struct Lanes<double> {
  typedef DoubleVector Vector;
  typedef DoubleVectorAt VectorAt;
  typedef Int64Vector Mask;
  typedef int64_t Integer;
};

template <class T>
using Vec = typename Lanes<T>::Vector;
template <class T>
using Mask = typename Lanes<T>::Mask;

/** Lanes of a vector of T. */
template <class T>
constexpr int width = VECTOR_BYTES / (int)sizeof(T);

template <class T>
ALWAYS_INLINE Vec<T> load(const T* from) {
  return *(const typename Lanes<T>::VectorAt*)from;
}

template <class T>
ALWAYS_INLINE void store(T* to, Vec<T> v) {
  *(typename Lanes<T>::VectorAt*)to = v;
}

template <class T>
ALWAYS_INLINE Vec<T> splat(T x) {
  return x - Vec<T>{};  // keeps -0, which x + 0 would not
}

#if defined(__AVX512F__)

/** The first n < width elements; the other lanes repeat `rest`. */
template <class T>
ALWAYS_INLINE Vec<T> loadFirst(const T* from, size_t n, T rest) {
  const unsigned lanes = (1u << n) - 1;
  if constexpr (sizeof(T) == 4) {
    return (Vec<T>)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), (__mmask16)lanes, from);
  } else {
    return (Vec<T>)_mm512_mask_loadu_pd(_mm512_set1_pd(rest), (__mmask8)lanes, from);
  }
}

template <class T>
ALWAYS_INLINE void storeFirst(T* to, Vec<T> v, size_t n) {
  const unsigned lanes = (1u << n) - 1;
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_ps(to, (__mmask16)lanes, (__m512)v);
  } else {
    _mm512_mask_storeu_pd(to, (__mmask8)lanes, (__m512d)v);
  }
}

#elif defined(__AVX2__)

/** All bits set in the first n lanes. */
template <class T>
ALWAYS_INLINE Mask<T> firstLanes(size_t n) {
  if constexpr (sizeof(T) == 4) {
    return Mask<T>{0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)n;
  } else {
    return Mask<T>{0, 1, 2, 3} < (int64_t)n;
  }
}

/** The first n < width elements; the other lanes repeat `rest`. */
template <class T>
ALWAYS_INLINE Vec<T> loadFirst(const T* from, size_t n, T rest) {
  const Mask<T> lanes = firstLanes<T>(n);
  if constexpr (sizeof(T) == 4) {
    return lanes ? (Vec<T>)_mm256_maskload_ps(from, (__m256i)lanes) : splat<T>(rest);
  } else {
    return lanes ? (Vec<T>)_mm256_maskload_pd(from, (__m256i)lanes) : splat<T>(rest);
  }
}

template <class T>
ALWAYS_INLINE void storeFirst(T* to, Vec<T> v, size_t n) {
  if constexpr (sizeof(T) == 4) {
    _mm256_maskstore_ps(to, (__m256i)firstLanes<T>(n), (__m256)v);
  } else {
    _mm256_maskstore_pd(to, (__m256i)firstLanes<T>(n), (__m256d)v);
  }
}

#else

/** The first n < width elements; the other lanes repeat `rest`. */
template <class T>
ALWAYS_INLINE Vec<T> loadFirst(const T* from, size_t n, T rest) {
  T lanes[width<T>];
  for (int i = 0; i < width<T>; i++) lanes[i] = rest;
  memcpy(lanes, from, n * sizeof(T));
  return load<T>(lanes);
}

template <class T>
ALWAYS_INLINE void storeFirst(T* to, Vec<T> v, size_t n) {
  T lanes[width<T>];
  store<T>(lanes, v);
  memcpy(to, lanes, n * sizeof(T));
}

#endif

/** a * b + c, in one instruction where there is one: the compiler makes it by itself for every machine but WebAssembly. */
template <class T>
ALWAYS_INLINE Vec<T> multiplyAdd(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__wasm_relaxed_simd__)
  if constexpr (sizeof(T) == 4) {
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
  } else {
    return __builtin_wasm_relaxed_madd_f64x2(a, b, c);
  }
#else
  return a * b + c;
#endif
}

ALWAYS_INLINE float fusedMultiplyAdd(float a, float b, float c) { return a * b + c; }
ALWAYS_INLINE double fusedMultiplyAdd(double a, double b, double c) { return a * b + c; }

template <class V>
ALWAYS_INLINE V larger(V a, V b) {
  return a > b ? a : b;
}
template <class V>
ALWAYS_INLINE V smaller(V a, V b) {
  return a < b ? a : b;
}

// With NaN passed on, wherever it stands.
template <class V>
ALWAYS_INLINE V maximum(V a, V b) {
  V m = a > b ? a : b;
  return a != a ? a : m;
}
template <class V>
ALWAYS_INLINE V minimum(V a, V b) {
  V m = a < b ? a : b;
  return a != a ? a : m;
}

/** Sum of the lanes, as a tree. */
template <class T>
ALWAYS_INLINE T sumLanes(Vec<T> v) {
  T lanes[width<T>];
  store<T>(lanes, v);
  for (int half = width<T> / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <class T>
ALWAYS_INLINE T maxLanes(Vec<T> v) {
  T lanes[width<T>];
  store<T>(lanes, v);
  for (int half = width<T> / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lanes[i] = maximum<T>(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

inline size_t least(size_t a, size_t b) { return a < b ? a : b; }
inline size_t most(size_t a, size_t b) { return a > b ? a : b; }
inline size_t ceilDiv(size_t a, size_t b) { return (a + b - 1) / b; }
inline size_t roundUp(size_t a, size_t b) { return (a + b - 1) / b * b; }

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
