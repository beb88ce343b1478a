// Convolution forward and its gradient by the input: windows against packed weights, tile by tile. Every element of the result
// is computed by one task in an order that follows from the shape, so the thread count does not show in it.
#pragma once
#include "conv_pass.h"
#include "transcendental.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** How the windows of one image are cut into tasks of about two million operations. */
struct ConvCut {
  int64_t rows, columns, panels;
  int64_t rowBlocks, columnBlocks, panelBlocks;

  template <class T>
  static ConvCut of(const ConvPass<T>& p, int64_t panels) {
    const double perWindow = 2.0 * (double)(p.taps() * p.depth * p.columns * p.groups) + 1;
    const double wanted = 2e6 / perWindow;
    // A panel of weights that comes from afar must serve many windows.
    const int64_t windows = wanted < 96 ? 96 : wanted > 1e9 ? (int64_t)1e9 : (int64_t)wanted;
    ConvCut cut;
    const auto smaller = [](int64_t a, int64_t b) { return a < b ? a : b; };
    const auto parts = [](int64_t n, int64_t of) { return (n + of - 1) / of; };
    if (windows >= p.h.grid) {
      cut.columns = p.h.grid;
      cut.rows = smaller(p.v.grid, windows / p.h.grid);
    } else {
      cut.columns = smaller(p.h.grid, (int64_t)roundUp((size_t)windows, tileRows));
      cut.rows = 1;
    }
    const double perPanel = perWindow * (double)(cut.rows * cut.columns) / (double)panels;
    const int64_t together = 4e6 / perPanel > 1 ? (int64_t)(4e6 / perPanel) : 1;
    cut.panels = smaller(panels, together);
    cut.rowBlocks = parts(p.v.grid, cut.rows);
    cut.columnBlocks = parts(p.h.grid, cut.columns);
    cut.panelBlocks = parts(panels, cut.panels);
    return cut;
  }
};

/** What one task computes: windows [y, yEnd) x [x, xEnd) of an image, panels [panel, panelEnd) of all groups. */
struct ConvBlock {
  int64_t image, y, yEnd, x, xEnd, panel, panelEnd;
};

template <class T>
inline void convTiles(const ConvPass<T>& p, const PackedWeights<T>& weights, const ConvBlock& block, const Strip<T>& strip) {
  constexpr int N = tileColumns<T>, W = width<T>;
  const size_t panels = PackedWeights<T>::panels(p);
  // Neighbouring taps that read neighbouring pixels make one longer segment.
  const bool joined = p.groups == 1 && p.h.offsetStep == 1;
  SegmentTile<T> t;
  t.segmentsY = (size_t)p.v.taps;
  t.segmentsX = joined ? (p.h.taps > 0 ? 1 : 0) : (size_t)p.h.taps;
  t.k = (size_t)(joined ? p.h.taps * p.depth : p.depth);
  t.aRow = p.h.step * p.channels;
  t.aY = p.v.offsetStep * strip.row;
  t.aX = p.h.offsetStep * p.channels;
  t.cRow = p.yPixel;
  t.cColumn = 1;
  t.accumulate = false;
  t.relu = p.relu;
  const int64_t across = block.xEnd - block.x;
  const int64_t tiles = (across + tileRows - 1) / tileRows, perTile = (across + tiles - 1) / tiles;
  for (int64_t i = block.panel; i < block.panelEnd; i++) {
    const int64_t group = i / (int64_t)panels, panel = i % (int64_t)panels, column = group * p.columns + panel * N;
    t.b = weights.panel((size_t)group, (size_t)panel);
    t.columns = (int)least(N, (size_t)(p.columns - panel * N));
    t.bias = p.bias ? p.bias + column : nullptr;
    for (int64_t y = block.y; y < block.yEnd; y++) {
      const T* row = strip.data + (y - block.y) * p.v.step * strip.row + group * p.depth;
      T* out = p.y + block.image * p.yImage + y * p.yRow + column;
      for (int64_t x = 0; x < across; x += perTile) {
        t.a = row + x * t.aRow;
        t.c = out + (block.x + x) * p.yPixel;
        const int rows = (int)least((size_t)perTile, (size_t)(across - x));
        t.columns <= W ? runSegments<T, 1, Operands::windows>(rows, t) : runSegments<T, tileVectors, Operands::windows>(rows, t);
      }
    }
  }
}

