// The kernels as a WebAssembly module: what addon/ is for Node-API, in terms of numbers. One unit with everything in it.
#include "../native/command/attention.cc"
#include "../native/command/bitwise.cc"
#include "../native/command/conv.cc"
#include "../native/command/factor.cc"
#include "../native/command/fill.cc"
#include "../native/command/flat_tape.cc"
#include "../native/command/fourier.cc"
#include "../native/command/gemm.cc"
#include "../native/command/make.cc"
#include "../native/command/normalize.cc"
#include "../native/command/optimizer.cc"
#include "../native/command/order.cc"
#include "../native/command/pad.cc"
#include "../native/command/pick.cc"
#include "../native/command/pool.cc"
#include "../native/command/program.cc"
#include "../native/command/recurrence.cc"
#include "../native/command/reduce.cc"
#include "../native/command/rows.cc"
#include "../native/command/scatter.cc"
#include "../native/command/take.cc"
#include "../native/command/tape.cc"
#include "../native/command/update.cc"
#include "../native/dispatch.cc"
#include "../native/executor.cc"
#include "../native/heap.cc"
#include "../native/kernels.cc"
#include "../native/layout.cc"
#include "threads.cc"

/**
 * The C library takes memory through this, and its own asks for 64 KiB at a time. Each growth gives JavaScript a new buffer of
 * the whole size, and the collector runs after so many bytes of buffers: it took more time than the kernels.
 */
extern "C" void* sbrk(intptr_t increment) {
  constexpr uintptr_t page = 65536, step = 64 << 20;
  static uintptr_t end = __builtin_wasm_memory_size(0) * page;
  if (increment < 0) return reinterpret_cast<void*>(-1);
  const uintptr_t from = end, to = from + static_cast<uintptr_t>(increment);
  if (to < from) return reinterpret_cast<void*>(-1);
  const uintptr_t size = __builtin_wasm_memory_size(0) * page;
  if (to > size) {
    const uintptr_t least = (to - size + page - 1) / page, wanted = least > step / page ? least : step / page;
    if (__builtin_wasm_memory_grow(0, wanted) == SIZE_MAX && __builtin_wasm_memory_grow(0, least) == SIZE_MAX) {
      return reinterpret_cast<void*>(-1);
    }
  }
  end = to;
  return reinterpret_cast<void*>(from);
}

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace gradbook {
namespace {

struct Instance {
  Heap heap;
  Executor executor;
  std::vector<double> words;
  Outcome outcome;
  explicit Instance(size_t limit) : heap(limit), executor(heap, *kernelsFor("")) {}
};

Instance* instance = nullptr;

}  // namespace
}  // namespace gradbook

using gradbook::instance;

/** Once, first. `words` is the capacity for commands; returns where they go. */
EXPORT(open) double* wasmOpen(double limit, uint32_t words) {
  instance = new gradbook::Instance(static_cast<size_t>(limit));
  instance->words.resize(words);
  return instance->words.data();
}

EXPORT(commands) const char* wasmCommands() { return gradbook::describeCommands(); }

EXPORT(run) int wasmRun(uint32_t used) {
  instance->outcome = instance->executor.run(instance->words.data(), used);
  return instance->outcome.status;
}

/** Nothing is recorded that was not executed. */
EXPORT(retire) void wasmRetire() { instance->heap.retire(); }

/** Of the last run. */
EXPORT(failedAt) double wasmFailedAt() { return static_cast<double>(instance->outcome.at); }
EXPORT(failure) const char* wasmFailure() { return instance->outcome.message.c_str(); }

/** The id, or -1. */
EXPORT(allocate) double wasmAllocate(double bytes) {
  if (!(bytes <= 4294967295.0)) return -1;
  gradbook::Storage* const s = instance->heap.allocate(static_cast<size_t>(bytes));
  return s ? static_cast<double>(s->id) : -1.0;
}

/** The first of 32 ids, or -1. */
EXPORT(allocateGroup) double wasmAllocateGroup(double bytes) {
  if (!(bytes <= 4294967295.0)) return -1;
  gradbook::Storage* const s = instance->heap.allocateGroup(static_cast<size_t>(bytes));
  return s ? static_cast<double>(s->id) : -1.0;
}

EXPORT(exists) int wasmExists(double id) { return instance->heap.find(id) != nullptr; }

// These take the id of a storage that exists.

EXPORT(generation) uint32_t wasmGeneration(double id) { return instance->heap.find(id)->generation; }
EXPORT(bytes) double wasmBytes(double id) { return static_cast<double>(instance->heap.find(id)->bytes); }
EXPORT(data) char* wasmData(double id) { return instance->heap.find(id)->data; }
EXPORT(neverComputed) int wasmNeverComputed(double id) { return instance->heap.find(id)->neverComputed; }

EXPORT(written) void wasmWritten(double id, int whole) {
  gradbook::Storage* const s = instance->heap.find(id);
  s->written = true;
  if (whole) s->neverComputed = false;
}

/** Does nothing when that life of the storage is over. */
EXPORT(drop) void wasmDrop(double id, uint32_t generation) {
  if (gradbook::Storage* const s = instance->heap.find(id)) instance->heap.drop(s, generation);
}

/** The bytes that a storage takes, or -1 where it was dropped. */
EXPORT(capacity) double wasmCapacity(double id) {
  const gradbook::Storage* const s = instance->heap.find(id);
  return s && !s->isDropped() ? static_cast<double>(s->capacity) : -1;
}

EXPORT(threads) int wasmThreads() { return gradbook::Threads::shared().count(); }
EXPORT(setThreads) void wasmSetThreads(int count) { gradbook::Threads::shared().set(count); }

EXPORT(live) double wasmLive() { return static_cast<double>(instance->heap.use().live); }
EXPORT(pooled) double wasmPooled() { return static_cast<double>(instance->heap.use().pooled); }
EXPORT(peak) double wasmPeak() { return static_cast<double>(instance->heap.use().peak); }
EXPORT(storages) double wasmStorages() { return static_cast<double>(instance->heap.use().storages); }
