// The gradient of a recurrence: back through the steps, each task with sequences of its own. Weights get theirs from one product
// over all steps afterwards, which is a command of its own.
#pragma once
#include "recurrence.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** What one sequence reads and writes in one step on the way back. */
template <class T>
struct StepBack {
  size_t h;
  const T *saved, *state, *before, *cell, *cellBefore, *dstate;  // the befores may be null: zeros
  T *carry, *dcell;                                              // what later steps hand back, and what this one adds to it
  T *dgates, *dhiddenGates;
};

template <class T>
ALWAYS_INLINE void lstmBack(const StepBack<T>& s) {
  const size_t h = s.h;
  eachOf<T>(h, [&](auto&& read, auto&& write) {
    const Vec<T> in = read(s.saved), forget = read(s.saved + h), fresh = read(s.saved + 2 * h), out = read(s.saved + 3 * h);
    const Vec<T> dh = read(s.dstate) + read(s.carry), shown = hyperbolicTangent(read(s.cell));
    const Vec<T> dc = read(s.dcell) + dh * out * ((T)1 - shown * shown);
    write(s.dgates, dc * fresh * in * ((T)1 - in));
    write(s.dgates + h, s.cellBefore ? dc * read(s.cellBefore) * forget * ((T)1 - forget) : Vec<T>{});
    write(s.dgates + 2 * h, dc * in * ((T)1 - fresh * fresh));
    write(s.dgates + 3 * h, dh * shown * out * ((T)1 - out));
    write(s.dcell, dc * forget);
  });
}

template <class T>
ALWAYS_INLINE void gruBack(const StepBack<T>& s) {
  const size_t h = s.h;
  eachOf<T>(h, [&](auto&& read, auto&& write) {
    const Vec<T> reset = read(s.saved), update = read(s.saved + h), fresh = read(s.saved + 2 * h), inner = read(s.saved + 3 * h);
    const Vec<T> dh = read(s.dstate) + read(s.carry), before = s.before ? read(s.before) : Vec<T>{};
    const Vec<T> dfresh = dh * ((T)1 - update) * ((T)1 - fresh * fresh);
    const Vec<T> dreset = dfresh * inner * reset * ((T)1 - reset);
    const Vec<T> dupdate = dh * (before - fresh) * update * ((T)1 - update);
    write(s.dgates, dreset);
    write(s.dgates + h, dupdate);
    write(s.dgates + 2 * h, dfresh);
    write(s.dhiddenGates, dreset);
    write(s.dhiddenGates + h, dupdate);
    write(s.dhiddenGates + 2 * h, dfresh * reset);
    write(s.carry, dh * update);
  });
}

template <class T>
ALWAYS_INLINE void plainBack(const StepBack<T>& s, bool relu) {
  eachOf<T>(s.h, [&](auto&& read, auto&& write) {
    const Vec<T> y = read(s.state), dh = read(s.dstate) + read(s.carry);
    write(s.dgates, relu ? (y > (T)0 ? dh : Vec<T>{}) : dh * ((T)1 - y * y));
  });
}

template <class T>
inline bool recurrenceGradOf(const RecurrenceJob& job, Workers& workers) {
  const size_t h = (size_t)job.hidden, batch = (size_t)job.batch, steps = (size_t)job.steps;
  const size_t width = gatesOf(job.kind) * h, kept = savedOf(job.kind) * h, perTask = sequencesPerTask(job.batch);
  T* const packed = (T*)workers.scratch(PackedMatrix<T>::elements(width, h) * sizeof(T));
  if (!packed) return false;
  const auto weight = PackedMatrix<T>::pack(width, h, (const T*)job.weight, job.hidden, 1, packed, workers);
  const bool lstm = job.kind == recurrence_lstm, gru = job.kind == recurrence_gru;
  const T *states = (const T*)job.states, *cells = (const T*)job.cells, *dstates = (const T*)job.dstates;
  forEachRange(workers, batch, perTask, [&](size_t from, size_t to) {
    T* const carry = (T*)job.dhidden0;
    const size_t whole = (to - from) * h * sizeof(T);
    memset(carry + from * h, 0, whole);
    if (lstm) memcpy((T*)job.dcell0 + from * h, dstates + (steps * batch + from) * h, whole);
    for (size_t i = 0; i < steps && !workers.stopping(); i++) {
      const size_t t = job.reverse ? i : steps - 1 - i;
      const bool first = i + 1 == steps;
      const size_t previous = (job.reverse ? t + 1 : t - 1) * batch;
      for (size_t r = from; r < to; r++) {
        const size_t at = t * batch + r;
        StepBack<T> s = {};
        s.h = h;
        s.saved = (const T*)job.saved + at * kept;
        s.state = states + at * h;
        s.dstate = dstates + at * h;
        s.carry = carry + r * h;
        s.dgates = (T*)job.dgates + at * width;
        if (lstm) {
          s.cell = cells + at * h;
          s.cellBefore = !first ? cells + (previous + r) * h : job.cell0 ? (const T*)job.cell0 + r * h : nullptr;
          s.dcell = (T*)job.dcell0 + r * h;
          lstmBack<T>(s);
        } else if (gru) {
          s.before = !first ? states + (previous + r) * h : job.hidden0 ? (const T*)job.hidden0 + r * h : nullptr;
          s.dhiddenGates = (T*)job.dhiddenGates + at * width;
          gruBack<T>(s);
        } else {
          plainBack<T>(s, job.kind == recurrence_relu);
        }
      }
      const T* const back = (const T*)(gru ? job.dhiddenGates : job.dgates) + (t * batch + from) * width;
      weight.multiply(to - from, back, width, carry + from * h, h, gru);
    }
  });
  return true;
}

inline bool recurrenceGrad(const RecurrenceJob& job, Workers& workers) {
  return job.wide ? recurrenceGradOf<double>(job, workers) : recurrenceGradOf<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
