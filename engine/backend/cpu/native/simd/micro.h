// The micro-kernel: a tile of C, as many rows as registers allow by a few vectors, stays in registers over the whole of k.
#pragma once
#include "vec.h"

namespace gradbook {
namespace GRADBOOK_ISA {

#if defined(__AVX512F__)
enum { tileRows = 14, tileVectors = 2 };  // 28 sums, 2 of B, 1 of A: 31 of 32 registers
#elif defined(__AVX2__)
enum { tileRows = 6, tileVectors = 2 };  // 15 of 16
#elif defined(__aarch64__)
enum { tileRows = 12, tileVectors = 2 };  // 27 of 32
#else
enum { tileRows = 4, tileVectors = 2 };  // without fused multiply-add the product takes a register too
#endif

template <class T>
constexpr int tileColumns = tileVectors * width<T>;

/** C[m, n] (+)= A[m, k] x B[k, n] for a tile; strides in elements, B's columns are adjacent and padded to whole vectors. */
template <class T>
struct TileArguments {
  size_t k;
  const T* a;
  int64_t aRow, aColumn;
  const T* b;
  int64_t bRow;
  T* c;
  int64_t cRow, cColumn;
  int columns;
  bool accumulate, relu;
  const T* bias;
};

template <class T, int Rows, int Vectors>
ALWAYS_INLINE void finishWhole(const TileArguments<T>& t, Vec<T> (&sum)[Rows][Vectors]) {
  constexpr int W = width<T>;
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j++) {
      T* c = t.c + i * t.cRow + j * W;
      Vec<T> v = sum[i][j];
      if (t.accumulate) v += load<T>(c);
      if (t.bias) v += load<T>(t.bias + j * W);
      if (t.relu) v = v < (T)0 ? Vec<T>{} : v;
      store<T>(c, v);
    }
  }
}

template <class T, int Rows, int Vectors>
ALWAYS_INLINE void finishPart(const TileArguments<T>& t, Vec<T> (&sum)[Rows][Vectors]) {
  constexpr int W = width<T>;
  T lanes[Rows][Vectors * W];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j++) store<T>(&lanes[i][j * W], sum[i][j]);
  }
  if (t.cColumn == 1) {
    for (int i = 0; i < Rows; i++) {
      for (int j = 0; j < t.columns; j += W) {
        T* c = t.c + i * t.cRow + j;
        const size_t left = (size_t)(t.columns - j);
        const bool whole = left >= W;
        Vec<T> v = load<T>(&lanes[i][j]);
        if (t.accumulate) v += whole ? load<T>(c) : loadFirst<T>(c, left, 0);
        if (t.bias) v += whole ? load<T>(t.bias + j) : loadFirst<T>(t.bias + j, left, 0);
        if (t.relu) v = v < (T)0 ? Vec<T>{} : v;
        whole ? store<T>(c, v) : storeFirst<T>(c, v, left);
      }
    }
    return;
  }
  for (int i = 0; i < Rows; i++) {
    for (int j = 0; j < t.columns; j++) {
      T* c = t.c + i * t.cRow + j * t.cColumn;
      T v = lanes[i][j];
      if (t.accumulate) v += *c;
      if (t.bias) v += t.bias[j];
      if (t.relu) v = v < (T)0 ? (T)0 : v;
      *c = v;
    }
  }
}

// With `Packed`, A's strides are known: rows adjacent, columns Rows apart.
template <class T, int Rows, int Vectors, bool Packed>
__attribute__((noinline)) void microKernel(const TileArguments<T>& t) {
  constexpr int W = width<T>;
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j++) sum[i][j] = Vec<T>{};
  }
  // The results' lines are far apart in a large C: they come in while the products are summed.
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
    const char* line = (const char*)(t.c + i * t.cRow);
    for (int at = 0; at < Vectors * VECTOR_BYTES; at += 64) __builtin_prefetch(line + at, 1);
  }
  const T* a = t.a;
  const T* b = t.b;
  const int64_t aRow = Packed ? 1 : t.aRow, aColumn = Packed ? Rows : t.aColumn, bRow = t.bRow;
  for (size_t k = t.k; k > 0; k--) {
    Vec<T> bv[Vectors];
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j++) bv[j] = load<T>(b + j * W);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; i++) {
      const Vec<T> av = splat<T>(a[i * aRow]);
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; j++) sum[i][j] = multiplyAdd<T>(av, bv[j], sum[i][j]);
    }
    a += aColumn;
    b += bRow;
  }
  if (t.columns == Vectors * W && t.cColumn == 1) {
    finishWhole<T, Rows, Vectors>(t, sum);
  } else {
    finishPart<T, Rows, Vectors>(t, sum);
  }
}

template <class T, int Vectors, bool Packed, int Rows = tileRows>
inline void runTile(int rows, const TileArguments<T>& t) {
  if (rows == Rows) return microKernel<T, Rows, Vectors, Packed>(t);
  if constexpr (Rows > 1) runTile<T, Vectors, Packed, Rows - 1>(rows, t);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
