// Stockham's passes over one row, which sort by themselves, for lengths made of 2, 3 and 5.
#pragma once
#include "pack.h"
#include "transcendental.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Real and imaginary parts, apart. */
template <class T>
struct Parts {
  T *re, *im;
};

/** exp(-2 pi i k / n) for k below n, exact to a few bits of float64: products of two short tables. */
template <class T>
inline void unitRoots(size_t n, Parts<T> out) {
  constexpr size_t step = 64;
  constexpr double turn = 6.283185307179586;
  double re[step], im[step];
  for (size_t k = 0; k < least(step, n); k++) {
    re[k] = ::cos(turn * (double)k / (double)n);
    im[k] = -::sin(turn * (double)k / (double)n);
  }
  for (size_t from = 0; from < n; from += step) {
    const double c = ::cos(turn * ((double)from / (double)n)), s = -::sin(turn * ((double)from / (double)n));
    for (size_t k = 0; k < least(step, n - from); k++) {
      out.re[from + k] = (T)(re[k] * c - im[k] * s);
      out.im[from + k] = (T)(re[k] * s + im[k] * c);
    }
  }
}

/** The factor that the next pass takes, or 1, of `whole` numbers. Powers of two come first: behind them whole vectors stay together. */
inline size_t factorOf(size_t n, size_t whole) {
  // Of few numbers a pass of 8 would not fill a vector.
  if (n % 4 == 0) return n % 8 == 0 && n != 16 && whole >= 128 ? 8 : 4;
  return n % 2 == 0 ? 2 : n % 5 == 0 ? 5 : n % 3 == 0 ? 3 : 1;
}

inline bool isSmooth(size_t n) {
  while (n % 2 == 0) n /= 2;
  while (n % 3 == 0) n /= 3;
  while (n % 5 == 0) n /= 5;
  return n == 1;
}

/** The transform of R numbers: `re`, `im` in place. X: a vector or a number. */
template <int R, class X, class T>
ALWAYS_INLINE void smallTransform(X (&re)[R], X (&im)[R]) {
  if constexpr (R == 2) {
    const X a = re[0], b = im[0];
    re[0] = a + re[1], im[0] = b + im[1];
    re[1] = a - re[1], im[1] = b - im[1];
  } else if constexpr (R == 3) {
    const T s = (T)0.8660254037844386;
    const X ar = re[1] + re[2], ai = im[1] + im[2], br = s * (re[1] - re[2]), bi = s * (im[1] - im[2]);
    const X mr = re[0] - (T)0.5 * ar, mi = im[0] - (T)0.5 * ai;
    re[0] = re[0] + ar, im[0] = im[0] + ai;
    re[1] = mr + bi, im[1] = mi - br;
    re[2] = mr - bi, im[2] = mi + br;
  } else if constexpr (R == 4) {
    const X ar = re[0] + re[2], ai = im[0] + im[2], br = re[0] - re[2], bi = im[0] - im[2];
    const X cr = re[1] + re[3], ci = im[1] + im[3], dr = re[1] - re[3], di = im[1] - im[3];
    re[0] = ar + cr, im[0] = ai + ci;
    re[1] = br + di, im[1] = bi - dr;
    re[2] = ar - cr, im[2] = ai - ci;
    re[3] = br - di, im[3] = bi + dr;
  } else if constexpr (R == 8) {
    const T root = (T)0.7071067811865476;
    X er[4] = {re[0], re[2], re[4], re[6]}, ei[4] = {im[0], im[2], im[4], im[6]};
    X or_[4] = {re[1], re[3], re[5], re[7]}, oi[4] = {im[1], im[3], im[5], im[7]};
    smallTransform<4, X, T>(er, ei);
    smallTransform<4, X, T>(or_, oi);
    const X ar = root * (or_[1] + oi[1]), ai = root * (oi[1] - or_[1]);
    const X br = root * (oi[3] - or_[3]), bi = -root * (or_[3] + oi[3]);
    const X odd[4] = {or_[0], ar, oi[2], br}, oddIm[4] = {oi[0], ai, -or_[2], bi};
#pragma GCC unroll 8
    for (int k = 0; k < 4; k++) {
      re[k] = er[k] + odd[k], im[k] = ei[k] + oddIm[k];
      re[k + 4] = er[k] - odd[k], im[k + 4] = ei[k] - oddIm[k];
    }
  } else {
    const T c1 = (T)0.30901699437494745, s1 = (T)0.9510565162951535, c2 = (T)-0.8090169943749475, s2 = (T)0.5877852522924731;
    const X ar = re[1] + re[4], ai = im[1] + im[4], br = re[1] - re[4], bi = im[1] - im[4];
    const X cr = re[2] + re[3], ci = im[2] + im[3], dr = re[2] - re[3], di = im[2] - im[3];
    const X er = re[0] + c1 * ar + c2 * cr, ei = im[0] + c1 * ai + c2 * ci, fr = s1 * br + s2 * dr, fi = s1 * bi + s2 * di;
    const X gr = re[0] + c2 * ar + c1 * cr, gi = im[0] + c2 * ai + c1 * ci, hr = s2 * br - s1 * dr, hi = s2 * bi - s1 * di;
    re[0] = re[0] + ar + cr, im[0] = im[0] + ai + ci;
    re[1] = er + fi, im[1] = ei - fr;
    re[2] = gr + hi, im[2] = gi - hr;
    re[3] = gr - hi, im[3] = gi + hr;
    re[4] = er - fi, im[4] = ei + fr;
  }
}

