// The gradient of a convolution by its weights: pixels are what is summed over. They are cut into slices that the shape determines,
// each summed in parts of its own; the parts are added up in their order.
#pragma once
#include "conv_pass.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** The cut of one weight gradient; every number follows from the shape. */
template <class T>
struct WeightPlan {
  ConvAxis v, h;
  int64_t depth, columns, panels, paddedColumns;
  int64_t rowsPerUnit, unitsPerImage, units, slices, panelBlocks, panelsPerBlock;
  size_t partElements;

  explicit WeightPlan(const ConvJob& j) {
    v = {j.height, j.outHeight, j.strideY, j.kernelHeight, -j.padTop, j.dilationY, 0, 1};
    h = {j.width, j.outWidth, j.strideX, j.kernelWidth, -j.padLeft, j.dilationX, 0, 1};
    depth = j.channels / j.groups;
    columns = j.filters / j.groups;
    const bool depthwise = depth == 1 && columns == 1;
    panels = (int64_t)ceilDiv((size_t)columns, tileColumns<T>);
    paddedColumns = panels * tileColumns<T>;
    partElements = depthwise ? (size_t)(v.taps * h.taps * j.groups) : (size_t)(j.groups * v.taps * h.taps * depth * paddedColumns);
    // A unit is some rows of an image: a panel of its pixels stays in the first-level cache, all of it in the second.
    const size_t rowBytes = (size_t)(j.width * j.strideY * j.channels + j.outWidth * j.filters) * sizeof(T);
    const size_t rows = least(256 / most(1, (size_t)j.outWidth), 262144 / most(1, rowBytes));
    rowsPerUnit = (int64_t)least((size_t)j.outHeight, most(1, rows));
    unitsPerImage = (j.outHeight + rowsPerUnit - 1) / rowsPerUnit;
    units = j.images * unitsPerImage;
    const size_t fitting = most(1, ((size_t)16 << 20) / most(1, partElements * sizeof(T)));
    slices = (int64_t)least((size_t)units, least(16, fitting));
    const int64_t allPanels = depthwise ? 1 : j.groups * panels;
    panelBlocks = slices >= 8 ? 1 : (int64_t)least((size_t)allPanels, 8);
    panelsPerBlock = (allPanels + panelBlocks - 1) / panelBlocks;
    panelBlocks = (allPanels + panelsPerBlock - 1) / panelsPerBlock;
  }
};

template <class T>
class WeightGradient {
  const ConvJob& j;
  const WeightPlan<T>& plan;
  T* parts;

 public:
  WeightGradient(const ConvJob& job, const WeightPlan<T>& plan_, T* parts_) : j(job), plan(plan_), parts(parts_) {}

  bool depthwise() const { return plan.depth == 1 && plan.columns == 1; }

  /** Sums one slice for some panels. False without memory for the copies. */
  bool slice(size_t task, Workers& workers) const {
    const int64_t slice = (int64_t)task / plan.panelBlocks, block = (int64_t)task % plan.panelBlocks;
    const int64_t all = depthwise() ? 1 : j.groups * plan.panels, first = block * plan.panelsPerBlock;
    const int64_t last = first + plan.panelsPerBlock < all ? first + plan.panelsPerBlock : all;
    const size_t strip = roundUp(stripElements(plan.v, plan.h, j.channels, plan.rowsPerUnit, j.outWidth), 16);
    const size_t edge = (size_t)(plan.rowsPerUnit * j.outWidth) * tileColumns<T>;
    T* local = (T*)workers.local((strip + edge + 16) * sizeof(T));
    if (!local) return false;
    T* part = parts + slice * plan.partElements;
    const int64_t from = slice * plan.units / plan.slices, to = (slice + 1) * plan.units / plan.slices;
    for (int64_t unit = from; unit < to; unit++) {
      const int64_t image = unit / plan.unitsPerImage, y = unit % plan.unitsPerImage * plan.rowsPerUnit;
      const int64_t yEnd = y + plan.rowsPerUnit < j.outHeight ? y + plan.rowsPerUnit : j.outHeight;
      const T* x = (const T*)j.x + image * j.height * j.width * j.channels;
      const Strip<T> window = stripOf(x, plan.v, plan.h, j.channels, y, yEnd, 0, j.outWidth, strip ? local : nullptr);
      const T* dy = (const T*)j.y + (image * j.outHeight + y) * j.outWidth * j.filters;
      if (depthwise()) {
        channelsOf(window, dy, yEnd - y, part, unit > from);
      } else {
        for (int64_t i = first; i < last; i++) panelOf(window, dy, yEnd - y, i, part, unit > from, local + strip);
      }
    }
    return true;
  }

  /** Adds the parts up into the weights' own order. */
  void combine(Workers& workers) const {
    const int64_t taps = plan.v.taps * plan.h.taps;
    const size_t rows = (size_t)(j.groups * taps * plan.depth);
    T* out = (T*)j.weight;
    if (depthwise()) {
      forEachRange(workers, (size_t)taps, most(1, 4096 / most(1, (size_t)j.groups)), [&](size_t from, size_t to) {
        for (size_t t = from; t < to; t++) {
          for (size_t g = 0; g < (size_t)j.groups; g++) out[g * taps + t] = total(t * j.groups + g);
        }
      });
      return;
    }
    forEachRange(workers, rows, most(1, 4096 / most(1, (size_t)plan.columns)), [&](size_t from, size_t to) {
      for (size_t row = from; row < to; row++) {
        const int64_t channel = (int64_t)row % plan.depth, tap = (int64_t)row / plan.depth % taps, group = (int64_t)row / plan.depth / taps;
        for (int64_t c = 0; c < plan.columns; c++) {
          out[((group * plan.columns + c) * plan.depth + channel) * taps + tap] = total(row * plan.paddedColumns + c);
        }
      }
    });
  }

