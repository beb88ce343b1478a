// Fourier transforms of rows: passes for lengths made of 2, 3 and 5; Bluestein's chirp for all others. An inverse transform is a
// forward one with real and imaginary parts exchanged.
#pragma once
#include "fourier_bundle.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** What all rows share: roots, and for Bluestein the chirp and the transform of its convolution. */
template <class T>
struct FourierPlan {
  size_t n, padded;  // padded: the length of the passes
  bool chirps;
  Parts<T> roots, chirp, filter;
  T* narrow;

  explicit FourierPlan(size_t n_) : n(n_), padded(n_), chirps(!isSmooth(n_)) {
    if (!chirps) return;
    padded = 1;
    while (padded < 2 * n - 1) padded *= 2;
  }
  size_t rowElements() const { return 4 * roundUp(padded, 16); }
  size_t elements() const {
    return roundUp(narrowElements<T>(padded), 16) + 2 * roundUp(padded, 16) + (chirps ? 2 * roundUp(n, 16) + 2 * roundUp(padded, 16) : 0);
  }

  /** `row`: room for one row. */
  void prepare(T* room, T* row) {
    const size_t long_ = roundUp(padded, 16), short_ = roundUp(n, 16);
    roots = {room, room + long_};
    unitRoots<T>(padded, roots);
    narrow = room + elements() - roundUp(narrowElements<T>(padded), 16);
    narrowRoots<T>(padded, roots, narrow);
    if (!chirps) return;
    chirp = {room + 2 * long_, room + 2 * long_ + short_};
    filter = {room + 2 * (long_ + short_), room + 3 * long_ + 2 * short_};
    // exp(-i pi k² / n), the square by the period first.
    const Parts<T> turns = {row, row + 2 * n};
    unitRoots<T>(2 * n, turns);
    for (size_t k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
      chirp.re[k] = turns.re[square];
      chirp.im[k] = turns.im[square];
    }
    const Parts<T> x = {row, row + long_}, y = {row + 2 * long_, row + 3 * long_};
    for (size_t k = 0; k < padded; k++) {
      const size_t from = k < n ? k : padded - k;
      x.re[k] = from < n ? chirp.re[from] : (T)0;
      x.im[k] = from < n ? -chirp.im[from] : (T)0;
    }
    const Parts<T> done = smoothTransform<T>(padded, roots, narrow, x, y);
    for (size_t k = 0; k < padded; k++) {
      filter.re[k] = done.re[k] / (T)padded;
      filter.im[k] = done.im[k] / (T)padded;
    }
  }

  /** The transform of what lies in the first half of `row`. */
  Parts<T> transform(T* row) const {
    const size_t long_ = roundUp(padded, 16);
    const Parts<T> x = {row, row + long_}, y = {row + 2 * long_, row + 3 * long_};
    if (!chirps) return smoothTransform<T>(n, roots, narrow, x, y);
    turn(x, chirp, n);
    for (size_t k = n; k < padded; k++) x.re[k] = x.im[k] = 0;
    const Parts<T> spectrum = smoothTransform<T>(padded, roots, narrow, x, y);
    turn(spectrum, filter, padded);
    const Parts<T> other = spectrum.re == x.re ? y : x;
    const Parts<T> back = smoothTransform<T>(padded, roots, narrow, {spectrum.im, spectrum.re}, {other.im, other.re});
    const Parts<T> done = {back.im, back.re};
    turn(done, chirp, n);
    return done;
  }

 private:
  /** Whole vectors: rows have room behind their n numbers. */
  static void turn(Parts<T> at, Parts<T> by, size_t n) {
    for (size_t k = 0; k < n; k += width<T>) {
      const Vec<T> re = load<T>(at.re + k), im = load<T>(at.im + k), c = load<T>(by.re + k), s = load<T>(by.im + k);
      store<T>(at.re + k, re * c - im * s);
      store<T>(at.im + k, re * s + im * c);
    }
  }
};

