// The face of the kernels towards Node: the functions of CpuBinding (engine/backend/cpu/binding.ts) over Node-API.
//
// Compiled with NAPI_VERSION at its experimental value, because only then do *basic finalizers* run during the collection itself,
// also inside a synchronous loop; that is what keeps memory flat without any dispose. Loading probes that they really do.
#include <node_api.h>

#include "addon/exports.h"

NAPI_MODULE_INIT() {
  gradbook::defineInstance(env, exports);
  gradbook::defineExecution(env, exports);
  gradbook::defineStorages(env, exports);
  return exports;
}
