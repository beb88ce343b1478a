// Matrix multiplication. Blocks of k are packed once, shared by all threads, then tiles of C are computed in any order. The order
// of the sum over k follows from the shape alone, so the result is the same bit for bit at any number of threads.
#pragma once
#include "pack.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

enum {
  gemmDepth = 256,       // of a packed block: a panel of B stays in the first-level cache
  gemmRows = 2048,       // of packed A at a time
  gemmColumns = 2048,    // of packed B at a time
  panelsPerRowTask = 16,  // a task's part of A stays in the second-level cache
};

/** One product, batch offsets applied. */
template <class T>
struct Product2D {
  int64_t m, n, k;
  const T* a;
  int64_t aRow, aColumn;
  const T* b;
  int64_t bRow, bColumn;
  T* c;
  int64_t cRow, cColumn;
  const T* bias;
  bool relu, accumulate;
};

/** How a product is cut; every number follows from the shape and the strides. */
template <class T>
struct GemmPlan {
  size_t rowPanels, panelRows, columnPanels, depthBlocks, depth;
  bool packA, packB;

  explicit GemmPlan(const Product2D<T>& p) {
    constexpr size_t N = tileColumns<T>;
    rowPanels = ceilDiv((size_t)p.m, tileRows);
    panelRows = ceilDiv((size_t)p.m, rowPanels);
    columnPanels = ceilDiv((size_t)p.n, N);
    depthBlocks = most(1, ceilDiv((size_t)p.k, gemmDepth));
    depth = ceilDiv((size_t)p.k, depthBlocks);
    packB = p.bColumn != 1 || rowPanels > 2;
    // Rows side by side, columns far apart: every step of k would be a miss.
    packA = columnPanels >= 4 || (p.aRow == 1 && p.aColumn >= 64 && p.k >= 64);
  }
  size_t strideOfA() const { return roundUp(panelRows * depth + width<T>, 16); }
  size_t strideOfB() const { return depth * tileColumns<T>; }
};

template <class T>
class GemmRun {
  const Product2D<T>& p;
  const GemmPlan<T> plan;
  T *packedA, *packedB;

 public:
  GemmRun(const Product2D<T>& product, const GemmPlan<T>& plan_, T* workspace)
      : p(product), plan(plan_), packedA(workspace), packedB(workspace + elementsOfA(plan_)) {}

  static size_t elementsOfA(const GemmPlan<T>& plan) {
    return plan.packA ? least(plan.rowPanels, panelsOfA(plan)) * plan.strideOfA() : 0;
  }
  static size_t workspaceElements(const GemmPlan<T>& plan) {
    // Also without packing, the last, partial panel of B is copied: one per task at most, on its stack.
    return elementsOfA(plan) + (plan.packB ? least(plan.columnPanels, panelsOfB()) * plan.strideOfB() : 0);
  }

  void run(Workers* workers) {
    for (size_t column = 0; column < plan.columnPanels; column += panelsOfB()) {
      const size_t columnEnd = least(column + panelsOfB(), plan.columnPanels);
      for (size_t block = 0; block < plan.depthBlocks; block++) {
        for (size_t row = 0; row < plan.rowPanels; row += panelsOfA(plan)) {
          const size_t rowEnd = least(row + panelsOfA(plan), plan.rowPanels);
          pack(workers, block, row, rowEnd, column, row == 0 ? columnEnd : column);
          multiply(workers, block, row, rowEnd, column, columnEnd);
        }
      }
    }
  }

 private:
  static size_t panelsOfA(const GemmPlan<T>& plan) { return most(1, gemmRows / plan.panelRows); }
  static size_t panelsOfB() { return gemmColumns / tileColumns<T>; }

  size_t depthFrom(size_t block) const { return block * plan.depth; }
  size_t depthOf(size_t block) const { return least(plan.depth, (size_t)p.k - depthFrom(block)); }
  int rowsOf(size_t panel) const { return (int)least(plan.panelRows, (size_t)p.m - panel * plan.panelRows); }
  int columnsOf(size_t panel) const { return (int)least(tileColumns<T>, (size_t)p.n - panel * tileColumns<T>); }
  const T* aAt(size_t panel, size_t k) const { return p.a + (int64_t)(panel * plan.panelRows) * p.aRow + (int64_t)k * p.aColumn; }
  const T* bAt(size_t panel, size_t k) const { return p.b + (int64_t)k * p.bRow + (int64_t)(panel * tileColumns<T>)*p.bColumn; }