/** Puts blocks of S lanes of both in turn. */
template <class T, int S, int... I>
ALWAYS_INLINE void interleave(Vec<T> a, Vec<T> b, Vec<T>& low, Vec<T>& high, Indices<I...>) {
  constexpr int W = width<T>;
#if defined(__clang__)
  low = __builtin_shufflevector(a, b, ((I / S % 2 ? W : 0) + I / S / 2 * S + I % S)...);
  high = __builtin_shufflevector(a, b, ((I / S % 2 ? W : 0) + I / S / 2 * S + I % S + W / 2)...);
#else
  const Mask<T> first = {((I / S % 2 ? W : 0) + I / S / 2 * S + I % S)...};
  low = __builtin_shuffle(a, b, first);
  high = __builtin_shuffle(a, b, first + W / 2);
#endif
}

/** The same with R vectors, a power of two. */
template <class T, int S, int R>
ALWAYS_INLINE void interleaveAll(Vec<T>* v) {
  if constexpr (R > 1) {
    Vec<T> even[R / 2], odd[R / 2];
#pragma GCC unroll 8
    for (int k = 0; k < R / 2; k++) even[k] = v[2 * k], odd[k] = v[2 * k + 1];
    interleaveAll<T, S, R / 2>(even);
    interleaveAll<T, S, R / 2>(odd);
#pragma GCC unroll 8
    for (int k = 0; k < R / 2; k++) interleave<T, S>(even[k], odd[k], v[2 * k], v[2 * k + 1], typename MakeIndices<width<T>>::type{});
  }
}

/** Pairs of real and imaginary parts, apart. */
template <class T, int... I>
ALWAYS_INLINE void deinterleave(Vec<T> a, Vec<T> b, Vec<T>& even, Vec<T>& odd, Indices<I...>) {
#if defined(__clang__)
  even = __builtin_shufflevector(a, b, (2 * I)...);
  odd = __builtin_shufflevector(a, b, (2 * I + 1)...);
#else
  const Mask<T> first = {(2 * I)...};
  even = __builtin_shuffle(a, b, first);
  odd = __builtin_shuffle(a, b, first + 1);
#endif
}

/** R transforms' results with the roots that the next pass needs, `cosine` and `sine` being those of k = 1 and beyond. */
template <int R, class X, class C>
ALWAYS_INLINE void turnResults(X (&re)[R], X (&im)[R], const C* cosine, const C* sine) {
#pragma GCC unroll 8
  for (int k = 1; k < R; k++) {
    const X r = re[k], i = im[k];
    re[k] = r * cosine[k - 1] - i * sine[k - 1];
    im[k] = r * sine[k - 1] + i * cosine[k - 1];
  }
}