 private:
  T total(size_t at) const {
    T sum = parts[at];
    for (int64_t s = 1; s < plan.slices; s++) sum += parts[s * plan.partElements + at];
    return sum;
  }

  void panelOf(const Strip<T>& window, const T* dy, int64_t height, int64_t index, T* part, bool accumulate, T* edge) const {
    constexpr int N = tileColumns<T>, W = width<T>;
    const int64_t group = index / plan.panels, panel = index % plan.panels;
    const int columns = (int)least(N, (size_t)(plan.columns - panel * N));
    SegmentTile<T> t;
    t.segmentsY = (size_t)height;
    t.segmentsX = 1;
    t.k = (size_t)j.outWidth;
    t.aColumn = j.strideX * j.channels;
    t.aY = j.strideY * window.row;
    t.aX = 0;
    t.b = dy + group * plan.columns + panel * N;
    t.bRow = j.filters;
    t.columns = N;
    if (columns < N) {
      // Vectors would read on into the next pixel, and past the last one.
      for (int64_t i = 0; i < height * j.outWidth; i++) {
        for (int c = 0; c < N; c++) edge[i * N + c] = c < columns ? t.b[i * j.filters + c] : (T)0;
      }
      t.b = edge;
      t.bRow = N;
      t.columns = columns <= W ? W : N;
    }
    t.bSegment = j.outWidth * t.bRow;
    t.cRow = plan.paddedColumns;
    t.cColumn = 1;
    t.accumulate = accumulate;
    t.relu = false;
    t.bias = nullptr;
    // Where the taps of a row read neighbouring pixels, they are one longer run of rows.
    const bool joined = j.groups == 1 && j.dilationX == 1;
    const int64_t runs = joined ? plan.v.taps : plan.v.taps * plan.h.taps, length = joined ? plan.h.taps * plan.depth : plan.depth;
    const int64_t tiles = (length + tileRows - 1) / tileRows, perTile = tiles > 0 ? (length + tiles - 1) / tiles : 1;
    for (int64_t run = 0; run < runs; run++) {
      const int64_t tapY = joined ? run : run / plan.h.taps, tapX = joined ? 0 : run % plan.h.taps;
      const T* a = window.data + tapY * j.dilationY * window.row + tapX * j.dilationX * j.channels + group * plan.depth;
      T* c = part + (group * runs + run) * length * plan.paddedColumns + panel * N;
      for (int64_t m = 0; m < length; m += perTile) {
        t.a = a + m;
        t.c = c + m * plan.paddedColumns;
        const int rows = (int)least((size_t)perTile, (size_t)(length - m));
        t.columns <= W ? runSegments<T, 1, Operands::pixels>(rows, t) : runSegments<T, tileVectors, Operands::pixels>(rows, t);
      }
    }
  }

  void channelsOf(const Strip<T>& window, const T* dy, int64_t height, T* part, bool accumulate) const {
    constexpr size_t W = width<T>;
    const size_t n = (size_t)j.channels;
    for (int64_t tap = 0; tap < plan.v.taps * plan.h.taps; tap++) {
      const T* at = window.data + tap / plan.h.taps * j.dilationY * window.row + tap % plan.h.taps * j.dilationX * j.channels;
      T* out = part + tap * n;
      const auto sumAt = [&](auto&& read, size_t c) {
        Vec<T> sum = {};
        for (int64_t y = 0; y < height; y++) {
          const T* from = at + y * j.strideY * window.row + c;
          const T* g = dy + y * j.outWidth * j.channels + c;
          for (int64_t x = 0; x < j.outWidth; x++) sum += read(from + x * j.strideX * j.channels) * read(g + x * j.channels);
        }
        return accumulate ? sum + read(out + c) : sum;
      };
      size_t c = 0;
      for (; c + W <= n; c += W) store<T>(out + c, sumAt([](const T* p) { return load<T>(p); }, c));
      if (c < n) {
        const size_t left = n - c;
        storeFirst<T>(out + c, sumAt([&](const T* p) { return loadFirst<T>(p, left, 0); }, c), left);
      }
    }
  }
};

template <class T>
inline bool convWeightGradAs(const ConvJob& job, Workers& workers) {
  const size_t elements = (size_t)(job.filters * (job.channels / job.groups) * job.kernelHeight * job.kernelWidth);
  if (elements == 0) return true;
  if (job.images == 0) {
    memset(job.weight, 0, elements * sizeof(T));
    return true;
  }
  const WeightPlan<T> plan(job);
  T* parts = (T*)workers.scratch((size_t)plan.slices * plan.partElements * sizeof(T));
  if (!parts) return false;
  const WeightGradient<T> gradient(job, plan, parts);
  bool enough = true;
  forEachTask(workers, (size_t)(plan.slices * plan.panelBlocks), [&](size_t task) {
    if (!gradient.slice(task, workers)) __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
  });
  if (!enough) return false;
  gradient.combine(workers);
  return true;
}

inline bool convWeightGrad(const ConvJob& job, Workers& workers) {
  return job.wide ? convWeightGradAs<double>(job, workers) : convWeightGradAs<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
