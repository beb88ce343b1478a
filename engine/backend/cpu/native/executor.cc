#include "executor.h"

#include <stdlib.h>

#include <atomic>

#include "threads.h"

namespace gradbook {
namespace {

#if defined(__wasm__)
/** The C library of WebAssembly has no locks, and scratch memory is all that tasks ask it for. */
class AllocationLock {
 public:
  AllocationLock() {
    while (taken.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~AllocationLock() { taken.clear(std::memory_order_release); }

 private:
  static inline std::atomic_flag taken;
};
#else
struct AllocationLock {
  ~AllocationLock() {}  // the C library has its own
};
#endif

/** Memory that grows and stays. */
class Scratch {
 public:
  ~Scratch() { free(block_); }
  void* of(size_t bytes) {
    if (bytes <= bytes_ && block_) return block_;
    const AllocationLock lock;
    free(block_);
    block_ = nullptr;
    bytes_ = 0;
    const size_t rounded = (bytes + 4095) / 4096 * 4096 + 4096;
    if (rounded < bytes || posix_memalign(&block_, 64, rounded) != 0) return block_ = nullptr;
    bytes_ = rounded;
    return block_;
  }

 private:
  void* block_ = nullptr;
  size_t bytes_ = 0;
};

Scratch& scratchOfThread() {
#if defined(__wasm__)
  // Without a destructor, for which there is no room: a thread's life ends with the process, or leaves this behind for good.
  static thread_local Scratch* scratch;
  if (!scratch) {
    const AllocationLock lock;
    scratch = new Scratch;
  }
  return *scratch;
#else
  static thread_local Scratch scratch;
  return scratch;
#endif
}

constexpr int opcodeSlots = 64;

}  // namespace

/** Spreads tasks over the shared threads, and looks at the cancel word before each of them. */
class Executor::FlushWorkers final : public Workers {
 public:
  explicit FlushWorkers(const CancelToken& cancel) : cancel_(cancel) {}

  bool cancellable = true;
  bool stopped() const { return __atomic_load_n(&stopped_, __ATOMIC_RELAXED); }
  void reset() { stopped_ = false; }
  bool stopping() override {
    if (!cancellable) return false;
    if (!stopped() && cancel_.requested()) __atomic_store_n(&stopped_, true, __ATOMIC_RELAXED);
    return stopped();
  }

  void run(size_t tasks, void (*task)(void*, size_t), void* job) override {
    Guarded guarded{this, task, job};
    Threads::shared().run(tasks, runGuarded, &guarded);
  }
  void* scratch(size_t bytes) override { return shared_.of(bytes); }
  void* local(size_t bytes) override { return scratchOfThread().of(bytes); }
  int threads() const override { return Threads::shared().count(); }

 private:
  struct Guarded {
    FlushWorkers* workers;
    void (*task)(void*, size_t);
    void* job;
  };

  static void runGuarded(void* pointer, size_t index) {
    const Guarded& guarded = *static_cast<Guarded*>(pointer);
    FlushWorkers& workers = *guarded.workers;
    if (workers.stopping()) return;
    guarded.task(guarded.job, index);
  }

  const CancelToken& cancel_;
  Scratch shared_;
  bool stopped_ = false;
};

Executor::Executor(Heap& heap, const Kernels& kernels)
    : heap_(heap), kernels_(kernels), workers_(new FlushWorkers(cancel)), commands_(opcodeSlots) {
  for (int opcode = 0; opcode < opcodeSlots; opcode++) commands_[static_cast<size_t>(opcode)] = makeCommand(opcode);
}

Executor::~Executor() = default;

Command* Executor::commandOf(double opcode) {
  if (!(opcode >= 0 && opcode < opcodeSlots) || opcode != floor(opcode)) return nullptr;
  return commands_[static_cast<size_t>(opcode)].get();
}

/** Whether a record goes on with the step of the record before it. */
bool Executor::continuesStep(const double* words, size_t rest) {
  Command* const command = rest > 2 ? commandOf(words[0]) : nullptr;
  return command && command->continues(words + 2, rest - 2);
}

Outcome Executor::run(const double* words, size_t used) {
  Outcome outcome;
  size_t at = 0;
  while (at < used && outcome.status == 0) {
    outcome.at = at;
    const bool stop = cancel.requested();
    if (stop && !(inStep_ && continuesStep(words + at, used - at))) {
      outcome.status = 1;
      break;
    }
    const double length = at + 1 < used ? words[at + 1] : 0;
    if (!(length >= 2 && length <= static_cast<double>(used - at)) || length != floor(length)) {
      outcome.status = 2;
      outcome.message = "a command record announces " + Record::text(length) + " words";
      at = used;  // what follows cannot be read either
      break;
    }
    const Step step = execute(words + at, static_cast<size_t>(length), outcome.message);
    if (step == Step::stopped) outcome.status = 1;
    if (step == Step::refused) outcome.status = 2;
    if (outcome.status == 0) at += static_cast<size_t>(length);
    inStep_ = step == Step::done && commandOf(words[outcome.at])->indivisible();
  }
  if (outcome.status != 0) markRest(words, at, used);
  return outcome;
}

Executor::Step Executor::execute(const double* words, size_t length, std::string& message) {
  Command* const command = commandOf(words[0]);
  if (!command) {
    message = "command " + Record::text(words[0]) + " does not exist";
    return Step::refused;
  }
  const auto refusal = [&](const Record& record) {
    message = std::string(opcodeName(static_cast<int>(words[0]))) + ": " + record.error();
    return Step::refused;
  };
  Record record(heap_, words + 2, length - 2);
  access_.clear();
  command->decode(record, access_);
  record.expectEnd();
  if (!record.ok()) return refusal(record);
  for (const Storage* storage : access_.reads) {
    if (!storage->neverComputed) continue;
    if (command->indivisible()) {
      message = "a value that this step needs was never computed, because a Stop or an error came before";
      return Step::stopped;
    }
    markWrites();
    return Step::skipped;
  }
  command->inspect(record);
  if (!record.ok()) return refusal(record);
  workers_->reset();
  workers_->cancellable = !command->indivisible();
  if (!command->run(kernels_, *workers_)) {
    message = std::string(opcodeName(static_cast<int>(words[0]))) + ": no memory for the work space";
    return Step::refused;
  }
  if (workers_->stopped()) return Step::stopped;
  for (const Access::Write& write : access_.writes) {
    write.storage->written = true;
    if (write.whole) write.storage->neverComputed = false;
  }
  return Step::done;
}

void Executor::markRest(const double* words, size_t from, size_t used) {
  for (size_t at = from; at + 1 < used;) {
    const double length = words[at + 1];
    if (!(length >= 2 && length <= static_cast<double>(used - at)) || length != floor(length)) return;
    if (Command* command = commandOf(words[at])) {
      Record record(heap_, words + at + 2, static_cast<size_t>(length) - 2);
      access_.clear();
      command->decode(record, access_);
      if (command->indivisible()) {
        // The step did not happen: what it would have changed keeps its value, unless it had none yet.
        for (const Access::Write& write : access_.writes) {
          if (!write.storage->written) write.storage->neverComputed = true;
        }
      } else {
        markWrites();
      }
    }
    at += static_cast<size_t>(length);
  }
}

void Executor::markWrites() {
  for (const Access::Write& write : access_.writes) write.storage->neverComputed = true;
}

}  // namespace gradbook
