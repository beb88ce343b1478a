// The face of the kernels towards Node: the functions of CpuBinding (engine/backend/cpu/binding.ts) over Node-API.
//
// Compiled with NAPI_VERSION at its experimental value, because only then do *basic finalizers* run during the collection itself,
// also inside a synchronous loop; that is what keeps memory flat without any dispose. Loading probes that they really do.
#include <node_api.h>

#include <mutex>

#include "background.h"
#include "dispatch.h"
#include "executor.h"
#include "threads.h"

namespace gradbook {
namespace {

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
  /** Bytes the collector was told of; the least that was live at a flush since, and how many flushes that were. */
  int64_t declared = 0;
  int64_t leastLive = INT64_MAX;
  int flushes = 0;
  /** The environment, and every owner whose finalizer is still to come. */
  std::atomic<size_t> holders{1};

  Instance(size_t limit, const Kernels& k) : heap(limit), executor(heap, k), kernels(k) {}
  ~Instance() { free(words); }

  void letGo() {
    if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
};

/** What an owner's finalizer needs. */
struct Ticket {
  Instance* instance;
  Storage* storage;
  uint32_t generation;
};

/** Threads end with the last environment: some platforms unload the addon after it. */
class Environments {
 public:
  void enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    count_++;
  }
  void leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--count_ == 0) Threads::shared().stop();
  }

 private:
  std::mutex mutex_;
  int count_ = 0;
};

Environments& environments() {
  static Environments* const e = new Environments;
  return *e;
}

struct Failure {
  std::string message;
};

[[noreturn]] void fail(std::string message) { throw Failure{std::move(message)}; }

void require(napi_status status, const char* what) {
  if (status != napi_ok) fail(what);
}

/** The arguments of a call; throws Failure where one is not what it should be. */
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env(env) {
    size_t count = max;
    for (napi_value& v : values_) v = nullptr;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  napi_env const env;

  Instance& instance() const {
    void* data = nullptr;
    napi_get_instance_data(env, &data);
    if (!data) fail("the CPU kernels are not open");
    return *static_cast<Instance*>(data);
  }

  napi_value value(size_t i) const { return values_[i]; }

  double number(size_t i, const char* what) const {
    double x = 0;
    if (!values_[i] || napi_get_value_double(env, values_[i], &x) != napi_ok) fail(std::string(what) + " must be a number");
    return x;
  }

  size_t size(size_t i, const char* what) const {
    const double x = number(i, what);
    if (!(x >= 0 && x <= 9007199254740991.0) || x != floor(x)) {
      fail(std::string(what) + " must be a whole number from 0, not " + Record::text(x));
    }
    return static_cast<size_t>(x);
  }

  std::string text(size_t i) const {
    size_t length = 0;
    char buffer[32] = {};
    if (!values_[i] || napi_get_value_string_utf8(env, values_[i], buffer, sizeof buffer, &length) != napi_ok) return "";
    return std::string(buffer, length);
  }

  Storage& storage(size_t i) const {
    const double id = number(i, "a storage id");
    Storage* s = instance().heap.find(id);
    if (!s) fail("storage " + Record::text(id) + " does not exist or was released");
    return *s;
  }

  /** A typed array as bytes. */
  char* bytes(size_t i, size_t& count, napi_typedarray_type* type = nullptr) const {
    napi_typedarray_type kind;
    size_t length = 0, offset = 0;
    void* data = nullptr;
    napi_value buffer;
    bool is = false;
    if (values_[i]) napi_is_typedarray(env, values_[i], &is);
    if (!is || napi_get_typedarray_info(env, values_[i], &kind, &length, &data, &buffer, &offset) != napi_ok) {
      fail("a typed array is needed");
    }
    static const size_t elementBytes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 2};
    if (static_cast<size_t>(kind) >= sizeof elementBytes / sizeof *elementBytes) fail("this kind of typed array is not known");
    if (type) *type = kind;
    count = length * elementBytes[kind];
    return static_cast<char*>(data);
  }

 private:
  static constexpr size_t max = 4;
  napi_value values_[max];
};

napi_value numberOf(napi_env env, double x) {
  napi_value v = nullptr;
  napi_create_double(env, x, &v);
  return v;
}

napi_value textOf(napi_env env, const std::string& s) {
  napi_value v = nullptr;
  napi_create_string_utf8(env, s.c_str(), s.size(), &v);
  return v;
}

/** Wraps a function so that whatever is thrown inside arrives in JavaScript as an Error. */
template <napi_value (*body)(Call&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    Call call(env, info);
    return body(call);
  } catch (const Failure& failure) {
    napi_throw_error(env, nullptr, failure.message.c_str());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "no memory");
  } catch (...) {
    napi_throw_error(env, nullptr, "the CPU kernels failed in an unforeseen way");
  }
  return nullptr;
}