/** Each channel with its own window: vectors run along the channels. */
template <class T>
inline void depthwiseBlock(const ConvPass<T>& p, const T* weights, const ConvBlock& block, const Strip<T>& strip) {
  constexpr size_t W = width<T>;
  const size_t n = (size_t)p.channels;
  const auto finished = [&](Vec<T> v) { return p.relu ? (v < (T)0 ? Vec<T>{} : v) : v; };
  for (int64_t y = block.y; y < block.yEnd; y++) {
    for (int64_t x = block.x; x < block.xEnd; x++) {
      const T* window = strip.data + (y - block.y) * p.v.step * strip.row + (x - block.x) * p.h.step * p.channels;
      T* out = p.y + block.image * p.yImage + y * p.yRow + x * p.yPixel;
      const auto sumAt = [&](auto&& read, Vec<T> sum) {
        const T* w = weights;
        for (int64_t ty = 0; ty < p.v.taps; ty++) {
          const T* from = window + ty * p.v.offsetStep * strip.row;
          for (int64_t tx = 0; tx < p.h.taps; tx++, w += n) sum += read(from + tx * p.h.offsetStep * p.channels) * read(w);
        }
        return finished(sum);
      };
      size_t c = 0;
      for (; c + W <= n; c += W) {
        store<T>(out + c, sumAt([&](const T* at) { return load<T>(at + c); }, p.bias ? load<T>(p.bias + c) : Vec<T>{}));
      }
      if (c < n) {
        const size_t left = n - c;
        const auto read = [&](const T* at) { return loadFirst<T>(at + c, left, 0); };
        storeFirst<T>(out + c, sumAt(read, p.bias ? read(p.bias) : Vec<T>{}), left);
      }
    }
  }
}

template <class T>
inline bool runPass(const ConvPass<T>& p, Workers& workers) {
  if (p.images == 0 || p.v.grid <= 0 || p.h.grid <= 0 || p.groups * p.columns == 0) return true;
  const size_t elements = PackedWeights<T>::elements(p);
  T* workspace = (T*)workers.scratch((elements + tileColumns<T>) * sizeof(T));
  if (!workspace) return false;
  const PackedWeights<T> weights(p, workspace);
  weights.pack(workers);
  const int64_t panels = p.depthwise() ? 1 : p.groups * (int64_t)PackedWeights<T>::panels(p);
  const ConvCut cut = ConvCut::of(p, panels);
  const size_t copied = stripElements(p.v, p.h, p.channels, cut.rows, cut.columns);
  bool enough = true;
  const int64_t perImage = cut.rowBlocks * cut.columnBlocks * cut.panelBlocks;
  forEachTask(workers, (size_t)(p.images * perImage), [&](size_t task) {
    const auto end = [](int64_t from, int64_t by, int64_t n) { return from + by < n ? from + by : n; };
    ConvBlock b;
    b.image = (int64_t)task / perImage;
    int64_t rest = (int64_t)task % perImage;
    b.panel = rest % cut.panelBlocks * cut.panels;
    rest /= cut.panelBlocks;
    b.x = rest % cut.columnBlocks * cut.columns;
    b.y = rest / cut.columnBlocks * cut.rows;
    b.panelEnd = end(b.panel, cut.panels, panels);
    b.xEnd = end(b.x, cut.columns, p.h.grid);
    b.yEnd = end(b.y, cut.rows, p.v.grid);
    T* copy = copied ? (T*)workers.local(copied * sizeof(T)) : nullptr;
    if (copied && !copy) {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
      return;
    }
    const T* image = p.x + b.image * p.v.size * p.h.size * p.channels;
    const Strip<T> strip = stripOf(image, p.v, p.h, p.channels, b.y, b.yEnd, b.x, b.xEnd, copy);
    p.depthwise() ? depthwiseBlock(p, weights.data(), b, strip) : convTiles(p, weights, b, strip);
  });
  return enough;
}

