// One call from JavaScript: its arguments, checked, and what goes back.
#pragma once
#include <math.h>
#include <node_api.h>

#include <new>
#include <string>
#include <utility>

#include "addon/instance.h"
#include "record.h"

namespace gradbook {

struct Failure {
  std::string message;
};

[[noreturn]] inline void fail(std::string message) { throw Failure{std::move(message)}; }

inline void require(napi_status status, const char* what) {
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

inline napi_value numberOf(napi_env env, double x) {
  napi_value v = nullptr;
  napi_create_double(env, x, &v);
  return v;
}

inline napi_value textOf(napi_env env, const std::string& s) {
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

template <napi_value (*body)(Call&)>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<body>, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

}  // namespace gradbook
