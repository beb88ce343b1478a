// Attention by tiles (Dao et al. 2022): a block of queries meets the keys block by block, and the whole matrix of scores never
// exists. Blocks follow from the shape, and each result is written by one task, so the number of threads changes nothing.
#pragma once
#include "gemm.h"
#include "rows.h"

namespace gradbook {
namespace GRADBOOK_ISA {

enum { queryBlock = 64, keyBlock = 128 };

/** A matrix in memory of strides. */
template <class T>
struct Matrix {
  T* data;
  int64_t row, column;

  T& at(size_t i, size_t j) const { return data[(int64_t)i * row + (int64_t)j * column]; }
  Matrix from(size_t i) const { return {data + (int64_t)i * row, row, column}; }
  Matrix turned() const { return {data, column, row}; }
};

template <class T>
inline Matrix<T> matrixOf(const AttentionJob& job, const AttentionOperand& operand, size_t index) {
  T* data = (T*)operand.data;
  for (int d = job.batchRank - 1; d >= 0; d--) {
    data += (int64_t)(index % (size_t)job.batchDims[d]) * operand.batch[d];
    index /= (size_t)job.batchDims[d];
  }
  return {data, operand.row, operand.column};
}

/** Asks for rows that lie far apart, as those of one head do, before they are read one after the other. */
template <class T>
inline void fetch(Matrix<T> m, size_t rows, size_t columns) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j += 64 / sizeof(T)) __builtin_prefetch(&m.at(i, j));
  }
}

template <class T>
inline Product2D<T> productOf(size_t m, size_t n, size_t k, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate) {
  return {(int64_t)m, (int64_t)n, (int64_t)k, a.data, a.row, a.column, b.data, b.row, b.column, c.data, c.row, c.column, nullptr, false, accumulate};
}

/** c[m, n] (+)= a[m, k] x b[k, n] on this thread. */
template <class T>
inline void multiplyHere(size_t m, size_t n, size_t k, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, T* workspace) {
  const Product2D<T> p = productOf<T>(m, n, k, a, b, c, accumulate);
  const GemmPlan<T> plan(p);
  GemmRun<T>(p, plan, workspace).run(nullptr);
}

/**
 * Room for packing both sides of any product no larger than this. A smaller one may be cut into panels that are a little fuller,
 * and into deeper blocks.
 */
template <class T>
inline size_t roomFor(size_t m, size_t n, size_t k) {
  const size_t depth = least(k, gemmDepth), rowPanels = ceilDiv(m, tileRows), columnPanels = ceilDiv(n, tileColumns<T>);
  return roundUp((m + 2 * rowPanels) * depth + (rowPanels + 1) * (width<T> + 16) + columnPanels * depth * tileColumns<T>, 16);
}

/** The block of queries and keys that a task is at. */
struct AttentionBlock {
  size_t query, rows, key, columns;
};

/** How many of the block's keys a query may look at. */
inline size_t visibleKeys(const AttentionJob& job, const AttentionBlock& block, size_t row) {
  if (!job.causal) return block.columns;
  const size_t end = block.query + row + 1;
  return end <= block.key ? 0 : least(block.columns, end - block.key);
}

/** What the mask adds to the scores of a query: into `added`, for `n` keys. */
template <class T>
inline void readMask(const AttentionJob& job, size_t index, const AttentionBlock& block, size_t row, size_t n, T* added) {
  if (job.maskIsTruth) {
    const Matrix<uint8_t> mask = matrixOf<uint8_t>(job, job.mask, index);
    for (size_t j = 0; j < n; j++) added[j] = mask.at(block.query + row, block.key + j) ? (T)0 : -(T)__builtin_inff();
  } else {
    const Matrix<T> mask = matrixOf<T>(job, job.mask, index);
    for (size_t j = 0; j < n; j++) added[j] = mask.at(block.query + row, block.key + j);
  }
}

/** Scores of a query, in place: scaled, masked. Returns the largest; -infinity when there is none. */
template <class T>
inline T finishScores(T* scores, size_t n, T scale, const T* added) {
  const T lowest = -(T)__builtin_inff();
  const Vec<T> by = splat<T>(scale);
  Vec<T> top = splat<T>(lowest);
  eachVector<T>(
      n,
      [&](size_t i) {
        Vec<T> v = load<T>(scores + i) * by;
        if (added) v += load<T>(added + i);
        store<T>(scores + i, v);
        top = maximum(top, v);
      },
      [&](size_t i, size_t left) {
        Vec<T> v = loadFirst<T>(scores + i, left, 0) * by;
        if (added) v += loadFirst<T>(added + i, left, 0);
        storeFirst<T>(scores + i, v, left);
        top = maximum(top, loadFirst<T>(scores + i, left, lowest));
      });
  return maxLanes<T>(top);
}