void onEnvironmentGone(void* data) {
  static_cast<Instance*>(data)->letGo();
  environments().leave();
}

/** open(isa, memoryLimit): chooses the kernels; returns the name of the instruction set. */
napi_value open(Call& call) {
  void* there = nullptr;
  napi_get_instance_data(call.env, &there);
  if (there) fail("the CPU kernels are open already");
  const std::string isa = call.text(0);
  const Kernels* kernels = kernelsFor(isa);
  if (!kernels) fail("kernels for \"" + isa + "\" cannot run on this machine; it can run: " + runnableIsas());
  Instance* instance = new Instance(call.size(1, "the memory limit"), *kernels);
  require(napi_set_instance_data(call.env, instance, nullptr, nullptr), "no instance data");
  environments().enter();
  napi_add_env_cleanup_hook(call.env, onEnvironmentGone, instance);
  return textOf(call.env, kernels->isa);
}

napi_value isas(Call& call) { return textOf(call.env, runnableIsas()); }

napi_value commands(Call& call) { return textOf(call.env, describeCommands()); }

napi_value commandMemory(Call& call) {
  Instance& in = call.instance();
  const size_t words = call.size(0, "the number of words");
  if (in.words) fail("the command memory exists already");
  if (words == 0 || words > (size_t{1} << 27)) fail("a command memory of " + std::to_string(words) + " words");
  void* block = nullptr;
  if (posix_memalign(&block, 64, words * 8) != 0) fail("no memory for the command buffer");
  memset(block, 0, words * 8);
  in.words = static_cast<double*>(block);
  in.capacity = words;
  // The array may outlive the environment by a little, so it holds the instance too.
  in.holders.fetch_add(1, std::memory_order_relaxed);
  napi_value buffer = nullptr, array = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      call.env, block, words * 8, [](node_api_basic_env, void*, void* instance) { static_cast<Instance*>(instance)->letGo(); }, &in,
      &buffer);
  if (status != napi_ok) {
    in.letGo();
    fail("this runtime does not allow memory shared with an addon");
  }
  require(napi_create_typedarray(call.env, napi_float64_array, words, buffer, 0, &array), "no command memory");
  return array;
}

/**
 * Tells the collector about storages. `cpu.ts` makes it look at young objects often; this is for those that grew old before they
 * were dropped. A full collection comes with some 16 to 64 MiB declared and costs milliseconds, so a quarter is declared, and only
 * of what stays: the least that was live at one of a few flushes. What a training step holds for a while comes back without help.
 */
void declare(napi_env env, Instance& in) {
  constexpr int64_t step = int64_t{1} << 20;
  constexpr int flushes = 16;
  in.leastLive = std::min(in.leastLive, static_cast<int64_t>(in.heap.use().live));
  if (++in.flushes < flushes && in.leastLive / 4 > in.declared - step) return;
  const int64_t change = in.leastLive / 4 - in.declared;
  in.flushes = 0;
  in.leastLive = INT64_MAX;
  if (change > -step && change < step) return;
  int64_t ignored = 0;
  napi_adjust_external_memory(env, change, &ignored);
  in.declared += change;
}

/** Nothing when all went well. */
napi_value outcomeOf(napi_env env, const Outcome& outcome) {
  if (outcome.status == 0) return nullptr;
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "status", numberOf(env, outcome.status));
  napi_set_named_property(env, result, "at", numberOf(env, static_cast<double>(outcome.at)));
  napi_set_named_property(env, result, "message", textOf(env, outcome.message));
  return result;
}

napi_value flush(Call& call) {
  Instance& in = call.instance();
  const size_t used = call.size(0, "the number of words");
  if (used > in.capacity) fail("more words than the command memory has");
  in.background.wait();
  const Outcome outcome = in.executor.run(in.words, used);
  in.heap.retire();
  declare(call.env, in);
  return outcomeOf(call.env, outcome);
}

void stopBackground(void* data) {
  Instance& in = *static_cast<Instance*>(data);
  in.executor.cancel.abandon();
  in.background.stop();
  in.jobDone = nullptr;
}

