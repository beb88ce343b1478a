// The gradient of attention by tiles. Scores are computed again from what the forward pass kept of each query: the logarithm of
// its sum of exponentials.
#pragma once
#include "attention.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** The matrices of one batch element. */
template <class T>
struct AttentionGradients {
  Matrix<T> query, key, value, dout, dquery, dkey, dvalue;
  const T* logSums;
  /** For every query: the product of its output with the output's gradient. */
  T* shares;
  /** Of a block: the weights, and the gradient of the scores. */
  Matrix<T> weights, dscores;
  T* workspace;
};

/** In place: scores become weights, the weights' gradient that of the scores. */
template <class T>
inline void finishBlock(const AttentionJob& job, size_t index, const AttentionBlock& block, const AttentionGradients<T>& g) {
  T added[keyBlock];
  for (size_t i = 0; i < block.rows; i++) {
    T *const row = g.weights.from(i).data, *const back = g.dscores.from(i).data;
    const size_t n = visibleKeys(job, block, i);
    if (job.mask.data) readMask<T>(job, index, block, i, n, added);
    const Vec<T> scale = splat<T>((T)job.scale), sum = splat<T>(g.logSums[block.query + i]), share = splat<T>(g.shares[block.query + i]);
    eachVector<T>(
        n,
        [&](size_t j) {
          Vec<T> s = load<T>(row + j) * scale;
          if (job.mask.data) s += load<T>(added + j);
          const Vec<T> weight = exponential(s - sum);
          store<T>(row + j, weight);
          store<T>(back + j, weight * (load<T>(back + j) - share) * scale);
        },
        [&](size_t j, size_t left) {
          Vec<T> s = loadFirst<T>(row + j, left, 0) * scale;
          if (job.mask.data) s += loadFirst<T>(added + j, left, 0);
          const Vec<T> weight = exponential(s - sum);
          storeFirst<T>(row + j, weight, left);
          storeFirst<T>(back + j, weight * (loadFirst<T>(back + j, left, 0) - share) * scale, left);
        });
    memset(row + n, 0, (block.columns - n) * sizeof(T));
    memset(back + n, 0, (block.columns - n) * sizeof(T));
  }
}

/** The product of the first rows of two matrices. */
template <class T>
inline T dotOf(Matrix<T> a, Matrix<T> b, size_t n) {
  T rest = 0;
  if (a.column != 1 || b.column != 1) {
    for (size_t j = 0; j < n; j++) rest += a.at(0, j) * b.at(0, j);
    return rest;
  }
  Vec<T> sum = {};
  eachVector<T>(
      n, [&](size_t j) { sum += load<T>(a.data + j) * load<T>(b.data + j); },
      [&](size_t j, size_t left) { sum += loadFirst<T>(a.data + j, left, 0) * loadFirst<T>(b.data + j, left, 0); });
  return sumLanes<T>(sum);
}

template <class T>
inline void clear(Matrix<T> m, size_t rows, size_t columns) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) m.at(i, j) = 0;
  }
}

/** The part of a batch element that a task computes: these keys and queries, and the gradients of which of the two. */
struct AttentionPart {
  size_t index, key, keyEnd, query, queryEnd;
  bool ofKeys, ofQueries;
};