  template <class Body>
  static void each(Workers* workers, size_t tasks, const Body& body) {
    if (workers) {
      forEachTask(*workers, tasks, body);
    } else {
      for (size_t i = 0; i < tasks; i++) body(i);
    }
  }

  void pack(Workers* workers, size_t block, size_t row, size_t rowEnd, size_t column, size_t columnEnd) {
    const size_t depth = depthOf(block), from = depthFrom(block);
    const size_t ofB = plan.packB ? columnEnd - column : 0, ofA = plan.packA ? rowEnd - row : 0;
    const size_t perTask = most(1, 65536 / most(1, depth * tileColumns<T>));
    const size_t tasksOfB = ceilDiv(ofB, perTask), tasksOfA = ceilDiv(ofA, perTask);
    each(workers, tasksOfB + tasksOfA, [&](size_t task) {
      if (task < tasksOfB) {
        for (size_t i = task * perTask; i < least(ofB, (task + 1) * perTask); i++) {
          packPanelOfB<T>(depth, columnsOf(column + i), bAt(column + i, from), p.bRow, p.bColumn, packedB + i * plan.strideOfB());
        }
      } else {
        const size_t first = (task - tasksOfB) * perTask, end = least(ofA, first + perTask);
        if (p.aRow == 1 && p.aColumn != 1) {
          packPanelsOfA<T>(end - first, (int)plan.panelRows, rowsOf(row + end - 1), depth, aAt(row + first, from), p.aColumn,
                           packedA + first * plan.strideOfA(), plan.strideOfA());
          return;
        }
        for (size_t i = first; i < end; i++) {
          packPanelOfA<T>(rowsOf(row + i), depth, aAt(row + i, from), p.aRow, p.aColumn, packedA + i * plan.strideOfA());
        }
      }
    });
  }

  void multiply(Workers* workers, size_t block, size_t row, size_t rowEnd, size_t column, size_t columnEnd) {
    const size_t rows = rowEnd - row, columns = columnEnd - column;
    const double panelWork = 2.0 * (double)plan.panelRows * tileColumns<T> * (double)depthOf(block);
    // A task is about a million operations: worth handing over, short enough to balance and to notice a Stop.
    const size_t tiles = most(1, (size_t)(1.5e6 / (panelWork + 1)));
    const size_t rowsPerTask = least(rows, least(panelsPerRowTask, tiles));
    const size_t columnsPerTask = least(columns, most(1, tiles / rowsPerTask));
    const size_t columnTasks = ceilDiv(columns, columnsPerTask);
    each(workers, ceilDiv(rows, rowsPerTask) * columnTasks, [&](size_t task) {
      const size_t r = task / columnTasks * rowsPerTask, c = task % columnTasks * columnsPerTask;
      tilesOf(block, row, r, least(rows, r + rowsPerTask), column, c, least(columns, c + columnsPerTask));
    });
  }

  void tilesOf(size_t block, size_t row, size_t r, size_t rEnd, size_t column, size_t c, size_t cEnd) {
    constexpr int W = width<T>, N = tileColumns<T>;
    const bool last = block + 1 == plan.depthBlocks;
    TileArguments<T> t;
    t.k = depthOf(block);
    t.cRow = p.cRow;
    t.cColumn = p.cColumn;
    t.accumulate = p.accumulate || block > 0;
    t.relu = last && p.relu;
    alignas(64) T edge[gemmDepth * N];
    for (size_t j = c; j < cEnd; j++) {
      const size_t panel = column + j;
      t.columns = columnsOf(panel);
      if (plan.packB) {
        t.b = packedB + j * plan.strideOfB();
        t.bRow = N;
      } else if (t.columns == N || t.columns <= W) {
        // What lies behind a short row is read, up to the slack behind every block, and not used.
        t.b = bAt(panel, depthFrom(block));
        t.bRow = p.bRow;
      } else {
        packPanelOfB<T>(t.k, t.columns, bAt(panel, depthFrom(block)), p.bRow, p.bColumn, edge);
        t.b = edge;
        t.bRow = N;
      }
      t.bias = last && p.bias ? p.bias + panel * N : nullptr;
      for (size_t i = r; i < rEnd; i++) {
        const int rows = rowsOf(row + i);
        t.c = p.c + (int64_t)((row + i) * plan.panelRows) * p.cRow + (int64_t)(panel * N) * p.cColumn;
        if (plan.packA) {
          t.a = packedA + i * plan.strideOfA();
          runTile<T, tileVectors, true>(rows, t);
        } else {
          t.a = aAt(row + i, depthFrom(block));
          t.aRow = p.aRow;
          t.aColumn = p.aColumn;
          t.columns <= W ? runTile<T, 1, false>(rows, t) : runTile<T, tileVectors, false>(rows, t);
        }
      }
    }
  }
};

