// What a forward convolution and its gradient by the input share: a pass of windows over images whose channels run fastest. The
// windows move by `step` over the input; their taps lie `offsetStep` apart. A gradient by the input is such a pass over the
// gradient of the output for every place within a stride.
#pragma once
#include "conv_tile.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** One spatial axis of a pass: `grid` windows, of which number j begins at j * step + offset; the input is `size` long. */
struct ConvAxis {
  int64_t size, grid, step;
  int64_t taps, offset, offsetStep;
  /** The place in the kernel that belongs to the first tap, and from there on. */
  int64_t tap, tapStep;

  int64_t from(int64_t window) const { return window * step + offset; }
  int64_t to(int64_t window) const { return from(window) + (taps - 1) * offsetStep + 1; }
};

template <class T>
struct ConvPass {
  const T* x;
  int64_t images, channels;
  ConvAxis v, h;
  int64_t groups, depth, columns;  // of a group: channels read, channels written
  const T* weight;
  int64_t weightGroup, weightDepth, weightColumn, weightRow;  // strides; taps of a row are adjacent
  T* y;
  int64_t yImage, yRow, yPixel;
  const T* bias;
  bool relu;

  bool depthwise() const { return depth == 1 && columns == 1; }
  int64_t taps() const { return v.taps * h.taps; }
};

/** The part of the input under some windows: in place where it lies inside the image, else a copy with zeros around. */
template <class T>
struct Strip {
  const T* data;
  int64_t row, pixel;
};

/** Elements of the copy for `rows` x `columns` windows, or 0 where no window of the pass leaves the image. */
inline size_t stripElements(const ConvAxis& v, const ConvAxis& h, int64_t channels, int64_t rows, int64_t columns) {
  if (v.taps == 0 || h.taps == 0) return 0;
  const bool inside = v.from(0) >= 0 && h.from(0) >= 0 && v.to(v.grid - 1) <= v.size && h.to(h.grid - 1) <= h.size;
  if (inside) return 0;
  return (size_t)((v.to(rows - 1) - v.from(0)) * (h.to(columns - 1) - h.from(0)) * channels);
}

template <class T>
inline Strip<T> stripOf(const T* image, const ConvAxis& v, const ConvAxis& h, int64_t channels, int64_t y, int64_t yEnd, int64_t x,
                        int64_t xEnd, T* copy) {
  if (v.taps == 0 || h.taps == 0) return {image, 0, channels};
  const int64_t top = v.from(y), bottom = v.to(yEnd - 1), left = h.from(x), right = h.to(xEnd - 1);
  if (!copy) return {image + (top * h.size + left) * channels, h.size * channels, channels};
  const auto clamp = [](int64_t at, int64_t low, int64_t high) { return at < low ? low : at > high ? high : at; };
  const int64_t first = clamp(0, left, right), last = clamp(h.size, first, right);
  T* to = copy;
  for (int64_t row = top; row < bottom; row++) {
    const size_t before = (size_t)((first - left) * channels), within = (size_t)((last - first) * channels);
    const size_t all = (size_t)((right - left) * channels);
    if (row < 0 || row >= v.size || within == 0) {
      memset(to, 0, all * sizeof(T));
    } else {
      memset(to, 0, before * sizeof(T));
      memcpy(to + before, image + (row * h.size + first) * channels, within * sizeof(T));
      memset(to + before + within, 0, (all - before - within) * sizeof(T));
    }
    to += all;
  }
  return {copy, (right - left) * channels, channels};
}

/** Packed weights of all groups: for each panel of columns, tap after tap, depth after depth. */
template <class T>
class PackedWeights {
 public:
  PackedWeights(const ConvPass<T>& pass, T* to) : p(pass), to_(to) {}

  static size_t panels(const ConvPass<T>& p) { return ceilDiv((size_t)p.columns, tileColumns<T>); }
  static size_t panelElements(const ConvPass<T>& p) { return (size_t)(p.taps() * p.depth) * tileColumns<T>; }
  static size_t elements(const ConvPass<T>& p) {
    return p.depthwise() ? (size_t)(p.taps() * p.groups) : (size_t)p.groups * panels(p) * panelElements(p);
  }

  void pack(Workers& workers) const {
    if (p.depthwise()) {
      forEachRange(workers, (size_t)p.groups, most(1, 16384 / most(1, (size_t)p.taps())), [&](size_t from, size_t to) {
        for (size_t g = from; g < to; g++) {
          for (int64_t t = 0; t < p.taps(); t++) to_[(size_t)t * p.groups + g] = tapOf(p.weight + (int64_t)g * p.weightGroup, t);
        }
      });
      return;
    }
    const size_t count = (size_t)p.groups * panels(p);
    forEachRange(workers, count, most(1, 32768 / most(1, panelElements(p))), [&](size_t from, size_t to) {
      for (size_t i = from; i < to; i++) packPanel(i);
    });
  }

  const T* panel(size_t group, size_t panel) const { return to_ + (group * panels(p) + panel) * panelElements(p); }
  const T* data() const { return to_; }

 private:
  T tapOf(const T* from, int64_t t) const {
    const int64_t y = p.v.tap + t / p.h.taps * p.v.tapStep, x = p.h.tap + t % p.h.taps * p.h.tapStep;
    return from[y * p.weightRow + x];
  }

  void packPanel(size_t index) const {
    constexpr int N = tileColumns<T>;
    const int64_t group = (int64_t)(index / panels(p)), column = (int64_t)(index % panels(p)) * N;
    T* to = to_ + index * panelElements(p);
    for (int j = 0; j < N; j++) {
      const bool real = column + j < p.columns;
      const T* from = p.weight + group * p.weightGroup + (column + j) * p.weightColumn;
      for (int64_t k = 0; k < p.depth; k++) {
        for (int64_t t = 0; t < p.taps(); t++) to[(t * p.depth + k) * N + j] = real ? tapOf(from + k * p.weightDepth, t) : (T)0;
      }
    }
  }

  const ConvPass<T>& p;
  T* to_;
};

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