/** Pairs to parts. */
template <class T, class E>
inline void takeApart(const E* from, size_t n, T* re, T* im) {
  size_t k = 0;
  if constexpr (sizeof(T) == sizeof(E)) {
    constexpr size_t W = width<T>;
    for (; k + W <= n; k += W) {
      Vec<T> even, odd;
      deinterleave<T>(load<T>(from + 2 * k), load<T>(from + 2 * k + W), even, odd, typename MakeIndices<W>::type{});
      store<T>(re + k, even);
      store<T>(im + k, odd);
    }
  }
  for (; k < n; k++) re[k] = (T)from[2 * k], im[k] = (T)from[2 * k + 1];
}

/** Parts to pairs, times a factor. */
template <class T, class E>
inline void putTogether(const T* re, const T* im, size_t n, T scale, E* to) {
  size_t k = 0;
  if constexpr (sizeof(T) == sizeof(E)) {
    constexpr size_t W = width<T>;
    for (; k + W <= n; k += W) {
      Vec<T> low, high;
      interleave<T, 1>(load<T>(re + k) * scale, load<T>(im + k) * scale, low, high, typename MakeIndices<W>::type{});
      store<T>(to + 2 * k, low);
      store<T>(to + 2 * k + W, high);
    }
  }
  for (; k < n; k++) to[2 * k] = (E)(re[k] * scale), to[2 * k + 1] = (E)(im[k] * scale);
}

/** The spectrum's first h + 1 numbers of 2h real ones, of the transform Z of their pairs; `roots`: exp(-pi i k / h). */
template <class T>
inline void ofPairs(size_t h, const T* __restrict zr, const T* __restrict zi, Parts<T> roots, T* __restrict re, T* __restrict im) {
  re[0] = zr[0] + zi[0], im[0] = 0;
  re[h] = zr[0] - zi[0], im[h] = 0;
  for (size_t k = 1; k < h; k++) {
    const T er = zr[k] + zr[h - k], ei = zi[k] - zi[h - k], dr = zr[k] - zr[h - k], di = zi[k] + zi[h - k];
    re[k] = (T)0.5 * (er + roots.re[k] * di + roots.im[k] * dr);
    im[k] = (T)0.5 * (ei - roots.re[k] * dr + roots.im[k] * di);
  }
}

/** The way back, to twice what the pairs' transform was. */
template <class T>
inline void toPairs(size_t h, const T* __restrict re, const T* __restrict im, Parts<T> roots, T* __restrict zr, T* __restrict zi) {
  zr[0] = re[0] + re[h], zi[0] = re[0] - re[h];
  for (size_t k = 1; k < h; k++) {
    const T er = re[k] + re[h - k], ei = im[k] - im[h - k], dr = re[k] - re[h - k], di = im[k] + im[h - k];
    zr[k] = er - roots.re[k] * di + roots.im[k] * dr;
    zi[k] = ei + roots.re[k] * dr + roots.im[k] * di;
  }
}

