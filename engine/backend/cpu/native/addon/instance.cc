// Opening the kernels in a Node environment, and what is one for all environments: instruction sets and threads.
#include "addon/instance.h"

#include <math.h>

#include <mutex>

#include "addon/call.h"
#include "addon/exports.h"
#include "dispatch.h"
#include "threads.h"

namespace gradbook {

namespace {

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

napi_value threads(Call& call) { return numberOf(call.env, Threads::shared().count()); }

napi_value setThreads(Call& call) {
  const double count = call.number(0, "the number of threads");
  if (!(count >= 1 && count <= 256) || count != floor(count)) fail("the number of threads must be a whole number from 1 to 256");
  Threads::shared().set(static_cast<int>(count));
  return nullptr;
}

}  // namespace

void defineInstance(napi_env env, napi_value exports) {
  define<open>(env, exports, "open");
  define<isas>(env, exports, "isas");
  define<commands>(env, exports, "commands");
  define<threads>(env, exports, "threads");
  define<setThreads>(env, exports, "setThreads");
}

}  // namespace gradbook
