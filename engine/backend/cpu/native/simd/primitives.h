// The elementwise primitives over chunks: one function per primitive and compute type, found through a table.
#pragma once
#include "../commands.h"
#include "stream.h"
#include "transcendental.h"

namespace gradbook {
namespace GRADBOOK_ISA {

template <class T>
ALWAYS_INLINE Vec<T> truth(Mask<T> m) {
  return m ? splat<T>((T)1) : Vec<T>{};
}

inline double floorMod(double a, double b) {
  const double r = ::fmod(a, b);
  if (r == 0) return __builtin_copysign(0.0, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

// One struct per primitive: `at<T>(operands)` on vectors of T.
#define UNARY(name, expression)                \
  struct Do_##name {                           \
    template <class T>                         \
    static ALWAYS_INLINE Vec<T> at(Vec<T> x) { \
      return expression;                       \
    }                                          \
  };
#define BINARY(name, expression)                         \
  struct Do_##name {                                     \
    template <class T>                                   \
    static ALWAYS_INLINE Vec<T> at(Vec<T> x, Vec<T> y) { \
      return expression;                                 \
    }                                                    \
  };
#define TERNARY(name, expression)                                  \
  struct Do_##name {                                               \
    template <class T>                                             \
    static ALWAYS_INLINE Vec<T> at(Vec<T> x, Vec<T> y, Vec<T> z) { \
      return expression;                                           \
    }                                                              \
  };
#define LANES1(f) eachLane<T>(x, [](double v) { return f(v); })
#define LANES2(f) eachLane<T>(x, y, [](double v, double w) { return f(v, w); })

UNARY(neg, -x)
UNARY(abs, absolute<T>(x))
UNARY(sign, (x > (T)0 ? splat<T>((T)1) : x < (T)0 ? splat<T>((T)-1) : x))
UNARY(floor, roundDown<T>(x))
UNARY(ceil, roundUpwards<T>(x))
UNARY(round, roundEven<T>(x))
UNARY(trunc, roundToZero<T>(x))
UNARY(sqrt, squareRoot<T>(x))
UNARY(rsqrt, (T)1 / squareRoot<T>(x))
UNARY(square, x* x)
UNARY(reciprocal, (T)1 / x)
UNARY(exp, exponential(x))
UNARY(expm1, exponentialMinus1(x))
UNARY(log, logarithm(x))
UNARY(log1p, logarithmOf1Plus(x))
UNARY(sin, sine(x))
UNARY(cos, cosine(x))
UNARY(tan, LANES1(::tan))
UNARY(asin, LANES1(::asin))
UNARY(acos, LANES1(::acos))
UNARY(atan, LANES1(::atan))
UNARY(sinh, LANES1(::sinh))
UNARY(cosh, LANES1(::cosh))
UNARY(tanh, hyperbolicTangent(x))
UNARY(erf, errorFunction(x))
UNARY(erfc, complementOfErrorFunction(x))
UNARY(sigmoid, logistic(x))
UNARY(relu, (x < (T)0 ? Vec<T>{} : x))
UNARY(isnan, truth<T>(x != x))
UNARY(not, truth<T>(x == (T)0))
BINARY(add, x + y)
BINARY(sub, x - y)
BINARY(mul, x* y)
BINARY(div, x / y)
BINARY(pow, LANES2(::pow))
BINARY(mod, LANES2(floorMod))
BINARY(min, minimum(x, y))
BINARY(max, maximum(x, y))
BINARY(atan2, LANES2(::atan2))
BINARY(eq, truth<T>(x == y))
BINARY(ne, truth<T>(x != y))
BINARY(lt, truth<T>(x < y))
BINARY(le, truth<T>(x <= y))
BINARY(gt, truth<T>(x > y))
BINARY(ge, truth<T>(x >= y))
BINARY(and, truth<T>((x != (T)0) & (y != (T)0)))
BINARY(or, truth<T>((x != (T)0) | (y != (T)0)))
TERNARY(select, (x != (T)0 ? y : z))
TERNARY(fma, x* y + z)

#undef LANES1
#undef LANES2
#undef UNARY
#undef BINARY
#undef TERNARY

/** out[i] = primitive(a[i], b[i], c[i]) for n elements; unused operands are not read. `out` may be one of the operands.
 * Streamed, it must lie at a whole vector and be none of them. */
template <class T>
using Map = void (*)(size_t n, T* out, const T* a, const T* b, const T* c);

template <class T, bool Streamed>
ALWAYS_INLINE void put(T* to, Vec<T> v) {
  Streamed ? streamStore<T>(to, v) : store<T>(to, v);
}

template <class T, bool Streamed, class Do>
void map1(size_t n, T* out, const T* a, const T*, const T*) {
  constexpr int W = width<T>;
  size_t i = 0;
  for (; i + W <= n; i += W) put<T, Streamed>(out + i, Do::template at<T>(load<T>(a + i)));
  if (i < n) storeFirst<T>(out + i, Do::template at<T>(loadFirst<T>(a + i, n - i, (T)1)), n - i);
}

template <class T, bool Streamed, class Do>
void map2(size_t n, T* out, const T* a, const T* b, const T*) {
  constexpr int W = width<T>;
  size_t i = 0;
  for (; i + W <= n; i += W) put<T, Streamed>(out + i, Do::template at<T>(load<T>(a + i), load<T>(b + i)));
  if (i < n) {
    const size_t rest = n - i;
    storeFirst<T>(out + i, Do::template at<T>(loadFirst<T>(a + i, rest, (T)1), loadFirst<T>(b + i, rest, (T)1)), rest);
  }
}

template <class T, bool Streamed, class Do>
void map3(size_t n, T* out, const T* a, const T* b, const T* c) {
  constexpr int W = width<T>;
  size_t i = 0;
  for (; i + W <= n; i += W) {
    put<T, Streamed>(out + i, Do::template at<T>(load<T>(a + i), load<T>(b + i), load<T>(c + i)));
  }
  if (i < n) {
    const size_t rest = n - i;
    storeFirst<T>(out + i,
                  Do::template at<T>(loadFirst<T>(a + i, rest, (T)1), loadFirst<T>(b + i, rest, (T)1),
                                     loadFirst<T>(c + i, rest, (T)1)),
                  rest);
  }
}

template <class T, bool Streamed>
inline Map<T> mapOf(int primitive) {
  switch (primitive) {
#define MAP_1(name) map1<T, Streamed, Do_##name>
#define MAP_2(name) map2<T, Streamed, Do_##name>
#define MAP_3(name) map3<T, Streamed, Do_##name>
#define X(name, code, arity) \
  case prim_##name:          \
    return MAP_##arity(name);
    GRADBOOK_PRIMITIVES(X)
#undef X
#undef MAP_1
#undef MAP_2
#undef MAP_3
  }
  return nullptr;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
