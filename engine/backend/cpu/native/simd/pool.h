// Pooling of images whose channels run fastest. A window is a range of rows and one of columns.
#pragma once
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

struct PoolWindow {
  int64_t top, bottom, left, right;
};

/** Runs `body(image, row, column, output place, window)` for every window. */
template <class Body>
inline void eachWindow(const PoolJob& j, Workers& workers, const Body& body) {
  const size_t rows = (size_t)(j.images * j.outHeight);
  const size_t perRow = (size_t)(j.width * j.channels * (j.height / (j.outHeight > 0 ? j.outHeight : 1) + 1));
  forEachRange(workers, rows, most(1, 32768 / most(1, perRow)), [&](size_t from, size_t to) {
    for (size_t row = from; row < to; row++) {
      const int64_t image = (int64_t)row / j.outHeight, y = (int64_t)row % j.outHeight;
      for (int64_t x = 0; x < j.outWidth; x++) {
        body(image, (int64_t)row * j.outWidth + x, PoolWindow{j.rows[2 * y], j.rows[2 * y + 1], j.columns[2 * x], j.columns[2 * x + 1]});
      }
    }
  });
}

inline void storeIndex(int32_t* to, Int32Vector v, size_t n) { memcpy(to, &v, n * sizeof(int32_t)); }
inline void storeIndex(int32_t* to, Int64Vector v, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = (int32_t)v[i];
}

template <class T>
inline void maxPoolAs(const PoolJob& j, Workers& workers) {
  constexpr size_t W = width<T>;
  const size_t n = (size_t)j.channels;
  eachWindow(j, workers, [&](int64_t image, int64_t place, const PoolWindow& w) {
    const T* from = (const T*)j.x + image * j.height * j.width * j.channels;
    T* out = (T*)j.y + place * j.channels;
    for (size_t c = 0; c < n; c += W) {
      const size_t lanes = least(W, n - c);
      const auto read = [&](int64_t at) {
        const T* p = from + at * j.channels + c;
        return lanes == W ? load<T>(p) : loadFirst<T>(p, lanes, 0);
      };
      typedef typename Lanes<T>::Integer Integer;
      const int64_t first = w.top * j.width + w.left;
      Vec<T> best = read(first);
      Mask<T> where = (Integer)first - Mask<T>{};
      for (int64_t y = w.top; y < w.bottom; y++) {
        for (int64_t x = w.left; x < w.right; x++) {
          const int64_t at = y * j.width + x;
          const Vec<T> v = read(at);
          // A NaN wins, and the first one stays.
          const Mask<T> better = (v > best) | ((v != v) & (best == best));
          best = better ? v : best;
          where = better ? (Integer)at - Mask<T>{} : where;
        }
      }
      lanes == W ? store<T>(out + c, best) : storeFirst<T>(out + c, best, lanes);
      if (j.index) storeIndex(j.index + place * j.channels + (int64_t)c, where, lanes);
    }
  });
}

template <class T>
inline T shareOf(const PoolJob& j, const PoolWindow& w) {
  return (T)(1 / (j.divisor != 0 ? j.divisor : (double)((w.bottom - w.top) * (w.right - w.left))));
}

template <class T>
inline void avgPoolAs(const PoolJob& j, Workers& workers) {
  constexpr size_t W = width<T>;
  const size_t n = (size_t)j.channels;
  eachWindow(j, workers, [&](int64_t image, int64_t place, const PoolWindow& w) {
    const T* from = (const T*)j.x + image * j.height * j.width * j.channels;
    T* out = (T*)j.y + place * j.channels;
    const Vec<T> share = splat<T>(shareOf<T>(j, w));
    for (size_t c = 0; c < n; c += W) {
      const size_t lanes = least(W, n - c);
      Vec<T> sum = {};
      for (int64_t y = w.top; y < w.bottom; y++) {
        // Row by row, so that the error of a large window grows with its sides only.
        Vec<T> row = {};
        for (int64_t x = w.left; x < w.right; x++) {
          const T* p = from + (y * j.width + x) * j.channels + c;
          row += lanes == W ? load<T>(p) : loadFirst<T>(p, lanes, 0);
        }
        sum += row;
      }
      lanes == W ? store<T>(out + c, sum * share) : storeFirst<T>(out + c, sum * share, lanes);
    }
  });
}

