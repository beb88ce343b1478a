// Two cheap primitives in one walk over a chunk: what the first gives stays in a register. A walk costs mostly its loads and stores.
#pragma once
#include "primitives.h"

namespace gradbook {
namespace GRADBOOK_ISA {

// Primitives that are cheaper than the walk, with their arity.
#define PAIRED(X) X(add, 2) X(sub, 2) X(mul, 2) X(relu, 1)

/** Keeps a value as rounded as it would be in memory: the compiler may not melt a product into the sum that follows. */
template <class T>
ALWAYS_INLINE void roundHere(Vec<T>& x) {
#if defined(__x86_64__)
  asm("" : "+v"(x));
#elif defined(__aarch64__)
  asm("" : "+w"(x));
#else
  (void)x;  // no fused multiply-add among the instructions
#endif
}

template <class T, class Do, int arity>
ALWAYS_INLINE Vec<T> applied(Vec<T> x, Vec<T> y) {
  if constexpr (arity == 1) {
    return Do::template at<T>(x);
  } else {
    return Do::template at<T>(x, y);
  }
}

/** out = second(first(a, b), c), or second(c, first(a, b)) where the first's result is on the `right`. */
template <class T, class First, int firstArity, class Second, int secondArity, bool right>
ALWAYS_INLINE Vec<T> both(Vec<T> a, Vec<T> b, Vec<T> c) {
  Vec<T> between = applied<T, First, firstArity>(a, b);
  roundHere<T>(between);
  return right ? applied<T, Second, secondArity>(c, between) : applied<T, Second, secondArity>(between, c);
}

template <class T, bool Streamed, class First, int firstArity, class Second, int secondArity, bool right>
void pair(size_t n, T* out, const T* a, const T* b, const T* c) {
  constexpr int W = width<T>;
  constexpr bool readsB = firstArity > 1, readsC = secondArity > 1;
  size_t i = 0;
  for (; i + W <= n; i += W) {
    const Vec<T> x = load<T>(a + i);
    put<T, Streamed>(out + i, both<T, First, firstArity, Second, secondArity, right>(x, readsB ? load<T>(b + i) : x,
                                                                                     readsC ? load<T>(c + i) : x));
  }
  if (i < n) {
    const size_t rest = n - i;
    const Vec<T> x = loadFirst<T>(a + i, rest, (T)1);
    storeFirst<T>(out + i,
                  both<T, First, firstArity, Second, secondArity, right>(x, readsB ? loadFirst<T>(b + i, rest, (T)1) : x,
                                                                       readsC ? loadFirst<T>(c + i, rest, (T)1) : x),
                  rest);
  }
}

template <class T, bool Streamed, class First, int firstArity>
inline Map<T> pairWith(int second, bool right) {
  switch (second) {
#define X(name, arity)                                                     \
  case prim_##name:                                                        \
    return right && arity > 1 ? pair<T, Streamed, First, firstArity, Do_##name, arity, true> \
                              : pair<T, Streamed, First, firstArity, Do_##name, arity, false>;
    PAIRED(X)
#undef X
  }
  return nullptr;
}

/** The walk of two primitives, or null where they are not worth it. */
template <class T, bool Streamed>
inline Map<T> pairOf(int first, int second, bool right) {
  switch (first) {
#define X(name, arity) \
  case prim_##name:    \
    return pairWith<T, Streamed, Do_##name, arity>(second, right);
    PAIRED(X)
#undef X
  }
  return nullptr;
}

#undef PAIRED

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
