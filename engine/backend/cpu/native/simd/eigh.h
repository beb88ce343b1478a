// Eigenvalues of symmetric matrices: Householder's tridiagonal form, then QL steps with implicit shifts (Bowdler et al. 1968).
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/**
 * a [n, n], symmetric, becomes tridiagonal: `diagonal` [n] and `beside` [n], where beside[i] joins i and i + 1. v: [n, n], the
 * transposed product of the reflections. `work`: n numbers.
 */
static inline void tridiagonal(double* a, size_t n, double* diagonal, double* beside, double* v, double* work) {
  for (size_t k = 0; k + 2 < n; k++) {
    // The row right of the diagonal is what has to become (beta, 0, ..., 0); it keeps the reflection, and `diagonal` its tau.
    double* const own = a + k * n + k + 1;
    const size_t size = n - k - 1;
    diagonal[k] = a[k * n + k];
    beside[k] = own[0];
    double largest = 0;
    for (size_t i = 1; i < size; i++) largest = magnitude(own[i]) > largest ? magnitude(own[i]) : largest;
    double& tau = a[k * n + k];
    tau = 0;
    if (largest == 0) continue;
    const double scale = largest > magnitude(own[0]) ? largest : magnitude(own[0]);
    for (size_t i = 0; i < size; i++) own[i] /= scale;
    const double length = __builtin_sqrt(dotProduct(own, own, size));
    const double beta = own[0] < 0 ? length : -length;
    own[0] -= beta;
    beside[k] = beta * scale;
    tau = 2 / dotProduct(own, own, size);
    double* const rest = a + (k + 1) * n + k + 1;
    for (size_t i = 0; i < size; i++) work[i] = tau * dotProduct(rest + i * n, own, size);
    addMultiple(work, -0.5 * tau * dotProduct(work, own, size), own, size);
    for (size_t i = 0; i < size; i++) {
      double* const row = rest + i * n;
      const double x = own[i], y = work[i];
      constexpr int W = width<double>;
      size_t j = 0;
      for (; j + W <= size; j += W) store<double>(row + j, load<double>(row + j) - (x * load<double>(work + j) + y * load<double>(own + j)));
      for (; j < size; j++) row[j] -= x * work[j] + y * own[j];
    }
  }
  for (size_t k = n > 2 ? n - 2 : 0; k < n; k++) {
    diagonal[k] = a[k * n + k];
    beside[k] = k + 1 < n ? a[k * n + k + 1] : 0;
  }
  for (size_t i = 0; i < n * n; i++) v[i] = i / n == i % n;
  for (size_t k = n > 2 ? n - 2 : 0; k-- > 0;) {
    const double tau = a[k * n + k];
    const double* const own = a + k * n + k + 1;
    if (tau == 0) continue;
    // Vᵀ (I - tau v vᵀ), of which all but the block behind k is still the identity.
    for (size_t i = k + 1; i < n; i++) {
      double* const row = v + i * n + k + 1;
      addMultiple(row, -tau * dotProduct(row, own, n - k - 1), own, n - k - 1);
    }
  }
}

/** QL steps until nothing is beside the diagonal, the largest number being about 1; v's rows turn with them. Returns false when they are used up. */
static inline bool diagonalize(double* diagonal, double* beside, size_t n, double* v) {
  constexpr int mostSteps = 60;
  for (size_t l = 0; l < n; l++) {
    for (int step = 0;; step++) {
      size_t m = l;
      while (m + 1 < n && magnitude(beside[m]) > matrixEpsilon * (magnitude(diagonal[m]) + magnitude(diagonal[m + 1]) + 0.01)) m++;
      if (m == l) break;
      if (step == mostSteps) return false;
      double g = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l]);
      double r = __builtin_sqrt(g * g + 1);
      g = diagonal[m] - diagonal[l] + beside[l] / (g + (g < 0 ? -r : r));
      double s = 1, c = 1, p = 0;
      size_t i = m;
      while (i-- > l) {
        double f = s * beside[i];
        const double b = c * beside[i];
        r = __builtin_sqrt(f * f + g * g);
        beside[i + 1] = r;
        if (r == 0) {
          diagonal[i + 1] -= p;
          beside[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - p;
        r = (diagonal[i] - g) * s + 2 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        rotate(v + i * n, v + (i + 1) * n, n, c, s);
      }
      if (r == 0 && i + 1 > l) continue;
      diagonal[l] -= p;
      beside[l] = g;
      beside[m] = 0;
    }
  }
  return true;
}

/**
 * The eigenvalues of a symmetric matrix, of which the lower triangle is read. They end in `values` [n]; v: one vector a row.
 * `work`: 2 n numbers. Returns false when a value is not finite, or the steps are used up.
 */
static inline bool eighFactor(double* a, size_t n, double* values, double* v, double* work) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      const double x = a[i * n + j];
      if (!isFinite(x)) return false;
      if (magnitude(x) > largest) largest = magnitude(x);
      a[j * n + i] = x;
    }
  }
  const double scale = largest == 0 ? 1 : largest;
  for (size_t i = 0; i < n * n; i++) a[i] /= scale;
  tridiagonal(a, n, values, work, v, work + n);
  if (!diagonalize(values, work, n, v)) return false;
  for (size_t i = 0; i < n; i++) values[i] *= scale;
  return true;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