template <class T>
inline void attentionOfQueries(const AttentionJob& job, Workers& workers, size_t index, size_t query, T* memory) {
  const size_t rows = least(queryBlock, (size_t)job.queries - query), keys = (size_t)job.keys, values = (size_t)job.values;
  const T lowest = -(T)__builtin_inff();
  const Matrix<T> q = matrixOf<T>(job, job.query, index).from(query), k = matrixOf<T>(job, job.key, index);
  const Matrix<T> v = matrixOf<T>(job, job.value, index), out = matrixOf<T>(job, job.out, index);
  const Matrix<T> scores = {memory, keyBlock, 1}, sums = {memory + queryBlock * keyBlock, (int64_t)values, 1};
  T* const workspace = sums.data + roundUp(queryBlock * values, 16);
  T top[queryBlock], total[queryBlock], added[keyBlock];
  fetch<T>(q, rows, (size_t)job.features);
  for (size_t i = 0; i < rows; i++) {
    top[i] = lowest;
    total[i] = 0;
  }
  const size_t end = job.causal ? least(keys, query + rows) : keys;
  for (size_t key = 0; key < end && !workers.stopping(); key += keyBlock) {
    const AttentionBlock block = {query, rows, key, least(keyBlock, keys - key)};
    fetch<T>(k.from(key), block.columns, (size_t)job.features);
    fetch<T>(v.from(key), block.columns, values);
    multiplyHere<T>(rows, block.columns, (size_t)job.features, q, k.from(key).turned(), scores, false, workspace);
    for (size_t i = 0; i < rows; i++) {
      T* const row = scores.from(i).data;
      const size_t n = visibleKeys(job, block, i);
      if (job.mask.data) readMask<T>(job, index, block, i, n, added);
      const T highest = maximum<T>(top[i], finishScores<T>(row, n, (T)job.scale, job.mask.data ? added : nullptr));
      const T shift = highest == lowest ? (T)0 : highest;
      const T before = top[i] == lowest ? (T)0 : top[i] == shift ? (T)1 : exponential(splat<T>(top[i] - shift))[0];
      total[i] = total[i] * before + sumOfExponentials<T>(row, n, shift, row);
      top[i] = highest;
      memset(row + n, 0, (block.columns - n) * sizeof(T));
      if (key > 0 && before != 1) scaleRow<T>(sums.from(i).data, values, before, 0, sums.from(i).data);
    }
    multiplyHere<T>(rows, values, block.columns, scores, v.from(key), sums, key > 0, workspace);
  }
  for (size_t i = 0; i < rows; i++) {
    const T by = total[i] == 0 ? (T)0 : 1 / total[i];
    if (out.column == 1 && by != 0) {
      scaleRow<T>(sums.from(i).data, values, by, 0, out.from(query + i).data);
    } else {
      for (size_t j = 0; j < values; j++) out.at(query + i, j) = by == 0 ? (T)0 : sums.at(i, j) * by;
    }
  }
  if (!job.logSums) return;
  T* const logSums = (T*)job.logSums + index * (size_t)job.queries + query;
  const auto logSum = [](Vec<T> most, Vec<T> sum) { return sum == (T)0 ? Vec<T>{} : most + logarithm(sum); };
  eachVector<T>(
      rows, [&](size_t i) { store<T>(logSums + i, logSum(load<T>(top + i), load<T>(total + i))); },
      [&](size_t i, size_t left) {
        storeFirst<T>(logSums + i, logSum(loadFirst<T>(top + i, left, 0), loadFirst<T>(total + i, left, 1)), left);
      });
}

inline size_t batchOf(const AttentionJob& job) {
  size_t batch = 1;
  for (int d = 0; d < job.batchRank; d++) batch *= (size_t)job.batchDims[d];
  return batch;
}

template <class T>
inline bool attentionOf(const AttentionJob& job, Workers& workers) {
  const size_t values = (size_t)job.values, features = (size_t)job.features;
  const size_t room = most(roomFor<T>(queryBlock, keyBlock, features), roomFor<T>(queryBlock, values, keyBlock));
  const size_t elements = queryBlock * keyBlock + roundUp(queryBlock * values, 16) + room;
  const size_t blocks = ceilDiv((size_t)job.queries, queryBlock);
  bool enough = true;
  forEachTask(workers, batchOf(job) * blocks, [&](size_t task) {
    T* const memory = (T*)workers.local(elements * sizeof(T));
    if (memory) {
      attentionOfQueries<T>(job, workers, task / blocks, task % blocks * queryBlock, memory);
    } else {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
    }
  });
  return enough;
}

inline bool attention(const AttentionJob& job, Workers& workers) {
  return job.wide ? attentionOf<double>(job, workers) : attentionOf<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
