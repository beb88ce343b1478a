// What the decompositions are made of: products on the micro-kernel, triangular systems by blocks, sums over vectors. All of it
// in float64, whatever the dtype of the matrices.
#pragma once
#include "gemm.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Beyond rounding errors of this size, relative to the operands, nothing is gained. */
constexpr double matrixEpsilon = 2.220446049250313e-16;

static inline double magnitude(double x) { return x < 0 ? -x : x; }
static inline bool isFinite(double x) { return magnitude(x) <= 1.7976931348623157e308; }

/** The sum of a[i] b[i], in an order that n determines. */
static inline double dotProduct(const double* a, const double* b, size_t n) {
  constexpr int W = width<double>;
  Vec<double> first{}, second{};
  size_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    first += load<double>(a + i) * load<double>(b + i);
    second += load<double>(a + i + W) * load<double>(b + i + W);
  }
  if (i + W <= n) {
    first += load<double>(a + i) * load<double>(b + i);
    i += W;
  }
  if (i < n) second += loadFirst<double>(a + i, n - i, 0) * loadFirst<double>(b + i, n - i, 0);
  return sumLanes<double>(first + second);
}

/** y += factor x. */
static inline void addMultiple(double* y, double factor, const double* x, size_t n) {
  constexpr int W = width<double>;
  size_t i = 0;
  for (; i + W <= n; i += W) store<double>(y + i, load<double>(y + i) + load<double>(x + i) * factor);
  if (i < n) storeFirst<double>(y + i, loadFirst<double>(y + i, n - i, 0) + loadFirst<double>(x + i, n - i, 0) * factor, n - i);
}

/** x becomes c x - s y and y becomes s x + c y. */
static inline void rotate(double* a, double* b, size_t n, double c, double s) {
  constexpr int W = width<double>;
  size_t i = 0;
  for (; i + W <= n; i += W) {
    const Vec<double> x = load<double>(a + i), y = load<double>(b + i);
    store<double>(a + i, c * x - s * y);
    store<double>(b + i, s * x + c * y);
  }
  if (i < n) {
    const Vec<double> x = loadFirst<double>(a + i, n - i, 0), y = loadFirst<double>(b + i, n - i, 0);
    storeFirst<double>(a + i, c * x - s * y, n - i);
    storeFirst<double>(b + i, s * x + c * y, n - i);
  }
}

/** Where a matrix lies. Both steps may be negative, or exchanged: a transposed matrix. */
struct Block {
  double* at;
  int64_t row, column;
  Block from(size_t i, size_t j) const { return {at + (int64_t)i * row + (int64_t)j * column, row, column}; }
  Block turned() const { return {at, column, row}; }
};

/** Makes products: on all threads, or where tasks run already, on this one. */
class Multiplier {
  Workers* const workers;
  double* const workspace;

 public:
  /** `workspace` holds what `room` counts. */
  Multiplier(Workers* workers_, double* workspace_) : workers(workers_), workspace(workspace_) {}

  /** In elements, for products with up to these sizes. */
  static size_t room(size_t m, size_t n, size_t k) {
    const size_t rowPanels = ceilDiv(m, tileRows), depth = least(k, gemmDepth);
    return (m + rowPanels) * (depth + 1) + 32 * rowPanels + (n + tileColumns<double>) * depth + 64;
  }

  /** c = a b, or c += a b. The columns of b and c lie side by side. */
  void multiply(size_t m, size_t n, size_t k, Block a, Block b, Block c, bool add) const {
    if (m == 0 || n == 0) return;
    const Product2D<double> p = {(int64_t)m, (int64_t)n, (int64_t)k, a.at, a.row, a.column, b.at, b.row, b.column, c.at, c.row, c.column, nullptr, false, add};
    const GemmPlan<double> plan(p);
    // Below a few hundred thousand operations handing over costs more than it brings.
    GemmRun<double>(p, plan, workspace).run(2.0 * (double)m * (double)n * (double)k > 1e6 ? workers : nullptr);
  }
};

/** Rows of a triangular system that are solved in registers. */
constexpr size_t triangleLeaf = 16;

/** x = t^-1 x for a lower triangular t [n, n], n up to `triangleLeaf`; x: [n, columns], its columns side by side. */
template <int Vectors>
static inline void solveStrip(size_t n, Block t, bool unit, double* x, int64_t row, size_t last) {
  constexpr int W = width<double>;
  Vec<double> done[triangleLeaf][Vectors];
  for (size_t i = 0; i < n; i++) {
    double* const own = x + (int64_t)i * row;
    const double* const factors = t.at + (int64_t)i * t.row;
    Vec<double> sum[Vectors];
    for (int v = 0; v < Vectors; v++) sum[v] = v + 1 == Vectors && last < W ? loadFirst<double>(own + v * W, last, 0) : load<double>(own + v * W);
    for (size_t j = 0; j < i; j++) {
      const double factor = factors[(int64_t)j * t.column];
      for (int v = 0; v < Vectors; v++) sum[v] -= done[j][v] * factor;
    }
    const double pivot = unit ? 1 : factors[(int64_t)i * t.column];
    for (int v = 0; v < Vectors; v++) {
      done[i][v] = unit ? sum[v] : sum[v] / pivot;
      if (v + 1 == Vectors && last < W) storeFirst<double>(own + v * W, done[i][v], last);
      else store<double>(own + v * W, done[i][v]);
    }
  }
}

/**
 * x = t^-1 x for a lower triangular t [n, n]; x: [n, columns]. An upper one is given from its end, with negative steps, and so
 * are the rows of x. `spare` holds n * columns / 2 numbers.
 */
static inline void solveTriangle(size_t n, size_t columns, Block t, bool unit, Block x, const Multiplier& products, double* spare) {
  constexpr size_t W = width<double>;
  if (n > triangleLeaf) {
    const size_t half = roundUp(n / 2, triangleLeaf), rest = n - half;
    solveTriangle(half, columns, t, unit, x, products, spare);
    // Products add; so the solved half goes in with its sign turned.
    for (size_t i = 0; i < half; i++) {
      const double* const row = x.at + (int64_t)i * x.row;
      for (size_t j = 0; j < columns; j++) spare[i * columns + j] = -row[j];
    }
    products.multiply(rest, columns, half, t.from(half, 0), {spare, (int64_t)columns, 1}, x.from(half, 0), true);
    solveTriangle(rest, columns, t.from(half, half), unit, x.from(half, 0), products, spare);
    return;
  }
  size_t j = 0;
  for (; j + 4 * W <= columns; j += 4 * W) solveStrip<4>(n, t, unit, x.at + j, x.row, W);
  for (; j < columns; j += W) solveStrip<1>(n, t, unit, x.at + j, x.row, least(W, columns - j));
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
