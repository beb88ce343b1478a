// Singular values by one-sided Jacobi rotations, which keep the small ones exact.
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Of the rotation that makes two vectors orthogonal: `gamma` their product, the others their squares. */
static inline void rotationOf(double alpha, double beta, double gamma, double* c, double* s) {
  const double zeta = (beta - alpha) / (2 * gamma);
  const double t = (zeta < 0 ? -1 : 1) / (magnitude(zeta) + __builtin_sqrt(1 + zeta * zeta));
  *c = 1 / __builtin_sqrt(1 + t * t);
  *s = *c * t;
}

/**
 * One-sided Jacobi. w: the n columns (of m <= elements each) one after the other, which become those of U; v the same for V, n
 * rows. Returns false when a value is not finite or the sweeps are used up.
 */
static inline bool svdFactor(double* w, size_t m, size_t n, double* s, double* v) {
  double largest = 0;
  for (size_t i = 0; i < m * n; i++) {
    if (!isFinite(w[i])) return false;
    if (magnitude(w[i]) > largest) largest = magnitude(w[i]);
  }
  for (size_t i = 0; i < n * n; i++) v[i] = i / n == i % n;
  const double scale = largest == 0 ? 1 : largest;
  for (size_t i = 0; i < m * n; i++) w[i] /= scale;
  const double nothing = matrixEpsilon * __builtin_sqrt(dotProduct(w, w, m * n));
  constexpr int mostSweeps = 60;
  bool turned = true;
  for (int sweep = 0; turned; sweep++) {
    if (sweep == mostSweeps) return false;
    turned = false;
    for (size_t p = 0; p < n; p++) s[p] = dotProduct(w + p * m, w + p * m, m);
    for (size_t p = 0; p < n; p++) {
      for (size_t q = p + 1; q < n; q++) {
        double *const x = w + p * m, *const y = w + q * m;
        const double alpha = s[p], beta = s[q];
        if (alpha <= nothing * nothing || beta <= nothing * nothing) continue;
        const double gamma = dotProduct(x, y, m);
        if (magnitude(gamma) <= 4 * matrixEpsilon * __builtin_sqrt(alpha * beta)) continue;
        double c, sine;
        rotationOf(alpha, beta, gamma, &c, &sine);
        rotate(x, y, m, c, sine);
        rotate(v + p * n, v + q * n, n, c, sine);
        s[p] = dotProduct(x, x, m);
        s[q] = dotProduct(y, y, m);
        turned = true;
      }
    }
  }
  for (size_t p = 0; p < n; p++) {
    double* const x = w + p * m;
    const double length = __builtin_sqrt(dotProduct(x, x, m));
    s[p] = length * scale;
    for (size_t i = 0; i < m; i++) x[i] = length > nothing ? x[i] / length : 0;
  }
  // Where the matrix does not say which direction, any that is orthogonal to the others does: the axis that is furthest from them.
  for (size_t p = 0; p < n; p++) {
    double* const x = w + p * m;
    if (dotProduct(x, x, m) != 0) continue;
    size_t axis = 0;
    double free = -1;
    for (size_t i = 0; i < m; i++) {
      double rest = 1;
      for (size_t q = 0; q < n; q++) rest -= w[q * m + i] * w[q * m + i];
      if (rest > free) {
        free = rest;
        axis = i;
      }
    }
    x[axis] = 1;
    for (int again = 0; again < 2; again++) {
      for (size_t q = 0; q < n; q++) {
        if (q == p) continue;
        const double* const other = w + q * m;
        const double shared = dotProduct(x, other, m);
        for (size_t i = 0; i < m; i++) x[i] -= shared * other[i];
      }
      const double length = __builtin_sqrt(dotProduct(x, x, m));
      for (size_t i = 0; i < m; i++) x[i] /= length;
    }
  }
  return true;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