/** One pass: `m` groups of `stride` transforms of R, from x to y. `roots` are those of R * m * stride. */
template <int R, class T>
inline void fourierPass(size_t m, size_t stride, Parts<T> roots, Parts<T> x, Parts<T> y) {
  constexpr size_t W = width<T>;
  for (size_t p = 0; p < m; p++) {
    T cosine[R - 1], sine[R - 1];
#pragma GCC unroll 8
    for (int k = 1; k < R; k++) {
      cosine[k - 1] = roots.re[p * k * stride];
      sine[k - 1] = roots.im[p * k * stride];
    }
    const auto group = [&](size_t q, auto zero, auto get, auto put) __attribute__((always_inline)) {
      typedef decltype(zero) X;
      X re[R], im[R];
#pragma GCC unroll 8
      for (int k = 0; k < R; k++) {
        re[k] = get(x.re + q + stride * (p + m * k));
        im[k] = get(x.im + q + stride * (p + m * k));
      }
      smallTransform<R, X, T>(re, im);
      if (p > 0) turnResults<R>(re, im, cosine, sine);
#pragma GCC unroll 8
      for (int k = 0; k < R; k++) {
        put(y.re + q + stride * (R * p + k), re[k]);
        put(y.im + q + stride * (R * p + k), im[k]);
      }
    };
    size_t q = 0;
    for (; q + W <= stride; q += W) group(q, Vec<T>{}, [](const T* at) { return load<T>(at); }, [](T* at, Vec<T> v) { store<T>(at, v); });
    if (const size_t left = stride - q; left > 2) {
      group(q, Vec<T>{}, [=](const T* at) { return loadFirst<T>(at, left, (T)0); }, [=](T* at, Vec<T> v) { storeFirst<T>(at, v, left); });
      continue;
    }
    for (; q < stride; q++) group(q, (T)0, [](const T* at) { return *at; }, [](T* at, T v) { *at = v; });
  }
}

/**
 * The same for a stride S that is a part of a vector: `count` = m * S transforms lie side by side, and blocks of S of their results
 * are put in turn. `roots`: R - 1 rows of `count` for each, real parts, and imaginary parts behind them.
 */
template <int R, int S, class T>
inline void narrowPass(size_t count, const T* roots, Parts<T> x, Parts<T> y) {
  constexpr size_t W = width<T>;
  const T* const imaginary = roots + (R - 1) * count;
  const auto transform = [&](size_t j, auto* re, auto* im, auto get) __attribute__((always_inline)) {
    typedef __typeof__(get(roots)) X;
    X cosine[R - 1], sine[R - 1];
#pragma GCC unroll 8
    for (int k = 0; k < R; k++) re[k] = get(x.re + j + count * k), im[k] = get(x.im + j + count * k);
    smallTransform<R, X, T>(*(X(*)[R])re, *(X(*)[R])im);
#pragma GCC unroll 8
    for (int k = 0; k + 1 < R; k++) cosine[k] = get(roots + k * count + j), sine[k] = get(imaginary + k * count + j);
    turnResults<R>(*(X(*)[R])re, *(X(*)[R])im, cosine, sine);
  };
  size_t j = 0;
  for (; j + W <= count; j += W) {
    Vec<T> re[R], im[R];
    transform(j, re, im, [](const T* at) __attribute__((always_inline)) { return load<T>(at); });
    if constexpr ((R & (R - 1)) == 0) {
      interleaveAll<T, S, R>(re);
      interleaveAll<T, S, R>(im);
#pragma GCC unroll 8
      for (int k = 0; k < R; k++) {
        store<T>(y.re + R * j + k * W, re[k]);
        store<T>(y.im + R * j + k * W, im[k]);
      }
    } else {
      for (size_t block = 0; block < W / S; block++) {
#pragma GCC unroll 8
        for (int k = 0; k < R; k++) {
          memcpy(y.re + R * (j + block * S) + k * S, (const T*)&re[k] + block * S, S * sizeof(T));
          memcpy(y.im + R * (j + block * S) + k * S, (const T*)&im[k] + block * S, S * sizeof(T));
        }
      }
    }
  }
  for (; j < count; j++) {
    T re[R], im[R];
    transform(j, re, im, [](const T* at) { return *at; });
#pragma GCC unroll 8
    for (int k = 0; k < R; k++) {
      y.re[R * (j - j % S) + k * S + j % S] = re[k];
      y.im[R * (j - j % S) + k * S + j % S] = im[k];
    }
  }
}

