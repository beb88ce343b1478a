// Recurrent layers over whole sequences. A task takes some sequences of the batch through all steps: nobody waits for anybody
// between steps, and what a sequence gives does not depend on the others or on the number of threads.
#pragma once
#include "normalize.h"
#include "pack.h"

namespace gradbook {
namespace GRADBOOK_ISA {

inline size_t gatesOf(int kind) { return kind == recurrence_lstm ? 4 : kind == recurrence_gru ? 3 : 1; }
/** Blocks of `hidden` numbers that a step keeps for the gradient: activated gates, and for a GRU what its reset multiplies. */
inline size_t savedOf(int kind) { return kind == recurrence_lstm || kind == recurrence_gru ? 4 : 0; }

/** Sequences of a task: about eight tasks, and no more rows than keep their gates in cache. */
inline size_t sequencesPerTask(int64_t batch) { return most(4, least(4 * tileRows, ceilDiv((size_t)batch, 8))); }

/** A matrix [k, n], packed once, by which the rows of many steps are multiplied. */
template <class T>
struct PackedMatrix {
  size_t k, n;
  const T* panels;

  static size_t elements(size_t k, size_t n) { return ceilDiv(n, tileColumns<T>) * k * tileColumns<T> + 16; }

  /** Packs b[k, n] with these strides into memory of `elements`. */
  static PackedMatrix pack(size_t k, size_t n, const T* b, int64_t row, int64_t column, T* into, Workers& workers) {
    constexpr size_t N = tileColumns<T>;
    forEachTask(workers, ceilDiv(n, N), [&](size_t panel) {
      packPanelOfB<T>(k, (int)least(N, n - panel * N), b + (int64_t)(panel * N) * column, row, column, into + panel * k * N);
    });
    return {k, n, into};
  }

