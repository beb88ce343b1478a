// What the addon keeps for one Node environment.
#pragma once
#include <node_api.h>
#include <stdlib.h>

#include <atomic>
#include <vector>

#include "background.h"
#include "executor.h"
#include "kernels.h"

namespace gradbook {

/** One per Node environment (main thread or worker thread). */
struct Instance {
  Heap heap;
  Executor executor;
  const Kernels& kernels;
  double* words = nullptr;
  size_t capacity = 0;
  napi_ref cancelWords = nullptr;
  /** Executes what `start` was given. */
  Background background;
  std::vector<double> job;
  Outcome jobOutcome;
  napi_threadsafe_function jobDone = nullptr;
  /** The environment, and every owner whose finalizer is still to come. */
  std::atomic<size_t> holders{1};

  Instance(size_t limit, const Kernels& k) : heap(limit), executor(heap, k), kernels(k) {}
  ~Instance() { free(words); }

  void letGo() {
    if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
};

}  // namespace gradbook
