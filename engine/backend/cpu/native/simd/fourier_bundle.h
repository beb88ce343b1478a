// Fourier transforms of many short rows: as many at once as a vector has lanes. Number k of all of them lies together, real parts in
// vector 2k and imaginary parts in the next; an inverse transform takes them in exchanged roles.
#pragma once
#include "fourier_pass.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Longer rows fill vectors by themselves, and a bundle of them with its copy takes more than 24 KB of the innermost cache. */
constexpr size_t longestBundled = 24576 / (4 * VECTOR_BYTES);

/** Whether real rows are transformed as pairs, at half their length. */
inline bool inPairs(const FourierJob& job) {
  return job.kind != fourier_complex && job.n % 2 == 0 && (job.inverse != 0) == (job.kind == fourier_half);
}

inline bool isBundled(const FourierJob& job, size_t lanes) {
  const size_t n = (size_t)job.n, numbers = inPairs(job) ? n / 2 : n;
  if (job.kind != fourier_complex && !inPairs(job)) return false;
  return numbers <= longestBundled && isSmooth(numbers) && 2 * (size_t)job.rows >= lanes;
}

template <class T>
struct Bundle {
  T* at;
  size_t re, im;  // of a number, in elements

  ALWAYS_INLINE Vec<T> real(size_t k) const { return load<T>(at + 2 * width<T> * k + re); }
  ALWAYS_INLINE Vec<T> imaginary(size_t k) const { return load<T>(at + 2 * width<T> * k + im); }
  ALWAYS_INLINE void put(size_t k, Vec<T> real, Vec<T> imaginary) const {
    store<T>(at + 2 * width<T> * k + re, real);
    store<T>(at + 2 * width<T> * k + im, imaginary);
  }
};

/** As `fourierPass`; a root is `rootStep` further than the one before. */
template <int R, class T>
inline void bundlePass(size_t m, size_t stride, Parts<T> roots, size_t rootStep, Bundle<T> x, Bundle<T> y) {
  for (size_t p = 0; p < m; p++) {
    T cosine[R - 1], sine[R - 1];
#pragma GCC unroll 8
    for (int k = 1; k < R; k++) {
      cosine[k - 1] = roots.re[p * k * rootStep];
      sine[k - 1] = roots.im[p * k * rootStep];
    }
    for (size_t q = 0; q < stride; q++) {
      Vec<T> re[R], im[R];
#pragma GCC unroll 8
      for (int k = 0; k < R; k++) re[k] = x.real(q + stride * (p + m * k)), im[k] = x.imaginary(q + stride * (p + m * k));
      smallTransform<R, Vec<T>, T>(re, im);
      if (p > 0) turnResults<R>(re, im, cosine, sine);
#pragma GCC unroll 8
      for (int k = 0; k < R; k++) y.put(q + stride * (R * p + k), re[k], im[k]);
    }
  }
}

/** The result lies in one of both places, which is returned. `every`: how far the roots of n lie apart in the table. */
template <class T>
inline Bundle<T> bundleTransform(size_t n, Parts<T> roots, size_t every, Bundle<T> x, Bundle<T> y) {
  for (size_t left = n, stride = 1; left > 1;) {
    // Every pass has whole vectors, as those over many numbers have.
    const size_t factor = factorOf(left, SIZE_MAX);
    const size_t m = left / factor, step = stride * every;
    if (factor == 8) bundlePass<8, T>(m, stride, roots, step, x, y);
    else if (factor == 4) bundlePass<4, T>(m, stride, roots, step, x, y);
    else if (factor == 5) bundlePass<5, T>(m, stride, roots, step, x, y);
    else if (factor == 3) bundlePass<3, T>(m, stride, roots, step, x, y);
    else bundlePass<2, T>(m, stride, roots, step, x, y);
    left = m;
    stride *= factor;
    const Bundle<T> before = x;
    x = y;
    y = before;
  }
  return x;
}