/** Whether a pass of this stride has roots of its own. */
template <class T>
inline bool isNarrow(size_t stride) {
  return stride < (size_t)width<T> && (stride & (stride - 1)) == 0;
}

/** Calls `pass(factor, m, stride)` for each pass over n numbers. */
template <class Pass>
inline void forEachPass(size_t n, const Pass& pass) {
  for (size_t left = n, stride = 1; left > 1;) {
    const size_t factor = factorOf(left, n);
    left /= factor;
    pass(factor, left, stride);
    stride *= factor;
  }
}

template <class T>
inline size_t narrowElements(size_t n) {
  size_t all = 0;
  forEachPass(n, [&](size_t factor, size_t m, size_t stride) {
    if (isNarrow<T>(stride)) all += 2 * (factor - 1) * m * stride;
  });
  return all;
}

/** The roots of the narrow passes, in the order of their use. */
template <class T>
inline void narrowRoots(size_t n, Parts<T> roots, T* to) {
  forEachPass(n, [&](size_t factor, size_t m, size_t stride) {
    if (!isNarrow<T>(stride)) return;
    const size_t count = m * stride;
    T* const imaginary = to + (factor - 1) * count;
    for (size_t k = 1; k < factor; k++) {
      for (size_t p = 0; p < m; p++) {
        for (size_t q = 0; q < stride; q++) {
          to[(k - 1) * count + p * stride + q] = roots.re[p * k * stride];
          imaginary[(k - 1) * count + p * stride + q] = roots.im[p * k * stride];
        }
      }
    }
    to += 2 * (factor - 1) * count;
  });
}

template <int R, class T>
inline void passOf(size_t m, size_t stride, Parts<T> roots, const T* narrow, Parts<T> x, Parts<T> y) {
  constexpr size_t W = width<T>;
  if (!isNarrow<T>(stride)) return fourierPass<R, T>(m, stride, roots, x, y);
  if (stride == 1) return narrowPass<R, 1, T>(m, narrow, x, y);
  if constexpr (W > 2) {
    if (stride == 2) return narrowPass<R, 2, T>(2 * m, narrow, x, y);
  }
  if constexpr (W > 4) {
    if (stride == 4) return narrowPass<R, 4, T>(4 * m, narrow, x, y);
  }
  if constexpr (W > 8) {
    if (stride == 8) return narrowPass<R, 8, T>(8 * m, narrow, x, y);
  }
}

/** The transform of n numbers, n made of 2, 3 and 5. The result lies in one of both places, which is returned. */
template <class T>
inline Parts<T> smoothTransform(size_t n, Parts<T> roots, const T* narrow, Parts<T> x, Parts<T> y) {
  forEachPass(n, [&](size_t factor, size_t m, size_t stride) {
    if (factor == 8) passOf<8, T>(m, stride, roots, narrow, x, y);
    else if (factor == 4) passOf<4, T>(m, stride, roots, narrow, x, y);
    else if (factor == 5) passOf<5, T>(m, stride, roots, narrow, x, y);
    else if (factor == 3) passOf<3, T>(m, stride, roots, narrow, x, y);
    else passOf<2, T>(m, stride, roots, narrow, x, y);
    if (isNarrow<T>(stride)) narrow += 2 * (factor - 1) * m * stride;
    const Parts<T> before = x;
    x = y;
    y = before;
  });
  return x;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
