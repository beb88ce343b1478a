// Fourier transforms of rows: Stockham's passes, which sort by themselves, for lengths made of 2, 3 and 5; Bluestein's chirp for
// all others. An inverse transform is a forward one with real and imaginary parts exchanged.
#pragma once
#include "parallel.h"
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

/** The largest factor that a pass can take, or 1. */
inline size_t factorOf(size_t n) { return n % 4 == 0 ? 4 : n % 5 == 0 ? 5 : n % 3 == 0 ? 3 : n % 2 == 0 ? 2 : 1; }

inline bool isSmooth(size_t n) {
  while (n > 1 && factorOf(n) > 1) n /= factorOf(n);
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

/** One pass: `m` groups of `stride` transforms of R, from x to y. `roots` are those of R * m * stride. */
template <int R, class T>
inline void fourierPass(size_t m, size_t stride, Parts<T> roots, Parts<T> x, Parts<T> y) {
  constexpr size_t W = width<T>;
  for (size_t p = 0; p < m; p++) {
    T cosine[R], sine[R];
    for (int k = 0; k < R; k++) {
      cosine[k] = roots.re[p * k * stride];
      sine[k] = roots.im[p * k * stride];
    }
    const auto group = [&](size_t q, auto zero, auto get, auto put) {
      typedef decltype(zero) X;
      X re[R], im[R];
      for (int k = 0; k < R; k++) {
        re[k] = get(x.re + q + stride * (p + m * k));
        im[k] = get(x.im + q + stride * (p + m * k));
      }
      smallTransform<R, X, T>(re, im);
      for (int k = 0; k < R; k++) {
        put(y.re + q + stride * (R * p + k), re[k] * cosine[k] - im[k] * sine[k]);
        put(y.im + q + stride * (R * p + k), re[k] * sine[k] + im[k] * cosine[k]);
      }
    };
    size_t q = 0;
    for (; q + W <= stride; q += W) group(q, Vec<T>{}, [](const T* at) { return load<T>(at); }, [](T* at, Vec<T> v) { store<T>(at, v); });
    for (; q < stride; q++) group(q, (T)0, [](const T* at) { return *at; }, [](T* at, T v) { *at = v; });
  }
}

/** The transform of n numbers, n made of 2, 3 and 5. The result lies in one of both places, which is returned. */
template <class T>
inline Parts<T> smoothTransform(size_t n, Parts<T> roots, Parts<T> x, Parts<T> y) {
  for (size_t left = n, stride = 1; left > 1;) {
    const size_t factor = factorOf(left), m = left / factor;
    if (factor == 4) fourierPass<4, T>(m, stride, roots, x, y);
    else if (factor == 5) fourierPass<5, T>(m, stride, roots, x, y);
    else if (factor == 3) fourierPass<3, T>(m, stride, roots, x, y);
    else fourierPass<2, T>(m, stride, roots, x, y);
    left = m;
    stride *= factor;
    const Parts<T> before = x;
    x = y;
    y = before;
  }
  return x;
}

/** What all rows share: roots, and for Bluestein the chirp and the transform of its convolution. */
template <class T>
struct FourierPlan {
  size_t n, padded;  // padded: the length of the passes
  bool chirps;
  Parts<T> roots, chirp, filter;

  explicit FourierPlan(size_t n_) : n(n_), padded(n_), chirps(!isSmooth(n_)) {
    if (!chirps) return;
    padded = 1;
    while (padded < 2 * n - 1) padded *= 2;
  }
  size_t rowElements() const { return 4 * roundUp(padded, 16); }
  size_t elements() const { return 2 * roundUp(padded, 16) + (chirps ? 2 * roundUp(n, 16) + 2 * roundUp(padded, 16) : 0); }

  /** `row`: room for one row. */
  void prepare(T* room, T* row) {
    const size_t long_ = roundUp(padded, 16), short_ = roundUp(n, 16);
    roots = {room, room + long_};
    unitRoots<T>(padded, roots);
    if (!chirps) return;
    chirp = {room + 2 * long_, room + 2 * long_ + short_};
    filter = {room + 2 * (long_ + short_), room + 3 * long_ + 2 * short_};
    // exp(-i pi k² / n), the square by the period first.
    for (size_t k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
      const double angle = 3.141592653589793 * (double)square / (double)n;
      chirp.re[k] = (T)::cos(angle);
      chirp.im[k] = (T)-::sin(angle);
    }
    const Parts<T> x = {row, row + long_}, y = {row + 2 * long_, row + 3 * long_};
    for (size_t k = 0; k < padded; k++) {
      const size_t from = k < n ? k : padded - k;
      x.re[k] = from < n ? chirp.re[from] : (T)0;
      x.im[k] = from < n ? -chirp.im[from] : (T)0;
    }
    const Parts<T> done = smoothTransform<T>(padded, roots, x, y);
    for (size_t k = 0; k < padded; k++) {
      filter.re[k] = done.re[k] / (T)padded;
      filter.im[k] = done.im[k] / (T)padded;
    }
  }

  /** The transform of what lies in the first half of `row`. */
  Parts<T> transform(T* row) const {
    const size_t long_ = roundUp(padded, 16);
    const Parts<T> x = {row, row + long_}, y = {row + 2 * long_, row + 3 * long_};
    if (!chirps) return smoothTransform<T>(n, roots, x, y);
    for (size_t k = 0; k < n; k++) turn(x, k, chirp.re[k], chirp.im[k]);
    for (size_t k = n; k < padded; k++) x.re[k] = x.im[k] = 0;
    const Parts<T> spectrum = smoothTransform<T>(padded, roots, x, y);
    for (size_t k = 0; k < padded; k++) turn(spectrum, k, filter.re[k], filter.im[k]);
    const Parts<T> other = spectrum.re == x.re ? y : x;
    const Parts<T> back = smoothTransform<T>(padded, roots, {spectrum.im, spectrum.re}, {other.im, other.re});
    const Parts<T> done = {back.im, back.re};
    for (size_t k = 0; k < n; k++) turn(done, k, chirp.re[k], chirp.im[k]);
    return done;
  }

 private:
  static void turn(Parts<T> at, size_t k, T c, T s) {
    const T re = at.re[k], im = at.im[k];
    at.re[k] = re * c - im * s;
    at.im[k] = re * s + im * c;
  }
};

/** T: what is computed in; E: what is stored. */
template <class T, class E>
inline bool fourierRows(const FourierJob& job, Workers& workers) {
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
        for (size_t k = 0; k < given; k++) re[k] = (T)source[2 * k], im[k] = (T)source[2 * k + 1];
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
        for (size_t k = 0; k < out / 2; k++) to[2 * k] = (E)(first[k] * scale), to[2 * k + 1] = (E)(second[k] * scale);
      }
    }
  });
  return !failed;
}

inline bool fourier(const FourierJob& job, Workers& workers) {
  if (job.wide) return fourierRows<double, double>(job, workers);
  // The chirp's long way loses digits, which float64 has to spare.
  return isSmooth((size_t)job.n) ? fourierRows<float, float>(job, workers) : fourierRows<double, float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