/** onDone(callback): what is called from the event loop after every job. Once, before the first `start`. */
napi_value onDone(Call& call) {
  Instance& in = call.instance();
  if (in.jobDone) fail("jobs have a callback already");
  require(napi_create_threadsafe_function(call.env, call.value(0), nullptr, textOf(call.env, "gradbook"), 0, 1, nullptr, nullptr, nullptr,
                                          nullptr, &in.jobDone),
          "the callback must be a function");
  // Node ends the function by a hook of its own: later hooks run first, so the thread is gone by then.
  napi_add_env_cleanup_hook(call.env, stopBackground, &in);
  napi_unref_threadsafe_function(call.env, in.jobDone);
  return nullptr;
}

/** start(words, run): executes a copy of the words on another thread; until `wait` no other may start. */
napi_value start(Call& call) {
  Instance& in = call.instance();
  size_t count = 0;
  napi_typedarray_type type;
  const char* words = call.bytes(0, count, &type);
  if (type != napi_float64_array) fail("the words must be a Float64Array");
  const double run = call.number(1, "the run");
  if (!(run >= 0 && run <= INT32_MAX) || run != floor(run)) fail("the run must be a whole number");
  if (!in.jobDone) fail("jobs need a callback first");
  in.background.wait();
  const double* const from = reinterpret_cast<const double*>(words);
  in.job.assign(from, from + count / sizeof(double));
  in.executor.cancel.beginJob(static_cast<int32_t>(run));
  napi_ref_threadsafe_function(call.env, in.jobDone);
  const auto job = [&in] {
    try {
      in.jobOutcome = in.executor.run(in.job.data(), in.job.size());
    } catch (...) {
      in.jobOutcome = Outcome{2, 0, "no memory"};
    }
    napi_call_threadsafe_function(in.jobDone, nullptr, napi_tsfn_nonblocking);
  };
  // Where the system gives no thread, it is done here.
  if (!in.background.start(job)) job();
  return nullptr;
}

/** wait(): returns when the job is over, with its outcome; a Stop of the run that waits ends it. */
napi_value wait(Call& call) {
  Instance& in = call.instance();
  if (!in.jobDone) fail("no job was started");
  in.executor.cancel.await();
  in.background.wait();
  in.executor.cancel.endJob();
  napi_unref_threadsafe_function(call.env, in.jobDone);
  declare(call.env, in);
  return outcomeOf(call.env, in.jobOutcome);
}

/** abandon(): the job that is running ends as soon as it can, its values never computed. */
napi_value abandon(Call& call) {
  call.instance().executor.cancel.abandon();
  return nullptr;
}

void onOwnerGone(node_api_basic_env, void* data, void*) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.drop(ticket->storage, ticket->generation);
  ticket->instance->letGo();
  delete ticket;
}

void onGroupOwnerGone(node_api_basic_env, void* data, void*) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.dropGroup(ticket->storage, ticket->generation);
  ticket->instance->letGo();
  delete ticket;
}

/** Ties what was allocated to the first argument; false where that cannot own it. */
bool own(Call& call, Instance& in, Storage* s, void (*gone)(node_api_basic_env, void*, void*)) {
  Ticket* const ticket = new Ticket{&in, s, s->generation};
  // Node-API casts a basic finalizer to the general type in its own declaration of napi_wrap.
  if (napi_wrap(call.env, call.value(0), ticket, reinterpret_cast<napi_finalize>(gone), nullptr, nullptr) != napi_ok) {
    delete ticket;
    return false;
  }
  in.holders.fetch_add(1, std::memory_order_relaxed);
  return true;
}

constexpr const char* notAnOwner = "the owner of a storage must be an object that owns none yet";

/** allocate(owner, bytes): the id, or -1 where there is no memory. */
napi_value allocate(Call& call) {
  Instance& in = call.instance();
  Storage* s = in.heap.allocate(call.size(1, "the number of bytes"));
  if (!s) return numberOf(call.env, -1);
  if (!own(call, in, s, onOwnerGone)) {
    in.heap.drop(s, s->generation);
    fail(notAnOwner);
  }
  return numberOf(call.env, s->id);
}

/** allocateGroup(owner, bytes): the first of 32 ids, or -1 where there is no memory. */
napi_value allocateGroup(Call& call) {
  Instance& in = call.instance();
  Storage* s = in.heap.allocateGroup(call.size(1, "the number of bytes"));
  if (!s) return numberOf(call.env, -1);
  if (!own(call, in, s, onGroupOwnerGone)) {
    in.heap.dropGroup(s, s->generation);
    fail(notAnOwner);
  }
  return numberOf(call.env, s->id);
}

napi_value release(Call& call) {
  Storage& s = call.storage(0);
  call.instance().heap.drop(&s, s.generation);
  return nullptr;
}