/** Cuts the channels of every image, so that few images keep several threads busy and no two tasks meet. */
template <class Body>
inline void eachImagePart(Workers& workers, int64_t images, int64_t channels, const Body& body) {
  enum { part = 64 };
  const size_t parts = ceilDiv((size_t)channels, part);
  forEachTask(workers, (size_t)images * parts, [&](size_t task) {
    const size_t first = task % parts * part;
    body((int64_t)(task / parts), first, least(part, (size_t)channels - first));
  });
}

template <class T>
inline void avgPoolGradAs(const PoolJob& j, Workers& workers) {
  eachImagePart(workers, j.images, j.channels, [&](int64_t image, size_t first, size_t n) {
    T* x = (T*)j.x + image * j.height * j.width * j.channels + first;
    for (int64_t i = 0; i < j.height * j.width; i++) memset(x + i * j.channels, 0, n * sizeof(T));
    const T* y = (const T*)j.y + image * j.outHeight * j.outWidth * j.channels + first;
    for (int64_t v = 0; v < j.outHeight; v++) {
      for (int64_t h = 0; h < j.outWidth; h++, y += j.channels) {
        const PoolWindow w = {j.rows[2 * v], j.rows[2 * v + 1], j.columns[2 * h], j.columns[2 * h + 1]};
        const T share = shareOf<T>(j, w);
        for (int64_t row = w.top; row < w.bottom; row++) {
          for (int64_t column = w.left; column < w.right; column++) {
            T* to = x + (row * j.width + column) * j.channels;
            for (size_t c = 0; c < n; c++) to[c] += y[c] * share;
          }
        }
      }
    }
  });
}

template <class T>
inline void poolGatherAs(const PoolIndexJob& j, Workers& workers) {
  const size_t n = (size_t)j.channels;
  forEachRange(workers, (size_t)(j.images * j.count), most(1, 32768 / most(1, n)), [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
      const T* x = (const T*)j.x + (int64_t)i / j.count * j.places * j.channels;
      for (size_t c = 0; c < n; c++) ((T*)j.y)[i * n + c] = x[j.index[i * n + c] * j.channels + (int64_t)c];
    }
  });
}

template <class T>
inline void poolScatterAs(const PoolIndexJob& j, Workers& workers) {
  eachImagePart(workers, j.images, j.channels, [&](int64_t image, size_t first, size_t n) {
    T* x = (T*)j.x + image * j.places * j.channels + first;
    for (int64_t i = 0; i < j.places; i++) memset(x + i * j.channels, 0, n * sizeof(T));
    for (int64_t i = 0; i < j.count; i++) {
      const int64_t at = (image * j.count + i) * j.channels + (int64_t)first;
      const T* y = (const T*)j.y + at;
      for (size_t c = 0; c < n; c++) x[j.index[at + (int64_t)c] * j.channels + (int64_t)c] += y[c];
    }
  });
}

inline void maxPool(const PoolJob& job, Workers& workers) {
  job.wide ? maxPoolAs<double>(job, workers) : maxPoolAs<float>(job, workers);
}
inline void avgPool(const PoolJob& job, Workers& workers) {
  job.wide ? avgPoolAs<double>(job, workers) : avgPoolAs<float>(job, workers);
}
inline void avgPoolGrad(const PoolJob& job, Workers& workers) {
  job.wide ? avgPoolGradAs<double>(job, workers) : avgPoolGradAs<float>(job, workers);
}
inline void poolGather(const PoolIndexJob& job, Workers& workers) {
  job.wide ? poolGatherAs<double>(job, workers) : poolGatherAs<float>(job, workers);
}
inline void poolScatter(const PoolIndexJob& job, Workers& workers) {
  job.wide ? poolScatterAs<double>(job, workers) : poolScatterAs<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