/** A product whose k dwarfs m and n: slices of k in parallel, added up in their order. */
template <class T>
inline bool gemmSlices(const Product2D<T>& p, size_t slices, Workers& workers) {
  const size_t mn = (size_t)(p.m * p.n), stride = roundUp(mn, 16);
  T* partial = (T*)workers.scratch(slices * stride * sizeof(T));
  if (!partial) return false;
  const size_t depth = ceilDiv((size_t)p.k, slices);
  bool enough = true;
  forEachTask(workers, slices, [&](size_t slice) {
    Product2D<T> part = p;
    const int64_t from = (int64_t)(slice * depth);
    part.k = (int64_t)least(depth, (size_t)p.k > slice * depth ? (size_t)p.k - slice * depth : 0);
    part.a += from * p.aColumn;
    part.b += from * p.bRow;
    part.c = partial + slice * stride;
    part.cRow = p.n;
    part.cColumn = 1;
    part.bias = nullptr;
    part.relu = part.accumulate = false;
    const GemmPlan<T> plan(part);
    T* workspace = (T*)workers.local(GemmRun<T>::workspaceElements(plan) * sizeof(T));
    if (workspace) {
      GemmRun<T>(part, plan, workspace).run(nullptr);
    } else {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
    }
  });
  if (!enough) return false;
  forEachRange(workers, (size_t)p.m, most(1, 8192 / (size_t)p.n), [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
      for (size_t j = 0; j < (size_t)p.n; j++) {
        T* c = p.c + (int64_t)i * p.cRow + (int64_t)j * p.cColumn;
        T sum = partial[i * p.n + j];
        for (size_t s = 1; s < slices; s++) sum += partial[s * stride + i * p.n + j];
        if (p.accumulate) sum += *c;
        if (p.bias) sum += p.bias[j];
        *c = p.relu && sum < 0 ? (T)0 : sum;
      }
    }
  });
  return true;
}

template <class T>
inline size_t slicesOfDepth(const Product2D<T>& p) {
  const size_t tiles = ceilDiv((size_t)p.m, tileRows) * ceilDiv((size_t)p.n, tileColumns<T>);
  return tiles <= 4 && p.k >= 4096 ? least(16, (size_t)p.k / 2048) : 1;
}

/**
 * A product too small for shared packing, after which all threads wait for each other in every block of k: each takes part of the
 * rows, or of the columns, and packs for itself. An element's sum over k has the same order however C is cut.
 */
template <class T>
inline bool gemmParts(const Product2D<T>& p, Workers& workers) {
  const bool byRows = p.m >= p.n;
  const size_t unit = byRows ? tileRows : tileColumns<T>, length = (size_t)(byRows ? p.m : p.n);
  const size_t each = roundUp(ceilDiv(length, (size_t)workers.threads()), unit);
  bool enough = true;
  forEachRange(workers, length, each, [&](size_t from, size_t to) {
    Product2D<T> part = p;
    if (byRows) {
      part.m = (int64_t)(to - from);
      part.a += (int64_t)from * p.aRow;
      part.c += (int64_t)from * p.cRow;
    } else {
      part.n = (int64_t)(to - from);
      part.b += (int64_t)from * p.bColumn;
      part.c += (int64_t)from * p.cColumn;
      if (p.bias) part.bias += from;
    }
    const GemmPlan<T> plan(part);
    const size_t elements = GemmRun<T>::workspaceElements(plan);
    T* workspace = elements ? (T*)workers.local(elements * sizeof(T)) : nullptr;
    if (elements && !workspace) {
      __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
    } else {
      GemmRun<T>(part, plan, workspace).run(nullptr);
    }
  });
  return enough;
}