/** Real rows of an even length as pairs: half the length. */
template <class T, class E>
inline bool realRows(const FourierJob& job, Workers& workers) {
  const size_t n = (size_t)job.n, h = n / 2, long_ = roundUp(h + 1, 16);
  FourierPlan<T> plan(h);
  T* const room = (T*)workers.scratch((plan.elements() + plan.rowElements() + 2 * roundUp(n, 16)) * sizeof(T));
  if (!room) return false;
  plan.prepare(room, room + plan.elements());
  T* const behind = room + plan.elements() + plan.rowElements();
  const Parts<T> roots = {behind, behind + roundUp(n, 16)};
  unitRoots<T>(n, roots);
  const T scale = (T)job.scale;
  bool failed = false;
  forEachRange(workers, (size_t)job.rows, most(1, 32768 / n), [&](size_t from, size_t to) {
    T* const row = (T*)workers.local((plan.rowElements() + 2 * long_) * sizeof(T));
    if (!row) {
      __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
      return;
    }
    T *const first = row, *const second = row + roundUp(plan.padded, 16);
    T *const re = row + plan.rowElements(), *const im = re + long_;
    for (size_t r = from; r < to; r++) {
      if (job.kind == fourier_real) {
        takeApart<T, E>((const E*)job.in + r * n, h, first, second);
        const Parts<T> done = plan.transform(row);
        ofPairs<T>(h, done.re, done.im, roots, re, im);
        putTogether<T, E>(re, im, h + 1, scale, (E*)job.out + r * 2 * (h + 1));
      } else {
        takeApart<T, E>((const E*)job.in + r * 2 * (h + 1), h + 1, re, im);
        toPairs<T>(h, re, im, roots, second, first);
        const Parts<T> done = plan.transform(row);
        putTogether<T, E>(done.im, done.re, h, scale, (E*)job.out + r * n);
      }
    }
  });
  return !failed;
}

/** T: what is computed in; E: what is stored. */
template <class T, class E>
inline bool fourierRows(const FourierJob& job, Workers& workers) {
  if (inPairs(job)) return realRows<T, E>(job, workers);
  const size_t n = (size_t)job.n, half = n / 2 + 1;
  FourierPlan<T> plan(n);
  T* const room = (T*)workers.scratch((plan.elements() + plan.rowElements()) * sizeof(T));
  if (!room) return false;
  plan.prepare(room, room + plan.elements());
  const size_t in = job.kind == fourier_real ? n : job.kind == fourier_half ? 2 * half : 2 * n;
  const size_t out = job.kind == fourier_half ? n : job.kind == fourier_real ? 2 * half : 2 * n;
  const T scale = (T)job.scale;
  bool failed = false;
  forEachRange(workers, (size_t)job.rows, most(1, 16384 / n), [&](size_t from, size_t to) {
    T* const row = (T*)workers.local(plan.rowElements() * sizeof(T));
    if (!row) {
      __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
      return;
    }
    const Parts<T> parts = {row, row + roundUp(plan.padded, 16)};
    for (size_t r = from; r < to; r++) {
      const E* const source = (const E*)job.in + r * in;
      T *const re = job.inverse ? parts.im : parts.re, *const im = job.inverse ? parts.re : parts.im;
      if (job.kind == fourier_real) {
        for (size_t k = 0; k < n; k++) re[k] = (T)source[k], im[k] = 0;
      } else {
        const size_t given = job.kind == fourier_half ? half : n;
        takeApart<T, E>(source, given, re, im);
        for (size_t k = given; k < n; k++) re[k] = re[n - k], im[k] = -im[n - k];
        // A real signal has no imaginary part at 0 and at half the length.
        if (job.kind == fourier_half) im[0] = 0;
        if (job.kind == fourier_half && n % 2 == 0) im[n / 2] = 0;
      }
      const Parts<T> done = plan.transform(row);
      const T *const first = job.inverse ? done.im : done.re, *const second = job.inverse ? done.re : done.im;
      E* const to = (E*)job.out + r * out;
      if (job.kind == fourier_half) {
        for (size_t k = 0; k < n; k++) to[k] = (E)(first[k] * scale);
      } else {
        putTogether<T, E>(first, second, out / 2, scale, to);
      }
    }
  });
  return !failed;
}

inline bool fourier(const FourierJob& job, Workers& workers) {
  if (isBundled(job, job.wide ? width<double> : width<float>)) {
    return job.wide ? bundledRows<double>(job, workers) : bundledRows<float>(job, workers);
  }
  if (job.wide) return fourierRows<double, double>(job, workers);
  // The chirp's long way loses digits, which float64 has to spare.
  return isSmooth((size_t)job.n) ? fourierRows<float, float>(job, workers) : fourierRows<double, float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