  /** c[rows, n] (+)= a[rows, k] x this; both are dense rows of `aRow` and `cRow` elements. */
  void multiply(size_t rows, const T* a, size_t aRow, T* c, size_t cRow, bool accumulate) const {
    constexpr size_t N = tileColumns<T>;
    const size_t tiles = ceilDiv(rows, tileRows), perTile = ceilDiv(rows, most(1, tiles));
    TileArguments<T> t = {};
    t.k = k;
    t.aRow = (int64_t)aRow;
    t.aColumn = 1;
    t.bRow = N;
    t.cRow = (int64_t)cRow;
    t.cColumn = 1;
    t.accumulate = accumulate;
    for (size_t panel = 0; panel * N < n; panel++) {
      t.b = panels + panel * k * N;
      t.columns = (int)least(N, n - panel * N);
      for (size_t r = 0; r < rows; r += perTile) {
        t.a = a + r * aRow;
        t.c = c + r * cRow + panel * N;
        runTile<T, tileVectors, false>((int)least(perTile, rows - r), t);
      }
    }
  }
};

/** What one sequence reads and writes in one step. Blocks of `h` numbers lie one behind the other. */
template <class T>
struct StepRow {
  size_t h;
  const T *product, *gates, *bias;  // bias may be null
  const T *before, *cellBefore;     // null: zeros
  T *state, *cell, *saved, *cellSaved;  // the last two may be null
};

template <class T>
ALWAYS_INLINE void lstmRow(const StepRow<T>& s) {
  const size_t h = s.h;
  eachOf<T>(h, [&](auto&& read, auto&& write) {
    const auto sum = [&](size_t gate) {
      const Vec<T> v = read(s.product + gate * h) + read(s.gates + gate * h);
      return s.bias ? v + read(s.bias + gate * h) : v;
    };
    const Vec<T> in = logistic(sum(0)), forget = logistic(sum(1)), fresh = hyperbolicTangent(sum(2)), out = logistic(sum(3));
    Vec<T> cell = in * fresh;
    if (s.cellBefore) cell += forget * read(s.cellBefore);
    write(s.state, out * hyperbolicTangent(cell));
    write(s.cell, cell);
    if (s.cellSaved) write(s.cellSaved, cell);
    if (!s.saved) return;
    write(s.saved, in);
    write(s.saved + h, forget);
    write(s.saved + 2 * h, fresh);
    write(s.saved + 3 * h, out);
  });
}

template <class T>
ALWAYS_INLINE void gruRow(const StepRow<T>& s) {
  const size_t h = s.h;
  eachOf<T>(h, [&](auto&& read, auto&& write) {
    const auto ofHidden = [&](size_t gate) {
      const Vec<T> v = read(s.product + gate * h);
      return s.bias ? v + read(s.bias + gate * h) : v;
    };
    const Vec<T> reset = logistic(read(s.gates) + ofHidden(0)), update = logistic(read(s.gates + h) + ofHidden(1));
    const Vec<T> inner = ofHidden(2), fresh = hyperbolicTangent(read(s.gates + 2 * h) + reset * inner);
    const Vec<T> before = s.before ? read(s.before) : Vec<T>{};
    write(s.state, fresh + update * (before - fresh));
    if (!s.saved) return;
    write(s.saved, reset);
    write(s.saved + h, update);
    write(s.saved + 2 * h, fresh);
    write(s.saved + 3 * h, inner);
  });
}

template <class T>
ALWAYS_INLINE void plainRow(const StepRow<T>& s, bool relu) {
  eachOf<T>(s.h, [&](auto&& read, auto&& write) {
    Vec<T> v = read(s.product) + read(s.gates);
    if (s.bias) v += read(s.bias);
    write(s.state, relu ? (v < (T)0 ? Vec<T>{} : v) : hyperbolicTangent(v));
  });
}

template <class T>
inline bool recurrenceOf(const RecurrenceJob& job, Workers& workers) {
  const size_t h = (size_t)job.hidden, batch = (size_t)job.batch, steps = (size_t)job.steps;
  const size_t width = gatesOf(job.kind) * h, kept = savedOf(job.kind) * h, perTask = sequencesPerTask(job.batch);
  T* const packed = (T*)workers.scratch(PackedMatrix<T>::elements(h, width) * sizeof(T));
  if (!packed) return false;
  const auto weight = PackedMatrix<T>::pack(h, width, (const T*)job.weight, 1, job.hidden, packed, workers);
  T* const states = (T*)job.states;
  T* const lastCell = states + steps * batch * h;
  bool enough = true;
  forEachRange(workers, batch, perTask, [&](size_t from, size_t to) {
    T* const product = (T*)workers.local((to - from) * width * sizeof(T));
    if (!product) {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
      return;
    }
    const T* before = (const T*)job.hidden0;
    for (size_t i = 0; i < steps && !workers.stopping(); i++) {
      const size_t t = job.reverse ? steps - 1 - i : i;
      if (before) {
        weight.multiply(to - from, before + from * h, h, product, width, false);
      } else {
        memset(product, 0, (to - from) * width * sizeof(T));
      }
      for (size_t r = from; r < to; r++) {
        const size_t at = t * batch + r;
        StepRow<T> s = {};
        s.h = h;
        s.product = product + (r - from) * width;
        s.gates = (const T*)job.gates + at * width;
        s.bias = (const T*)job.bias;
        s.before = before ? before + r * h : nullptr;
        s.state = states + at * h;
        s.saved = job.saved ? (T*)job.saved + at * kept : nullptr;
        if (job.kind == recurrence_lstm) {
          s.cell = lastCell + r * h;
          s.cellSaved = job.cells ? (T*)job.cells + at * h : nullptr;
          s.cellBefore = i > 0 ? s.cell : job.cell0 ? (const T*)job.cell0 + r * h : nullptr;
          lstmRow<T>(s);
        } else if (job.kind == recurrence_gru) {
          gruRow<T>(s);
        } else {
          plainRow<T>(s, job.kind == recurrence_relu);
        }
      }
      before = states + t * batch * h;
    }
  });
  return enough;
}

inline bool recurrence(const RecurrenceJob& job, Workers& workers) {
  return job.wide ? recurrenceOf<double>(job, workers) : recurrenceOf<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
