// Executing commands: at once, or on another thread, and Stop.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "addon/call.h"
#include "addon/exports.h"

namespace gradbook {
namespace {

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
  return outcomeOf(call.env, in.jobOutcome);
}

/** abandon(): the job that is running ends as soon as it can, its values never computed. */
napi_value abandon(Call& call) {
  call.instance().executor.cancel.abandon();
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

}  // namespace

void defineExecution(napi_env env, napi_value exports) {
  define<commandMemory>(env, exports, "commandMemory");
  define<flush>(env, exports, "flush");
  define<onDone>(env, exports, "onDone");
  define<start>(env, exports, "start");
  define<wait>(env, exports, "wait");
  define<abandon>(env, exports, "abandon");
  define<setCancelWords>(env, exports, "setCancelWords");
}

}  // namespace gradbook
