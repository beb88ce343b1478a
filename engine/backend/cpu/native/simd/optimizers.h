// One optimizer step over all parameters at once: a pass that reads and writes every element a single time.
#pragma once
#include "bits.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

enum { elementsPerUpdate = 8192 };

/** Spreads pieces of all parameters over the workers: `update(parameter, from, to)`. */
template <class Size, class Update>
inline void eachPiece(size_t parameters, const Size& sizeAt, Workers& workers, const Update& update) {
  size_t pieces = 0;
  for (size_t p = 0; p < parameters; p++) pieces += ceilDiv(sizeAt(p), elementsPerUpdate);
  forEachTask(workers, pieces, [&](size_t task) {
    size_t p = 0;
    for (; task >= ceilDiv(sizeAt(p), elementsPerUpdate); p++) task -= ceilDiv(sizeAt(p), elementsPerUpdate);
    const size_t from = task * elementsPerUpdate;
    update(p, from, least(from + elementsPerUpdate, sizeAt(p)));
  });
}

template <class Update>
inline void eachPiece(size_t parameters, const Parameter* parameter, Workers& workers, const Update& update) {
  eachPiece(parameters, [&](size_t p) { return parameter[p].n; }, workers,
            [&](size_t p, size_t from, size_t to) { update(parameter[p], from, to); });
}

template <class T>
inline void sgdPiece(const SgdJob& job, const Parameter& p, size_t from, size_t to) {
  T* value = (T*)p.value;
  const T* gradient = (const T*)p.gradient;
  T* velocity = (T*)p.first;
  const T rate = (T)job.rate, momentum = (T)job.momentum, decay = (T)job.weightDecay, fresh = (T)(1 - job.dampening);
  if (!velocity) {
    for (size_t i = from; i < to; i++) value[i] -= rate * (gradient[i] + decay * value[i]);
    return;
  }
  // On the first step the velocity may be anything, NaN included.
  if (job.first) {
    for (size_t i = from; i < to; i++) velocity[i] = gradient[i] + decay * value[i];
  } else {
    for (size_t i = from; i < to; i++) velocity[i] = momentum * velocity[i] + fresh * (gradient[i] + decay * value[i]);
  }
  if (job.nesterov) {
    for (size_t i = from; i < to; i++) value[i] -= rate * (gradient[i] + decay * value[i] + momentum * velocity[i]);
  } else {
    for (size_t i = from; i < to; i++) value[i] -= rate * velocity[i];
  }
}

inline void sgd(const SgdJob& job, Workers& workers) {
  eachPiece(job.parameters, job.parameter, workers, [&](const Parameter& p, size_t from, size_t to) {
    p.wide ? sgdPiece<double>(job, p, from, to) : sgdPiece<float>(job, p, from, to);
  });
}

template <class T>
struct AdamStep {
  T beta1, beta2, fresh1, fresh2, rate, inverseRoot, epsilon, keep, decay;

  AdamStep(const AdamJob& job, double correction1, double correction2)
      : beta1((T)job.beta1),
        beta2((T)job.beta2),
        fresh1((T)(1 - job.beta1)),
        fresh2((T)(1 - job.beta2)),
        rate((T)(job.rate / correction1)),
        inverseRoot((T)(1 / ::sqrt(correction2))),
        epsilon((T)job.epsilon),
        keep((T)(job.decoupled ? 1 - job.rate * job.weightDecay : 1)),
        decay((T)(job.decoupled ? 0 : job.weightDecay)) {}

  ALWAYS_INLINE Vec<T> apply(Vec<T> value, Vec<T> gradient, Vec<T>& first, Vec<T>& second) const {
    const Vec<T> g = gradient + decay * value;
    first = beta1 * first + fresh1 * g;
    second = beta2 * second + fresh2 * g * g;
    return value * keep - rate * first / (squareRoot<T>(second) * inverseRoot + epsilon);
  }
};

template <class T>
inline void adamPiece(const AdamStep<T>& step, const Parameter& p, size_t from, size_t to) {
  constexpr int W = width<T>;
  T* value = (T*)p.value;
  const T* gradient = (const T*)p.gradient;
  T* first = (T*)p.first;
  T* second = (T*)p.second;
  size_t i = from;
  for (; i + W <= to; i += W) {
    Vec<T> m = load<T>(first + i), v = load<T>(second + i);
    store<T>(value + i, step.apply(load<T>(value + i), load<T>(gradient + i), m, v));
    store<T>(first + i, m);
    store<T>(second + i, v);
  }
  if (i < to) {
    const size_t n = to - i;
    Vec<T> m = loadFirst<T>(first + i, n, 0), v = loadFirst<T>(second + i, n, 0);
    storeFirst<T>(value + i, step.apply(loadFirst<T>(value + i, n, 0), loadFirst<T>(gradient + i, n, 0), m, v), n);
    storeFirst<T>(first + i, m, n);
    storeFirst<T>(second + i, v, n);
  }
}

inline void adam(const AdamJob& job, Workers& workers) {
  const double correction1 = 1 - ::pow(job.beta1, job.step), correction2 = 1 - ::pow(job.beta2, job.step);
  const AdamStep<float> narrow(job, correction1, correction2);
  const AdamStep<double> wide(job, correction1, correction2);
  eachPiece(job.parameters, job.parameter, workers, [&](const Parameter& p, size_t from, size_t to) {
    p.wide ? adamPiece<double>(wide, p, from, to) : adamPiece<float>(narrow, p, from, to);
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
