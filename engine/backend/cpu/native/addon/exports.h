// What the addon consists of: each adds its functions to the exports.
#pragma once
#include <node_api.h>

namespace gradbook {

void defineInstance(napi_env env, napi_value exports);
void defineExecution(napi_env env, napi_value exports);
void defineStorages(napi_env env, napi_value exports);

}  // namespace gradbook
