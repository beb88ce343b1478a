// Copies parts of A and B into the order in which the micro-kernel reads them.
#pragma once
#include "micro.h"

namespace gradbook {
namespace GRADBOOK_ISA {

template <int... I>
struct Indices {};
template <int N, int... I>
struct MakeIndices : MakeIndices<N - 1, N - 1, I...> {};
template <int... I>
struct MakeIndices<0, I...> {
  typedef Indices<I...> type;
};

/** Exchanges the off-diagonal S x S blocks of two rows. */
template <class T, int S, int... I>
ALWAYS_INLINE void exchange(Vec<T>& x, Vec<T>& y, Indices<I...>) {
  constexpr int W = width<T>;
  const Vec<T> a = x, b = y;
#if defined(__clang__)
  x = __builtin_shufflevector(a, b, ((I & S) ? W + I - S : I)...);
  y = __builtin_shufflevector(a, b, ((I & S) ? W + I : I + S)...);
#else
  const Mask<T> first = {((I & S) ? W + I - S : I)...}, second = {((I & S) ? W + I : I + S)...};
  x = __builtin_shuffle(a, b, first);
  y = __builtin_shuffle(a, b, second);
#endif
}

template <class T, int S>
ALWAYS_INLINE void exchangeAll(Vec<T>* row) {
  constexpr int W = width<T>;
  if constexpr (S < W) {
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) {
      if (!(i & S)) exchange<T, S>(row[i], row[i + S], typename MakeIndices<W>::type{});
    }
    exchangeAll<T, 2 * S>(row);
  }
}

/**
 * to[k * step + i] = from[i * row + k] for i < m <= width, k < depth. Writes whole vectors: up to width - m elements after the
 * last are overwritten.
 */
template <class T>
inline void transposeInto(int m, size_t depth, const T* from, int64_t row, T* to, size_t step) {
  constexpr int W = width<T>;
  size_t k = 0;
  for (; k + W <= depth; k += W) {
    Vec<T> block[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) block[i] = i < m ? load<T>(from + i * row + k) : Vec<T>{};
    exchangeAll<T, 1>(block);
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) store<T>(to + (k + i) * step, block[i]);
  }
  for (; k < depth; k++) {
    T lanes[W] = {};
    for (int i = 0; i < m; i++) lanes[i] = from[i * row + (int64_t)k];
    store<T>(to + k * step, load<T>(lanes));
  }
}

/** One panel of B, `columns` wide and padded with zeros: to[k * tileColumns + j]. */
template <class T>
inline void packPanelOfB(size_t depth, int columns, const T* b, int64_t row, int64_t column, T* to) {
  constexpr int W = width<T>, N = tileColumns<T>;
  if (column == 1 && columns == N) {
    for (size_t k = 0; k < depth; k++) {
#pragma GCC unroll 4
      for (int v = 0; v < tileVectors; v++) store<T>(to + k * N + v * W, load<T>(b + (int64_t)k * row + v * W));
    }
    return;
  }
  if (row == 1 && column != 1) {
    for (int v = 0; v < N; v += W) {
      const int m = columns - v < 0 ? 0 : columns - v < W ? columns - v : W;
      if (m > 0) {
        transposeInto<T>(m, depth, b + v * column, column, to + v, N);
      } else {
        for (size_t k = 0; k < depth; k++) store<T>(to + k * N + v, Vec<T>{});
      }
    }
    return;
  }
  for (size_t k = 0; k < depth; k++) {
    const T* from = b + (int64_t)k * row;
    for (int j = 0; j < N; j++) to[k * N + j] = j < columns ? from[j * column] : (T)0;
  }
}

/** One panel of A: to[k * rows + i]. Needs `width` elements of room after its end. */
template <class T>
inline void packPanelOfA(int rows, size_t depth, const T* a, int64_t row, int64_t column, T* to) {
  constexpr int W = width<T>;
  if (column == 1 && rows <= W) {
    transposeInto<T>(rows, depth, a, row, to, (size_t)rows);
  } else if (column == 1) {
    for (int i = 0; i < rows; i++) {
      for (size_t k = 0; k < depth; k++) to[k * rows + i] = a[i * row + (int64_t)k];
    }
  } else {
    for (size_t k = 0; k < depth; k++) {
      const T* from = a + (int64_t)k * column;
      for (int i = 0; i < rows; i++) to[k * rows + i] = from[i * row];
    }
  }
}

/**
 * Several panels of A, `stride` apart, whose rows lie side by side in memory: a line is read once for all of them. The last panel
 * may have fewer rows. Needs `width` elements of room after each.
 */
template <class T>
inline void packPanelsOfA(size_t panels, int rows, int lastRows, size_t depth, const T* a, int64_t column, T* to, size_t stride) {
  constexpr int W = width<T>;
  for (size_t k = 0; k < depth; k++) {
    const T* from = a + (int64_t)k * column;
    for (size_t panel = 0; panel < panels; panel++, from += rows) {
      const int own = panel + 1 == panels ? lastRows : rows;
      T* const at = to + panel * stride + k * (size_t)own;
      // What a store writes too much, the next one replaces.
      for (int i = 0; i < own; i += W) store<T>(at + i, own - i >= W ? load<T>(from + i) : loadFirst<T>(from + i, (size_t)(own - i), 0));
    }
  }
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
