// The micro-kernel of convolutions: as that of products, but A and B come in segments (rows of a window, rows of an image), over
// all of which the tile of C stays in registers. So nothing is unfolded into a matrix.
#pragma once
#include "micro.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** `k`, `a`, `b` of the tile describe one segment; there are segmentsY x segmentsX of them. */
template <class T>
struct SegmentTile : TileArguments<T> {
  size_t segmentsY, segmentsX;
  /** From one segment of A to the next. Packed B simply goes on; else it steps by `bSegment` with Y. */
  int64_t aY, aX, bSegment;
};

/** How A and B lie: a window's channels are adjacent and B is packed, or the rows of A are and B is a row of pixels. */
enum class Operands { windows, pixels };

template <class T, int Rows, int Vectors, Operands Kind>
__attribute__((noinline)) void segmentKernel(const SegmentTile<T>& t) {
  constexpr int W = width<T>;
  constexpr bool windows = Kind == Operands::windows;
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j++) sum[i][j] = Vec<T>{};
  }
  const int64_t aRow = windows ? t.aRow : 1, aColumn = windows ? 1 : t.aColumn, bRow = windows ? tileColumns<T> : t.bRow;
  const T* b = t.b;
  for (size_t y = 0; y < t.segmentsY; y++) {
    if (!windows) b = t.b + (int64_t)y * t.bSegment;
    for (size_t x = 0; x < t.segmentsX; x++) {
      const T* a = t.a + (int64_t)y * t.aY + (int64_t)x * t.aX;
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
    }
  }
  if (t.columns == Vectors * W && t.cColumn == 1) {
    finishWhole<T, Rows, Vectors>(t, sum);
  } else {
    finishPart<T, Rows, Vectors>(t, sum);
  }
}

template <class T, int Vectors, Operands Kind, int Rows = tileRows>
inline void runSegments(int rows, const SegmentTile<T>& t) {
  if (rows == Rows) return segmentKernel<T, Rows, Vectors, Kind>(t);
  if constexpr (Rows > 1) runSegments<T, Vectors, Kind, Rows - 1>(rows, t);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