/** A product that is one tile, read where it lies: a plan would find the same, in more time than the product takes. */
template <class T>
inline bool gemmTile(const Product2D<T>& p) {
  constexpr int64_t W = width<T>, N = tileColumns<T>;
  if (p.m > tileRows || (p.n > W && p.n != N) || p.k > gemmDepth || p.bColumn != 1) return false;
  // A plan would pack A.
  if (p.aRow == 1 && p.aColumn >= 64 && p.k >= 64) return false;
  TileArguments<T> t;
  t.k = (size_t)p.k;
  t.a = p.a;
  t.aRow = p.aRow;
  t.aColumn = p.aColumn;
  t.b = p.b;
  t.bRow = p.bRow;
  t.c = p.c;
  t.cRow = p.cRow;
  t.cColumn = p.cColumn;
  t.columns = (int)p.n;
  t.accumulate = p.accumulate;
  t.relu = p.relu;
  t.bias = p.bias;
  p.n <= W ? runTile<T, 1, false>((int)p.m, t) : runTile<T, tileVectors, false>((int)p.m, t);
  return true;
}

template <class T>
inline bool gemmOne(const Product2D<T>& p, Workers& workers) {
  if (gemmTile(p)) return true;
  const size_t slices = slicesOfDepth(p);
  if (slices > 1) return gemmSlices(p, slices, workers);
  const double work = 2.0 * (double)p.m * (double)p.n * (double)p.k;
  // What is worth handing over: narrower vectors take longer for the same.
  constexpr double leastShared = 1.6e6 * VECTOR_BYTES / 64;
  if (workers.threads() > 1 && work >= leastShared && work < 4e7) return gemmParts(p, workers);
  const GemmPlan<T> plan(p);
  const size_t elements = GemmRun<T>::workspaceElements(plan);
  T* workspace = elements ? (T*)workers.scratch(elements * sizeof(T)) : nullptr;
  if (elements && !workspace) return false;
  GemmRun<T>(p, plan, workspace).run(work < leastShared ? nullptr : &workers);
  return true;
}

template <class T>
inline Product2D<T> productOf(const GemmJob& job, size_t index) {
  Product2D<T> p = {job.m,        job.n,     job.k,        (const T*)job.a.data, job.a.row,          job.a.column,
                    (const T*)job.b.data,    job.b.row,    job.b.column,         (T*)job.c.data,     job.c.row,
                    job.c.column, (const T*)job.bias,      job.relu,             job.accumulate};
  for (int d = job.batchRank - 1; d >= 0; d--) {
    const int64_t at = (int64_t)(index % (size_t)job.batchDims[d]);
    index /= (size_t)job.batchDims[d];
    p.a += at * job.a.batch[d];
    p.b += at * job.b.batch[d];
    p.c += at * job.c.batch[d];
  }
  return p;
}

template <class T>
inline bool gemmBatch(const GemmJob& job, Workers& workers) {
  size_t batch = 1;
  for (int d = 0; d < job.batchRank; d++) batch *= (size_t)job.batchDims[d];
  if (batch == 0 || job.m == 0 || job.n == 0) return true;
  const double work = 2.0 * (double)job.m * (double)job.n * (double)job.k;
  const size_t slices = slicesOfDepth(productOf<T>(job, 0));
  if (batch > 1 && work < 4e6 && slices == 1) {
    bool enough = true;
    forEachRange(workers, batch, most(1, (size_t)(1e6 / (work + 1))), [&](size_t from, size_t to) {
      for (size_t i = from; i < to; i++) {
        const Product2D<T> p = productOf<T>(job, i);
        const GemmPlan<T> plan(p);
        const size_t elements = GemmRun<T>::workspaceElements(plan);
        T* workspace = elements ? (T*)workers.local(elements * sizeof(T)) : nullptr;
        if (elements && !workspace) {
          __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
          return;
        }
        GemmRun<T>(p, plan, workspace).run(nullptr);
      }
    });
    return enough;
  }
  for (size_t i = 0; i < batch; i++) {
    if (!gemmOne(productOf<T>(job, i), workers)) return false;
  }
  return true;
}

inline bool gemm(const GemmJob& job, Workers& workers) {
  return job.wide ? gemmBatch<double>(job, workers) : gemmBatch<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