template <class T>
inline bool convForward(const ConvJob& j, Workers& workers) {
  const int64_t depth = j.channels / j.groups, columns = j.filters / j.groups, taps = j.kernelHeight * j.kernelWidth;
  ConvPass<T> p;
  p.x = (const T*)j.x;
  p.images = j.images;
  p.channels = j.channels;
  p.v = {j.height, j.outHeight, j.strideY, j.kernelHeight, -j.padTop, j.dilationY, 0, 1};
  p.h = {j.width, j.outWidth, j.strideX, j.kernelWidth, -j.padLeft, j.dilationX, 0, 1};
  p.groups = j.groups;
  p.depth = depth;
  p.columns = columns;
  p.weight = (const T*)j.weight;
  p.weightDepth = taps;
  p.weightColumn = depth * taps;
  p.weightGroup = columns * depth * taps;
  p.weightRow = j.kernelWidth;
  p.y = (T*)j.y;
  p.yPixel = j.filters;
  p.yRow = j.outWidth * j.filters;
  p.yImage = j.outHeight * p.yRow;
  p.bias = (const T*)j.bias;
  p.relu = j.relu;
  // Without a window worth the name the image is one long row, which cuts into fuller tiles.
  const bool plain = taps == 1 && j.strideY == 1 && j.strideX == 1 && j.padTop == 0 && j.padLeft == 0;
  if (plain && j.outHeight == j.height && j.outWidth == j.width) {
    p.h.size = p.h.grid = j.images * j.height * j.width;
    p.v.size = p.v.grid = p.images = 1;
  }
  return runPass(p, workers);
}

/** The windows of the input's gradient along one axis, for the input positions place, place + stride, ... */
inline ConvAxis gradientAxis(int64_t size, int64_t grid, int64_t place, int64_t stride, int64_t kernel, int64_t dilation, int64_t pad) {
  int64_t divisor = stride, rest = dilation;
  while (rest != 0) {
    const int64_t next = divisor % rest;
    divisor = rest;
    rest = next;
  }
  // Output o reaches input o * stride - pad + k * dilation: for the k where that can be, every `period`-th.
  const int64_t period = stride / divisor;
  int64_t k = 0;
  while (k < period && k < kernel && (place + pad - k * dilation) % stride != 0) k++;
  const bool any = k < period && k < kernel;
  const int64_t taps = any ? (kernel - 1 - k) / period + 1 : 0;
  const int64_t last = k + (taps - 1) * period;
  return {size, (grid - place + stride - 1) / stride, 1, taps, taps > 0 ? (place + pad - last * dilation) / stride : 0,
          period * dilation / stride, last, -period};
}

template <class T>
inline bool convInputGradAs(const ConvJob& j, Workers& workers) {
  const int64_t depth = j.filters / j.groups, columns = j.channels / j.groups, taps = j.kernelHeight * j.kernelWidth;
  for (int64_t y = 0; y < j.strideY && y < j.height; y++) {
    for (int64_t x = 0; x < j.strideX && x < j.width; x++) {
      ConvPass<T> p;
      p.x = (const T*)j.y;
      p.images = j.images;
      p.channels = j.filters;
      p.v = gradientAxis(j.outHeight, j.height, y, j.strideY, j.kernelHeight, j.dilationY, j.padTop);
      p.h = gradientAxis(j.outWidth, j.width, x, j.strideX, j.kernelWidth, j.dilationX, j.padLeft);
      p.groups = j.groups;
      p.depth = depth;
      p.columns = columns;
      p.weight = (const T*)j.weight;
      p.weightDepth = columns * taps;
      p.weightColumn = taps;
      p.weightGroup = depth * columns * taps;
      p.weightRow = j.kernelWidth;
      p.yPixel = j.strideX * j.channels;
      p.yRow = j.strideY * j.width * j.channels;
      p.yImage = j.height * j.width * j.channels;
      p.y = (T*)j.x + (y * j.width + x) * j.channels;
      p.bias = (const T*)j.bias;
      p.relu = j.relu;
      if (!runPass(p, workers)) return false;
    }
  }
  return true;
}

inline bool conv(const ConvJob& job, Workers& workers) {
  return job.wide ? convForward<double>(job, workers) : convForward<float>(job, workers);
}
inline bool convInputGrad(const ConvJob& job, Workers& workers) {
  return job.wide ? convInputGradAs<double>(job, workers) : convInputGradAs<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