template <class T>
inline void attentionGradOfPart(const AttentionJob& job, Workers& workers, const AttentionPart& part, T* memory) {
  const size_t index = part.index, queries = (size_t)job.queries, keys = (size_t)job.keys;
  const size_t features = (size_t)job.features, values = (size_t)job.values;
  AttentionGradients<T> g = {
      matrixOf<T>(job, job.query, index),  matrixOf<T>(job, job.key, index),  matrixOf<T>(job, job.value, index), matrixOf<T>(job, job.dout, index),
      matrixOf<T>(job, job.dquery, index), matrixOf<T>(job, job.dkey, index), matrixOf<T>(job, job.dvalue, index)};
  g.logSums = (const T*)job.logSums + index * queries;
  g.weights = {memory, keyBlock, 1};
  g.dscores = {memory + queryBlock * keyBlock, keyBlock, 1};
  g.shares = memory + 2 * queryBlock * keyBlock;
  g.workspace = g.shares + roundUp(queries, 16);
  const Matrix<T> out = matrixOf<T>(job, job.out, index);
  fetch<T>(out.from(part.query), least(queryBlock, part.queryEnd - part.query), values);
  fetch<T>(g.dout.from(part.query), least(queryBlock, part.queryEnd - part.query), values);
  for (size_t i = part.query; i < part.queryEnd; i++) g.shares[i] = dotOf<T>(out.from(i), g.dout.from(i), values);
  if (keys == 0) clear<T>(g.dquery.from(part.query), part.queryEnd - part.query, features);
  for (size_t key = part.key; key < part.keyEnd; key += keyBlock) {
    const size_t columns = least(keyBlock, keys - key);
    // In causal order the queries before this block see nothing of it.
    const size_t first = most(part.query, job.causal ? key / queryBlock * queryBlock : 0);
    const Matrix<T> dkey = g.dkey.from(key), dvalue = g.dvalue.from(key), k = g.key.from(key);
    fetch<T>(k, columns, features);
    fetch<T>(g.value.from(key), columns, values);
    if (part.ofKeys && first >= queries) {
      clear<T>(dkey, columns, features);
      clear<T>(dvalue, columns, values);
    }
    for (size_t query = first; query < part.queryEnd && !workers.stopping(); query += queryBlock) {
      const AttentionBlock block = {query, least(queryBlock, queries - query), key, columns};
      const size_t rows = block.rows;
      const Matrix<T> q = g.query.from(query), dout = g.dout.from(query);
      fetch<T>(q, rows, features);
      fetch<T>(dout, rows, values);
      multiplyHere<T>(rows, columns, features, q, k.turned(), g.weights, false, g.workspace);
      multiplyHere<T>(rows, columns, values, dout, g.value.from(key).turned(), g.dscores, false, g.workspace);
      finishBlock<T>(job, index, block, g);
      if (part.ofKeys) {
        multiplyHere<T>(columns, values, rows, g.weights.turned(), dout, dvalue, query > first, g.workspace);
        multiplyHere<T>(columns, features, rows, g.dscores.turned(), q, dkey, query > first, g.workspace);
      }
      if (part.ofQueries) multiplyHere<T>(rows, features, columns, g.dscores, k, g.dquery.from(query), key > 0, g.workspace);
    }
  }
}

/** Below this many batch elements, blocks of keys and blocks of queries are tasks of their own: scores are computed twice. */
enum { fewElements = 8 };

template <class T>
inline bool attentionGradOf(const AttentionJob& job, Workers& workers) {
  const size_t features = (size_t)job.features, values = (size_t)job.values, wide = most(features, values);
  const size_t room = most(roomFor<T>(queryBlock, keyBlock, wide), most(roomFor<T>(keyBlock, wide, queryBlock), roomFor<T>(queryBlock, features, keyBlock)));
  const size_t queries = (size_t)job.queries, keys = (size_t)job.keys;
  const size_t elements = 2 * queryBlock * keyBlock + roundUp(queries, 16) + room;
  const size_t batch = batchOf(job), ofKeys = ceilDiv(keys, keyBlock), ofQueries = ceilDiv(queries, queryBlock);
  const bool whole = batch >= fewElements || ofKeys + ofQueries <= 2;
  const size_t parts = whole ? 1 : ofKeys + ofQueries;
  bool enough = true;
  forEachTask(workers, batch * parts, [&](size_t task) {
    AttentionPart part = {task / parts, 0, keys, 0, queries, true, true};
    const size_t at = task % parts;
    if (!whole && at < ofKeys) {
      part.key = at * keyBlock;
      part.keyEnd = least(keys, part.key + keyBlock);
      part.ofQueries = false;
    } else if (!whole) {
      part.query = (at - ofKeys) * queryBlock;
      part.queryEnd = least(queries, part.query + queryBlock);
      part.ofKeys = false;
    }
    T* const memory = (T*)workers.local(elements * sizeof(T));
    if (memory) {
      attentionGradOfPart<T>(job, workers, part, memory);
    } else {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
    }
  });
  return enough;
}

inline bool attentionGrad(const AttentionJob& job, Workers& workers) {
  return job.wide ? attentionGradOf<double>(job, workers) : attentionGradOf<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
