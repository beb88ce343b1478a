// Elements of any type to and from the type that a kernel computes in. Floats that go to integers are truncated and wrap
// around like the integer arithmetic of the field's other frameworks; NaN becomes 0; anything but 0 is a true bool.
#pragma once
#include "../dtype.h"
#include "vec.h"

namespace gradbook {
namespace GRADBOOK_ISA {

struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};
struct Truth {
  uint8_t bits;
};

template <class C, class E>
ALWAYS_INLINE C widen(E x) {
  return (C)x;
}
template <class C>
ALWAYS_INLINE C widen(Half x) {
  return (C)fromFloat16(x.bits);
}
template <class C>
ALWAYS_INLINE C widen(Brain x) {
  return (C)fromBfloat16(x.bits);
}
template <class C>
ALWAYS_INLINE C widen(Truth x) {
  return (C)(x.bits != 0);
}

template <class E>
struct Narrow {
  template <class C>
  static ALWAYS_INLINE E from(C x) {
    // Outside int64 the conversion is undefined in C++: clamp first.
    if (!(x > (C)-9223372036854775808.0)) return x != x ? (E)0 : (E)INT64_MIN;
    if (x >= (C)9223372036854775808.0) return (E)INT64_MAX;
    return (E)(int64_t)x;
  }
};
template <>
struct Narrow<float> {
  template <class C>
  static ALWAYS_INLINE float from(C x) {
    return (float)x;
  }
};
template <>
struct Narrow<double> {
  template <class C>
  static ALWAYS_INLINE double from(C x) {
    return (double)x;
  }
};
template <>
struct Narrow<Half> {
  template <class C>
  static ALWAYS_INLINE Half from(C x) {
    return Half{toFloat16((float)x)};
  }
};
template <>
struct Narrow<Brain> {
  template <class C>
  static ALWAYS_INLINE Brain from(C x) {
    return Brain{toBfloat16((float)x)};
  }
};
template <>
struct Narrow<Truth> {
  template <class C>
  static ALWAYS_INLINE Truth from(C x) {
    return Truth{(uint8_t)(x != 0)};
  }
};

template <class E, class C>
inline void loadRun(const char* from, int64_t stride, size_t n, C* to) {
  const E* p = (const E*)from;
  if (stride == 1) {
    for (size_t i = 0; i < n; i++) to[i] = widen<C>(p[i]);
  } else if (stride == 0) {
    const C x = n > 0 ? widen<C>(*p) : C{};
    for (size_t i = 0; i < n; i++) to[i] = x;
  } else {
    for (size_t i = 0; i < n; i++) to[i] = widen<C>(p[(int64_t)i * stride]);
  }
}

template <class E, class C>
inline void storeRun(const C* from, size_t n, char* to, int64_t stride) {
  E* p = (E*)to;
  if (stride == 1) {
    for (size_t i = 0; i < n; i++) p[i] = Narrow<E>::from(from[i]);
  } else {
    for (size_t i = 0; i < n; i++) p[(int64_t)i * stride] = Narrow<E>::from(from[i]);
  }
}

#define FOR_DTYPE(dtype, call)      \
  switch (dtype) {                  \
    case float32:                   \
      return call<float>;           \
    case float64:                   \
      return call<double>;          \
    case float16:                   \
      return call<Half>;            \
    case bfloat16:                  \
      return call<Brain>;           \
    case int8:                      \
      return call<int8_t>;          \
    case int32:                     \
      return call<int32_t>;         \
    case int64:                     \
      return call<int64_t>;         \
    case uint8:                     \
      return call<uint8_t>;         \
    case uint32:                    \
      return call<uint32_t>;        \
    default:                        \
      return call<Truth>;           \
  }

template <class C>
struct Convert {
  typedef void (*Load)(const char* from, int64_t stride, size_t n, C* to);
  typedef void (*Store)(const C* from, size_t n, char* to, int64_t stride);

  template <class E>
  static void loadAs(const char* from, int64_t stride, size_t n, C* to) {
    loadRun<E, C>(from, stride, n, to);
  }
  template <class E>
  static void storeAs(const C* from, size_t n, char* to, int64_t stride) {
    storeRun<E, C>(from, n, to, stride);
  }

  static Load loader(DType dtype) { FOR_DTYPE(dtype, loadAs) }
  static Store storer(DType dtype) { FOR_DTYPE(dtype, storeAs) }
};

template <class C>
constexpr DType dtypeOf = sizeof(C) == 8 ? float64 : float32;

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