char* rangeOf(const Storage& s, size_t offset, size_t count) {
  if (offset > s.bytes || count > s.bytes - offset) {
    fail("bytes " + std::to_string(offset) + " to " + std::to_string(offset + count) + " of a storage of " + std::to_string(s.bytes) +
         " bytes");
  }
  return s.data + offset;
}

napi_value write(Call& call) {
  Storage& s = call.storage(0);
  const size_t offset = call.size(1, "the offset");
  size_t count = 0;
  const char* from = call.bytes(2, count);
  char* to = rangeOf(s, offset, count);
  if (count > 0) memcpy(to, from, count);
  s.written = true;
  if (count == s.bytes) s.neverComputed = false;
  return nullptr;
}

napi_value read(Call& call) {
  Storage& s = call.storage(0);
  const size_t offset = call.size(1, "the offset");
  size_t count = 0;
  char* to = call.bytes(2, count);
  const char* from = rangeOf(s, offset, count);
  if (s.neverComputed) fail("this value was never computed, because a Stop or an error came before");
  if (count > 0) memcpy(to, from, count);
  return nullptr;
}

void onArrayGone(node_api_basic_env, void*, void* data) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.letGo(ticket->storage);
  ticket->instance->letGo();
  delete ticket;
}

/** share(id): the storage's memory as an ArrayBuffer that keeps it where it is; undefined where the runtime allows none. */
napi_value share(Call& call) {
  Instance& in = call.instance();
  Storage& s = call.storage(0);
  if (s.neverComputed) fail("this value was never computed, because a Stop or an error came before");
  Ticket* const ticket = new Ticket{&in, &s, s.generation};
  in.heap.hold(&s);
  in.holders.fetch_add(1, std::memory_order_relaxed);
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(call.env, s.data, s.bytes, onArrayGone, ticket, &buffer) == napi_ok) return buffer;
  in.heap.letGo(&s);
  in.letGo();
  delete ticket;
  return nullptr;
}

napi_value memory(Call& call) {
  const HeapUse use = call.instance().heap.use();
  napi_value result = nullptr;
  napi_create_object(call.env, &result);
  napi_set_named_property(call.env, result, "live", numberOf(call.env, static_cast<double>(use.live)));
  napi_set_named_property(call.env, result, "pooled", numberOf(call.env, static_cast<double>(use.pooled)));
  napi_set_named_property(call.env, result, "peak", numberOf(call.env, static_cast<double>(use.peak)));
  napi_set_named_property(call.env, result, "storages", numberOf(call.env, static_cast<double>(use.storages)));
  return result;
}

/** capacity(id): the bytes that a storage takes, or -1 where it was dropped. */
napi_value capacity(Call& call) {
  const Storage* const s = call.instance().heap.find(call.number(0, "the id"));
  const bool live = s && !s->dropped.load(std::memory_order_relaxed);
  return numberOf(call.env, live ? static_cast<double>(s->capacity) : -1);
}

napi_value threads(Call& call) { return numberOf(call.env, Threads::shared().count()); }

napi_value setThreads(Call& call) {
  const double count = call.number(0, "the number of threads");
  if (!(count >= 1 && count <= 256) || count != floor(count)) fail("the number of threads must be a whole number from 1 to 256");
  Threads::shared().set(static_cast<int>(count));
  return nullptr;
}

napi_value setCancelWords(Call& call) {
  Instance& in = call.instance();
  size_t count = 0;
  napi_typedarray_type type;
  const char* words = call.bytes(0, count, &type);
  if (type != napi_int32_array || count < 8) fail("the cancel words must be an Int32Array of two");
  napi_ref reference = nullptr;
  require(napi_create_reference(call.env, call.value(0), 1, &reference), "the cancel words cannot be held");
  if (in.cancelWords) napi_delete_reference(call.env, in.cancelWords);
  in.cancelWords = reference;
  in.executor.cancel.set(reinterpret_cast<const int32_t*>(words));
  return nullptr;
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

}  // namespace
}  // namespace gradbook

NAPI_MODULE_INIT() {
  using namespace gradbook;
#define DEFINE(name) define(env, exports, #name, guarded<gradbook::name>);
  DEFINE(open)
  DEFINE(isas)
  DEFINE(commands)
  DEFINE(commandMemory)
  DEFINE(flush)
  DEFINE(onDone)
  DEFINE(start)
  DEFINE(wait)
  DEFINE(abandon)
  DEFINE(allocate)
  DEFINE(allocateGroup)
  DEFINE(release)
  DEFINE(write)
  DEFINE(read)
  DEFINE(share)
  DEFINE(memory)
  DEFINE(capacity)
  DEFINE(threads)
  DEFINE(setThreads)
  DEFINE(setCancelWords)
#undef DEFINE
  return exports;
}