/** As `ofPairs`. */
template <class T>
inline void bundleOfPairs(size_t h, Parts<T> roots, Bundle<T> z, Bundle<T> to) {
  to.put(0, z.real(0) + z.imaginary(0), Vec<T>{});
  to.put(h, z.real(0) - z.imaginary(0), Vec<T>{});
  // Numbers k and h - k have all but signs in common.
  for (size_t k = 1; 2 * k <= h; k++) {
    const Vec<T> er = (T)0.5 * (z.real(k) + z.real(h - k)), ei = (T)0.5 * (z.imaginary(k) - z.imaginary(h - k));
    const Vec<T> dr = (T)0.5 * (z.real(k) - z.real(h - k)), di = (T)0.5 * (z.imaginary(k) + z.imaginary(h - k));
    const Vec<T> re = roots.re[k] * di + roots.im[k] * dr, im = roots.im[k] * di - roots.re[k] * dr;
    to.put(h - k, er - re, im - ei);
    to.put(k, er + re, im + ei);
  }
}

/** As `toPairs`. */
template <class T>
inline void bundleToPairs(size_t h, Parts<T> roots, Bundle<T> x, Bundle<T> to) {
  to.put(0, x.real(0) + x.real(h), x.real(0) - x.real(h));
  for (size_t k = 1; 2 * k <= h; k++) {
    const Vec<T> er = x.real(k) + x.real(h - k), ei = x.imaginary(k) - x.imaginary(h - k);
    const Vec<T> dr = x.real(k) - x.real(h - k), di = x.imaginary(k) + x.imaginary(h - k);
    const Vec<T> re = roots.im[k] * dr - roots.re[k] * di, im = roots.re[k] * dr + roots.im[k] * di;
    to.put(h - k, er - re, im - ei);
    to.put(k, er + re, im + ei);
  }
}

/** Rows of `length` elements out of a bundle. */
template <class T>
inline void putRows(const T* bundle, size_t rows, size_t length, T* to) {
  constexpr size_t W = width<T>;
  const size_t whole = length / W * W;
  for (size_t k = 0; k < whole; k += W) transposeInto<T>(W, rows, bundle + k * W, W, to + k, length);
  for (size_t row = 0; row < rows; row++) {
    for (size_t k = whole; k < length; k++) to[row * length + k] = bundle[k * W + row];
  }
}

template <class T>
inline bool bundledRows(const FourierJob& job, Workers& workers) {
  constexpr size_t W = width<T>;
  const size_t n = (size_t)job.n, rows = (size_t)job.rows, every = inPairs(job) ? 2 : 1, numbers = n / every;
  // Numbers of a row of the input, and of the output.
  const size_t given = job.kind == fourier_half ? numbers + 1 : numbers, made = job.kind == fourier_real ? numbers + 1 : numbers;
  T* const table = (T*)workers.scratch(2 * n * sizeof(T));
  if (!table) return false;
  const Parts<T> roots = {table, table + n};
  unitRoots<T>(n, roots);
  const size_t room = 2 * W * (numbers + 1);
  bool failed = false;
  forEachRange(workers, ceilDiv(rows, W), most(1, 32768 / (2 * W * n)), [&](size_t from, size_t to) {
    T* const memory = (T*)workers.local(2 * room * sizeof(T));
    if (!memory) {
      __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
      return;
    }
    for (size_t row = from * W; row < least(rows, to * W); row += W) {
      const size_t count = least(W, rows - row);
      Bundle<T> x = {memory, 0, W}, y = {memory + room, 0, W};
      const auto swap = [&] {
        const Bundle<T> before = x;
        x = y;
        y = before;
      };
      transposeInto<T>((int)count, 2 * given, (const T*)job.in + row * 2 * given, (int64_t)(2 * given), x.at, W);
      if (job.kind == fourier_half) {
        bundleToPairs<T>(numbers, roots, x, y);
        swap();
      }
      const size_t re = job.inverse ? W : 0;
      const T* const done = bundleTransform<T>(numbers, roots, every, {x.at, re, W - re}, {y.at, re, W - re}).at;
      if (done != x.at) swap();
      if (job.kind == fourier_real) {
        bundleOfPairs<T>(numbers, roots, x, y);
        swap();
      }
      if (job.scale != 1) {
        for (size_t k = 0; k < 2 * made * W; k += W) store<T>(x.at + k, load<T>(x.at + k) * (T)job.scale);
      }
      putRows<T>(x.at, count, 2 * made, (T*)job.out + row * 2 * made);
    }
  });
  return !failed;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
