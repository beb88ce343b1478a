// QR factors by Householder's reflections, signs as in LAPACK: a few at a time, applied as products (Schreiber and Van Loan 1989).
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/**
 * The factorization of a [m, n], which becomes R. Reflections I - tau v vᵀ, one a row of `v` [steps, m]; those of a panel
 * together are I - Vᵀ T V.
 */
struct QrRun {
  double* const a;
  const size_t m, n;
  double* const v;  // steps * m numbers
  const Multiplier& products;
  double* const spare;  // room(m, n)

  /** Reflections that are applied together. */
  static constexpr size_t panel = 32;
  static size_t steps(size_t m, size_t n) { return least(m > 0 ? m - 1 : 0, n); }
  static size_t room(size_t m, size_t n) { return panel * (3 * most(m, n) + panel) + steps(m, n) + panel * panel * ceilDiv(steps(m, n) + 1, panel); }

  /** R, and in q [m, size] the first columns of Q. */
  void run(double* q, size_t size) {
    const size_t all = steps(m, n);
    for (size_t k = 0; k < all; k += panel) {
      const size_t count = least(panel, all - k);
      reflections(k, count);
      triangle(k, count);
      apply(k, count, true, a, n, k + count);
    }
    for (size_t i = 0; i < m; i++) {
      for (size_t j = 0; j < size; j++) q[i * size + j] = i == j;
    }
    for (size_t k = all == 0 ? 0 : roundUp(all, panel); k >= panel; k -= panel) {
      // Columns before the panel are still those of the identity, and stay so.
      apply(k - panel, least(panel, all - (k - panel)), false, q, size, least(size, k - panel));
    }
  }

 private:
  double* taus() const { return spare + panel * (3 * most(m, n) + panel); }
  double* triangleAt(size_t k) const { return taus() + steps(m, n) + k / panel * panel * panel; }

  /** The reflections of columns [k, k + count), with the columns beside each other in memory meanwhile. */
  void reflections(size_t k, size_t count) {
    const size_t rows = m - k;
    double* const tau = taus();
    double* const column = spare;  // [count, rows]
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < count; j++) column[j * rows + i] = a[(k + i) * n + k + j];
    }
    for (size_t j = 0; j < count; j++) {
      double* const own = v + (k + j) * m;
      for (size_t i = 0; i < k + j; i++) own[i] = 0;
      double* const x = column + j * rows;
      tau[k + j] = reflection(x + j, own + k + j, rows - j);
      if (tau[k + j] == 0) continue;
      for (size_t c = j + 1; c < count; c++) {
        double* const other = column + c * rows;
        addMultiple(other + j, -tau[k + j] * dotProduct(own + k + j, other + j, rows - j), own + k + j, rows - j);
      }
    }
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < count; j++) a[(k + i) * n + k + j] = column[j * rows + i];
    }
  }

  /** The reflection that turns x into (beta, 0, ..., 0), which x becomes. Returns tau; 0 where there is nothing to turn. */
  static double reflection(double* x, double* own, size_t n) {
    double largest = 0;
    for (size_t i = 1; i < n; i++) largest = magnitude(x[i]) > largest ? magnitude(x[i]) : largest;
    for (size_t i = 0; i < n; i++) own[i] = 0;
    if (largest == 0) return 0;
    const double scale = largest > magnitude(x[0]) ? largest : magnitude(x[0]);
    for (size_t i = 0; i < n; i++) own[i] = x[i] / scale;
    const double length = __builtin_sqrt(dotProduct(own, own, n));
    const double beta = x[0] < 0 ? length : -length;
    own[0] -= beta;
    for (size_t i = 1; i < n; i++) x[i] = 0;
    x[0] = beta * scale;
    return 2 / dotProduct(own, own, n);
  }

  /** T of a panel: [count, count], upper triangular. */
  void triangle(size_t k, size_t count) {
    double* const t = triangleAt(k);
    for (size_t j = 0; j < count; j++) {
      const double tau = taus()[k + j];
      double shared[panel];
      for (size_t i = 0; i < j; i++) shared[i] = -tau * dotProduct(v + (k + i) * m + k + j, v + (k + j) * m + k + j, m - k - j);
      for (size_t i = 0; i < j; i++) t[i * count + j] = 0;
      for (size_t i = 0; i < j; i++) {
        for (size_t l = i; l < j; l++) t[i * count + j] += t[i * count + l] * shared[l];
      }
      t[j * count + j] = tau;
      for (size_t i = j + 1; i < count; i++) t[i * count + j] = 0;
    }
  }

  /** c -= Vᵀ T V c, with Tᵀ where `back`: c's rows from k on and columns from `from` on. */
  void apply(size_t k, size_t count, bool back, double* c, size_t columns, size_t from) {
    const size_t width = columns - from, rows = m - k;
    if (width == 0) return;
    const Block part = {c + k * columns + from, (int64_t)columns, 1};
    const Block vectors = {v + k * m + k, (int64_t)m, 1};
    const Block t = {triangleAt(k), (int64_t)count, 1};
    const Block first = {spare, (int64_t)width, 1}, second = {spare + count * width, (int64_t)width, 1};
    products.multiply(count, width, rows, vectors, part, first, false);
    products.multiply(count, width, count, back ? t.turned() : t, first, second, false);
    for (size_t i = 0; i < count * width; i++) second.at[i] = -second.at[i];
    products.multiply(rows, width, count, vectors.turned(), second, part, true);
  }
};

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
